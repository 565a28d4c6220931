import type { FastifyInstance } from 'fastify';
import { hashSecret } from '../../../../account/secret-box.ts';
import { JobError } from '../../../../core/errors.ts';
import type { JsonObject } from '@atelier/lib/json';
import { DEFAULT_MAX_JOBS } from '../choose-account.ts';
import { bodyOf, readText } from '../fields.ts';
import { readPlanLimit, requireAdmin, requireDiscordId, requireParam, toEntry } from './account-fields.ts';
import { addPage, type PageContext } from '../page.ts';
import { channelByToken, channelConfigured, channels } from '../schemas/account.ts';
import { accountRefusals, reading } from '../schemas/errors.ts';

/**
 * GET and POST account/midjourney: the Discord accounts that Midjourney is asked through. Any key may look; listed accounts
 * are the operator's, so only an admin key changes them. Source: useapi, account/midjourney.
 */
export function registerMidjourneyAccounts(app: FastifyInstance, context: PageContext): void {
  const { accounts } = context.deps;

  addPage(app, context, {
    method: 'GET',
    path: '/account/midjourney',
    schema: {
      summary: 'Every configured channel',
      tags: ['Midjourney accounts'],
      response: { 200: channels, ...reading(accountRefusals(404)) },
    },
    async handle() {
      const listed = await accounts.list();
      if (listed.length === 0) throw new JobError('account-not-found', 'Configuration not found');
      return Object.fromEntries(listed.map((account) => [account.channelId, toEntry(account, context.deps.clock.now())]));
    },
  });

  addPage(app, context, {
    method: 'POST',
    path: '/account/midjourney',
    schema: {
      summary: 'Configure a channel by its Discord token',
      description:
        'Without `channel` and `server` it is the private channel with the bot, or the one that the token was configured for before.',
      tags: ['Midjourney accounts'],
      body: channelByToken,
      response: { 200: channelConfigured('Updated'), 201: channelConfigured('Created'), ...accountRefusals(403) },
    },
    async handle(request, reply) {
      requireAdmin(context.keyOf(request));
      const body = bodyOf(request);
      const token = requireParam(body, 'discord');
      const maxJobs = readPlanLimit(body) ?? DEFAULT_MAX_JOBS;
      const tokenHash = hashSecret(token);
      const known = (await accounts.list()).find((account) => account.tokenHash === tokenHash);
      const place = readPlace(body) ?? known ?? { channelId: await accounts.findPrivateChannel(token), guildId: '' };
      const { channelId, guildId } = place;
      const { account, created } = await accounts.configure({ channelId, guildId, token, maxJobs });
      void reply.code(created ? 201 : 200);
      return { discord: account.maskedToken, channel: account.channelId, maxJobs: account.maxJobs };
    },
  });
}

/** A channel of a server, where both are given. */
function readPlace(body: JsonObject): { channelId: string; guildId: string } | undefined {
  const channelId = readText(body, 'channel')?.trim();
  const guildId = readText(body, 'server')?.trim();
  if (channelId === undefined && guildId === undefined) return undefined;
  if (channelId === undefined || guildId === undefined) throw new JobError('not-configured', 'Midjourney bot not configured');
  requireDiscordId('server', guildId);
  requireDiscordId('channel', channelId);
  return { channelId, guildId };
}
