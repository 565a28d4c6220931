import { isJsonObject, listAt, textAt, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { TEMPLATES, type TemplateName } from '@atelier/renderer';

/** The templates that a music video can have, as the renderer lists them; the first is the default. */
export const VIDEO_TEMPLATES = Object.keys(TEMPLATES) as [TemplateName, ...TemplateName[]];

/** `stage 1280×720, halo 1080×1080, …`: the size of each template's frames, for descriptions. */
export const VIDEO_SIZES = VIDEO_TEMPLATES.map((name) => `${name} ${TEMPLATES[name].width}×${TEMPLATES[name].height}`).join(', ');

/** The most bytes of a caller's sound file: an hour of MP3. */
export const MAX_AUDIO_BYTES = 50 * 1024 * 1024;
/** The most bytes of a caller's picture: a photograph at full size. */
export const MAX_PICTURE_BYTES = 20 * 1024 * 1024;

/** A file in the asset store, or a caller's URL, which passes the URL guard. */
export type MediaReference = { assetId: string } | { url: string };

/** A line of the lyrics and when it is sung, in milliseconds from the start of the track. */
export interface TimedLyric extends JsonObject {
  startMs: number;
  endMs: number;
  text: string;
}

/** The input of a job of the engine `music-video`, verb `music-video`. Dialects use this contract. */
export interface MusicVideoInput extends JsonObject {
  audio: MediaReference;
  /** Null: the engine paints a picture from the title. */
  cover: MediaReference | null;
  title: string;
  /** Empty: the video shows no author. */
  author: string;
  domainName: string;
  template: TemplateName;
  /** Empty: the video shows no lyrics. */
  lyrics: TimedLyric[];
}

/** `output.data` of a finished music video. Its only asset is the file, with role `video`. */
export interface MusicVideoData extends JsonObject {
  template: TemplateName;
  durationMs: number;
}

/** The input of a stored job. Throws for an input that no dialect writes: that is a bug, and not the caller's fault. */
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

function toLine(value: JsonValue): TimedLyric[] {
  if (!isJsonObject(value)) return [];
  const { startMs, endMs, text } = value;
  return typeof startMs === 'number' && typeof endMs === 'number' && typeof text === 'string' ? [{ startMs, endMs, text }] : [];
}
