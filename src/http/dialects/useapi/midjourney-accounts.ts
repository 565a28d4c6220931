import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Account, ApiKey } from '../../../account/account.ts';
import { hashSecret } from '../../../account/secret-box.ts';
import { JobError } from '../../../job/errors.ts';
import type { JsonObject } from '../../../lib/json.ts';
import type { DialectDeps } from '../../dialect.ts';
import { DEFAULT_MAX_JOBS } from './choose-account.ts';
import { bodyOf, invalid, isSnowflake, MOST_JOBS, readCount, readText, toText } from './fields.ts';

/**
 * The pages under account/midjourney: which Discord accounts there are, and the way back from a pause. Any key may look;
 * listed accounts are the operator's, so only an admin key changes them. What callers brought along, any of them may reset.
 * Source: useapi v2, account/midjourney and account/midjourney/{channel}.
 */
export function registerMidjourneyAccounts(app: FastifyInstance, deps: DialectDeps, keyOf: (request: FastifyRequest) => ApiKey): void {
  const { accounts } = deps;

  const requireAdmin = (request: FastifyRequest): void => {
    if (!keyOf(request).admin) throw new JobError('forbidden', 'Only an admin key may change Midjourney accounts');
  };

  async function find(request: FastifyRequest): Promise<Account> {
    const channel = channelOf(request);
    const account = isSnowflake(channel) ? await accounts.get(channel) : undefined;
    if (!account?.listed) throw notConfigured(channel);
    return account;
  }

  /** Every account of a channel: the listed one, and those that callers brought along. */
  async function findAll(channel: string): Promise<Account[]> {
    const everyone = await deps.store.listAccounts({ unlisted: true });
    return everyone.filter((account) => account.channelId === channel);
  }

  const list = async (): Promise<JsonObject> => {
    const listed = await accounts.list();
    if (listed.length === 0) throw new JobError('account-not-found', 'Configuration not found');
    return Object.fromEntries(listed.map((account) => [account.channelId, toEntry(account)]));
  };

  /** By the token alone. The vendor looks the channel up; here it is known from an earlier call, or given. */
  async function configureByToken(request: FastifyRequest, reply: FastifyReply): Promise<JsonObject> {
    requireAdmin(request);
    const body = bodyOf(request);
    const token = requireParam(body, 'discord');
    const maxJobs = readPlanLimit(body) ?? DEFAULT_MAX_JOBS;
    const tokenHash = hashSecret(token);
    const known = (await accounts.list()).find((account) => account.tokenHash === tokenHash);
    const channelId = readText(body, 'channel')?.trim() ?? known?.channelId;
    const guildId = readText(body, 'server')?.trim() ?? known?.guildId;
    if (channelId === undefined || guildId === undefined) throw new JobError('not-configured', 'Midjourney bot not configured');
    requireDiscordId('server', guildId);
    requireDiscordId('channel', channelId);
    const { account, created } = await accounts.configure({ channelId, guildId, token, maxJobs });
    void reply.code(created ? 201 : 200);
    return { discord: account.maskedToken, channel: account.channelId, maxJobs: account.maxJobs };
  }

  async function configureChannel(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    requireAdmin(request);
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
    await accounts.configure({ channelId, guildId, token, maxJobs });
    return await reply.code(204).send();
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    requireAdmin(request);
    const account = await find(request);
    await accounts.remove(account.id);
    return await reply.code(204).send();
  }

  async function reset(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const channel = channelOf(request);
    const found = await findAll(channel);
    if (found.length === 0) throw notConfigured(channel);
    if (found.some((account) => account.listed)) requireAdmin(request);
    for (const account of found) await accounts.reset(account.id);
    return await reply.code(204).send();
  }

  for (const slash of ['', '/']) {
    app.get(`/account/midjourney${slash}`, list);
    app.post(`/account/midjourney${slash}`, configureByToken);
    app.get(`/account/midjourney/:channel${slash}`, async (request) => toEntry(await find(request)));
    app.post(`/account/midjourney/:channel${slash}`, configureChannel);
    app.delete(`/account/midjourney/:channel${slash}`, remove);
    app.post(`/account/midjourney/:channel/reset${slash}`, reset);
  }
}

/** Never the token itself. `pendingModMessage` only while the account awaits its reset. */
const toEntry = (account: Account): JsonObject => ({
  channel: account.channelId,
  discord: account.maskedToken,
  server: account.guildId,
  maxJobs: account.maxJobs,
  ...(account.pause === null ? {} : { pendingModMessage: account.pause.details ?? account.pause.title }),
});

function channelOf(request: FastifyRequest): string {
  const params = request.params;
  return typeof params === 'object' && params !== null && 'channel' in params ? String(params.channel) : '';
}

const notConfigured = (channel: string): JobError => new JobError('account-not-found', `Configuration not found for channel ${channel}`);

const missingParam = (field: string): JobError => invalid(`Required param ${field} is missing or empty`, field);

function requireParam(body: JsonObject, field: string): string {
  const text = readText(body, field)?.trim();
  if (text === undefined) throw missingParam(field);
  return text;
}

function requireDiscordId(field: 'channel' | 'server', id: string): void {
  if (!isSnowflake(id)) throw invalid(`Required param ${field} (${id}) is not valid Discord ${field} id`, field);
}

/** `maxJobs` of a plan, 1–15; undefined when absent. The wording is the vendor's. */
function readPlanLimit(body: JsonObject): number | undefined {
  const maxJobs = readCount(body, 'maxJobs');
  if (maxJobs === undefined || maxJobs <= MOST_JOBS) return maxJobs;
  throw invalid(`Required param maxJobs ${toText(body['maxJobs'])} can't be more that ${MOST_JOBS}`, 'maxJobs');
}
