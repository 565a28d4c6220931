import type { FastifyRequest } from 'fastify';
import type { ApiKey } from '../core/key.ts';
import { hashSecret } from '../account/secret-box.ts';
import { JobError } from '../core/errors.ts';
import type { Clock } from '@atelier/lib/clock';
import type { KeyStore } from '../core/store.ts';

/**
 * The key named by `Authorization: Bearer …`; throws `JobError` unauthorized, key-expired, key-suspended or, for a key that has made its
 * requests of this minute, rate-limited (facts `limit`, `max`, `retryAfterSeconds`). To be called once for each request.
 */
export function createAuthenticate(deps: { clock: Clock; store: Pick<KeyStore, 'findKey'> }) {
  const admit = createRequestLimit(deps.clock);
  return async (request: FastifyRequest): Promise<ApiKey> => {
    const secret = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const key = secret === undefined ? undefined : await deps.store.findKey(hashSecret(secret));
    if (!key || key.revokedAtMs !== null) throw new JobError('unauthorized', 'Unauthorized');
    if (key.suspendedAtMs !== null) throw new JobError('key-suspended', 'This API key is suspended');
    if (key.expiresAtMs !== null && key.expiresAtMs <= deps.clock.now()) throw new JobError('key-expired', 'This API key has expired');
    admit(key);
    return key;
  };
}

const MINUTE_MS = 60_000;

/**
 * Lets through at most `requestsPerMinute` requests of a key in any minute. Refused ones do not count: a caller that keeps asking is let in again
 * as soon as one that asked and waited. Kept in memory: it protects this process.
 */
function createRequestLimit(clock: Clock): (key: Pick<ApiKey, 'id' | 'limits'>) => void {
  /** When each key's requests of the last minute were let through, oldest first. */
  const admitted = new Map<string, number[]>();
  return ({ id, limits: { requestsPerMinute: max } }) => {
    if (max === null) {
      admitted.delete(id);
      return;
    }
    const nowMs = clock.now();
    const times = admitted.get(id) ?? [];
    const firstOfMinute = times.findIndex((atMs) => atMs > nowMs - MINUTE_MS);
    // A clock that was put back starts the minute again, so that no key is kept out for longer than that.
    const wasPutBack = (times.at(-1) ?? nowMs) > nowMs;
    times.splice(0, firstOfMinute === -1 || wasPutBack ? times.length : firstOfMinute);
    admitted.set(id, times);
    // The one that must leave the minute before there is room again; not the oldest when the limit was lowered meanwhile.
    const last = times[times.length - max];
    if (last !== undefined) {
      const retryAfterSeconds = Math.max(1, Math.ceil((last + MINUTE_MS - nowMs) / 1_000));
      throw new JobError('rate-limited', `This API key may make ${max} ${max === 1 ? 'request' : 'requests'} a minute`, {
        facts: { limit: 'requestsPerMinute', max, retryAfterSeconds },
      });
    }
    times.push(nowMs);
  };
}
