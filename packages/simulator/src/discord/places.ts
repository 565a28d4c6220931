import type { TokenTable } from './conditions/tokens.ts';
import type { Channel, DiscordAccount, Guild, User } from './model.ts';
import { toWireChannel } from './wire-guild.ts';

/** The accounts of this Discord with their servers and channels. */
export interface Places {
  addAccount(account: DiscordAccount, guildName: string): void;
  accountByToken(token: string): DiscordAccount | undefined;
  accountByUser(userId: string): DiscordAccount | undefined;
  accounts(): DiscordAccount[];
  guild(id: string): Guild | undefined;
  channel(id: string): Channel | undefined;
  channelsOf(guildId: string): Channel[];
  membersOf(guildId: string): User[];
  canSee(account: DiscordAccount, channel: Channel): boolean;
  directChannels(userId: string): Channel[];
  /** The direct message channel of two users, made on first use. */
  openDirectChannel(user: User, other: User): Channel;
}

export interface PlacesDependencies {
  tokens: TokenTable;
  nextId: () => string;
  /** One event to all sessions of one user. */
  tell: (userId: string, name: string, data: object) => void;
}

export function createPlaces({ tokens, nextId, tell }: PlacesDependencies): Places {
  const accounts = new Map<string, DiscordAccount>();
  const guilds = new Map<string, Guild>();
  const channels = new Map<string, Channel>();
  return {
    addAccount(account, guildName) {
      accounts.set(account.user.id, account);
      tokens.add(account.user.id, account.token);
      const { guildId, channelId } = account;
      if (!guilds.has(guildId)) guilds.set(guildId, { id: guildId, name: guildName, ownerId: account.user.id });
      if (!channels.has(channelId)) channels.set(channelId, { id: channelId, guildId, name: 'pictures', recipients: [] });
    },
    accountByToken: (token) => accounts.get(tokens.userOf(token) ?? ''),
    accountByUser: (userId) => accounts.get(userId),
    accounts: () => [...accounts.values()],
    guild: (id) => guilds.get(id),
    channel: (id) => channels.get(id),
    channelsOf: (guildId) => [...channels.values()].filter((channel) => channel.guildId === guildId),
    membersOf: (guildId) => [...accounts.values()].filter((account) => account.guildId === guildId).map(({ user }) => user),
    canSee: (account, channel) =>
      channel.guildId === null ? channel.recipients.some((user) => user.id === account.user.id) : channel.guildId === account.guildId,
    directChannels: (userId) => [...channels.values()].filter((channel) => channel.recipients.some((user) => user.id === userId)),
    openDirectChannel(user, other) {
      const known = [...channels.values()].find((channel) =>
        [user, other].every((end) => channel.recipients.some((recipient) => recipient.id === end.id)),
      );
      if (known) return known;
      const channel: Channel = { id: nextId(), guildId: null, name: '', recipients: [user, other] };
      channels.set(channel.id, channel);
      // The user's own end is left out of the event. Source: discord-api-docs, servers and channels.
      const data = toWireChannel({ ...channel, recipients: [other] });
      tell(user.id, 'CHANNEL_CREATE', data);
      return channel;
    },
  };
}
