import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiKey } from '../../../account/account.ts';
import type { JsonObject } from '../../../lib/json.ts';
import type { DialectDeps } from '../../dialect.ts';
import { bodyOf, checkUrlField, MAX_REPLY_LENGTH, readText } from './fields.ts';

/** `sub` of a key without an end: a day as far off as its two-digit year can say. */
const NO_END = '991231';

/** GET and POST account: the owner of the API token. Source: useapi v2, account. */
export function registerUserAccount(app: FastifyInstance, deps: DialectDeps, keyOf: (request: FastifyRequest) => ApiKey): void {
  for (const url of ['/account', '/account/']) {
    app.get(url, async (request) => toUser(keyOf(request)));

    app.post(url, async (request, reply) => {
      const body = bodyOf(request);
      const name = readText(body, 'name');
      const replyUrl = readText(body, 'replyUrl', MAX_REPLY_LENGTH)?.trim();
      if (replyUrl !== undefined) checkUrlField(replyUrl, 'replyUrl', deps.checkUrl);
      await deps.store.updateKey(keyOf(request).id, {
        ...(name === undefined ? {} : { name }),
        // Sent but empty is the one way to be rid of it.
        ...('replyUrl' in body ? { replyUrl: replyUrl ?? null } : {}),
      });
      return reply.code(204).send();
    });
  }
}

/** Strict clients want text in every field but `replyUrl`. Keys have no mail address here; `.invalid` is reserved for saying so. */
function toUser(key: ApiKey): JsonObject {
  const created = new Date(key.createdAtMs).toISOString();
  return {
    email: `user-${key.number}@atelier.invalid`,
    created,
    name: key.name,
    verified: created,
    sub: key.expiresAtMs === null ? NO_END : toYearMonthDay(key.expiresAtMs),
    ...(key.replyUrl === null ? {} : { replyUrl: key.replyUrl }),
  };
}

const toYearMonthDay = (atMs: number): string => new Date(atMs).toISOString().slice(2, 10).replaceAll('-', '');
