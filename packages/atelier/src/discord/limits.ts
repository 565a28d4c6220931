/** Time-outs, retries and intervals of a session. */
export interface SessionLimits {
  /** One attempt of a REST call, from connecting to the last byte of the answer. */
  requestTimeoutMs: number;
  /** One attempt to upload the bytes of a file. */
  uploadTimeoutMs: number;
  /** Waits after a 429 before a call gives up. */
  maxRateLimitWaits: number;
  /** Total wait of one call for rate limits before it gives up. */
  maxRateLimitWaitMs: number;
  /** Retries of a repeatable call after a 5xx or a lost connection. */
  maxRetries: number;
  /** Between two interactions. Discord publishes no figure; 350 ms is the `ApiInterval` of `midjourney` (npm). */
  interactionIntervalMs: number;
  /** Delay before the gateway is connected to again: doubles with each failure from `firstMs` up to `longestMs`. */
  reconnectDelay: DelayRange;
  /** Between two Identifies of one user. Source: discord-userdoccers, session limits, 1 in 5 s. */
  identifyIntervalMs: number;
  /** After an Invalid Session (op 9 false), at random. Source: discord-api-docs, invalid session, 1 to 5 s. */
  invalidSessionWaitMs: { least: number; most: number };
}

interface DelayRange {
  firstMs: number;
  longestMs: number;
}

/** For one account on discord.com. */
export const DEFAULT_LIMITS: Readonly<SessionLimits> = {
  requestTimeoutMs: 15_000,
  uploadTimeoutMs: 60_000,
  maxRateLimitWaits: 3,
  maxRateLimitWaitMs: 30_000,
  maxRetries: 2,
  interactionIntervalMs: 350,
  reconnectDelay: { firstMs: 1_000, longestMs: 60_000 },
  identifyIntervalMs: 5_000,
  invalidSessionWaitMs: { least: 1_000, most: 5_000 },
};

/**
 * Delay before the next try. It doubles with each failure from `firstMs` up to `longestMs`; a random part between half and all of it is used, so that clients
 * of the same failed server do not return at the same moment. `random` returns 0 to 1.
 */
export function toRetryDelayMs(failures: number, range: DelayRange, random: () => number): number {
  const fullMs = Math.min(range.firstMs * 2 ** failures, range.longestMs);
  return fullMs * (0.5 + random() / 2);
}
