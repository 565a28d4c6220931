import { Type } from 'typebox';
import { accountStatus, activeHold, type Account } from '../../../../core/account.ts';
import { JobError, toReason } from '../../../../core/errors.ts';
import type { NativeDeps } from '../../../dialect.ts';
import { requireAdmin, type NativeRoute } from '../context.ts';
import { answers, toTime } from '../schema.ts';

const TAGS = ['accounts'];
const AccountRef = Type.Ref('Account');
const Snowflake = Type.String({ pattern: '^\\d{6,20}$', description: 'A Discord id' });
const ACCOUNT_FIELDS = {
  token: Type.String({ minLength: 1, maxLength: 500, description: 'Its Discord token; kept encrypted, shown masked' }),
  maxJobs: Type.Integer({ minimum: 1, maximum: 15, description: 'Jobs that its Midjourney plan runs at the same time' }),
};
/** The id of an account that a useapi caller brought along is its channel and the start of its token's hash. */
const AccountParams = Type.Object({ accountId: Type.String({ pattern: '^\\d{6,20}(:[0-9a-f]{8})?$', description: 'A Discord channel' }) });

const listAccounts: NativeRoute = (app, deps) => {
  const schema = {
    summary: 'List the accounts',
    operationId: 'listAccounts',
    tags: TAGS,
    response: answers({ 200: Type.Object({ items: Type.Array(AccountRef) }) }),
  };
  app.get('/accounts', { schema, onRequest: requireAdmin }, async () => ({ items: await toBodies(await deps.accounts.list(), deps) }));
};

const readAccount: NativeRoute = (app, deps) => {
  const schema = {
    summary: 'Read an account',
    operationId: 'getAccount',
    tags: TAGS,
    params: AccountParams,
    response: answers({ 200: AccountRef }),
  };
  app.get('/accounts/:accountId', { schema, onRequest: requireAdmin }, async (request) =>
    toBody(await findAccount(deps, request.params.accountId), deps),
  );
};

const addAccount: NativeRoute = (app, deps) => {
  const { accounts } = deps;
  const schema = {
    summary: 'Add an account by its token alone',
    description: 'It works in the private channel that the token’s user has with Midjourney’s bot.',
    operationId: 'addAccount',
    tags: TAGS,
    body: Type.Object(ACCOUNT_FIELDS, { additionalProperties: false }),
    response: answers({ 200: AccountRef, 201: AccountRef }),
  };
  app.post('/accounts', { schema, onRequest: requireAdmin }, async (request, reply) => {
    const { token, maxJobs } = request.body;
    const channelId = await accounts.findPrivateChannel(token);
    const { account, created } = await accounts.configure({ channelId, guildId: '', token, maxJobs });
    return reply.code(created ? 201 : 200).send(await toBody(account, deps));
  });
};

const putAccount: NativeRoute = (app, deps) => {
  const schema = {
    summary: 'Add an account, or replace its token and limits',
    operationId: 'putAccount',
    tags: TAGS,
    params: Type.Object({ accountId: Snowflake }),
    body: Type.Object({ guildId: Snowflake, ...ACCOUNT_FIELDS }, { additionalProperties: false }),
    response: answers({ 200: AccountRef, 201: AccountRef }),
  };
  app.put('/accounts/:accountId', { schema, onRequest: requireAdmin }, async (request, reply) => {
    const { account, created } = await deps.accounts.configure({ channelId: request.params.accountId, ...request.body });
    return reply.code(created ? 201 : 200).send(await toBody(account, deps));
  });
};

const deleteAccount: NativeRoute = (app, deps) => {
  const schema = {
    summary: 'Remove an account',
    operationId: 'deleteAccount',
    tags: TAGS,
    params: AccountParams,
    response: answers({ 204: Type.Null() }),
  };
  app.delete('/accounts/:accountId', { schema, onRequest: requireAdmin }, async (request, reply) => {
    const { id } = await findAccount(deps, request.params.accountId);
    await deps.accounts.remove(id);
    return reply.code(204).send(null);
  });
};

const resetAccount: NativeRoute = (app, deps) => {
  const schema = {
    summary: 'End the pause or the hold of an account',
    description: 'Once its owner has done in Discord what Midjourney’s notice asks for. A hold ends by itself too.',
    operationId: 'resetAccount',
    tags: TAGS,
    params: AccountParams,
    response: answers({ 200: AccountRef }),
  };
  app.post('/accounts/:accountId/reset', { schema, onRequest: requireAdmin }, async (request) => {
    const { id } = await findAccount(deps, request.params.accountId);
    await deps.accounts.reset(id);
    return toBody(await findAccount(deps, id), deps);
  });
};

/** The Discord accounts that jobs run on; for the admin key. */
export const ACCOUNT_ROUTES: readonly NativeRoute[] = [listAccounts, readAccount, addAccount, putAccount, deleteAccount, resetAccount];

async function findAccount({ accounts }: Pick<NativeDeps, 'accounts'>, id: string): Promise<Account> {
  const account = await accounts.get(id);
  if (account) return account;
  throw new JobError('account-not-found', `Account not found: ${id}`);
}

type BodyDeps = Pick<NativeDeps, 'store' | 'clock' | 'accountLimits'>;

const DAY_MS = 86_400_000;

async function toBodies(accounts: readonly Account[], { store, clock, accountLimits }: BodyDeps) {
  const nowMs = clock.now();
  const started = await store.countStartedJobs(nowMs - DAY_MS);
  return await Promise.all(
    accounts.map(async (account) => {
      const hold = activeHold(account, nowMs);
      return {
        id: account.id,
        guildId: account.guildId,
        token: account.maskedToken,
        maxJobs: account.maxJobs,
        executingJobs: (await store.executingJobs(account.id)).length,
        status: accountStatus(account, nowMs),
        hold: hold && { code: hold.code, reason: toReason(hold), since: toTime(hold.sinceMs), until: toTime(hold.untilMs) },
        pause: account.pause && {
          code: account.pause.code,
          title: account.pause.title,
          detail: account.pause.details,
          at: toTime(account.pause.atMs),
        },
        startedJobs: started.get(account.id)?.count ?? 0,
        ...accountLimits,
        createdAt: toTime(account.createdAtMs),
        updatedAt: toTime(account.updatedAtMs),
      };
    }),
  );
}

async function toBody(account: Account, deps: BodyDeps) {
  const [body] = await toBodies([account], deps);
  if (!body) throw new Error('one account has one body');
  return body;
}
