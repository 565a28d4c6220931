import type { AccountTrouble } from '../../../../core/account.ts';
import { createChannelState } from '../../channel-state.ts';
import { createOperation } from '../../requests/operation.ts';
import { OUR_USER } from '../bot/bot-texts.ts';
import { CHANNEL_ID, GUILD_ID } from '../discord/discord-model.ts';
import { dispatch, later, type SimDriver } from './driver.ts';
import type { SimJob } from './sim-job.ts';

const SLOTS = 3;
const TIME_LIMIT_MS = 30 * 60_000;
const DISCORD_EPOCH_MS = 1_420_070_400_000;

/** The account is held for a time, or paused until the operator acts. */
export function takeTrouble(driver: SimDriver, trouble: AccountTrouble): void {
  const { account, world, checks } = driver;
  checks.onTrouble(trouble);
  if (trouble.kind === 'pause') {
    if (!account.isPaused) world.after(world.between(60_000, 600_000), () => resetAccount(driver));
    account.isPaused = true;
    return;
  }
  const backoffMs = Math.min(15_000 * 2 ** account.backoff++, 600_000);
  account.heldUntilMs = Math.max(account.heldUntilMs, world.nowMs + (trouble.forMs ?? backoffMs));
  account.heldFor = trouble.failure.code;
  world.after(account.heldUntilMs - world.nowMs, () => schedule(driver));
}

/** The operator has set the account right. */
export function resetAccount(driver: SimDriver): void {
  driver.account.isPaused = false;
  schedule(driver);
}

/** Starts waiting jobs while slots are free and the account is well. */
export function schedule(driver: SimDriver): void {
  const { account, world, jobs, discord } = driver;
  if (!driver.state || account.isPaused || account.heldUntilMs > world.nowMs || !discord.isConnected) return;
  for (const job of jobs) {
    if (jobs.filter(({ state }) => state === 'running').length >= SLOTS) return;
    if (job.state === 'waiting') startJob(driver, job);
  }
}

function startJob(driver: SimDriver, job: SimJob): void {
  const { world } = driver;
  job.state = 'running';
  job.run += 1;
  job.status = 'starting';
  job.writes = [];
  const { run } = job;
  const sourceMessageId = job.request.kind === 'press' ? job.request.messageId : null;
  const prompt = job.request.kind === 'imagine' ? job.request.prompt : null;
  const plan = { accountId: 'account', channelId: CHANNEL_ID, guildId: GUILD_ID, plannedAtMs: world.nowMs, sourceMessageId, prompt };
  const operation = createOperation({ ...plan, nonce: newNonce(driver) });
  job.written = operation;
  job.limitAtMs = world.nowMs + TIME_LIMIT_MS;
  world.after(TIME_LIMIT_MS, () => stopJob(driver, job, { run, why: 'timeout' }));
  later(driver, world.between(1, 15), () => addJob(driver, job, { run, isResumed: false }));
}

export function addJob(driver: SimDriver, job: SimJob, { run, isResumed }: { run: number; isResumed: boolean }): void {
  if (job.run !== run || job.state !== 'running' || !job.written) return;
  const { jobId, verb, input, pressed, status, written: operation } = job;
  driver.checks.onPlanned(job, operation, isResumed);
  dispatch(driver, { type: 'job-added', job: { jobId, verb, input, pressed, status, operation }, isResumed });
}

/** Ends a job from outside: the time limit, or a cancel. */
export function stopJob(driver: SimDriver, job: SimJob, { run, why }: { run: number | null; why: 'timeout' | 'cancelled' }): void {
  if (job.state === 'ended' || (run !== null && (job.run !== run || job.state !== 'running'))) return;
  job.run += 1;
  job.state = 'ended';
  driver.checks.onStopped(job, why);
  dispatch(driver, { type: 'job-stopped', jobId: job.jobId });
  schedule(driver);
}

function newNonce(driver: SimDriver): string {
  const next = (BigInt(driver.world.nowMs - DISCORD_EPOCH_MS) << 22n) + BigInt(driver.world.random.below(16_384));
  driver.lastNonce = next > driver.lastNonce ? next : driver.lastNonce + 1n;
  return String(driver.lastNonce);
}

/** The state of a new process, or of a new token. */
export function openState(driver: SimDriver, sessionId: string): void {
  const skewMs = driver.knowsSkew ? Math.round(driver.skewMs / 1_000) * 1_000 : null;
  const nonceSalt = driver.world.random.below(16_384);
  driver.state ??= createChannelState({ channelId: CHANNEL_ID, userId: OUR_USER, sessionId, nonceSalt, skewMs });
}
