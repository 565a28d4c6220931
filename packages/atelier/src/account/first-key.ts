import { randomUUID } from 'node:crypto';
import type { Clock } from '@atelier/lib/clock';
import type { KeyStore } from '../core/store.ts';
import { NO_LIMITS } from '../core/key.ts';
import { hashSecret } from './secret-box.ts';

/** The first key has all rights; a key given in the environment is added beside those that are there. */
export async function ensureFirstKey(store: KeyStore, secret: string, clock: Clock): Promise<void> {
  const secretHash = hashSecret(secret);
  if (await store.findKey(secretHash)) return;
  await store.createKey({
    id: randomUUID(),
    name: 'first key',
    secretHash,
    admin: true,
    replyUrl: null,
    createdAtMs: clock.now(),
    expiresAtMs: null,
    suspendedAtMs: null,
    revokedAtMs: null,
    limits: NO_LIMITS,
  });
}
