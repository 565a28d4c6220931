/** Values that survive JSON.stringify and JSON.parse unchanged. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

export type JsonResult = { ok: true; value: JsonValue } | { ok: false; error: string };

/** Parses text from outside. Never throws. */
export function parseJson(text: string): JsonResult {
  try {
    return { ok: true, value: JSON.parse(text) as JsonValue };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

/** True for a plain JSON object; arrays and null are not objects here. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True when arrays and objects are nested more than `levels` deep. Does not recurse: the value may come from a hostile text. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= levels; depth += 1) {
    level = level.flatMap((member) => (typeof member === 'object' && member !== null ? Object.values(member) : []));
    if (level.length === 0) return false;
  }
  return true;
}

/** JSON text with the keys of every object sorted, so that equal values give equal text. */
export function toCanonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(toCanonicalJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${toCanonicalJson(value[key] as JsonValue)}`);
  return `{${members.join(',')}}`;
}

/** The member if it is a string, else the empty string: for reading JSON from outside. */
export const textAt = (value: JsonObject, name: string): string => (typeof value[name] === 'string' ? value[name] : '');

/** The member if it is an object, else an empty object. */
export const objectAt = (value: JsonObject, name: string): JsonObject => (isJsonObject(value[name]) ? value[name] : {});

/** The member if it is an array, else an empty array. */
export const listAt = (value: JsonObject, name: string): JsonValue[] => (Array.isArray(value[name]) ? value[name] : []);

/** The object in a JSON text, or an empty object when the text is not a JSON object. */
export function parseJsonObject(text: string): JsonObject {
  const parsed = parseJson(text);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
}

/** The value as text when it is a string or a number, else undefined. */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : undefined;
}

export const asNumber = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

export const asObject = (value: unknown): JsonObject | undefined => (isJsonObject(value) ? value : undefined);

/** The objects in a list; empty for anything else. */
export const asObjects = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);

/** The strings in a list; empty for anything else. */
export const asTexts = (value: JsonValue | undefined): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
