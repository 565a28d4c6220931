import type { NewFile } from '../../discord/hub.ts';
import type { Painter, Picture, Scene } from '../../art/painter.ts';
import type { Switches } from '../../switches.ts';
import { pictureFilename } from './content.ts';
import type { Film, JobPlan, RunningJob } from './job.ts';
import { paintRegion } from './region.ts';
import { idOf, numbersOf } from './result.ts';

/** Range of sizes that a painter accepts for clips. */
const SHORTEST_VIDEO_PIXELS = 16;
const LONGEST_VIDEO_PIXELS = 480;
const LAST_PERCENT = 93;

export interface PaintingContext {
  painter: Painter;
  tilePixels: number;
}

const markFields = (job: RunningJob): object => {
  const { prompt, interaction } = job.plan;
  return { job: idOf(job), prompt: prompt.echo, nonce: interaction.nonce };
};
const markOf = (job: RunningJob): string => {
  const { wording, enlargement } = job.plan;
  return JSON.stringify({ ...markFields(job), index: 'index' in wording && enlargement !== null ? wording.index : 0 });
};

/** The picture of a progress message. */
export const paintProgress = ({ painter, tilePixels }: PaintingContext, job: RunningJob, percent: number): Promise<Picture> =>
  painter.preview(job.plan.scenes, { tilePixels, mark: markOf(job), percent });

/** Videos take effort: a job of several shows them as one moving picture first, and makes each when it is chosen. */
export const isPreview = ({ film, wording }: JobPlan, switches: Readonly<Switches>): boolean =>
  film !== undefined && wording.kind === 'video' && switches.videoResults === 'preview';

/** The files of a finished job. Rejects when the job is aborted, or when the painter fails. */
export async function paintResult(context: PaintingContext, job: RunningJob, switches: Readonly<Switches>): Promise<NewFile[]> {
  const { painter, tilePixels } = context;
  const { film, scenes, enlargement, interaction, prompt, region } = job.plan;
  const mark = markOf(job);
  const [first] = scenes;
  const { username } = interaction.account.user;
  const named = (file: Omit<NewFile, 'filename'>, extension: 'png' | 'webp' = 'png'): NewFile[] => [
    { ...file, filename: pictureFilename(username, prompt.words, job.id, extension) },
  ];
  if (film && first && isPreview(job.plan, switches)) {
    const frames = film.takes.map(() => first);
    const options = { tilePixels: clipPixelsOf(tilePixels), mark, percent: LAST_PERCENT, moving: film };
    return named(await painter.preview(frames, options), 'webp');
  }
  if (film && first) return paintClips(context, job, { scene: first, film });
  if (region) return named(await paintRegion(painter, { ...region, scenes, tilePixels, mark }));
  if (enlargement !== null && first) return named(await painter.single(first, { tilePixels: tilePixels * enlargement, mark }));
  return named(await painter.grid(scenes, { tilePixels, mark }));
}

async function paintClips(
  { painter, tilePixels }: PaintingContext,
  job: RunningJob,
  { scene, film }: { scene: Scene; film: Film },
): Promise<NewFile[]> {
  const files: NewFile[] = [];
  for (const [index, number] of numbersOf(job).entries()) {
    const { motion, seconds, takes, before } = film;
    const clip = await painter.clip(scene, {
      tilePixels: clipPixelsOf(tilePixels),
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
}

const clipPixelsOf = (tilePixels: number): number => Math.min(Math.max(tilePixels, SHORTEST_VIDEO_PIXELS), LONGEST_VIDEO_PIXELS);
