import type { Clock } from '@atelier/lib/clock';

/** A file behind a link of the simulated vendor. */
export interface MediaFile {
  bytes: Uint8Array;
  contentType: 'audio/mpeg' | 'audio/wav' | 'image/png';
}

/** The vendor's files, bounded; links end after 14 days, as the vendor's do. Source: kie, retention. */
export interface MediaStore {
  /** The file's link. */
  add(file: MediaFile): string;
  /** The file behind a link of this store, by the last segment of the link. */
  open(name: string): MediaFile | undefined;
  /** The file behind a whole link. */
  openUrl(url: string): MediaFile | undefined;
}

export const MEDIA_PATH = '/suno/media';
const LIFETIME_MS = 14 * 86_400_000;
const MAX_TOTAL_BYTES = 256 * 1024 * 1024;
const EXTENSIONS = { 'audio/mpeg': 'mp3', 'audio/wav': 'wav', 'image/png': 'png' } as const;

export function createMediaStore({ clock, uuid, baseUrl }: { clock: Clock; uuid: () => string; baseUrl: () => string }): MediaStore {
  const files = new Map<string, MediaFile & { untilMs: number }>();
  let totalBytes = 0;
  const open = (name: string): MediaFile | undefined => {
    const file = files.get(name);
    return file && file.untilMs > clock.now() ? file : undefined;
  };
  return {
    add(file) {
      const name = `${uuid()}.${EXTENSIONS[file.contentType]}`;
      files.set(name, { ...file, untilMs: clock.now() + LIFETIME_MS });
      totalBytes += file.bytes.byteLength;
      for (const [oldest, { bytes }] of files) {
        if (totalBytes <= MAX_TOTAL_BYTES || oldest === name) break;
        files.delete(oldest);
        totalBytes -= bytes.byteLength;
      }
      return `${baseUrl()}${MEDIA_PATH}/${name}`;
    },
    open,
    openUrl: (url) => open(url.slice(url.lastIndexOf('/') + 1)),
  };
}
