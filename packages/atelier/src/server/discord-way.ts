import { Agent, type Dispatcher } from 'undici';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { ConfigError, type Config } from '../config/config.ts';
import type { OpenConnection } from '../discord/gateway/socket.ts';
import { isExemptFromProxy, parseProxy, toAuthority, type Proxy } from '../net/proxy/proxy.ts';
import { createTunnel, type Tunnel } from '../net/proxy/tunnel.ts';
import { createUrlGuard, type UrlGuardDeps } from '../net/url-guard.ts';
import type { UrlGuard } from '../core/url-guard.ts';
import type { ShutdownHooks } from './shutdown.ts';
import { upstreamHosts, type Upstreams } from './upstreams.ts';

/** How the server reaches Discord: directly, or through the operator's proxy. */
export interface DiscordWay {
  /** The proxy without user and password, and the setting that named it; null: directly. */
  proxy: { address: string; setting: string } | null;
  /** For sessions. */
  connections: { dispatcher?: Dispatcher; openConnection?: OpenConnection };
  /** Fetches the files of Midjourney's results. Admits the upstream's hosts. */
  results: Pick<UrlGuard, 'fetch'>;
  /** Fetches the pictures that callers name; those on Discord's hosts come through the proxy too. */
  pictures: Pick<UrlGuard, 'fetch'>;
}

interface ChosenProxy {
  proxy: Proxy;
  setting: string;
  /** Targets that the proxy is not used for. */
  isExempt: (target: { host: string; port: number }) => boolean;
}

/** Hosts of Discord and of Midjourney's files, with their subdomains. Source: discord-api-docs, signed attachment URLs; midjourney-bot, applications. */
const DISCORD_HOSTS = /(?:^|\.)(?:discord\.com|discord\.gg|discordapp\.com|discordapp\.net|discordsays\.com|midjourney\.com)$/i;

/** Throws `ConfigError` for a proxy of the environment that cannot be used. */
export function openDiscordWay(
  config: Config,
  { clock, log, hooks, upstreams }: { clock: Clock; log: Log; hooks: ShutdownHooks; upstreams: Upstreams },
): DiscordWay {
  const chosen = chooseProxy(config, upstreams);
  const tunnel = chosen && createTunnel({ proxy: chosen.proxy, clock, isExempt: chosen.isExempt });
  const tunnelFor = (target: { host: string; port: number }): Tunnel | undefined =>
    tunnel && !chosen?.isExempt(target) ? tunnel : undefined;
  const openGuard = (rules: Pick<UrlGuardDeps, 'allow' | 'tunnelTo'>): UrlGuard => createUrlGuard({ ...rules, clock, log });
  const { host: restHost } = new URL(upstreams.discord.restUrl);
  const isDiscord = (target: { host: string; port: number }): boolean =>
    DISCORD_HOSTS.test(target.host) || toAuthority(target) === restHost;
  if (chosen && tunnel) log.info({ proxy: tunnel.address, setting: chosen.setting }, 'Discord is reached through a proxy');
  return {
    proxy: chosen && tunnel ? { address: tunnel.address, setting: chosen.setting } : null,
    connections: tunnel ? openConnections(tunnel, hooks) : {},
    results: openGuard({ allow: upstreamHosts(upstreams), tunnelTo: tunnelFor }),
    pictures: openGuard({ allow: config.callbackAllow, tunnelTo: (target) => (isDiscord(target) ? tunnelFor(target) : undefined) }),
  };
}

function openConnections(tunnel: Tunnel, hooks: ShutdownHooks): DiscordWay['connections'] {
  const dispatcher = new Agent({ connect: tunnel.connector() });
  hooks.add(() => dispatcher.destroy());
  return { dispatcher, openConnection: tunnel.webSocketConnector };
}

/**
 * `DISCORD_PROXY` counts for every target. The machine's own proxy, which was not set for this server alone, respects `NO_PROXY` and leaves out the embedded simulator,
 * which it could not reach.
 */
function chooseProxy(config: Config, { simulator, discord }: Upstreams): ChosenProxy | undefined {
  const { discordProxy, httpsProxy, allProxy, noProxy } = config;
  if (discordProxy === 'none') return undefined;
  if (discordProxy) return { proxy: discordProxy, setting: 'DISCORD_PROXY', isExempt: () => false };
  const isEmbedded = simulator !== undefined && discord.restUrl === simulator.restUrl;
  const text = httpsProxy ?? allProxy;
  if (isEmbedded || text === undefined) return undefined;
  const setting = httpsProxy === undefined ? 'ALL_PROXY' : 'HTTPS_PROXY';
  return { proxy: parseSharedProxy(text, setting), setting, isExempt: (target) => isExemptFromProxy(noProxy, target) };
}

/** Other programs accept `host:port` too. */
function parseSharedProxy(text: string, setting: string): Proxy {
  try {
    return parseProxy(/^[a-z0-9]+:\/\//i.test(text) ? text : `http://${text}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${setting}: ${reason}; or set DISCORD_PROXY=none`);
  }
}
