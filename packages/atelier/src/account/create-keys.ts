import { randomBytes } from 'node:crypto';
import { JobError } from '../core/errors.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { Log } from '@atelier/lib/log';
import type { KeyStore } from '../core/store.ts';
import type { ApiKey, KeyLimits } from '../core/key.ts';
import type { KeyService } from '../core/key.ts';
import { hashSecret } from './secret-box.ts';

interface KeyDeps {
  clock: Clock;
  ids: Ids;
  log: Log;
  store: KeyStore;
}

/** The API keys, kept in the store. Changes hold from the next request on. */
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
        id: ids.uuid(),
        name,
        secretHash: hashSecret(secret),
        admin: false,
        replyUrl: null,
        createdAtMs: clock.now(),
        expiresAtMs,
        suspendedAtMs: null,
        revokedAtMs: null,
        limits,
      });
      log.info({ keyId: key.id }, 'API key made');
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
          // The first time stays on record.
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

/** 192 random bits in 32 characters that need no quoting anywhere; the prefix lets a scanner for leaked secrets know it. */
const newSecret = (): string => `atl_${randomBytes(24).toString('base64url')}`;

/** Without the admin key nobody could undo the change. */
function keepAdmin(key: ApiKey, what: string, field: string): void {
  if (key.admin) throw new JobError('invalid-request', `The admin key cannot be ${what}`, { facts: { field } });
}

function checkLimits(limits: KeyLimits): void {
  for (const [field, limit] of Object.entries(limits)) {
    if (limit !== null && !(Number.isSafeInteger(limit) && limit >= 1)) {
      throw new JobError('invalid-request', `${field} must be a whole number from 1, or null for no limit`, { facts: { field } });
    }
  }
}
