import type { Accounts } from '../account/account-service.ts';
import { createImageFetcher } from '../asset/fetch-image.ts';
import type { Config } from '../config/config.ts';
import { createPagePoster } from '../discord/embedded-page.ts';
import type { SessionLimits } from '../discord/limits.ts';
import { createDiscordSession } from '../discord/session.ts';
import { createMidjourneyEngine } from '../engine/midjourney/midjourney.ts';
import type { Job } from '../core/job.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { Log } from '@atelier/lib/log';
import type { UrlGuard } from '../core/url-guard.ts';
import type { Upstreams } from './open-simulator.ts';
import { SIMULATOR_ACCOUNT } from '@atelier/simulator';
import type { Store } from '../core/store.ts';

/** A restarted job may not take the picture of one of these for its own. */
const RECENT_RESULTS = 500;

/** Midjourney's own host for its pages inside Discord, named after its application. Source: midjourney-bot, applications. */
const MIDJOURNEY_PAGES_URL = 'https://936929561302675456.discordsays.com';

/** How long evidence of a job in the channel is waited for after a restart, before Midjourney is asked again. */
const HISTORY_GRACE_MS = 5_000;

interface MidjourneyParts {
  clock: Clock;
  ids: Ids;
  log: Log;
  store: Pick<Store, 'listJobs'>;
  accounts: Accounts;
  /** Of callers' URLs. */
  guard: Pick<UrlGuard, 'fetch'>;
  discord: Upstreams['discord'];
  discordLimits: Partial<SessionLimits>;
}

/** The engine of pictures, on the Discord that the settings name. */
export function openMidjourney(config: Config, parts: MidjourneyParts): ReturnType<typeof createMidjourneyEngine> {
  const { clock, ids, log, store, accounts, guard, discord, discordLimits } = parts;
  const { restUrl } = discord;
  return createMidjourneyEngine({
    clock,
    ids,
    log,
    openAccount: (accountId) => accounts.open(accountId),
    createSession: (token) =>
      createDiscordSession({
        token,
        endpoints: { restUrl, gatewayUrl: null },
        clock,
        log,
        limits: { interactionIntervalMs: config.interactionInterval, ...discordLimits },
      }),
    onAccountTrouble: (accountId, failure) => void accounts.pauseAfter(accountId, failure),
    fetchImage: createImageFetcher(guard),
    postPage: createPagePoster({ url: discord.isSimulated ? new URL(restUrl).origin : MIDJOURNEY_PAGES_URL }),
    recentResultIds: async (accountId) =>
      resultMessageIds(await store.listJobs({ accountId, statuses: ['completed'], limit: RECENT_RESULTS })),
    settings: { firstAnswerTimeoutMs: config.firstAnswerTimeout, historyGraceMs: HISTORY_GRACE_MS },
  });
}

const resultMessageIds = (jobs: readonly Job[]): string[] => jobs.flatMap(({ output }) => output.message?.id ?? []);

/** The simulator's account, ready for use, unless the operator wants none. */
export async function presetAccount(config: Config, accounts: Accounts): Promise<void> {
  if (config.noPreset || (await accounts.list()).length > 0) return;
  const { token, channelId, guildId } = SIMULATOR_ACCOUNT;
  await accounts.configure({ token, channelId, guildId, maxJobs: 3 });
}
