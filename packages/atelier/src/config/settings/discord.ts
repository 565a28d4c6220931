import { PRESENCES } from '../../discord/discord.ts';
import { readChoice, readOptional, readProxy } from '../read-values.ts';
import { setting } from '../setting.ts';

/** Settings of the way to Discord, and of how the accounts appear there. */
export const DISCORD_SETTINGS = {
  discordProxy: setting({
    env: 'DISCORD_PROXY',
    fallback: '',
    secret: true,
    doc: 'Proxy for everything that the server exchanges with Discord: REST, gateway, uploads, downloads of results. `http://`, `https://` or `socks5://`, then `user:password@` if needed, host and port. The proxy resolves the names; nothing goes around it. `none`: no proxy. Unset: `HTTPS_PROXY`, else `ALL_PROXY`.',
    read: readProxy,
  }),
  httpsProxy: setting({
    env: 'HTTPS_PROXY',
    alias: 'https_proxy',
    fallback: '',
    secret: true,
    doc: 'Proxy of the machine, used for Discord where `DISCORD_PROXY` is unset, but not for the embedded simulator.',
    read: readOptional,
  }),
  allProxy: setting({
    env: 'ALL_PROXY',
    alias: 'all_proxy',
    fallback: '',
    secret: true,
    doc: 'The same, where `HTTPS_PROXY` is unset too.',
    read: readOptional,
  }),
  noProxy: setting({
    env: 'NO_PROXY',
    alias: 'no_proxy',
    fallback: '',
    doc: 'Hosts that `HTTPS_PROXY` and `ALL_PROXY` are not used for, separated by commas. Does not count for `DISCORD_PROXY`.',
    read: (text) => text,
  }),
  discordPresence: setting({
    env: 'DISCORD_PRESENCE',
    fallback: 'online',
    doc: 'How the accounts appear to others while the server runs: `online`, `idle`, `dnd` or `invisible`.',
    read: readChoice(...PRESENCES),
  }),
} as const;
