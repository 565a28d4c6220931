import { Type } from 'typebox';
import type { Account as StoredAccount } from '../../../../core/account.ts';
import { JobError } from '../../../../core/errors.ts';
import type { NativeDeps } from '../../../dialect.ts';
import { requireAdmin, type NativeApp } from '../context.ts';
import { answers, toTime } from '../schema.ts';

const TAGS = ['accounts'];
const Account = Type.Ref('Account');
const Snowflake = Type.String({ pattern: '^\\d{6,20}$', description: 'A Discord id' });
const ACCOUNT_FIELDS = {
  token: Type.String({ minLength: 1, maxLength: 500, description: 'Its Discord token; kept encrypted, shown masked' }),
  maxJobs: Type.Integer({ minimum: 1, maximum: 15, description: 'What its Midjourney plan runs at once' }),
};
/** An account that a useapi caller brought along is the channel and a mark of its token. */
const AccountParams = Type.Object({ accountId: Type.String({ pattern: '^\\d{6,20}(:[0-9a-f]{8})?$', description: 'A Discord channel' }) });

/** The Discord accounts that jobs run on; for the admin key. */
export function registerAccountRoutes(app: NativeApp, deps: NativeDeps): void {
  const { accounts, store } = deps;

  const toBody = async (account: StoredAccount) => ({
    id: account.id,
    guildId: account.guildId,
    token: account.maskedToken,
    maxJobs: account.maxJobs,
    executingJobs: (await store.executingJobs(account.id)).length,
    pause: account.pause && {
      code: account.pause.code,
      title: account.pause.title,
      detail: account.pause.details,
      at: toTime(account.pause.atMs),
    },
    createdAt: toTime(account.createdAtMs),
    updatedAt: toTime(account.updatedAtMs),
  });

  async function find(id: string): Promise<StoredAccount> {
    const account = await accounts.get(id);
    if (account) return account;
    throw new JobError('account-not-found', `There is no account ${id}`);
  }

  const list = {
    summary: 'List the accounts',
    operationId: 'listAccounts',
    tags: TAGS,
    response: answers({ 200: Type.Object({ items: Type.Array(Account) }) }),
  };
  app.get('/accounts', { schema: list, onRequest: requireAdmin }, async () => ({
    items: await Promise.all((await accounts.list()).map(toBody)),
  }));

  const read = {
    summary: 'Read an account',
    operationId: 'getAccount',
    tags: TAGS,
    params: AccountParams,
    response: answers({ 200: Account }),
  };
  app.get('/accounts/:accountId', { schema: read, onRequest: requireAdmin }, async (request) =>
    toBody(await find(request.params.accountId)),
  );

  const post = {
    summary: 'Add an account by its token alone',
    description: 'It works in the private channel that the token’s user has with Midjourney’s bot.',
    operationId: 'addAccount',
    tags: TAGS,
    body: Type.Object(ACCOUNT_FIELDS, { additionalProperties: false }),
    response: answers({ 200: Account, 201: Account }),
  };
  app.post('/accounts', { schema: post, onRequest: requireAdmin }, async (request, reply) => {
    const { token, maxJobs } = request.body;
    const channelId = await accounts.findPrivateChannel(token);
    const { account, created } = await accounts.configure({ channelId, guildId: '', token, maxJobs });
    return reply.code(created ? 201 : 200).send(await toBody(account));
  });

  const put = {
    summary: 'Add an account, or replace its token and limits',
    operationId: 'putAccount',
    tags: TAGS,
    params: Type.Object({ accountId: Snowflake }),
    body: Type.Object(
      {
        guildId: Snowflake,
        ...ACCOUNT_FIELDS,
      },
      { additionalProperties: false },
    ),
    response: answers({ 200: Account, 201: Account }),
  };
  app.put('/accounts/:accountId', { schema: put, onRequest: requireAdmin }, async (request, reply) => {
    const { account, created } = await accounts.configure({ channelId: request.params.accountId, ...request.body });
    return reply.code(created ? 201 : 200).send(await toBody(account));
  });

  const remove = {
    summary: 'Remove an account',
    operationId: 'deleteAccount',
    tags: TAGS,
    params: AccountParams,
    response: answers({ 204: Type.Null() }),
  };
  app.delete('/accounts/:accountId', { schema: remove, onRequest: requireAdmin }, async (request, reply) => {
    const { id } = await find(request.params.accountId);
    await accounts.remove(id);
    return reply.code(204).send(null);
  });

  const reset = {
    summary: 'End the pause of an account',
    description: 'After its owner has done in Discord what Midjourney asked for.',
    operationId: 'resetAccount',
    tags: TAGS,
    params: AccountParams,
    response: answers({ 200: Account }),
  };
  app.post('/accounts/:accountId/reset', { schema: reset, onRequest: requireAdmin }, async (request) => {
    const { id } = await find(request.params.accountId);
    await accounts.reset(id);
    return toBody(await find(id));
  });
}
