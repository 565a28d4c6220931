import { Type } from 'typebox';
import type { ApiKey } from '../../../../core/key.ts';
import type { KeyLimits } from '../../../../core/key.ts';
import type { NativeDeps } from '../../../dialect.ts';
import { keyOf, notFound, requireAdmin, type NativeApp } from '../context.ts';
import { answers, Key as KeyBody, Limits, Nullable, toTime, toTimeOrNull } from '../schema.ts';

const TAGS = ['keys'];
const Key = Type.Ref('Key');
const KeyParams = Type.Object({ keyId: Type.String() });
const Name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' });
const ExpiresAt = Nullable(Type.String({ format: 'date-time' }));
const CLOSED = { additionalProperties: false };
const NO_LIMITS: KeyLimits = { requestsPerMinute: null, jobsPerDay: null, runningJobs: null };

/** The API keys: each may see itself, the admin key makes and ends the others. */
export function registerKeyRoutes(app: NativeApp, deps: NativeDeps): void {
  const { keys, clock } = deps;
  const toBody = (key: ApiKey) => toKeyBody(key, clock.now());
  const known = (key: ApiKey | undefined, id: string): ApiKey => {
    if (key) return key;
    throw notFound('key', id);
  };

  const me = { summary: 'Read the key that the request came with', operationId: 'getMe', tags: TAGS, response: answers({ 200: Key }) };
  app.get('/me', { schema: me }, async (request) => toBody(keyOf(request)));

  const list = {
    summary: 'List the keys',
    operationId: 'listKeys',
    tags: TAGS,
    response: answers({ 200: Type.Object({ items: Type.Array(Key) }) }),
  };
  app.get('/keys', { schema: list, onRequest: requireAdmin }, async () => ({ items: (await keys.list()).map(toBody) }));

  const create = {
    summary: 'Make a key',
    description: 'The answer holds the secret, this once.',
    operationId: 'createKey',
    tags: TAGS,
    body: Type.Object(
      { name: Name, limits: Type.Optional(Type.Partial(Limits, CLOSED)), expiresAt: Type.Optional(ExpiresAt) },
      { additionalProperties: false },
    ),
    response: answers({ 201: Type.Object({ ...KeyBody.properties, secret: Type.String({ description: 'What goes behind `Bearer`' }) }) }),
  };
  app.post('/keys', { schema: create, onRequest: requireAdmin }, async (request, reply) => {
    const { name, limits, expiresAt } = request.body;
    const made = await keys.create({ name, limits: { ...NO_LIMITS, ...limits }, expiresAtMs: toMs(expiresAt) });
    return reply
      .code(201)
      .header('location', `/keys/${made.key.id}`)
      .header('cache-control', 'no-store')
      .send({ ...toBody(made.key), secret: made.secret });
  });

  const read = { summary: 'Read a key', operationId: 'getKey', tags: TAGS, params: KeyParams, response: answers({ 200: Key }) };
  app.get('/keys/:keyId', { schema: read, onRequest: requireAdmin }, async (request) => {
    const { keyId } = request.params;
    return toBody(known(await keys.get(keyId), keyId));
  });

  const update = {
    summary: 'Change a key: its name, limits or expiry, or suspend it',
    operationId: 'updateKey',
    tags: TAGS,
    params: KeyParams,
    body: Type.Object(
      {
        name: Type.Optional(Name),
        limits: Type.Optional(Type.Partial(Limits, { ...CLOSED, description: 'Limits that are left out stay' })),
        expiresAt: Type.Optional(ExpiresAt),
        suspended: Type.Optional(Type.Boolean()),
      },
      { additionalProperties: false, minProperties: 1 },
    ),
    response: answers({ 200: Key }),
  };
  app.patch('/keys/:keyId', { schema: update, onRequest: requireAdmin }, async (request) => {
    const { keyId } = request.params;
    const { name, limits, expiresAt, suspended } = request.body;
    const before = known(await keys.get(keyId), keyId);
    const after = await keys.update(keyId, {
      ...(name !== undefined && { name }),
      ...(limits && { limits: { ...limitsOf(before), ...limits } }),
      ...(expiresAt !== undefined && { expiresAtMs: toMs(expiresAt) }),
      ...(suspended !== undefined && { suspended }),
    });
    return toBody(known(after, keyId));
  });

  const revoke = {
    summary: 'End a key for good',
    description: 'Its jobs go on.',
    operationId: 'revokeKey',
    tags: TAGS,
    params: KeyParams,
    response: answers({ 200: Key }),
  };
  app.delete('/keys/:keyId', { schema: revoke, onRequest: requireAdmin }, async (request) => {
    const { keyId } = request.params;
    return toBody(known(await keys.revoke(keyId), keyId));
  });
}

const toMs = (time: string | null | undefined): number | null => (time === undefined || time === null ? null : Date.parse(time));

const limitsOf = (key: ApiKey & { limits?: KeyLimits }): KeyLimits => key.limits ?? NO_LIMITS;

function toKeyBody(key: ApiKey, nowMs: number) {
  return {
    id: key.id,
    number: key.number,
    name: key.name,
    admin: key.admin,
    status: statusOf(key, nowMs),
    limits: limitsOf(key),
    createdAt: toTime(key.createdAtMs),
    expiresAt: toTimeOrNull(key.expiresAtMs),
    suspendedAt: toTimeOrNull(key.suspendedAtMs),
    revokedAt: toTimeOrNull(key.revokedAtMs),
  };
}

function statusOf(key: ApiKey, nowMs: number): 'active' | 'expired' | 'suspended' | 'revoked' {
  if (key.revokedAtMs !== null) return 'revoked';
  if (key.suspendedAtMs !== null) return 'suspended';
  return key.expiresAtMs !== null && key.expiresAtMs <= nowMs ? 'expired' : 'active';
}
