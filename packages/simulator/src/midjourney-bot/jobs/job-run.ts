import { sleep, type Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import type { Hub, NewFile } from '../../discord/hub.ts';
import type { Message, User } from '../../discord/model.ts';
import type { Painter, Scene } from '../../art/painter.ts';
import type { Random } from '@atelier/lib/random';
import type { Switches } from '../../switches.ts';
import { sourceOf, type Answers } from '../answers.ts';
import { progressRows } from '../components.ts';
import { finishedText, isChoice, pictureFilename, runningText, stoppedText, waitingText, type Tag } from './content.ts';
import type { Gallery } from './gallery.ts';
import type { Film, JobPlan, RunningJob } from './job.ts';
import { paintRegion } from './region.ts';
import { idOf, numbersOf, resultRows } from './result.ts';
import { refusalDraft, REFUSALS, type PlacedRefusal } from './refusals.ts';
import { countPictures } from '../subscribers.ts';

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

export interface JobRunDependencies {
  clock: Clock;
  log: Log;
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
const LAST_PERCENT = 93;
/** Range of sizes that a painter accepts for clips. */
const SHORTEST_VIDEO_PIXELS = 16;
const LONGEST_VIDEO_PIXELS = 480;
/** Later than the 300 ms that one client waits for the deletion. */
const LATE_DELETION_MS = 600;

export function createJobRun(dependencies: JobRunDependencies): JobRun {
  const { clock, log, random, switches, hub, answers, painter, gallery, bot, pace, tilePixels } = dependencies;
  const clipPixels = Math.min(Math.max(tilePixels, SHORTEST_VIDEO_PIXELS), LONGEST_VIDEO_PIXELS);
  const startMessages = new WeakMap<RunningJob, Message>();

  const tagOf = ({ prompt, subscriber }: JobPlan): Tag => ({
    mode: prompt.mode ?? subscriber.mode,
    stealth: prompt.stealth ?? subscriber.stealth,
  });
  const markFields = (job: RunningJob): object => {
    const { prompt, interaction } = job.plan;
    return { job: idOf(job), prompt: prompt.echo, nonce: interaction.nonce };
  };
  const markOf = (job: RunningJob): string => {
    const { wording, enlargement } = job.plan;
    return JSON.stringify({ ...markFields(job), index: 'index' in wording && enlargement !== null ? wording.index : 0 });
  };
  const until = (dueAtMs: number, job: RunningJob): Promise<void> => sleep(clock, Math.max(0, dueAtMs - clock.now()), job.abort.signal);

  const postStart = (job: RunningJob, carriesNonce: boolean): Message => {
    const { plan } = job;
    const { interaction } = plan;
    const content = waitingText(plan.startEcho ?? plan.prompt.echo, interaction.account.user.id, plan.wording);
    const draft = { content: switches.startEmpty ? '' : content };
    const message = carriesNonce
      ? answers.message(interaction, draft)
      : hub.post(interaction.channel.id, bot, {
          ...draft,
          type: interaction.facts.type === 2 ? 20 : 19,
          replyToId: sourceOf(interaction)?.id ?? null,
          interaction: interaction.facts,
        });
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
      const picture =
        switches.previews && percent > 0 ? await painter.preview(plan.scenes, { tilePixels, mark: markOf(job), percent }) : null;
      await until(startedAtMs + (index + 1) * stepMs, job);
      if (percent >= HALF_WAY_PERCENT && fate.refusal !== null) {
        refuseLate(job, start, fate.refusal);
        return 'refused';
      }
      if (percent >= HALF_WAY_PERCENT && fate.stalled)
        await new Promise((_resolve, reject) => job.abort.signal.addEventListener('abort', reject, { once: true }));
      hub.edit(start, {
        content: runningText(plan.prompt.echo, interaction.account.user.id, plan.wording, { percent, tag: tagOf(plan) }),
        rows: progressRows(job.id),
        ...(picture
          ? {
              attachments: [hub.storeFile(interaction.channel.id, { ...picture, filename: switches.previewName.replace('<job>', job.id) })],
            }
          : {}),
      });
    }
    await until(startedAtMs + (PERCENTS.length + 1) * stepMs, job);
    return 'done';
  };

  const refuseLate = (job: RunningJob, start: Message | null, refusal: PlacedRefusal): void => {
    const { interaction, prompt } = job.plan;
    const draft = refusalDraft(refusal, { clock, prompt: prompt.sent });
    if (start && refusal.place === 'late-edit') hub.edit(start, { embeds: draft.embeds ?? [], rows: [] });
    else if (start) hub.post(interaction.channel.id, bot, { ...draft, type: 19, replyToId: start.id });
    else
      hub.post(interaction.channel.id, bot, {
        ...draft,
        type: 19,
        replyToId: sourceOf(interaction)?.id ?? null,
        interaction: interaction.facts,
      });
  };

  /** Videos take effort: a job of several shows them as one moving picture first, and makes each when it is chosen. */
  const isPreview = ({ film, wording }: JobPlan): boolean =>
    film !== undefined && wording.kind === 'video' && switches.videoResults === 'preview';

  const paintResult = async (job: RunningJob): Promise<NewFile[]> => {
    const { film, scenes, enlargement, interaction, prompt, region } = job.plan;
    const mark = markOf(job);
    const [first] = scenes;
    const { username } = interaction.account.user;
    const named = (file: Omit<NewFile, 'filename'>, extension: 'png' | 'webp' = 'png'): NewFile[] => [
      { ...file, filename: pictureFilename(username, prompt.words, job.id, extension) },
    ];
    if (film && first && isPreview(job.plan)) {
      const frames = film.takes.map(() => first);
      return named(await painter.preview(frames, { tilePixels: clipPixels, mark, percent: LAST_PERCENT, moving: film }), 'webp');
    }
    if (film && first) return paintClips(job, first, film);
    if (region) return named(await paintRegion(painter, { ...region, scenes, tilePixels, mark }));
    if (enlargement !== null && first) return named(await painter.single(first, { tilePixels: tilePixels * enlargement, mark }));
    return named(await painter.grid(scenes, { tilePixels, mark }));
  };

  const paintClips = async (job: RunningJob, scene: Scene, film: Film): Promise<NewFile[]> => {
    const files: NewFile[] = [];
    for (const [index, number] of numbersOf(job).entries()) {
      const { motion, seconds, takes, before } = film;
      const clip = await painter.clip(scene, {
        tilePixels: clipPixels,
        motion,
        seconds,
        take: takes[index] ?? 0,
        before,
        mark: JSON.stringify({ ...markFields(job), index: number }),
        signal: job.abort.signal,
      });
      files.push({ ...clip, filename: `${idOf(job)}_${number}_720_N.mp4` });
    }
    return files;
  };

  const postFinal = (job: RunningJob, pictures: NewFile[]): void => {
    const { plan } = job;
    const { interaction, prompt, subscriber, scenes, wording, seed, film } = plan;
    const { user } = interaction.account;
    const replyToId = sourceOf(interaction)?.id ?? null;
    const tag = tagOf(plan);
    const message = hub.post(interaction.channel.id, bot, {
      type: replyToId === null ? 0 : 19,
      replyToId,
      nonce: switches.finalNonce ? dependencies.nextId() : null,
      content: finishedText(prompt.echo, user.id, wording, { tag, footer: switches.footer, jobId: idOf(job) }),
      attachments: pictures.map((file) => hub.storeFile(interaction.channel.id, file)),
      rows: resultRows(job, isPreview(plan)),
    });
    // A chosen video belongs to the job that made it.
    if (plan.partOf !== undefined) return;
    const { channelId, id: messageId } = message;
    gallery.add({ jobId: job.id, prompt, scenes, wording, seed, channelId, messageId, ...(film ? { film } : {}) });
    countPictures(subscriber, film?.takes.length ?? scenes.length, tag.mode);
  };

  const finish = (job: RunningJob, start: Message | null, pictures: NewFile[]): void => {
    if (start && switches.startDeletion === 'before') hub.remove(start);
    postFinal(job, pictures);
    if (start && switches.startDeletion === 'after') hub.remove(start);
    if (start && switches.startDeletion === 'late') clock.after(LATE_DELETION_MS, () => hub.remove(start));
  };

  return {
    async run(job, { carriesNonce, rivals }) {
      const { plan } = job;
      const selects = isChoice(plan.wording);
      const showsStart = !selects || switches.upscaleStart === 'always' || (switches.upscaleStart === 'random' && random.below(2) === 0);
      const start = showsStart ? postStart(job, carriesNonce) : null;
      if (!start) answers.succeeded(plan.interaction);
      if (start && !selects && (await showProgress(job, start)) === 'refused') return;
      const painting = paintResult(job).catch((error: unknown) => {
        if (!job.abort.signal.aborted) log.error({ err: error, jobId: job.id }, 'the result could not be painted');
        return undefined;
      });
      const [pictures] = await Promise.all([painting, selects ? until(clock.now() + STEP_MS * pace, job) : undefined]);
      if (!pictures) {
        if (!job.abort.signal.aborted) refuseLate(job, start, { name: 'fail', place: REFUSALS.fail.place });
        return;
      }
      while (switches.reverseEqualPrompts) {
        const rival = rivals().findLast((other) => other.plan.prompt.echo === plan.prompt.echo);
        if (!rival) break;
        await rival.done;
      }
      if (!job.abort.signal.aborted) finish(job, start, pictures);
    },
    announceQueued: (job) =>
      void answers.ephemeral(
        job.plan.interaction,
        refusalDraft({ name: 'queued', place: 'first' }, { clock, prompt: job.plan.prompt.sent }),
      ),
    showStopped(job) {
      const start = startMessages.get(job);
      const { plan } = job;
      if (start) hub.edit(start, { content: stoppedText(plan.prompt.echo, plan.interaction.account.user.id, plan.wording), rows: [] });
    },
  };
}
