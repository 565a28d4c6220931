/** An API key as stored: the secret itself is never kept. */
export interface ApiKey {
  readonly id: string;
  /** A short number that never changes: the `user:<number>` of useapi's job ids. */
  readonly number: number;
  readonly name: string;
  /** SHA-256 of the secret, hex. */
  readonly secretHash: string;
  readonly admin: boolean;
  /** Default callback for useapi jobs (`POST account`). */
  readonly replyUrl: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly suspendedAtMs: number | null;
  readonly revokedAtMs: number | null;
  readonly limits: KeyLimits;
}

/** Upper limits of a key; null: unlimited. */
export interface KeyLimits {
  readonly requestsPerMinute: number | null;
  /** Jobs accepted within any 24 hours. */
  readonly jobsPerDay: number | null;
  /** Jobs that are queued or at work. */
  readonly runningJobs: number | null;
}

/** The limits of an unlimited key. */
export const NO_LIMITS: KeyLimits = { requestsPerMinute: null, jobsPerDay: null, runningJobs: null };

/** The API keys as their administrator sees them. The first start creates the admin key; this service creates all others. */
export interface KeyService {
  /** `secret` is returned only here; the store keeps its hash. */
  create(request: { name: string; limits: KeyLimits; expiresAtMs: number | null }): Promise<{ key: ApiKey; secret: string }>;
  list(): Promise<ApiKey[]>;
  get(keyId: string): Promise<ApiKey | undefined>;
  /** Undefined for an unknown key. Throws `JobError('invalid-request')` for a change that would lock the admin key out. */
  update(
    keyId: string,
    set: { name?: string; limits?: KeyLimits; expiresAtMs?: number | null; suspended?: boolean },
  ): Promise<ApiKey | undefined>;
  /** Ends a key for good. Jobs of the key go on, and the admin key still sees them. */
  revoke(keyId: string): Promise<ApiKey | undefined>;
}
