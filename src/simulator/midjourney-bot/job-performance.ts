import { sleep, type Clock } from '../../lib/clock.ts';
import type { Hub } from '../discord/hub.ts';
import type { Message, User } from '../discord/model.ts';
import type { Painter, Picture } from '../painter/painter.ts';
import type { Random } from '../random.ts';
import type { Switches } from '../switches.ts';
import { sourceOf, type Answers } from './answers.ts';
import { gridRows, progressRows, singleRows, upscaledRows } from './components.ts';
import { finishedText, pictureFilename, runningText, stoppedText, waitingText } from './content.ts';
import type { Gallery } from './gallery.ts';
import { aspectOfScene, type JobPlan, type RunningJob } from './job.ts';
import type { Mode } from './prompt.ts';
import { refusalDraft } from './refusal-draft.ts';
import { REFUSALS, type RefusalName } from './refusals.ts';
import { countPictures } from './subscribers.ts';

/** What a job shows in the channel, from the start message to the finished picture. Source: contract, sections 3.2 and 3.4. */
export interface JobPerformance {
  /** Rejects when the job is aborted. */
  run(job: RunningJob, options: { carriesNonce: boolean; rivals: () => RunningJob[] }): Promise<void>;
  announceQueued(job: RunningJob): void;
  showStopped(job: RunningJob): void;
}

export interface JobPerformanceDependencies {
  clock: Clock;
  random: Random;
  switches: Switches;
  hub: Hub;
  answers: Answers;
  painter: Painter;
  gallery: Gallery;
  bot: User;
  pace: number;
  tilePixels: number;
  nextId: () => string;
}

const PERCENTS = [0, 15, 31, 46, 62, 78, 93];
/** From the start to 0 %, from each to the next, and to the end: a picture in three seconds at pace 1. */
const STEP_MS = 3_000 / (PERCENTS.length + 1);
const SLOW_STEP_MS = 10_000 / (PERCENTS.length + 1);
const HALF_WAY_PERCENT = 46;
/** Later than the 300 ms that one client waits for the deletion. */
const LATE_DELETION_MS = 600;

export function createJobPerformance(dependencies: JobPerformanceDependencies): JobPerformance {
  const { clock, random, switches, hub, answers, painter, gallery, bot, pace, tilePixels } = dependencies;
  const startMessages = new WeakMap<RunningJob, Message>();

  const modeOf = (plan: JobPlan): Mode => plan.prompt.mode ?? plan.subscriber.mode;
  const markOf = (job: RunningJob): string => {
    const { wording, prompt, interaction } = job.plan;
    return JSON.stringify({ job: job.id, prompt: prompt.echo, nonce: interaction.nonce, index: 'index' in wording && job.plan.enlargement !== null ? wording.index : 0 });
  };
  const until = (dueAtMs: number, job: RunningJob): Promise<void> => sleep(clock, Math.max(0, dueAtMs - clock.now()), job.abort.signal);

  const postStart = (job: RunningJob, carriesNonce: boolean): Message => {
    const { plan } = job;
    const { interaction } = plan;
    const content = waitingText(plan.startEcho ?? plan.prompt.echo, interaction.account.user.id, plan.wording);
    const draft = { content: switches.startEmpty ? '' : content };
    const message = carriesNonce
      ? answers.message(interaction, draft)
      : hub.post(interaction.channel.id, bot, { ...draft, type: 19, replyToId: sourceOf(interaction)?.id ?? null, interaction: interaction.facts });
    startMessages.set(job, message);
    if (switches.startEmpty) hub.edit(message, { content });
    return message;
  };

  const showProgress = async (job: RunningJob, start: Message): Promise<'done' | 'refused'> => {
    const { plan } = job;
    const { interaction, fate } = plan;
    const stepMs = fate.slow ? SLOW_STEP_MS : STEP_MS * pace;
    const startedAtMs = clock.now();
    for (const [index, percent] of PERCENTS.entries()) {
      const picture = switches.previews && percent > 0 ? await painter.preview(plan.scenes, { tilePixels, mark: markOf(job), percent }) : null;
      await until(startedAtMs + (index + 1) * stepMs, job);
      if (percent >= HALF_WAY_PERCENT && fate.refusal !== null) {
        refuseLate(job, start, fate.refusal);
        return 'refused';
      }
      if (percent >= HALF_WAY_PERCENT && fate.stalled) await new Promise((_resolve, reject) => job.abort.signal.addEventListener('abort', reject, { once: true }));
      hub.edit(start, {
        content: runningText(plan.prompt.echo, interaction.account.user.id, plan.wording, `${percent}%`, modeOf(plan)),
        rows: progressRows(job.id),
        ...(picture ? { attachments: [hub.storeFile(interaction.channel.id, { ...picture, filename: `${job.id}_grid_0.webp` })] } : {}),
      });
    }
    await until(startedAtMs + (PERCENTS.length + 1) * stepMs, job);
    return 'done';
  };

  const refuseLate = (job: RunningJob, start: Message, name: RefusalName): void => {
    const { interaction, prompt } = job.plan;
    const { placement } = REFUSALS[name];
    const draft = refusalDraft(name, prompt.sent);
    if (placement === 'late-edit') hub.edit(start, { embeds: draft.embeds ?? [], rows: [] });
    else hub.post(interaction.channel.id, bot, { ...draft, type: 19, replyToId: start.id });
  };

  const paintResult = (job: RunningJob): Promise<Picture> => {
    const { plan } = job;
    const mark = markOf(job);
    const [first] = plan.scenes;
    return plan.enlargement !== null && first
      ? painter.single(first, { tilePixels: tilePixels * plan.enlargement, mark })
      : painter.grid(plan.scenes, { tilePixels, mark });
  };

  const postFinal = (job: RunningJob, picture: Picture): void => {
    const { plan } = job;
    const { interaction, prompt, subscriber, scenes, wording, seed } = plan;
    const { user } = interaction.account;
    const replyToId = sourceOf(interaction)?.id ?? null;
    const mode = modeOf(plan);
    const file = hub.storeFile(interaction.channel.id, { ...picture, filename: pictureFilename(user.username, prompt.words, job.id) });
    const message = hub.post(interaction.channel.id, bot, {
      type: replyToId === null ? 0 : 19,
      replyToId,
      nonce: switches.finalNonce ? dependencies.nextId() : null,
      content: finishedText(prompt.echo, user.id, wording, mode, switches.footer),
      attachments: [file],
      rows: resultRows(job),
    });
    gallery.add({ jobId: job.id, prompt, scenes, wording, seed, channelId: message.channelId, messageId: message.id });
    countPictures(subscriber, scenes.length, mode);
  };

  const finish = (job: RunningJob, start: Message | null, picture: Picture): void => {
    if (start && switches.startDeletion === 'before') hub.remove(start);
    postFinal(job, picture);
    if (start && switches.startDeletion === 'after') hub.remove(start);
    if (start && switches.startDeletion === 'late') clock.after(LATE_DELETION_MS, () => hub.remove(start));
  };

  return {
    async run(job, { carriesNonce, rivals }) {
      const { plan } = job;
      const selects = plan.wording.kind === 'selection';
      const showsStart = !selects || switches.upscaleStart === 'always' || (switches.upscaleStart === 'random' && random.below(2) === 0);
      const start = showsStart ? postStart(job, carriesNonce) : null;
      if (!start) answers.succeeded(plan.interaction);
      if (start && !selects && (await showProgress(job, start)) === 'refused') return;
      const [picture] = await Promise.all([paintResult(job), selects ? until(clock.now() + STEP_MS * pace, job) : undefined]);
      while (switches.reverseEqualPrompts) {
        const rival = rivals().findLast((other) => other.plan.prompt.echo === plan.prompt.echo);
        if (!rival) break;
        await rival.done;
      }
      if (!job.abort.signal.aborted) finish(job, start, picture);
    },
    announceQueued: (job) => void answers.ephemeral(job.plan.interaction, refusalDraft('queued', job.plan.prompt.sent)),
    showStopped(job) {
      const start = startMessages.get(job);
      const { plan } = job;
      if (start) hub.edit(start, { content: stoppedText(plan.prompt.echo, plan.interaction.account.user.id, plan.wording), rows: [] });
    },
  };
}

function resultRows(job: RunningJob): Message['rows'] {
  const { prompt, scenes, enlargement, wording } = job.plan;
  const [first] = scenes;
  if (enlargement === null || !first) return gridRows(job.id);
  if (wording.kind === 'upscale') return upscaledRows(job.id, prompt.version);
  return singleRows(job.id, { version: prompt.version, square: Math.abs(aspectOfScene(first) - 1) < 0.01 });
}
