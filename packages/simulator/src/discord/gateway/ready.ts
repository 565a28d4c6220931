import { toWireChannel } from '../rest/general-routes.ts';
import type { Hub } from '../hub.ts';
import { toWireUser } from '../wire.ts';

/** The body of READY for one user. Source: discord-userdoccers, ready. */
export function readyBody(hub: Hub, userId: string, version: number): object {
  const account = hub.accountByUser(userId);
  const guild = account && hub.guild(account.guildId);
  return {
    v: version,
    user: account ? { ...toWireUser(account.user), verified: true, mfa_enabled: false, email: null, flags: 0 } : {},
    session_type: 'normal',
    sessions: [],
    guilds: guild
      ? [
          {
            id: guild.id,
            name: guild.name,
            properties: { id: guild.id, name: guild.name, owner_id: guild.ownerId },
            channels: hub.channelsOf(guild.id).map(toWireChannel),
            unavailable: false,
          },
        ]
      : [],
    private_channels: hub.directChannels(userId).map(toWireChannel),
    users: [],
    merged_members: [],
    relationships: [],
    read_state: { entries: [], partial: false, version: 0 },
    user_guild_settings: { entries: [], partial: false, version: 0 },
    user_settings_proto: '',
    auth_session_id_hash: '',
    analytics_token: '',
    static_client_session_id: '',
    api_code_version: 1,
    country_code: 'XX',
    application: { id: userId, flags: 0 },
    _trace: ['simulator'],
  };
}
