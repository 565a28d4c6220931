import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Account } from '../../../../core/account.ts';
import type { ApiKey } from '../../../../core/key.ts';
import { hashSecret } from '../../../../account/secret-box.ts';
import { JobError } from '../../../../core/errors.ts';
import { bodyOf, invalid, isSnowflake } from '../fields.ts';
import { missingParam, readPlanLimit, requireAdmin, requireDiscordId, requireParam, toEntry } from './account-fields.ts';
import { addPage, type PageContext } from '../page.ts';
import { channelChange, channelEntry, channelParams } from '../schemas/account.ts';
import { accountRefusals, noContent, reading } from '../schemas/errors.ts';

const PATH = '/account/midjourney/:channel';
const TAGS = ['Midjourney accounts'];

/**
 * GET, POST and DELETE account/midjourney/{channel}, and its reset: one Discord account, and the way back from a pause. An
 * account from a job request is not listed; keys with jobs on it, and admin keys, may reset it. Source: useapi, account/midjourney/{channel}.
 */
export function registerMidjourneyChannel(app: FastifyInstance, context: PageContext): void {
  const { deps, keyOf } = context;
  const { accounts } = deps;

  async function find(request: FastifyRequest): Promise<Account> {
    const channel = channelOf(request);
    const account = isSnowflake(channel) ? await accounts.get(channel) : undefined;
    if (!account?.listed) throw notConfigured(channel);
    return account;
  }

  /** A key has jobs on an unlisted account only if one of its requests carried the account's token. */
  const hasBrought = async (key: ApiKey, { id, listed }: Account): Promise<boolean> =>
    !listed && (await deps.store.listJobs({ accountId: id, keyId: key.id, limit: 1 })).length > 0;

  addPage(app, context, {
    method: 'GET',
    path: PATH,
    schema: {
      summary: 'One configured channel',
      tags: TAGS,
      params: channelParams,
      response: { 200: channelEntry, ...reading(accountRefusals(404)) },
    },
    handle: async (request) => toEntry(await find(request), context.deps.clock.now()),
  });

  addPage(app, context, {
    method: 'POST',
    path: PATH,
    schema: {
      summary: 'Configure this channel',
      tags: TAGS,
      params: channelParams,
      body: channelChange,
      response: { 204: noContent, ...accountRefusals(403) },
    },
    async handle(request, reply) {
      requireAdmin(keyOf(request));
      await accounts.configure(await readChannel(request, context));
      return reply.code(204).send();
    },
  });

  addPage(app, context, {
    method: 'DELETE',
    path: PATH,
    schema: {
      summary: 'Remove this channel',
      tags: TAGS,
      params: channelParams,
      response: { 204: noContent, ...accountRefusals(403, 404) },
    },
    async handle(request, reply) {
      requireAdmin(keyOf(request));
      await accounts.remove((await find(request)).id);
      return reply.code(204).send();
    },
  });

  addPage(app, context, {
    method: 'POST',
    path: `${PATH}/reset`,
    schema: {
      summary: 'Use this channel again after a pending moderation message',
      description: 'To be called once the notice has been acknowledged in Discord.',
      tags: TAGS,
      params: channelParams,
      response: { 204: noContent, ...accountRefusals(403, 404) },
    },
    async handle(request, reply) {
      const channel = channelOf(request);
      const key = keyOf(request);
      // Unlisted accounts of the channel included: the same notice pauses them.
      const found = (await deps.store.listAccounts({ unlisted: true })).filter((account) => account.channelId === channel);
      const theirs: Account[] = [];
      for (const account of found) if (key.admin || (await hasBrought(key, account))) theirs.push(account);
      if (theirs.length === 0 && found.some((account) => account.listed)) requireAdmin(key);
      if (theirs.length === 0) throw notConfigured(channel);
      for (const account of theirs) await accounts.reset(account.id);
      return reply.code(204).send();
    },
  });
}

/** All four values are required, and the channel is that of the path. */
async function readChannel(request: FastifyRequest, { deps }: PageContext) {
  const body = bodyOf(request);
  const token = requireParam(body, 'discord');
  const guildId = requireParam(body, 'server');
  const channelId = requireParam(body, 'channel');
  const maxJobs = readPlanLimit(body);
  if (maxJobs === undefined) throw missingParam('maxJobs');
  requireDiscordId('server', guildId);
  requireDiscordId('channel', channelId);
  const path = channelOf(request);
  if (channelId !== path) {
    throw invalid(`Required param channel (${channelId}) not matching to /midjourney/channel (/midjourney/${path})`, 'channel');
  }
  const others = (await deps.accounts.list()).filter((account) => account.channelId !== channelId);
  const tokenHash = hashSecret(token);
  const twin = others.find((account) => account.guildId === guildId);
  // The same token is refused, too, and first: by the account service.
  if (twin && !others.some((account) => account.tokenHash === tokenHash))
    throw invalid(`Channel ${twin.channelId} configuration has same server value`, 'server');
  return { token, guildId, channelId, maxJobs };
}

function channelOf(request: FastifyRequest): string {
  const params = request.params;
  return typeof params === 'object' && params !== null && 'channel' in params ? String(params.channel) : '';
}

const notConfigured = (channel: string): JobError => new JobError('account-not-found', `Configuration not found for channel ${channel}`);
