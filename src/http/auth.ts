import type { FastifyRequest } from 'fastify';
import type { ApiKey } from '../account/account.ts';
import { hashSecret } from '../account/secret-box.ts';
import { JobError } from '../job/errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { KeyStore } from '../store/store.ts';

/** The key named by `Authorization: Bearer …`; throws `JobError` unauthorized, key-expired or key-suspended. */
export function createAuthenticate(deps: { clock: Clock; store: Pick<KeyStore, 'findKey'> }) {
  return async (request: FastifyRequest): Promise<ApiKey> => {
    const secret = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const key = secret === undefined ? undefined : await deps.store.findKey(hashSecret(secret));
    if (!key || key.revokedAtMs !== null) throw new JobError('unauthorized', 'Unauthorized');
    if (key.suspendedAtMs !== null) throw new JobError('key-suspended', 'This API key is suspended');
    if (key.expiresAtMs !== null && key.expiresAtMs <= deps.clock.now()) throw new JobError('key-expired', 'This API key has expired');
    return key;
  };
}
