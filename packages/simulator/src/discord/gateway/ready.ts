import type { JsonObject } from '@atelier/lib/json';
import type { Hub } from '../hub.ts';
import { createdAtMs, idText } from '../ids.ts';
import type { DiscordAccount } from '../model.ts';
import { toWireChannel, toWireGuild, toWireMember, toWireSelf, toWireWholeGuild, type GuildContents } from '../wire-guild.ts';
import { toWireUser } from '../wire.ts';
import type { GatewayEvent } from './sessions.ts';

/** Bit 8: READY may carry a fresh token. Source: discord-userdoccers, capabilities. */
const AUTH_TOKEN_REFRESH = 1 << 8;
/** Bit 5 of a user client's capabilities: READY is split in two. Source: discord-userdoccers, capabilities. */
const PRIORITIZED_READY = 1 << 5;

/** The part of an identify that decides about the answer. */
export interface IdentifyingClient {
  version: number;
  /** 0 for a client that sends none. */
  capabilities: number;
  /** Null for a user client; bots send intents. */
  intents: number | null;
  shard: unknown;
}

/** The members of an identify's `d` that decide about the answer. */
export const readClient = (d: JsonObject, version: number): IdentifyingClient => ({
  version,
  capabilities: typeof d['capabilities'] === 'number' ? d['capabilities'] : 0,
  intents: typeof d['intents'] === 'number' ? d['intents'] : null,
  shard: Array.isArray(d['shard']) ? d['shard'] : undefined,
});

/** True for a client that takes over the token of READY. */
export const wantsFreshToken = ({ capabilities, intents }: IdentifyingClient): boolean =>
  intents === null && (capabilities & AUTH_TOKEN_REFRESH) !== 0;

/** The session's own members of READY. */
export interface ReadySession {
  sessionId: string;
  resumeUrl: string;
}

/** The parts of READY that switches decide about. */
export interface ReadyExtras {
  freshToken: string | null;
  /** READY gets at least this size. */
  bytes: number;
  /** The action that Discord wants from the user, `REQUIRE_CAPTCHA` for instance; empty for none. */
  requiredAction: string;
}

/** The events that answer an identify, in order: READY, then the second part of it or a bot's servers. */
export function readyEvents(
  hub: Hub,
  account: DiscordAccount,
  client: IdentifyingClient,
  { session, extras }: { session: ReadySession; extras: ReadyExtras },
): GatewayEvent[] {
  const guild = hub.guild(account.guildId);
  const whole: GuildContents[] = guild ? [{ guild, channels: hub.channelsOf(guild.id), members: hub.membersOf(guild.id) }] : [];
  const common = {
    v: client.version,
    user: toWireSelf(account),
    session_type: 'normal',
    session_id: session.sessionId,
    resume_gateway_url: session.resumeUrl,
    ...(client.shard === undefined ? {} : { shard: client.shard }),
    application: { id: account.user.id, flags: 0, flags_new: '0' },
    private_channels: hub.directChannels(account.user.id).map(toWireChannel),
    _trace: ['simulator'],
  };
  if (client.intents !== null) {
    // A bot gets its servers one by one after READY. Source: discord-api-docs, gateway events.
    const guilds = whole.map(({ guild: { id } }) => ({ id, unavailable: true }));
    return [
      { name: 'READY', data: { ...common, guilds }, guildId: null },
      ...whole.map((contents) => ({ name: 'GUILD_CREATE', data: toWireWholeGuild(contents), guildId: contents.guild.id })),
    ];
  }
  const token = extras.freshToken === null ? {} : { auth_token: extras.freshToken };
  const action = extras.requiredAction === '' ? {} : { required_action: extras.requiredAction };
  const data = { ...common, ...userReady(whole), ...token, ...action, users: manyUsers(extras.bytes) };
  const ready = { name: 'READY', data, guildId: null };
  return (client.capabilities & PRIORITIZED_READY) === 0 ? [ready] : [ready, SUPPLEMENTAL];
}

/** GUILD_MEMBERS_CHUNK: all members of a server that the user is in. Source: discord-api-docs, gateway events. */
export function membersChunk(hub: Hub, account: DiscordAccount | undefined, { guild_id: given, nonce }: JsonObject): GatewayEvent {
  const [first] = Array.isArray(given) ? given : [given];
  const guildId = idText(first) ?? '';
  const members = account?.guildId === guildId ? hub.membersOf(guildId) : [];
  const data = {
    guild_id: guildId,
    members: members.map((user) => ({ user: toWireUser(user), ...toWireMember(createdAtMs(guildId)) })),
    chunk_index: 0,
    chunk_count: 1,
    not_found: [],
    ...(typeof nonce === 'string' ? { nonce } : {}),
  };
  return { name: 'GUILD_MEMBERS_CHUNK', data, guildId };
}

const SUPPLEMENTAL: GatewayEvent = {
  name: 'READY_SUPPLEMENTAL',
  data: { guilds: [], merged_members: [], merged_presences: { guilds: [], friends: [] }, lazy_private_channels: [] },
  guildId: null,
};

/** The members of READY that only user clients get. Source: discord-userdoccers, ready. */
const userReady = (guilds: readonly GuildContents[]): object => ({
  guilds: guilds.map((contents) => ({ ...toWireWholeGuild(contents), properties: toWireGuild(contents.guild), data_mode: 'full' })),
  sessions: [],
  merged_members: guilds.map(() => []),
  relationships: [],
  read_state: { entries: [], partial: false, version: 0 },
  user_guild_settings: { entries: [], partial: false, version: 0 },
  user_settings_proto: '',
  notification_settings: { flags: 0 },
  presences: [],
  guild_join_requests: [],
  connected_accounts: [],
  geo_ordered_rtc_regions: [],
  auth_session_id_hash: '',
  auth: { authenticator_types: [] },
  analytics_token: '',
  static_client_session_id: '',
  tutorial: null,
  experiments: [],
  guild_experiments: [],
  friend_suggestion_count: 0,
  consents: { personalization: { consented: false } },
  api_code_version: 1,
  country_code: 'XX',
});

/** Users whose JSON has at least this size. */
function manyUsers(bytes: number): object[] {
  const first = 10n ** 18n;
  const userOf = (index: number): object =>
    toWireUser({ id: String(first + BigInt(index)), username: `user_${index}`, globalName: `User ${index}`, bot: false });
  const each = JSON.stringify(userOf(0)).length;
  return Array.from({ length: Math.ceil(bytes / each) }, (_none, index) => userOf(index));
}
