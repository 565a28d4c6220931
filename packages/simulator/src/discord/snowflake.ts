import type { Clock } from '@atelier/lib/clock';

const DISCORD_EPOCH_MS = 1_420_070_400_000;

/** Makes ids that sort by time and never repeat: `(ms − 1420070400000) << 22` and a count below. Source: discord-api-docs, reference. */
export function createSnowflakes(clock: Clock): () => string {
  let last = 0n;
  return () => {
    const fromTime = BigInt(clock.now() - DISCORD_EPOCH_MS) << 22n;
    last = fromTime > last ? fromTime : last + 1n;
    return String(last);
  };
}

export const isSnowflake = (text: string): boolean => /^\d{1,20}$/.test(text);
