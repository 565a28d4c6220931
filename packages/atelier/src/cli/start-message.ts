import type { Atelier } from '../server/start.ts';

/** The parts of a started server that its start message tells. */
export type StartedServer = Pick<Atelier, 'url' | 'apiKey' | 'apiKeyIsNew' | 'summary'> & {
  simulator: { url: string; sunoUrl: string; controlToken: string; account: { guildId: string; channelId: string } } | undefined;
};

interface StartPlaces {
  dataFolder: string;
  isMidjourneySimulated: boolean;
  isSunoSimulated: boolean;
}

/** The lines that the operator reads at the start: the address, a new key, the upstreams, the accounts, and what to do next. */
export function toStartMessage(server: StartedServer, places: StartPlaces): string[] {
  const { url, apiKey, apiKeyIsNew, simulator } = server;
  return [
    `Atelier serves ${url}`,
    ...(apiKeyIsNew ? [`API key: ${apiKey}  (stored in ${places.dataFolder}/secrets.json, not shown again)`] : []),
    ...midjourneyLines(server, places),
    ...(simulator && places.isSunoSimulated
      ? [`Suno is simulated at ${simulator.sunoUrl}; SUNO_UPSTREAM and SUNO_API_KEY use a real API`]
      : []),
  ];
}

function midjourneyLines({ url, summary, simulator }: StartedServer, { isMidjourneySimulated }: StartPlaces): string[] {
  const { active, held, paused } = summary.accounts;
  return [
    ...toUpstreamLines(summary.upstream, isMidjourneySimulated ? simulator : undefined),
    `Midjourney accounts: ${active} active, ${held} held, ${paused} paused`,
    `Next: ${nextStep(url, summary.accounts)}`,
  ];
}

function toUpstreamLines(upstream: string, simulator: StartedServer['simulator']): string[] {
  if (!simulator)
    return [upstream === 'simulator' ? 'Midjourney is simulated elsewhere (DISCORD_REST_URL)' : `Midjourney runs on Discord: ${upstream}`];
  const { account, url, controlToken } = simulator;
  return [
    `Midjourney is simulated at ${url} (server ${account.guildId}, channel ${account.channelId}); MIDJOURNEY_UPSTREAM=discord uses the real one`,
    `The simulator is controlled at ${url}/control with the header "authorization: Bearer ${controlToken}"`,
  ];
}

function nextStep(url: string, { active, held, paused }: Record<'active' | 'held' | 'paused', number>): string {
  if (active + held + paused === 0) return `add an account with PUT ${url}/accounts/<channel id>, its server and its Discord token`;
  if (paused > 0) return 'some accounts are paused; `atelier accounts` tells the reason, `atelier accounts reset <id>` uses one again';
  if (active === 0) return 'jobs wait until an account is no longer held; `atelier accounts` tells how long';
  return `make a picture with \`atelier imagine "a fox"\` or POST ${url}/jobs`;
}
