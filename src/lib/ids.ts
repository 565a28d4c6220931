import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';

/** Where all new identifiers come from; tests pass one that counts. */
export interface Ids {
  /** A UUID that sorts by time (version 7). */
  uuid(): string;
  /** `bytes` random bytes as lower-case hexadecimal. */
  hex(bytes: number): string;
  /** A Discord snowflake of now: `(ms − 1420070400000) << 22`, unique within this process. Source: discord-api-docs, reference. */
  snowflake(): string;
}

const DISCORD_EPOCH_MS = 1_420_070_400_000;

export function createIds(clock: Clock): Ids {
  let lastSnowflake = 0n;
  return {
    uuid() {
      const bytes = randomBytes(16);
      bytes.writeUIntBE(clock.now(), 0, 6);
      bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
      bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
      const hex = bytes.toString('hex');
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
    },
    hex: (bytes) => randomBytes(bytes).toString('hex'),
    snowflake() {
      const fromTime = BigInt(clock.now() - DISCORD_EPOCH_MS) << 22n;
      const random = BigInt(randomBytes(2).readUInt16BE() & 0x3fff);
      lastSnowflake = fromTime + random > lastSnowflake ? fromTime + random : lastSnowflake + 1n;
      return String(lastSnowflake);
    },
  };
}

/** A UUID with no order, where a wire format wants one (version 4). */
export const randomId = (): string => randomUUID();

/** The instant a snowflake was made, epoch milliseconds. */
export function snowflakeToMs(snowflake: string): number {
  return Number(BigInt(snowflake) >> 22n) + DISCORD_EPOCH_MS;
}
