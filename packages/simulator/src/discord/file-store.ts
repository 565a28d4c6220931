import { createHmac } from 'node:crypto';
import type { Clock } from '@atelier/lib/clock';
import type { Switches } from '../switches.ts';
import type { StoredFile } from './model.ts';

/** Enough for some hundred full-size pictures; the oldest are deleted first. */
const MAX_TOTAL_BYTES = 256 * 1024 * 1024;
const MAX_FILES = 4_000;
const MAX_PENDING_UPLOADS = 200;

/**
 * The files of the CDN and the uploads that no message has yet, both bounded. A link carries its time of signature, its
 * end and an HMAC over path and times. Source: discord-api-docs, signed attachment URLs.
 */
export interface FileStore {
  add(file: StoredFile, bytes: Uint8Array): StoredFile;
  /** A signed link, good from now on; `proxy` gives the media proxy's link to the same file. */
  urlOf(file: StoredFile, kind: 'cdn' | 'proxy'): string;
  /** The file behind a link, or the reason why the link is not served. */
  open(url: URL): OpenFile | 'refused' | 'unknown';
  /** The same link with a new signature, valid or not; links of other hosts are returned unchanged. */
  refresh(url: string): string;
  /** Refuses every link signed before now. */
  expireAll(): void;

  /** Reserves an upload name `<uuid>/<filename>`. */
  reserve(uploadName: string): void;
  isReserved(uploadName: string): boolean;
  putUpload(uploadName: string, upload: PendingUpload): void;
  /** The upload with this name; it stays in the store. */
  peekUpload(uploadName: string): PendingUpload | undefined;
  takeUpload(uploadName: string): PendingUpload | undefined;
  dropUpload(uploadName: string): boolean;
}

export interface OpenFile {
  file: StoredFile;
  bytes: Uint8Array;
}

export interface PendingUpload {
  bytes: Uint8Array;
  contentType: string;
}

export interface FileStoreDependencies {
  clock: Clock;
  switches: Switches;
  secret: string;
  /** `http://host:port`, known once the server listens. */
  baseUrl: () => string;
}

export function createFileStore({ clock, switches, secret, baseUrl }: FileStoreDependencies): FileStore {
  const files = new Map<string, OpenFile>();
  const uploads = new Map<string, PendingUpload | null>();
  let totalBytes = 0;
  let refusedBeforeMs = 0;

  const sign = (path: string): string => {
    const query = new URLSearchParams();
    const signedAt = Math.floor(clock.now() / 1_000);
    const endsAt = Math.floor((clock.now() + switches.urlLifetimeMs) / 1_000);
    query.set('ex', endsAt.toString(16));
    query.set('is', signedAt.toString(16));
    query.set('hm', signature(secret, path, query));
    return `${path}?${query.toString()}&`;
  };
  const link = (path: string, kind: 'cdn' | 'proxy'): string =>
    `${baseUrl()}${kind === 'proxy' ? '/media' : ''}${switches.signedUrls ? sign(path) : path}`;

  return {
    add(file, bytes) {
      files.set(pathOf(file), { file, bytes });
      totalBytes += bytes.byteLength;
      for (const [path, oldest] of files) {
        if (totalBytes <= MAX_TOTAL_BYTES && files.size <= MAX_FILES) break;
        files.delete(path);
        totalBytes -= oldest.bytes.byteLength;
      }
      return file;
    },
    urlOf: (file, kind) => link(pathOf(file), kind),
    open(url) {
      const path = url.pathname.replace(/^\/media(?=\/)/, '');
      const file = files.get(path);
      if (!file) return 'unknown';
      if (!switches.signedUrls) return file;
      const { searchParams: query } = url;
      if (query.get('hm') !== signature(secret, path, query)) return 'refused';
      const signedAtMs = Number.parseInt(query.get('is') ?? '', 16) * 1_000;
      const endsAtMs = Number.parseInt(query.get('ex') ?? '', 16) * 1_000;
      return endsAtMs > clock.now() && signedAtMs + 999 >= refusedBeforeMs ? file : 'refused';
    },
    refresh(url) {
      if (!URL.canParse(url) || new URL(url).origin !== new URL(baseUrl()).origin) return url;
      const { pathname } = new URL(url);
      const proxied = pathname.startsWith('/media/');
      return link(proxied ? pathname.slice('/media'.length) : pathname, proxied ? 'proxy' : 'cdn');
    },
    expireAll() {
      refusedBeforeMs = clock.now();
    },
    reserve(name) {
      uploads.set(name, null);
      for (const oldest of uploads.keys()) {
        if (uploads.size <= MAX_PENDING_UPLOADS) break;
        uploads.delete(oldest);
      }
    },
    isReserved: (name) => uploads.has(name),
    putUpload(name, upload) {
      uploads.set(name, upload);
      const pendingBytes = (): number => uploads.values().reduce((total, pending) => total + (pending?.bytes.byteLength ?? 0), 0);
      for (const oldest of uploads.keys()) {
        if (oldest === name || pendingBytes() <= MAX_TOTAL_BYTES) break;
        uploads.delete(oldest);
      }
    },
    peekUpload: (name) => uploads.get(name) ?? undefined,
    takeUpload(name) {
      const upload = uploads.get(name) ?? undefined;
      if (upload) uploads.delete(name);
      return upload;
    },
    dropUpload: (name) => uploads.delete(name),
  };
}

const pathOf = (file: StoredFile): string =>
  `/${file.ephemeral ? 'ephemeral-attachments' : 'attachments'}/${file.channelId}/${file.id}/${file.filename}`;

const signature = (secret: string, path: string, query: URLSearchParams): string =>
  createHmac('sha256', secret)
    .update(`${path}|${query.get('ex')}|${query.get('is')}`)
    .digest('hex');
