import { updateChannel } from '../update-channel.ts';
import { createBotModel } from './bot/bot-model.ts';
import { OUR_USER } from './bot/bot-texts.ts';
import { createChecks, type RunReport } from './check.ts';
import { createDiscordModel } from './discord/discord-model.ts';
import { dispatch, type SimDriver } from './jobs/driver.ts';
import { openState, schedule, takeTrouble } from './jobs/queue-model.ts';
import type { ChannelUpdate } from './jobs/sim-job.ts';
import { drawJobs } from './jobs/sim-jobs.ts';
import { drawSituations } from './discord/situations.ts';
import { onReady, planTroubles } from './discord/troubles.ts';
import { createWorld } from './world.ts';

/** The result of one seed. `log` is empty unless it was asked for. */
export interface SeedResult extends RunReport {
  readonly seed: number;
  readonly log: readonly string[];
}

/** Every job ends within this virtual time, however long the account is held. */
const LONGEST_RUN_MS = 12 * 3_600_000;
/** Time after the last job for late results. */
const AFTERMATH_MS = 15 * 60_000;

/** Runs one seed in virtual time. Equal arguments give equal results. */
export function runSeed(
  seed: number,
  { update = updateChannel, keepsLog = false }: { update?: ChannelUpdate; keepsLog?: boolean } = {},
): SeedResult {
  const world = createWorld(seed, keepsLog);
  const situations = drawSituations(world);
  const discord = createDiscordModel(world, situations);
  const bot = createBotModel(discord, situations);
  const jobs = drawJobs(bot);
  const { checks, report } = createChecks(bot, jobs, update);
  const queue: SimDriver['queue'] = { schedule: () => schedule(driver), takeTrouble: (trouble) => takeTrouble(driver, trouble) };
  const driver: SimDriver = {
    world,
    discord,
    rest: { bot, trouble: null, isTokenBad: false },
    update,
    checks,
    jobs,
    queue,
    settings: { firstAnswerTimeoutMs: 60_000, historyGraceMs: 5_000, vanishedWaitMs: 300_000, fastHoursUsedUp: situations.fastHoursUsedUp },
    knowsSkew: situations.knowsSkew,
    skewMs: situations.skewMs,
    state: undefined,
    process: 1,
    wakeAtMs: Infinity,
    cancelWake: () => {},
    nextSendAtMs: 0,
    lastNonce: 0n,
    waiting: [],
    isBusy: false,
    account: { heldUntilMs: 0, heldFor: '', backoff: 0, isPaused: false },
  };
  world.note(() => JSON.stringify(situations));
  try {
    play(driver);
  } catch (error) {
    report.violations.push(`the run broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  return { seed, ...report, log: world.lines };
}

function play(driver: SimDriver): void {
  const { world, discord, jobs, checks } = driver;
  discord.listen({
    onDispatch: (name, data, truth) => {
      if (!driver.state) return;
      checks.onTruths([truth]);
      dispatch(driver, { type: 'dispatch', name, data });
    },
    onReady: (sessionId) => onReady(driver, sessionId, OUR_USER),
    onResumed: () => {
      if (driver.state)
        dispatch(driver, { type: 'session-ready', sessionId: driver.state.sessionId, userId: OUR_USER, requiredAction: null });
      schedule(driver);
    },
  });
  const spreadMs = world.random.pick([0, 5_000, 60_000]);
  openState(driver, discord.sessionId);
  for (const job of jobs) {
    world.after(1_000 + world.between(0, spreadMs), () => {
      job.state = 'waiting';
      schedule(driver);
    });
  }
  planTroubles(driver);
  const endsAtMs = world.nowMs + LONGEST_RUN_MS;
  world.run(world.nowMs + 1_000 + spreadMs);
  while (jobs.some(({ state }) => state !== 'ended') && world.nowMs < endsAtMs) world.run(world.nowMs + 60_000);
  for (const job of jobs) if (job.state !== 'ended') checks.violation(`${job.jobId} has no end: ${job.state}`);
  world.run(world.nowMs + AFTERMATH_MS);
}
