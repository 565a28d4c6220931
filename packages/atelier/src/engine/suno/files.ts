import type { JsonObject, JsonValue } from '@atelier/lib/json';
import type { Media } from '../../core/engine.ts';
import type { SunoOtherData } from './input.ts';
import { pictureExtension } from './record.ts';

/** More links than the result of any operation has. */
const MAX_FILES = 64;

/**
 * Every link in the result of an operation that makes no tracks: as a file to copy, and with the field of the result in which it stands. The
 * files are numbered over all kinds.
 */
export function filesOf(response: JsonObject): { media: Media[]; files: SunoOtherData['files'] } {
  const links: { field: string; url: string }[] = [];
  const collect = (value: JsonValue, field: string): void => {
    if (typeof value === 'string') {
      if (/^https?:\/\//.test(value) && URL.canParse(value)) links.push({ field, url: value });
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) collect(member, field === '' ? name : `${field}.${name}`);
    }
  };
  collect(response, '');
  const kept = links.slice(0, MAX_FILES).map((link, place) => ({ ...link, index: place + 1 }));
  return {
    media: kept.map(({ field, url, index }) => toMedia(field, url, index)),
    files: kept.map(({ field, index }) => ({ field, index })),
  };
}

/** The kind of file by the link's ending or the name of its field; sound where both leave it open. */
function toMedia(field: string, url: string, index: number): Media {
  const stem = `${field.replace(/\W+/g, '-')}-${index}`;
  const path = new URL(url).pathname.toLowerCase();
  if (/\.(png|jpe?g|webp)$/.test(path) || /image|cover/i.test(field))
    return { role: 'cover', index, source: { url }, filename: `${stem}.${pictureExtension(url)}` };
  if (path.endsWith('.mp4')) return { role: 'video', index, source: { url }, filename: `${stem}.mp4` };
  const isWav = path.endsWith('.wav') || /wav/i.test(field);
  return {
    role: 'audio',
    index,
    source: { url },
    filename: `${stem}.${isWav ? 'wav' : 'mp3'}`,
    contentType: isWav ? 'audio/wav' : 'audio/mpeg',
  };
}
