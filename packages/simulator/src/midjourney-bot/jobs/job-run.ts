import { sleep } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import type { NewFile } from '../../discord/hub.ts';
import type { Message } from '../../discord/model.ts';
import type { Random } from '@atelier/lib/random';
import { isChoice } from './content.ts';
import { inForm, postResult, postStart, refuseLate, showPercent, showStopped, type ChannelContext } from './job-messages.ts';
import { switchesOf, type RunningJob } from './job.ts';
import { paintProgress, paintResult, type PaintingContext } from './painting.ts';
import { refusalDraft, REFUSALS } from './refusals.ts';

/**
 * Shows a job in the channel, from the start message to the finished picture. Source: midjourney-bot, start to result; midjourney-bot, button
 * results.
 */
export interface JobRun {
  /** Rejects when the job is aborted. */
  run(job: RunningJob, options: { carriesNonce: boolean; rivals: () => RunningJob[] }): Promise<void>;
  announceQueued(job: RunningJob): void;
  showStopped(job: RunningJob): void;
}

export interface JobRunDependencies extends ChannelContext, PaintingContext {
  log: Log;
  random: Random;
  pace: number;
}

const PERCENTS = [0, 15, 31, 46, 62, 78, 93];
const FINISHED_PERCENT = 100;
/** From the start to 0 %, from each to the next, and to the end: a picture in three seconds at pace 1. */
const STEP_MS = 3_000 / (PERCENTS.length + 1);
const SLOW_STEP_MS = 10_000 / (PERCENTS.length + 1);
const HALF_WAY_PERCENT = 46;
/** Later than the 300 ms that one client waits for the deletion. */
const LATE_DELETION_MS = 600;
/** From a private word about a start message to its deletion, and from the first sign of a thinking bot to the start, at pace 1. */
const WORDS_MS = 100;
const THINKING_MS = 12_000;

/** How the part of a job before its result ends. */
type Progress = 'done' | 'refused' | 'vanished';

export function createJobRun(context: JobRunDependencies): JobRun {
  const startMessages = new WeakMap<RunningJob, Message>();
  return {
    async run(job, { carriesNonce, rivals }) {
      const start = await begin(context, job, carriesNonce);
      if (start) startMessages.set(job, start);
      const progress = start && !isChoice(job.plan.wording) ? await showProgress(context, job, start) : 'done';
      if (progress === 'refused') return;
      const { resultDelayMs, resultForm } = switchesOf(context.switches, job);
      if (progress === 'vanished' && resultDelayMs === 0 && resultForm !== 'lost') return;
      const files = await paint(context, job, start);
      if (!files) return;
      if (resultDelayMs > 0) await pause(context, job, resultDelayMs * context.pace);
      await waitForRivals(context, job, rivals);
      if (!job.abort.signal.aborted) finish(context, job, { start, files });
    },
    announceQueued: (job) => {
      const { interaction, prompt } = job.plan;
      const draft = refusalDraft({ name: 'queued', place: 'first' }, { prompt: prompt.sent, untilMs: 0 });
      context.answers.ephemeral(interaction, inForm(draft, switchesOf(context.switches, job)));
    },
    showStopped(job) {
      const start = startMessages.get(job);
      if (start) showStopped(context, job, start);
    },
  };
}

const pause = ({ clock }: JobRunDependencies, job: RunningJob, delayMs: number): Promise<void> =>
  sleep(clock, Math.max(0, delayMs), job.abort.signal);

/** Posts the start message, after private thinking where a switch asks for it; null for a choice that shows none. */
async function begin(context: JobRunDependencies, job: RunningJob, carriesNonce: boolean): Promise<Message | null> {
  const { answers, hub, random, switches, pace } = context;
  const { interaction, wording } = job.plan;
  const { upscaleStart, startForm } = switchesOf(switches, job);
  const showsStart = !isChoice(wording) || upscaleStart === 'always' || (upscaleStart === 'random' && random.below(2) === 0);
  if (!showsStart) {
    if (carriesNonce) answers.succeeded(interaction);
    return null;
  }
  if (startForm !== 'thinking' || !carriesNonce) return postStart(context, job, carriesNonce);
  const thinking = answers.thinking(interaction);
  await pause(context, job, THINKING_MS * pace);
  const start = postStart(context, job, false);
  hub.remove(thinking);
  return start;
}

async function showProgress(context: JobRunDependencies, job: RunningJob, start: Message): Promise<Progress> {
  const { clock, hub, pace } = context;
  const { fate, interaction } = job.plan;
  const stepMs = fate.slow ? SLOW_STEP_MS : STEP_MS * pace;
  const startedAtMs = clock.now();
  for (const [index, percent] of [...PERCENTS, FINISHED_PERCENT].entries()) {
    const positions = switchesOf(context.switches, job);
    const isFinished = percent === FINISHED_PERCENT;
    const preview = positions.previews && percent > 0 && !isFinished ? await paintProgress(context, job, percent) : null;
    await pause(context, job, startedAtMs + (index + 1) * stepMs - clock.now());
    if (percent >= HALF_WAY_PERCENT && fate.refusal !== null) {
      refuseLate(context, job, { start, refusal: fate.refusal });
      return 'refused';
    }
    if (percent >= HALF_WAY_PERCENT && fate.stalled)
      await new Promise((_resolve, reject) => job.abort.signal.addEventListener('abort', reject, { once: true }));
    if (positions.startVanishes !== 'never' && percent > Number(positions.startVanishes)) {
      await vanish(context, job, start);
      return 'vanished';
    }
    if (positions.channelEmptied && percent === HALF_WAY_PERCENT) hub.empty(interaction.channel.id);
    if (!isFinished) showPercent(context, job, { start, percent, preview });
  }
  return 'done';
}

/** Deletes the start message, after the bot's words where a switch asks for them. Source: midjourney-bot, deleted start messages. */
async function vanish(context: JobRunDependencies, job: RunningJob, start: Message): Promise<void> {
  if (switchesOf(context.switches, job).vanishWords) {
    refuseLate(context, job, { start, refusal: { name: 'content-removed', place: 'late-private' } });
    await pause(context, job, WORDS_MS * context.pace);
  }
  context.hub.remove(start);
}

/** The files of the result; undefined when the job was aborted, or after a refusal when they could not be painted. */
async function paint(context: JobRunDependencies, job: RunningJob, start: Message | null): Promise<NewFile[] | undefined> {
  const { log, pace, switches } = context;
  const painting = paintResult(context, job, switchesOf(switches, job)).catch((error: unknown) => {
    if (!job.abort.signal.aborted) log.error({ err: error, jobId: job.id }, 'the result could not be painted');
    return undefined;
  });
  const [files] = await Promise.all([painting, isChoice(job.plan.wording) ? pause(context, job, STEP_MS * pace) : undefined]);
  if (!files && !job.abort.signal.aborted) refuseLate(context, job, { start, refusal: { name: 'fail', place: REFUSALS.fail.place } });
  return files;
}

async function waitForRivals({ switches }: JobRunDependencies, job: RunningJob, rivals: () => RunningJob[]): Promise<void> {
  while (switches.reverseEqualPrompts) {
    const rival = rivals().findLast((other) => other.plan.prompt.echo === job.plan.prompt.echo);
    if (!rival) break;
    await rival.done;
  }
}

/** Posts the result, and deletes the start message before it, after it, later, or never. */
function finish(context: JobRunDependencies, job: RunningJob, { start, files }: { start: Message | null; files: NewFile[] }): void {
  const { hub, clock, switches } = context;
  const { startDeletion, resultForm } = switchesOf(switches, job);
  const becomesResult = resultForm === 'edit';
  // A reply to a message that is still there is no reply to a deleted one.
  if (start && !becomesResult && (startDeletion === 'before' || resultForm === 'reply')) hub.remove(start);
  postResult(context, job, { start, files });
  if (!start || becomesResult) return;
  if (startDeletion === 'after') hub.remove(start);
  if (startDeletion === 'late') clock.after(LATE_DELETION_MS, () => hub.remove(start));
}
