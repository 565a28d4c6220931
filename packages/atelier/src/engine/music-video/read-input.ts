import { isJsonObject, listAt, textAt, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { VIDEO_TEMPLATES, type MediaReference, type MusicVideoInput, type TimedLine } from './input.ts';

/** The input of a stored job. Throws on what no dialect writes: that is a bug, and not the caller's. */
export function readInput(input: JsonObject): MusicVideoInput {
  const template = VIDEO_TEMPLATES.find((name) => name === input['template']);
  const audio = toReference(input['audio']);
  if (!template || !audio) throw new TypeError('not the input of a music video');
  return {
    audio,
    cover: toReference(input['cover']),
    title: textAt(input, 'title'),
    author: textAt(input, 'author'),
    domainName: textAt(input, 'domainName'),
    template,
    lyrics: listAt(input, 'lyrics').flatMap(toLine),
  };
}

function toReference(value: JsonValue | undefined): MediaReference | null {
  if (!isJsonObject(value)) return null;
  const { assetId, url } = value;
  if (typeof assetId === 'string') return { assetId };
  return typeof url === 'string' ? { url } : null;
}

function toLine(value: JsonValue): TimedLine[] {
  if (!isJsonObject(value)) return [];
  const { startMs, endMs, text } = value;
  return typeof startMs === 'number' && typeof endMs === 'number' && typeof text === 'string' ? [{ startMs, endMs, text }] : [];
}
