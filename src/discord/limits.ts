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
}

/** Suits one account on discord.com. */
export const DEFAULT_LIMITS: Readonly<SessionLimits> = {
  requestTimeoutMs: 15_000,
  uploadTimeoutMs: 60_000,
  maxRateLimitWaits: 3,
  maxRateLimitWaitMs: 30_000,
  maxRetries: 2,
  interactionIntervalMs: 350,
};
