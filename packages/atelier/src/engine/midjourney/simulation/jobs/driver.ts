import { asObject, asObjects, asText } from '@atelier/lib/json';
import type { AccountTrouble } from '../../../../core/account.ts';
import type { EngineUpdate } from '../../../../core/engine.ts';
import type { JobFailure } from '../../../../core/errors.ts';
import { type ChannelEffect, type ChannelEvent, type ChannelSettings, type ChannelState } from '../../channel-state.ts';
import { parseOperation } from '../../requests/operation.ts';
import type { SimRequest } from '../bot/bot-model.ts';
import { describeEffect, describeEvent } from '../describe.ts';
import type { DiscordModel } from '../discord/discord-model.ts';
import { OUR_USER } from '../bot/bot-texts.ts';
import { NOT_SENT, postRequest, type RestAnswer, type RestModel } from '../discord/rest-model.ts';
import type { Ask, ChannelUpdate, RunChecks, SimJob } from './sim-job.ts';
import type { SimWorld } from '../world.ts';

/** Queue, account and driver in one: feeds events to the function under test and performs its effects as `run/channel-driver.ts` does. */
export interface SimDriver {
  readonly world: SimWorld;
  readonly discord: DiscordModel;
  readonly rest: RestModel;
  readonly update: ChannelUpdate;
  readonly checks: RunChecks;
  readonly jobs: SimJob[];
  readonly settings: ChannelSettings;
  readonly knowsSkew: boolean;
  readonly skewMs: number;
  state: ChannelState | undefined;
  /** Grows with each process; acts of a dead process do nothing. */
  process: number;
  wakeAtMs: number;
  cancelWake: () => void;
  nextSendAtMs: number;
  lastNonce: bigint;
  readonly waiting: ChannelEvent[];
  isBusy: boolean;
  /** The queue around the driver. */
  readonly queue: { schedule(): void; takeTrouble(trouble: AccountTrouble): void };
  readonly account: { heldUntilMs: number; heldFor: string; backoff: number; isPaused: boolean };
}

const SESSION_TIMEOUT_MS = 60_000;

/** Runs `act` later, unless the process has died meanwhile. */
export function later(driver: SimDriver, ms: number, act: () => void): () => void {
  const { process } = driver;
  return driver.world.after(ms, () => {
    if (driver.process === process) act();
  });
}

export function dispatch(driver: SimDriver, event: ChannelEvent): void {
  driver.waiting.push(event);
  if (driver.isBusy) return;
  driver.isBusy = true;
  for (let next = driver.waiting.shift(); next; next = driver.waiting.shift()) step(driver, next);
  driver.isBusy = false;
}

function step(driver: SimDriver, event: ChannelEvent): void {
  const { world, settings, checks, state: before } = driver;
  if (!before) return;
  world.note(() => `> ${describeEvent(event)}`);
  const skewMs = driver.knowsSkew ? Math.round(driver.skewMs / 1_000) * 1_000 : null;
  const context = { nowMs: world.nowMs, skewMs, settings };
  const after = driver.update(before, event, context);
  driver.state = after.state;
  for (const effect of after.effects) perform(driver, effect);
  checks.onStep({ before, event, context, after });
}

function perform(driver: SimDriver, effect: ChannelEffect): void {
  const { world, checks } = driver;
  if (effect.type !== 'wake-at') world.note(() => `    < ${describeEffect(effect)}`);
  switch (effect.type) {
    case 'report':
      report(driver, effect.jobId, effect.update);
      return;
    case 'ask':
      ask(driver, effect);
      return;
    case 'recall': {
      const job = findJob(driver, effect.jobId);
      if (job) job.recalls += 1;
      return;
    }
    case 'read-history':
      readHistory(driver, effect);
      return;
    case 'late-result':
      findJob(driver, effect.jobId)?.resultIds.push(effect.parsed.message.id);
      checks.onLate(
        effect.jobId,
        effect.parsed.message.media.map(({ url }) => url),
      );
      return;
    case 'trouble':
      driver.queue.takeTrouble(effect.trouble);
      return;
    case 'well':
      if (driver.account.heldFor === 'upstream-unreachable') driver.account.heldUntilMs = world.nowMs;
      driver.account.backoff = 0;
      driver.queue.schedule();
      return;
    case 'switch-to-relax':
      later(driver, 1_000, () => {
        driver.rest.bot.account = null;
      });
      return;
    case 'warning':
      return;
    case 'wake-at':
      wakeAt(driver, effect.atMs);
  }
}

export const findJob = ({ jobs }: SimDriver, jobId: string): SimJob | undefined => jobs.find((job) => job.jobId === jobId);

/** Writes follow each other, each before the next begins; a crash loses those that are not through. */
function write(driver: SimDriver, job: SimJob, done: () => void): void {
  job.writes.push(done);
  if (job.writes.length > 1) return;
  const next = (): void => {
    job.writes[0]?.();
    job.writes.shift();
    if (job.writes.length > 0) later(driver, driver.world.between(1, 15), next);
  };
  later(driver, driver.world.between(1, 15), next);
}

function report(driver: SimDriver, jobId: string, update: EngineUpdate): void {
  const job = findJob(driver, jobId);
  if (job?.state !== 'running') return;
  driver.checks.onReport(job, update);
  if (update.type === 'started' || update.type === 'progress') job.status = update.type;
  const { run } = job;
  if ('operation' in update && update.operation !== undefined) {
    const operation = parseOperation(JSON.parse(JSON.stringify(update.operation)));
    write(driver, job, () => {
      if (job.run === run) job.written = operation;
    });
  }
  if (update.type !== 'completed' && update.type !== 'failed' && update.type !== 'requeued') return;
  job.state = 'ending';
  write(driver, job, () => {
    job.run += 1;
    job.state = update.type === 'requeued' ? 'waiting' : 'ended';
    if (update.type === 'completed' && update.message) job.resultIds.push(update.message.id);
    if (update.type === 'requeued') job.written = null;
    driver.checks.onWritten(job, update);
    driver.queue.schedule();
  });
}

function ask(driver: SimDriver, effect: Ask): void {
  const job = findJob(driver, effect.jobId);
  if (job?.state !== 'running') return;
  driver.checks.onAsk(job, effect);
  const { run } = job;
  const send = (): void => waitToSend(driver, job, { effect, run, recalls: job.recalls, untilMs: driver.world.nowMs + SESSION_TIMEOUT_MS });
  if (!effect.mustWrite) send();
  else {
    const operation = parseOperation(JSON.parse(JSON.stringify(effect.operation)));
    write(driver, job, () => {
      if (job.run !== run) return;
      job.written = operation;
      send();
    });
  }
}

/** A request waits for its turn and for the session. Recalled, it was certainly not sent. */
function waitToSend(driver: SimDriver, job: SimJob, wait: { effect: Ask; run: number; recalls: number; untilMs: number }): void {
  const { world } = driver;
  driver.nextSendAtMs = Math.max(driver.nextSendAtMs, world.nowMs) + world.between(0, 1_200);
  later(driver, driver.nextSendAtMs - world.nowMs, () => {
    if (job.run !== wait.run || job.state !== 'running') return;
    if (job.recalls !== wait.recalls || world.nowMs > wait.untilMs) onAnswer(driver, wait.effect, NOT_SENT);
    else if (!driver.discord.isConnected) later(driver, 500, () => waitToSend(driver, job, wait));
    else {
      const { jobId, requestKey } = job;
      const { nonce } = wait.effect;
      const request = requestFor(job, wait.effect);
      const answered = driver.process;
      postRequest(
        driver.rest,
        { nonce, owner: 'ours', jobId, userId: OUR_USER, request, requestKey },
        {
          respond: (answer) => {
            if (driver.process === answered) onAnswer(driver, wait.effect, answer);
          },
          onPauseCause: () => driver.checks.onPauseCause(),
        },
      );
    }
  });
}

function requestFor(job: SimJob, { ask: asked }: Ask): SimRequest {
  if (asked.kind === 'show') return { kind: 'show', uuid: asked.uuid };
  if (asked.kind !== 'form') return job.request;
  const [field] = asObjects(asObjects(asked.data['components'])[0]?.['components']);
  return { kind: 'form', formId: asText(asked.data['id']) ?? '', text: asText(asObject(field)?.['value']) ?? '' };
}

function onAnswer(driver: SimDriver, { jobId, nonce }: Ask, answer: RestAnswer): void {
  if (!('code' in answer)) {
    dispatch(driver, { type: 'ask-accepted', jobId, nonce });
    return;
  }
  const failure: JobFailure = { code: answer.code, title: answer.title, details: null };
  dispatch(driver, { type: 'ask-failed', jobId, nonce, failure, outcome: answer.outcome, forMs: answer.forMs });
}

/** The snapshot is taken at one moment and arrives later; events overtake it. */
function readHistory(driver: SimDriver, { afterId }: Extract<ChannelEffect, { type: 'read-history' }>): void {
  const { world, discord, checks } = driver;
  const { historyTrouble } = driver.rest.bot.situations;
  later(driver, world.between(1, 10), () => {
    const messageIds = driver.jobs.flatMap(({ resultIds }) => resultIds);
    dispatch(driver, { type: 'results-known', messageIds });
    later(driver, world.between(5, 200), () => {
      const isCut = world.chance(historyTrouble / 3);
      const { messages, truths, isComplete } = discord.history(afterId, isCut ? world.between(1, 6) : 1_000);
      const fails = world.chance(historyTrouble) || (driver.rest.trouble?.kind === 'down' && driver.rest.trouble.untilMs > world.nowMs);
      later(driver, world.between(5, 600), () => {
        if (!fails) checks.onTruths(truths);
        dispatch(driver, { type: 'history-read', found: fails ? null : { messages, isComplete } });
      });
    });
  });
}

function wakeAt(driver: SimDriver, atMs: number): void {
  if (atMs === driver.wakeAtMs) return;
  driver.cancelWake();
  driver.wakeAtMs = atMs;
  driver.cancelWake = () => {};
  if (!Number.isFinite(atMs)) return;
  driver.cancelWake = later(driver, Math.max(0, atMs - driver.world.nowMs), () => {
    driver.wakeAtMs = Infinity;
    dispatch(driver, { type: 'tick' });
  });
}
