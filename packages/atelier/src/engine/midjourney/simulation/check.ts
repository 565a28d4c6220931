import type { EngineUpdate } from '../../../core/engine.ts';
import type { BotModel } from './bot/bot-model.ts';
import { isLinked, isSeen, type JobKnowledge, learn, toKnowledge } from './jobs/knowledge.ts';
import type { Ask, RunChecks, SimJob } from './jobs/sim-job.ts';
import { checkRoundTrip } from './jobs/round-trip.ts';
import type { SimTruth, SimWork } from './jobs/truth.ts';
import type { ChannelUpdate } from './jobs/sim-job.ts';

/** What a run has shown. */
export interface RunReport {
  readonly violations: string[];
  readonly counts: Record<string, number>;
}

interface Checker {
  readonly bot: BotModel;
  readonly update: ChannelUpdate;
  readonly jobs: readonly SimJob[];
  readonly report: RunReport;
  readonly known: Map<string, JobKnowledge>;
  /** The job that each finished job of the bot was delivered to. */
  readonly delivered: Map<SimWork, string>;
  readonly unwritten: Map<string, SimWork>;
  pauseCauses: number;
  readonly late: Map<string, SimWork>;
}

/** The checks of one run; a violation is a fault of the function under test. */
export function createChecks(bot: BotModel, jobs: readonly SimJob[], update: ChannelUpdate): { checks: RunChecks; report: RunReport } {
  const report: RunReport = { violations: [], counts: {} };
  const checker: Checker = {
    bot,
    update,
    jobs,
    report,
    known: new Map(),
    delivered: new Map(),
    unwritten: new Map(),
    pauseCauses: 0,
    late: new Map(),
  };
  const checks: RunChecks = {
    onTruths: (truths) => {
      for (const truth of truths) observe(checker, truth);
    },
    onStep: (step) => {
      checkRoundTrip(bot.world, update, step, (text) => violate(checker, text));
      for (const [jobId, work] of checker.late) violate(checker, `late result of ${jobId} was not kept: ${work.uuid}`);
      checker.late.clear();
    },
    onPlanned: (job, operation) => checker.known.set(job.jobId, toKnowledge(operation)),
    onAsk: (job, ask) => onAsk(checker, job, ask),
    onReport: (job, update_) => onReport(checker, job, update_),
    onWritten: (job, update_) => {
      checker.unwritten.delete(job.jobId);
      count(checker, update_.type === 'failed' ? `failed ${update_.failure.code}` : update_.type);
    },
    onStopped: (job, why) => onStopped(checker, job, why),
    onTrouble: (trouble) => {
      count(checker, `${trouble.kind} ${trouble.failure.code}`);
      if (trouble.kind === 'pause' && checker.pauseCauses === 0)
        violate(checker, `paused without a cause: ${trouble.failure.code} ${trouble.failure.title}`);
    },
    onLate: (jobId, urls) => {
      count(checker, 'late result');
      const found = urls.map((url) => bot.pictures.get(url)).find(Boolean);
      if (found) checkPicture(checker, jobId, found.work);
      checker.late.delete(jobId);
      const known = checker.known.get(jobId);
      if (known) known.isKept = false;
    },
    onPauseCause: () => {
      checker.pauseCauses += 1;
    },
    onCrash: () => {
      // A new process knows the jobs that it resumes; `onPlanned` tells them.
      checker.known.clear();
      for (const work of checker.unwritten.values()) checker.delivered.delete(work);
      checker.unwritten.clear();
      count(checker, 'crash');
    },
    violation: (text) => violate(checker, text),
  };
  return { checks, report };
}

function violate({ report, bot }: Checker, text: string): void {
  report.violations.push(text);
  bot.world.note(() => `!!! ${text}`);
}

const count = ({ report }: Checker, name: string): void => {
  report.counts[name] = (report.counts[name] ?? 0) + 1;
};

/** The engine is about to see a message or an event. */
function observe(checker: Checker, truth: SimTruth): void {
  if (truth.mayPause) checker.pauseCauses += 1;
  followByHand(checker, truth);
  for (const [jobId, known] of checker.known) {
    if (!isLinked(known, truth)) continue;
    const { work } = truth;
    const isLate = truth.kind === 'result' && !known.isOpen && known.isKept && work !== null && !checker.delivered.has(work);
    if (isLate && work.jobId === jobId) checker.late.set(jobId, work);
    learn(known, truth);
  }
}

/** A nonce that is not of ours shows a job by hand; its ids are followed like those of a job. */
function followByHand({ bot, known }: Checker, { nonce }: SimTruth): void {
  const key = `nonce ${nonce}`;
  if (nonce === null || known.has(key) || !bot.works.some((work) => work.owner === 'hand' && work.nonce === nonce)) return;
  const ids = { nonces: new Set([nonce]), interactions: new Set<string>(), messages: new Set<string>(), uuids: new Set<string>() };
  known.set(key, { ...ids, words: null, result: null, isOpen: false, isKept: false });
}

function onAsk(checker: Checker, job: SimJob, { ask, nonce, operation }: Ask): void {
  const known = checker.known.get(job.jobId);
  if (!known) return;
  if (ask.kind === 'request' && !job.isReply && operation.nonces.length > 1) {
    const refused = checker.bot.works.filter((work) => work.jobId === job.jobId).every(({ status }) => status === 'refused');
    count(checker, 'repeated request');
    if (isSeen(known) && !refused) violate(checker, `${job.jobId} was asked for again although it had been seen`);
    if (isSeen(known) && refused) violate(checker, `${job.jobId} was asked for again although it had been seen (the bot had refused it)`);
  }
  known.nonces.add(nonce);
}

function onReport(checker: Checker, job: SimJob, update: EngineUpdate): void {
  const known = checker.known.get(job.jobId);
  if (update.type === 'completed') {
    const [file] = update.media;
    if (known) {
      known.isOpen = false;
      known.result = null;
    }
    if (!job.isReply) deliver(checker, job, file && 'url' in file.source ? file.source.url : '');
  } else if (update.type === 'failed') {
    if (known) known.isOpen = false;
    checkFailure(checker, job, update);
  } else if (update.type === 'requeued') {
    const taken = checker.bot.works.some((work) => work.jobId === job.jobId && work.status !== 'refused' && known?.nonces.has(work.nonce));
    if (taken && known && isSeen(known)) violate(checker, `${job.jobId} was put back although the bot has it and it was seen`);
    checker.known.delete(job.jobId);
  }
}

function deliver(checker: Checker, job: SimJob, url: string): void {
  const found = checker.bot.pictures.get(url);
  if (!found || found.isPreview) {
    violate(checker, `${job.jobId} was completed without a finished picture: ${url}`);
    return;
  }
  checkPicture(checker, job.jobId, found.work);
  checker.unwritten.set(job.jobId, found.work);
}

/** Whether this job may get this picture: its own, or that of an equal request that nothing distinguished. */
function checkPicture(checker: Checker, jobId: string, work: SimWork): void {
  const before = checker.delivered.get(work);
  if (before !== undefined && before !== jobId) violate(checker, `picture ${work.uuid} delivered twice: ${before}, ${jobId}`);
  checker.delivered.set(work, jobId);
  if (work.jobId === jobId) return;
  const job = checker.jobs.find((one) => one.jobId === jobId);
  const isEqual = job?.requestKey === work.requestKey;
  const shown = checker.bot.discord.messages.filter(({ truth }) => truth.work === work && truth.kind === 'result');
  const byHand = checker.known.get(`nonce ${work.nonce}`);
  // The same user asked for the same by hand, and no id of the result shows it: nobody could tell the two apart.
  if (work.owner === 'hand' && isEqual && !(byHand && shown.some(({ truth }) => isLinked(byHand, truth)))) {
    count(checker, 'picture of an equal request by hand');
    return;
  }
  if (work.owner !== 'ours' || work.jobId === null || !isEqual) {
    violate(checker, `wrong picture: ${jobId} got ${work.uuid} of ${work.jobId ?? work.owner}${isEqual ? ' with an equal prompt' : ''}`);
    return;
  }
  count(checker, 'exchanged');
  const owner = checker.known.get(work.jobId);
  const hasOther = [...checker.delivered].some(([other, to]) => to === work.jobId && other !== work);
  const isOwners = owner !== undefined && (owner.uuids.has(work.uuid) || shown.some(({ truth }) => isLinked(owner, truth)));
  const mine = checker.known.get(jobId);
  const hasOwn = checker.bot.works.some((one) => one.jobId === jobId && !checker.delivered.has(one) && mine?.uuids.has(one.uuid));
  if (!hasOther && (isOwners || hasOwn)) violate(checker, `${jobId} got the picture of ${work.jobId}, although ids told them apart`);
}

const HISTORY_DELAY_MS = 10_000;

function checkFailure(checker: Checker, job: SimJob, { failure, message }: Extract<EngineUpdate, { type: 'failed' }>): void {
  const known = checker.known.get(job.jobId);
  const isAccount = failure.code === 'account-unauthorized' || failure.code === 'captcha-required';
  if (!known || isAccount) return;
  // Words of a refusal end a job; nothing is kept for it.
  const own = checker.bot.works.filter((work) => work.jobId === job.jobId);
  known.isKept = own.some(({ status }) => status === 'running');
  if (known.words !== null && !JSON.stringify({ failure, message }).includes(known.words)) {
    violate(checker, `${job.jobId} failed without the bot's words ${known.words}: ${failure.code} ${failure.title}`);
  }
  if (job.isReply) return;
  checkReachable(checker, job, known);
}

/** A job does not fail while its picture is there and ids prove it. */
function checkReachable(checker: Checker, job: SimJob, known: JobKnowledge): void {
  const { discord, world } = checker.bot;
  if (known.result && !checker.delivered.has(known.result)) {
    violate(checker, `${job.jobId} ended without its picture ${known.result.uuid}, which had been seen`);
    return;
  }
  const laterThan = (id: string): boolean =>
    Number(BigInt(id) >> 22n) + 1_420_070_400_000 - checker.bot.situations.skewMs > world.nowMs - HISTORY_DELAY_MS;
  for (const { truth } of discord.messages) {
    const { work, kind, messageId } = truth;
    if (kind !== 'result' || work?.jobId !== job.jobId || checker.delivered.has(work) || messageId === null) continue;
    if (isLinked(known, truth) && !laterThan(messageId))
      violate(checker, `${job.jobId} ended although its picture ${work.uuid} is in the channel`);
  }
}

function onStopped(checker: Checker, job: SimJob, why: 'timeout' | 'cancelled'): void {
  count(checker, why);
  const known = checker.known.get(job.jobId);
  if (!known) return;
  known.isOpen = false;
  known.isKept = isSeen(known);
  if (why !== 'timeout') return;
  if (!job.isReply) checkReachable(checker, job, known);
  const works = checker.bot.works.filter((work) => work.jobId === job.jobId);
  // An accepted button may post nothing before its result, and a queued job starts at any time: both have the whole time.
  const mayWait = job.written?.queued === true || (job.request.kind === 'press' && job.written?.messageIds.length === 0);
  // A start message that stands in the channel says that the job goes on, whether it does or not.
  const stands = works.some(({ startId }) => startId !== null && checker.bot.discord.has(startId));
  if (!mayWait && !stands && works.every(({ status }) => status !== 'running')) violate(checker, `${job.jobId} hung until the time limit`);
}
