import type { Clock } from '@atelier/lib/clock';
import { isJsonObject, type JsonObject, type JsonValue } from '@atelier/lib/json';

const DISCORD_EPOCH_MS = 1_420_070_400_000;

/** Ids made within one millisecond differ in these bits. */
const COUNTER_BITS = 22n;

/**
 * Makes ids that never repeat and, while the clock does not go back, sort by time: `(ms − 1420070400000) << 22` with a counter
 * below. Source: discord-api-docs, snowflakes.
 */
export function createSnowflakes(clock: Clock): () => string {
  let made = 0n;
  return () => {
    made += 1n;
    return String((BigInt(clock.now() - DISCORD_EPOCH_MS) << COUNTER_BITS) + made);
  };
}

/** The time of an id, in epoch milliseconds. */
export const createdAtMs = (id: string): number => Number(BigInt(id) >> COUNTER_BITS) + DISCORD_EPOCH_MS;

/** True for the text of a Discord id. */
export const isSnowflake = (text: string): boolean => /^\d{1,20}$/.test(text);

/** The text of an id or nonce, which clients send as a string or a number. Null for anything else. */
export function idText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

/** The objects of a list; an empty list for any other value. */
export const objectsIn = (value: JsonValue | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
