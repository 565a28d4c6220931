import type { FastifyInstance } from 'fastify';
import { toWireCommand, toWireIndex } from './commands.ts';
import { REST_ERRORS, required } from './errors.ts';
import type { Channel, DiscordAccount, Guild } from '../model.ts';
import { authenticate, bodyOf, parameterOf, queryOf, RestRefusal, type RestDependencies } from './rest-support.ts';
import { toWireApplication, toWireChannel, toWireGuild, toWireSelf } from '../wire-guild.ts';

/** The index of a place where the bot has no commands. */
const EMPTY_INDEX = { applications: [], application_commands: [], version: '1' };

/** Routes for the gateway's address, the user, their servers and channels, and the commands. */
export function registerGeneralRoutes(api: FastifyInstance, dependencies: RestDependencies): void {
  const { hub, commands, application, switches, baseUrl } = dependencies;
  const indexOf = (place: 'guild' | 'channel' | 'user'): object =>
    switches.commandPlaces === 'everywhere' || switches.commandPlaces === place ? toWireIndex(commands) : EMPTY_INDEX;
  const gatewayUrl = (): string => baseUrl().replace(/^http/, 'ws');

  api.get('/gateway', async () => ({ url: gatewayUrl() }));
  api.get('/gateway/bot', async (request) => {
    authenticate(request, hub, { botPrefix: true });
    return { url: gatewayUrl(), shards: 1, session_start_limit: { total: 1_000, remaining: 1_000, reset_after: 0, max_concurrency: 1 } };
  });

  api.get('/users/@me', async (request) => toWireSelf(authenticate(request, hub)));
  for (const path of ['/oauth2/applications/@me', '/applications/@me'])
    api.get(path, async (request) => toWireApplication(authenticate(request, hub)));
  api.get('/channels/:channel', async (request) => {
    const account = authenticate(request, hub);
    return toWireChannel(visibleChannel(dependencies, account, parameterOf(request, 'channel')));
  });
  api.get('/guilds/:guild', async (request) => {
    return toWireGuild(ownGuild(dependencies, authenticate(request, hub), parameterOf(request, 'guild')));
  });

  api.get('/users/@me/channels', async (request) => {
    const { user } = authenticate(request, hub);
    return hub.directChannels(user.id).map(toWireChannel);
  });
  api.post('/users/@me/channels', async (request) => {
    const { user } = authenticate(request, hub);
    const { recipients, recipient_id: single } = bodyOf(request);
    const id = Array.isArray(recipients) ? recipients[0] : single;
    if (typeof id !== 'string') throw new RestRefusal(required('recipients'));
    const other = application.users.find((bot) => bot.id === id) ?? hub.accountByUser(id)?.user;
    if (!other) throw new RestRefusal(REST_ERRORS.unknownUser);
    return toWireChannel(hub.openDirectChannel(user, other));
  });

  api.get('/guilds/:guild/application-command-index', async (request) => {
    ownGuild(dependencies, authenticate(request, hub), parameterOf(request, 'guild'));
    return indexOf('guild');
  });
  api.get('/channels/:channel/application-command-index', async (request) => {
    visibleChannel(dependencies, authenticate(request, hub), parameterOf(request, 'channel'));
    return indexOf('channel');
  });
  api.get('/users/@me/application-command-index', async (request) => {
    authenticate(request, hub);
    return indexOf('user');
  });
  api.get('/applications/:application/application-command-index', async (request) => {
    authenticate(request, hub);
    const applicationId = parameterOf(request, 'application');
    if (!commands.knows(applicationId)) throw new RestRefusal(REST_ERRORS.unknownIntegration);
    return toWireIndex(commands, applicationId);
  });
  api.get('/channels/:channel/application-commands/search', async (request) => {
    visibleChannel(dependencies, authenticate(request, hub), parameterOf(request, 'channel'));
    const query = queryOf(request);
    const wanted = query.get('query') ?? '';
    const limit = Number(query.get('limit') ?? 25);
    const isListed = switches.commandPlaces !== 'user';
    const found = (isListed ? commands.list() : [])
      .filter((command) => command.name.includes(wanted))
      .slice(0, Number.isSafeInteger(limit) && limit > 0 ? limit : 25);
    const applications = query.get('include_applications') === 'true' ? commands.applications() : [];
    return { applications, application_commands: found.map(toWireCommand), cursor: {} };
  });
}

/** The channel, if this account may see it; otherwise refuses as Discord does. */
export function visibleChannel({ hub }: Pick<RestDependencies, 'hub'>, account: DiscordAccount, id: string): Channel {
  const channel = hub.channel(id);
  if (!channel) throw new RestRefusal(REST_ERRORS.unknownChannel);
  if (!hub.canSee(account, channel)) throw new RestRefusal(REST_ERRORS.missingAccess);
  return channel;
}

function ownGuild({ hub }: Pick<RestDependencies, 'hub'>, account: DiscordAccount, id: string): Guild {
  const guild = hub.guild(id);
  if (!guild) throw new RestRefusal(REST_ERRORS.unknownGuild);
  if (account.guildId !== id) throw new RestRefusal(REST_ERRORS.missingAccess);
  return guild;
}
