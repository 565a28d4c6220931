import type { Job } from '../../../../core/job.ts';
import { isJsonObject, listAt, objectAt, textAt, type JsonObject, type JsonValue } from '@atelier/lib/json';
import type { AssetLinks } from '../../../../core/asset.ts';

/** The upstream's own result of an operation that makes no tracks, with this server's links in place of the upstream's, which expire. */
export function responseOf(job: Job, links: AssetLinks): JsonObject {
  const { data, assets } = job.output;
  const storedLinks = new Map<string, string>();
  for (const file of listAt(data, 'files').filter(isJsonObject)) {
    const asset = assets.find(({ index }) => index === file['index']);
    if (asset) storedLinks.set(textAt(file, 'field'), links.url(asset, job));
  }
  const replace = (value: JsonValue, path: string): JsonValue => {
    const link = storedLinks.get(path);
    if (link !== undefined) return link;
    const below = (name: string | number): string => (path === '' ? String(name) : `${path}.${name}`);
    if (Array.isArray(value)) return value.map((member, index) => replace(member, below(index)));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replace(member, below(name))]));
  };
  const response = replace(objectAt(data, 'response'), '');
  return isJsonObject(response) ? response : {};
}

export const textOrNull = (value: JsonObject, name: string): string | null => textAt(value, name) || null;

/** Source: kie, vocal-removal/record-info, `response`. */
const STEMS = [
  'vocalUrl',
  'instrumentalUrl',
  'backingVocalsUrl',
  'drumsUrl',
  'bassUrl',
  'guitarUrl',
  'pianoUrl',
  'keyboardUrl',
  'percussionUrl',
  'stringsUrl',
  'synthUrl',
  'fxUrl',
  'brassUrl',
  'woodwindsUrl',
  'originUrl',
] as const;

/** Every stem by its name in the record; null for each stem that the request left out. */
export const stemsOf = (response: JsonObject): Record<(typeof STEMS)[number], string | null> =>
  Object.fromEntries(STEMS.map((name) => [name, textOrNull(response, name)])) as Record<(typeof STEMS)[number], string | null>;

/** The variants of lyrics that the upstream wrote; `error` is empty for a good variant. */
export const lyricsOf = (response: JsonObject): { text: string; title: string; status: string; error: string }[] =>
  listAt(response, 'data')
    .filter(isJsonObject)
    .map((item) => ({
      text: textAt(item, 'text'),
      title: textAt(item, 'title'),
      status: textAt(item, 'status') || 'complete',
      error: textAt(item, 'errorMessage'),
    }));

export const imagesOf = (response: JsonObject): string[] => listAt(response, 'images').filter((url) => typeof url === 'string');

/** Notes by instrument. The upstream's record has them within `midiData` or at its top. */
export function notesOf(response: JsonObject): { state: string; instruments: JsonValue[] } {
  const notes = isJsonObject(response['midiData']) ? response['midiData'] : response;
  return { state: textAt(notes, 'state') || 'complete', instruments: listAt(notes, 'instruments') };
}
