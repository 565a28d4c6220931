import { isJsonObject, type JsonObject, type JsonValue } from '@atelier/lib/json';

/** A string, or a number as one: ids and nonces come either way. Null for anything else. */
export function idText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

/** The objects in a list; nothing when it is no list. */
export const objectsIn = (value: JsonValue | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
