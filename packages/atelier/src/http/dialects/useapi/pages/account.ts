import type { FastifyInstance } from 'fastify';
import type { ApiKey } from '../../../../core/key.ts';
import type { JsonObject } from '@atelier/lib/json';
import { bodyOf, checkUrlField, hasControls, invalid, MAX_NAME_LENGTH, MAX_REPLY_LENGTH, readText } from '../fields.ts';
import { addPage, type PageContext } from '../page.ts';
import { user, userChange } from '../schemas/account.ts';
import { accountRefusals, noContent, reading } from '../schemas/errors.ts';

/** `sub` of a key without an end: a day as far off as its two-digit year can say. */
const NO_END = '991231';

/** GET and POST account: the owner of the API token. Source: useapi, account. */
export function registerUserAccount(app: FastifyInstance, context: PageContext): void {
  const { deps, keyOf } = context;

  addPage(app, context, {
    method: 'GET',
    path: '/account',
    schema: { summary: 'Owner of the API token', tags: ['Account'], response: { 200: user, ...reading(accountRefusals()) } },
    handle: async (request) => toUser(keyOf(request)),
  });

  addPage(app, context, {
    method: 'POST',
    path: '/account',
    schema: {
      summary: 'Change the name or the default replyUrl',
      description: 'A field that is left out stays as it is; an empty `replyUrl` removes the default.',
      tags: ['Account'],
      body: userChange,
      response: { 204: noContent, ...accountRefusals() },
    },
    async handle(request, reply) {
      const body = bodyOf(request);
      const name = readText(body, 'name', MAX_NAME_LENGTH);
      if (name !== undefined && hasControls(name)) throw invalid('name is not valid', 'name');
      const replyUrl = readText(body, 'replyUrl', MAX_REPLY_LENGTH)?.trim();
      if (replyUrl !== undefined) checkUrlField(replyUrl, 'replyUrl', deps.checkUrl);
      await deps.store.updateKey(keyOf(request).id, {
        ...(name === undefined ? {} : { name }),
        // Sent but empty is the one way to be rid of it.
        ...('replyUrl' in body ? { replyUrl: replyUrl ?? null } : {}),
      });
      return reply.code(204).send();
    },
  });
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
