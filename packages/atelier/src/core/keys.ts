import type { ApiKey, KeyLimits } from './account.ts';

export type { KeyLimits } from './account.ts';

/** The API keys as their administrator sees them. There is one admin key, made at the first start; all others are made here. */
export interface KeyService {
  /** `secret` is shown this once; only its hash is kept. */
  create(request: { name: string; limits: KeyLimits; expiresAtMs: number | null }): Promise<{ key: ApiKey; secret: string }>;
  list(): Promise<ApiKey[]>;
  get(keyId: string): Promise<ApiKey | undefined>;
  /** Undefined for an unknown key. Throws `JobError('invalid-request')` for what would lock the admin key out. */
  update(
    keyId: string,
    set: { name?: string; limits?: KeyLimits; expiresAtMs?: number | null; suspended?: boolean },
  ): Promise<ApiKey | undefined>;
  /** Ends a key for good. Its jobs go on, and the admin key still sees them. */
  revoke(keyId: string): Promise<ApiKey | undefined>;
}
