import { isJsonObject, type JsonObject, type JsonValue } from '@atelier/lib/json';

/** The value as text when it is text or a number (Discord writes nonces as either), else undefined. */
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

/** A Discord id; undefined for anything that is none. */
export function asSnowflake(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{1,20}$/.test(value) ? value : undefined;
}
