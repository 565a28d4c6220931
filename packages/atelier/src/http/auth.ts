import type { FastifyRequest } from 'fastify';
import type { ApiKey } from '../core/key.ts';
import { hashSecret } from '../account/secret-box.ts';
import { JobError } from '../core/errors.ts';
import type { Clock } from '@atelier/lib/clock';
import { createSlidingWindow, type SlidingWindow } from '@atelier/lib/sliding-window';
import type { KeyStore } from '../core/store.ts';

/**
 * The key of the request's `Authorization: Bearer …`. Throws `JobError`: unauthorized, key-expired, key-suspended or, for a key without a request
 * left in this minute, rate-limited (facts `limit`, `max`, `retryAfterSeconds`). Each call counts as one request of the key.
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
 * Throws for a key that made `requestsPerMinute` requests within the last minute. A refused request does not count, so a caller that keeps asking is
 * let in again as early as a caller that waits. Counts in memory: it protects this process.
 */
function createRequestLimit(clock: Clock): (key: Pick<ApiKey, 'id' | 'limits'>) => void {
  const windows = new Map<string, SlidingWindow>();
  return ({ id, limits: { requestsPerMinute: max } }) => {
    if (max === null) {
      windows.delete(id);
      return;
    }
    const window = windows.get(id) ?? createSlidingWindow({ clock, max, windowMs: MINUTE_MS });
    windows.set(id, window);
    window.setMax(max);
    const waitMs = window.take();
    if (waitMs === 0) return;
    throw new JobError('rate-limited', `This API key may make ${max} ${max === 1 ? 'request' : 'requests'} a minute`, {
      facts: { limit: 'requestsPerMinute', max, retryAfterSeconds: Math.ceil(waitMs / 1_000) },
    });
  };
}
