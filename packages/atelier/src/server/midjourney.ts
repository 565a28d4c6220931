import type { Accounts } from '../account/account-service.ts';
import { createImageFetcher } from '../asset/fetch-image.ts';
import { uploadIdOf } from '../core/asset.ts';
import { createPagePoster } from '../discord/embedded-page.ts';
import { createDiscordSession } from '../discord/session.ts';
import { createMidjourneyEngine, type MidjourneyDeps } from '../engine/midjourney/midjourney.ts';
import { resultOf, type FinalStatus, type Job } from '../core/job.ts';
import type { ServerParts } from './parts.ts';

/** Number of recent results that a recovered job may not take for its own. */
const RECENT_RESULTS = 500;

/** Midjourney's host for its pages inside Discord; the name is the id of its application. Source: midjourney-bot, applications. */
const MIDJOURNEY_PAGES_URL = 'https://936929561302675456.discordsays.com';

/** Wait for messages of a recovered job in the channel, before its request is sent again. */
const HISTORY_GRACE_MS = 5_000;

/** Wait for the result of a job whose start message was deleted. */
const VANISHED_WAIT_MS = 300_000;

/** The engine of pictures, on the Discord of the settings. */
export function openMidjourney(
  parts: ServerParts,
  { accounts, onLateResult }: { accounts: Accounts; onLateResult: MidjourneyDeps['onLateResult'] },
): ReturnType<typeof createMidjourneyEngine> {
  const { config, clock, ids, log, store, way, uploads, discordLimits } = parts;
  const fetchImage = createImageFetcher(way.pictures);
  const { discord } = parts.upstreams;
  const { restUrl } = discord;
  const logRefusal = (write: Promise<void>): void =>
    void write.catch((error: unknown) => log.error({ err: error }, 'the store refused to write the state of an account'));
  return createMidjourneyEngine({
    clock,
    ids,
    log,
    openAccount: accounts.open,
    createSession: (token) =>
      createDiscordSession({
        token,
        endpoints: { restUrl, gatewayUrl: null },
        presence: config.discordPresence,
        ...way.connections,
        clock,
        log,
        limits: { interactionIntervalMs: config.interactionInterval, ...discordLimits },
      }),
    onAccountTrouble: (accountId, trouble) => logRefusal(accounts.report(accountId, trouble)),
    onAccountWell: (accountId) => logRefusal(accounts.reportWell(accountId)),
    onFreshToken: (accountId, token) => logRefusal(accounts.replaceToken(accountId, token)),
    onLateResult,
    fetchImage: (source) => (uploadIdOf(source) === undefined ? fetchImage(source) : uploads.open(source)),
    postPage: createPagePoster({
      url: discord.isSimulated ? new URL(restUrl).origin : MIDJOURNEY_PAGES_URL,
      ...(way.connections.dispatcher && { dispatcher: way.connections.dispatcher }),
    }),
    recentResultIds: async (accountId) =>
      (await Promise.all(RESULT_STATUSES.map((statuses) => store.listJobs({ accountId, statuses, limit: RECENT_RESULTS })))).flatMap(
        resultMessageIds,
      ),
    settings: {
      firstAnswerTimeoutMs: config.firstAnswerTimeout,
      historyGraceMs: HISTORY_GRACE_MS,
      vanishedWaitMs: VANISHED_WAIT_MS,
      fastHoursUsedUp: config.fastHoursUsedUp,
    },
  });
}

/** Jobs with a result, and jobs that may have a late one. */
const RESULT_STATUSES: readonly (readonly FinalStatus[])[] = [['completed'], ['failed', 'moderated', 'cancelled']];

const resultMessageIds = (jobs: readonly Job[]): string[] => jobs.flatMap((job) => resultOf(job)?.message?.id ?? []);
