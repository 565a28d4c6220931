import { randomBytes, randomUUID } from 'node:crypto';
import { JobError } from '../core/errors.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { Log } from '@atelier/lib/log';
import type { KeyStore } from '../core/store.ts';
import { NO_LIMITS, type ApiKey, type KeyLimits, type KeyService } from '../core/key.ts';
import { hashSecret } from './secret-box.ts';

interface KeyDeps {
  clock: Clock;
  ids: Ids;
  log: Log;
  store: KeyStore;
}

/** The API keys in the store. A change applies from the next request on. */
export function createKeys({ clock, ids, log, store }: KeyDeps): KeyService {
  async function change(keyId: string, toSet: (key: ApiKey) => Parameters<KeyStore['updateKey']>[1]): Promise<ApiKey | undefined> {
    const key = await store.getKey(keyId);
    if (!key) return undefined;
    const set = toSet(key);
    const changed = await store.updateKey(keyId, set);
    log.info({ keyId, changed: Object.keys(set) }, 'API key changed');
    return changed;
  }

  return {
    async create({ name, limits, expiresAtMs }) {
      checkLimits(limits);
      const secret = newSecret();
      const key = await store.createKey({
        ...newKey(clock.now()),
        id: ids.uuid(),
        name,
        secretHash: hashSecret(secret),
        expiresAtMs,
        limits,
      });
      log.info({ keyId: key.id }, 'API key created');
      return { key, secret };
    },

    list: () => store.listKeys(),
    get: (keyId) => store.getKey(keyId),

    update: (keyId, { name, limits, expiresAtMs, suspended }) =>
      change(keyId, (key) => {
        if (limits) checkLimits(limits);
        if (suspended === true) keepAdmin(key, 'suspended', 'suspended');
        if (typeof expiresAtMs === 'number') keepAdmin(key, 'given an end', 'expiresAtMs');
        if (typeof limits?.requestsPerMinute === 'number') keepAdmin(key, 'limited in its requests', 'limits');
        return {
          ...(name === undefined ? {} : { name }),
          ...(limits === undefined ? {} : { limits }),
          ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
          // A key that is suspended again keeps the time of its first suspension.
          ...(suspended === undefined ? {} : { suspendedAtMs: suspended ? (key.suspendedAtMs ?? clock.now()) : null }),
        };
      }),

    revoke: (keyId) =>
      change(keyId, (key) => {
        keepAdmin(key, 'revoked', 'id');
        return { revokedAtMs: key.revokedAtMs ?? clock.now() };
      }),
  };
}

/** Adds the first secret as the admin key, unless a key with this secret exists. A secret from the environment is added beside the existing keys. */
export async function ensureFirstKey(store: KeyStore, secret: string, clock: Clock): Promise<void> {
  const secretHash = hashSecret(secret);
  if (await store.findKey(secretHash)) return;
  await store.createKey({
    ...newKey(clock.now()),
    id: randomUUID(),
    name: 'first key',
    secretHash,
    admin: true,
  });
}

/** A key in force, without an end and without limits. */
const newKey = (createdAtMs: number) => ({
  admin: false,
  replyUrl: null,
  createdAtMs,
  expiresAtMs: null,
  suspendedAtMs: null,
  revokedAtMs: null,
  limits: NO_LIMITS,
});

/** 192 random bits in 32 characters that need no quoting anywhere; scanners for leaked secrets recognise the prefix. */
const newSecret = (): string => `atl_${randomBytes(24).toString('base64url')}`;

/** Refuses a change to the admin key that would lock it out: only the admin key could undo the change. */
function keepAdmin(key: ApiKey, change: string, field: string): void {
  if (key.admin) throw new JobError('invalid-request', `The admin key cannot be ${change}`, { facts: { field } });
}

function checkLimits(limits: KeyLimits): void {
  for (const [field, limit] of Object.entries(limits)) {
    if (limit !== null && !(Number.isSafeInteger(limit) && limit >= 1)) {
      throw new JobError('invalid-request', `${field} must be a whole number from 1, or null for no limit`, { facts: { field } });
    }
  }
}
