import type { Channel, DiscordAccount, Guild, User } from './model.ts';
import { toTimestamp, toWireUser } from './wire.ts';
import { createdAtMs } from './ids.ts';

/** A member of a server without its user, as messages carry it. Source: discord-api-docs, servers and channels. */
export const toWireMember = (joinedAtMs: number): object => ({
  roles: [],
  nick: null,
  avatar: null,
  banner: null,
  joined_at: toTimestamp(joinedAtMs),
  premium_since: null,
  communication_disabled_until: null,
  pending: false,
  flags: 0,
  mute: false,
  deaf: false,
});

/** Every permission that a member needs here: view channels, send messages, attach files, read history, add reactions, use commands. */
const PERMISSIONS = '2147585088';

/** A server as REST shows it. Source: discord-api-docs, servers and channels. */
export const toWireGuild = (guild: Guild): object => ({
  id: guild.id,
  name: guild.name,
  icon: null,
  splash: null,
  discovery_splash: null,
  banner: null,
  description: null,
  owner_id: guild.ownerId,
  region: 'us-east',
  afk_channel_id: null,
  afk_timeout: 300,
  widget_enabled: false,
  widget_channel_id: null,
  verification_level: 0,
  default_message_notifications: 0,
  explicit_content_filter: 0,
  // The role of all members has the id of the server.
  roles: [
    {
      id: guild.id,
      name: '@everyone',
      color: 0,
      colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
      hoist: false,
      icon: null,
      unicode_emoji: null,
      position: 0,
      permissions: PERMISSIONS,
      managed: false,
      mentionable: false,
      flags: 0,
    },
  ],
  emojis: [],
  stickers: [],
  features: [],
  mfa_level: 0,
  application_id: null,
  system_channel_id: null,
  system_channel_flags: 0,
  rules_channel_id: null,
  public_updates_channel_id: null,
  safety_alerts_channel_id: null,
  max_members: 500_000,
  max_presences: null,
  max_video_channel_users: 25,
  max_stage_video_channel_users: 50,
  vanity_url_code: null,
  premium_tier: 0,
  premium_subscription_count: 0,
  premium_progress_bar_enabled: false,
  preferred_locale: 'en-US',
  nsfw_level: 0,
  hub_type: null,
  incidents_data: null,
});

/** The members of a server that is sent whole: READY of user clients, GUILD_CREATE of bots. */
export interface GuildContents {
  guild: Guild;
  channels: readonly Channel[];
  members: readonly User[];
}

/** GUILD_CREATE. Source: discord-api-docs, gateway events. */
export const toWireWholeGuild = ({ guild, channels, members }: GuildContents): object => ({
  ...toWireGuild(guild),
  joined_at: toTimestamp(createdAtMs(guild.id)),
  large: false,
  unavailable: false,
  member_count: members.length,
  voice_states: [],
  members: members.map((user) => ({ user: toWireUser(user), ...toWireMember(createdAtMs(guild.id)) })),
  channels: channels.map(toWireChannel),
  threads: [],
  presences: [],
  stage_instances: [],
  guild_scheduled_events: [],
  soundboard_sounds: [],
});

/** A channel of a server or a direct message channel, as REST and the gateway show it. */
export const toWireChannel = (channel: Channel): object =>
  channel.guildId === null
    ? {
        id: channel.id,
        type: 1,
        name: null,
        flags: 0,
        last_message_id: null,
        last_pin_timestamp: null,
        recipients: channel.recipients.map(toWireUser),
      }
    : {
        id: channel.id,
        type: 0,
        guild_id: channel.guildId,
        name: channel.name,
        position: 0,
        flags: 0,
        nsfw: false,
        permission_overwrites: [],
        rate_limit_per_user: 0,
        topic: null,
        parent_id: null,
        last_message_id: null,
        last_pin_timestamp: null,
      };

/** The user behind a token as that user sees it: GET /users/@me and READY. */
export const toWireSelf = ({ user }: DiscordAccount): object => ({
  ...toWireUser(user),
  email: null,
  verified: true,
  mfa_enabled: false,
  locale: 'en-US',
  premium_type: 0,
  flags: 0,
});

/** The application of a bot library that logs in with an account's token. Source: discord-api-docs, application. */
export const toWireApplication = ({ user }: DiscordAccount): object => ({
  id: user.id,
  name: user.username,
  icon: null,
  description: '',
  summary: '',
  rpc_origins: [],
  bot_public: false,
  bot_require_code_grant: false,
  verify_key: '0'.repeat(64),
  team: null,
  owner: toWireUser(user),
  flags: 0,
  flags_new: '0',
});
