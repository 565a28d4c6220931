import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';

/** The source of all new identifiers. */
export interface Ids {
  /** A UUID that sorts by time (version 7). */
  uuid(): string;
  /** `bytes` random bytes as lower-case hexadecimal. */
  hex(bytes: number): string;
  /** A Discord snowflake of now: `(ms − 1420070400000) << 22`, unique within this process. Source: discord-api-docs, snowflakes. */
  snowflake(): string;
}

const DISCORD_EPOCH_MS = 1_420_070_400_000;

export function createIds(clock: Clock): Ids {
  const random = createRandomSource();
  let lastSnowflake = 0n;
  return {
    uuid() {
      const bytes = random(16);
      bytes.writeUIntBE(clock.now(), 0, 6);
      bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
      bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
      const hex = bytes.toString('hex');
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
    },
    hex: (bytes) => random(bytes).toString('hex'),
    snowflake() {
      const fromTime = BigInt(clock.now() - DISCORD_EPOCH_MS) << 22n;
      const next = fromTime + BigInt(random(2).readUInt16BE() & 0x3fff);
      lastSnowflake = next > lastSnowflake ? next : lastSnowflake + 1n;
      return String(lastSnowflake);
    },
  };
}

/** Takes random bytes from the system a page at a time: one system call for each id would cost more than the rest of the id. */
function createRandomSource(): (bytes: number) => Buffer {
  const PAGE = 4_096;
  let page = Buffer.alloc(0);
  return (bytes) => {
    if (page.length < bytes) page = randomBytes(Math.max(PAGE, bytes));
    const taken = page.subarray(0, bytes);
    page = page.subarray(bytes);
    return taken;
  };
}

/** A random UUID (version 4), for wire formats that ask for one. */
export const randomId = (): string => randomUUID();

/** The instant of a snowflake, epoch milliseconds. */
export function snowflakeToMs(snowflake: string): number {
  return Number(BigInt(snowflake) >> 22n) + DISCORD_EPOCH_MS;
}
