import { Type } from 'typebox';
import { NO_LIMITS, type ApiKey } from '../../../../core/key.ts';
import { keyOf, notFound, requireAdmin, type NativeRoute } from '../context.ts';
import { answers, Limits, Nullable, toTime, toTimeOrNull } from '../schema.ts';

const TAGS = ['keys'];
const KeyRef = Type.Ref('Key');
const KeyParams = Type.Object({ keyId: Type.String() });
const Name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' });
const ExpiresAt = Nullable(Type.String({ format: 'date-time' }));
const LimitsChange = Type.Partial(Limits, {
  $id: 'KeyLimitsChange',
  additionalProperties: false,
  description: 'A limit that is left out does not change; a new key has no limit',
});

const readMe: NativeRoute = (app, { clock }) => {
  const schema = { summary: 'Read the key of the request', operationId: 'getMe', tags: TAGS, response: answers({ 200: KeyRef }) };
  app.get('/me', { schema }, async (request) => toBody(keyOf(request), clock.now()));
};

const listKeys: NativeRoute = (app, { keys, clock }) => {
  const schema = {
    summary: 'List the keys',
    operationId: 'listKeys',
    tags: TAGS,
    response: answers({ 200: Type.Object({ items: Type.Array(KeyRef) }) }),
  };
  app.get('/keys', { schema, onRequest: requireAdmin }, async () => ({
    items: (await keys.list()).map((key) => toBody(key, clock.now())),
  }));
};

const createKey: NativeRoute = (app, { keys, clock }) => {
  const schema = {
    summary: 'Make a key',
    description: 'The answer holds the secret. It is never shown again.',
    operationId: 'createKey',
    tags: TAGS,
    body: Type.Object(
      { name: Name, limits: Type.Optional(LimitsChange), expiresAt: Type.Optional(ExpiresAt) },
      { additionalProperties: false },
    ),
    response: answers({ 201: Type.Ref('KeyWithSecret') }),
  };
  app.post('/keys', { schema, onRequest: requireAdmin }, async (request, reply) => {
    const { name, limits, expiresAt } = request.body;
    const { key, secret } = await keys.create({ name, limits: { ...NO_LIMITS, ...limits }, expiresAtMs: toMs(expiresAt) });
    return reply
      .code(201)
      .header('location', `/keys/${key.id}`)
      .send({ ...toBody(key, clock.now()), secret });
  });
};

const readKey: NativeRoute = (app, { keys, clock }) => {
  const schema = { summary: 'Read a key', operationId: 'getKey', tags: TAGS, params: KeyParams, response: answers({ 200: KeyRef }) };
  app.get('/keys/:keyId', { schema, onRequest: requireAdmin }, async (request) => {
    const { keyId } = request.params;
    return toBody(known(await keys.get(keyId), keyId), clock.now());
  });
};

const updateKey: NativeRoute = (app, { keys, clock }) => {
  const schema = {
    summary: 'Change a key: its name, limits or expiry, or suspend it',
    operationId: 'updateKey',
    tags: TAGS,
    params: KeyParams,
    body: Type.Object(
      {
        name: Type.Optional(Name),
        limits: Type.Optional(LimitsChange),
        expiresAt: Type.Optional(ExpiresAt),
        suspended: Type.Optional(Type.Boolean()),
      },
      { additionalProperties: false, minProperties: 1 },
    ),
    response: answers({ 200: KeyRef }),
  };
  app.patch('/keys/:keyId', { schema, onRequest: requireAdmin }, async (request) => {
    const { keyId } = request.params;
    const { name, limits, expiresAt, suspended } = request.body;
    const before = known(await keys.get(keyId), keyId);
    const changed = await keys.update(keyId, {
      ...(name !== undefined && { name }),
      ...(limits && { limits: { ...before.limits, ...limits } }),
      ...(expiresAt !== undefined && { expiresAtMs: toMs(expiresAt) }),
      ...(suspended !== undefined && { suspended }),
    });
    return toBody(known(changed, keyId), clock.now());
  });
};

const revokeKey: NativeRoute = (app, { keys, clock }) => {
  const schema = {
    summary: 'End a key for good',
    description: 'Its jobs continue.',
    operationId: 'revokeKey',
    tags: TAGS,
    params: KeyParams,
    response: answers({ 200: KeyRef }),
  };
  app.delete('/keys/:keyId', { schema, onRequest: requireAdmin }, async (request) => {
    const { keyId } = request.params;
    return toBody(known(await keys.revoke(keyId), keyId), clock.now());
  });
};

/** The API keys: every key may read itself; the admin key makes, changes and ends the others. */
export const KEY_ROUTES: readonly NativeRoute[] = [readMe, listKeys, createKey, readKey, updateKey, revokeKey];

function known(key: ApiKey | undefined, id: string): ApiKey {
  if (key) return key;
  throw notFound('Key', id);
}

const toMs = (time: string | null | undefined): number | null => (time === undefined || time === null ? null : Date.parse(time));

function toBody(key: ApiKey, nowMs: number) {
  return {
    id: key.id,
    number: key.number,
    name: key.name,
    admin: key.admin,
    status: statusOf(key, nowMs),
    limits: key.limits,
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
