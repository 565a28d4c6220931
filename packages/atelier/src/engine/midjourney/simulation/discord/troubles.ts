import { textAt } from '@atelier/lib/json';
import { receiveRequest } from '../bot/bot-answers.ts';
import { type BotModel, type IncomingRequest, newWords, stopWork, toEmbed } from '../bot/bot-model.ts';
import { fileOf, gridButtons, headingOf, OUR_USER, toMessage } from '../bot/bot-texts.ts';
import { dispatch, type SimDriver } from '../jobs/driver.ts';
import { addJob, openState, resetAccount, schedule, stopJob } from '../jobs/queue-model.ts';
import { ACCOUNT_REFUSALS } from '../bot/refusal-texts.ts';
import type { SimJob } from '../jobs/sim-job.ts';
import { keyOf } from '../jobs/sim-jobs.ts';
import { truthOf } from '../jobs/truth.ts';

const STRANGER = '1000000000000000099';
/** Most troubles happen in this time; jobs take longer. */
const BUSY_MS = 240_000;

/** Plans everything that happens around the jobs. */
export function planTroubles(driver: SimDriver): void {
  const { world, discord, rest } = driver;
  const { bot } = rest;
  const { situations } = bot;
  const at = (times: number, act: () => void): void => {
    for (let count = 0; count < times; count++) world.after(world.between(0, BUSY_MS), act);
  };
  at(situations.cuts, () => discord.cut(world.between(400, 20_000), true));
  at(situations.lostSessions, () => discord.cut(world.between(400, 60_000), false));
  at(situations.deafTimes, () => discord.deafen(world.between(2_000, 120_000)));
  at(situations.crashes, () => crash(driver));
  at(situations.bulkDeletions, () => empty(bot));
  at(situations.strangers, () => receiveRequest(bot, drawOther(driver, 'stranger')));
  at(situations.strangers, () => chat(bot));
  at(situations.byHand, () => receiveRequest(bot, drawOther(driver, 'hand')));
  at(situations.notices, () => notice(bot, driver));
  at(situations.badTokens, () => loseToken(driver));
  at(situations.cancels, () => cancel(driver));
}

/** Another user, or the same user by hand, asks for a picture, often with the prompt of one of our jobs. */
function drawOther({ world, jobs }: SimDriver, owner: 'hand' | 'stranger'): IncomingRequest {
  const mine = jobs[world.random.below(jobs.length)]?.request;
  const request = mine && mine.kind !== 'command' && world.chance(0.7) ? mine : { kind: 'imagine' as const, prompt: 'a red fox' };
  const nonce = String(world.random.below(1_000_000_000));
  const userId = owner === 'hand' ? OUR_USER : STRANGER;
  return { nonce, owner, jobId: null, userId, request, requestKey: keyOf(request) };
}

/** A user writes a message that looks like a result. */
function chat({ discord, world }: BotModel): void {
  const id = discord.snowflake();
  const content = headingOf({ echo: 'a red fox', action: null, userId: OUR_USER, tag: 'fast' });
  const uuid = world.random.uuid();
  const attachments = [fileOf(discord.snowflake(), `somebody_${uuid}.png`)];
  discord.create(toMessage({ id, authorId: STRANGER, content, attachments, rows: gridButtons(uuid) }), truthOf({ messageId: id }));
}

/** A cleaning bot empties the channel in one event. */
function empty({ discord, world }: BotModel): void {
  world.note(() => 'the channel is emptied');
  discord.remove(
    discord.messages.map(({ data }) => textAt(data, 'id')),
    true,
  );
}

/** Words that belong to no job: to us, or to a stranger. */
function notice(bot: BotModel, { world, discord }: SimDriver): void {
  const text = ACCOUNT_REFUSALS[world.between(3, 5)] ?? ACCOUNT_REFUSALS[0];
  const isOurs = world.chance(0.4);
  const isPrivate = isOurs && world.chance(0.5);
  const id = discord.snowflake();
  const words = newWords(bot);
  const message = toMessage({ id, isPrivate, embeds: [toEmbed(text, words)], mentions: [isOurs ? OUR_USER : STRANGER] });
  discord.create(message, truthOf({ messageId: id, isPrivate, mayPause: isOurs }));
}

/** The process dies without a word, and comes back. */
function crash(driver: SimDriver): void {
  const { world, discord, checks } = driver;
  if (!driver.state) return;
  world.note(() => 'the process dies');
  end(driver);
  checks.onCrash();
  world.after(world.between(500, 90_000), () => {
    if (!driver.state) discord.connect();
  });
}

function end(driver: SimDriver): void {
  driver.process += 1;
  driver.state = undefined;
  driver.waiting.length = 0;
  driver.wakeAtMs = Infinity;
  driver.nextSendAtMs = 0;
  driver.discord.disconnect();
  for (const job of driver.jobs) {
    job.writes = [];
    if (job.state === 'ending') job.state = 'running';
  }
}

/** Discord ends the session because the token is bad; the operator replaces it some minutes later. */
function loseToken(driver: SimDriver): void {
  const { world, discord, rest, checks } = driver;
  if (!driver.state || rest.isTokenBad) return;
  world.note(() => 'the token is bad');
  checks.onPauseCause();
  rest.isTokenBad = true;
  driver.account.isPaused = true;
  const failure = { code: 'account-unauthorized' as const, title: 'Discord does not accept the token of this account', details: null };
  dispatch(driver, { type: 'session-ended', failure });
  for (const job of driver.jobs)
    if (driver.state.courses[job.jobId]) checks.violation(`${job.jobId} goes on although its session has ended for good`);
  world.after(1_000, () => {
    end(driver);
    checks.onCrash();
  });
  world.after(world.between(60_000, 400_000), () => {
    rest.isTokenBad = false;
    if (!driver.state) discord.connect();
    resetAccount(driver);
  });
}

function cancel(driver: SimDriver): void {
  const { world, jobs, rest } = driver;
  const job = jobs[world.random.below(jobs.length)];
  if (!job || job.state !== 'running') return;
  stopJob(driver, job, { run: null, why: 'cancelled' });
  if (world.chance(0.7)) world.after(world.between(50, 3_000), () => stopWork(rest.bot, job.jobId));
}

/** A session is there: a new process takes up its jobs first. */
export function onReady(driver: SimDriver, sessionId: string, userId: string): void {
  const isNew = !driver.state;
  openState(driver, sessionId);
  dispatch(driver, { type: 'session-ready', sessionId, userId, requiredAction: null });
  if (isNew) for (const job of driver.jobs) resume(driver, job);
  schedule(driver);
}

function resume(driver: SimDriver, job: SimJob): void {
  if (job.state === 'running') addJob(driver, job, { run: job.run, isResumed: true });
}
