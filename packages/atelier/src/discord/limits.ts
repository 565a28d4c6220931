/** How patient a session is, and how it paces itself. */
export interface SessionLimits {
  /** One attempt at a REST call, from connecting to the last byte of the answer. */
  requestTimeoutMs: number;
  /** One attempt at sending the bytes of a file. */
  uploadTimeoutMs: number;
  /** How often one call waits after a 429 before it gives up. */
  maxRateLimitWaits: number;
  /** How long one call is held back by rate limits in all before it gives up. */
  maxRateLimitWaitMs: number;
  /** How often a repeatable call is sent again after a 5xx or a lost connection. */
  maxRetries: number;
  /** Between two interactions. Discord publishes no figure; 350 ms is the `ApiInterval` of `midjourney` (npm). */
  interactionIntervalMs: number;
  /** Before the gateway is connected to again: doubles with each failure from `firstMs` up to `longestMs`. */
  reconnectBackoff: { firstMs: number; longestMs: number };
  /** Between two Identifies of one user. Source: discord-userdoccers, gateway/using-gateway: 1 in 5 s. */
  identifyIntervalMs: number;
  /** After an Invalid Session (op 9 false), at random. Source: discord-api-docs, events/gateway (older text): 1 to 5 s. */
  invalidSessionWaitMs: { least: number; most: number };
}

/** Suits one account on discord.com. */
export const DEFAULT_LIMITS: Readonly<SessionLimits> = {
  requestTimeoutMs: 15_000,
  uploadTimeoutMs: 60_000,
  maxRateLimitWaits: 3,
  maxRateLimitWaitMs: 30_000,
  maxRetries: 2,
  interactionIntervalMs: 350,
  reconnectBackoff: { firstMs: 1_000, longestMs: 60_000 },
  identifyIntervalMs: 5_000,
  invalidSessionWaitMs: { least: 1_000, most: 5_000 },
};
