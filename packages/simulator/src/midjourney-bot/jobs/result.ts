import type { Message } from '../../discord/model.ts';
import { extendRows, gridRows, oddRows, singleRows, upscaledRows, videoRows } from '../components.ts';
import type { Switches } from '../../switches.ts';
import { aspectOfScene, type RunningJob } from './job.ts';
import { canExtend } from './operations.ts';

/** The id by which Midjourney names the job. */
export const idOf = (job: RunningJob): string => job.plan.partOf ?? job.id;

/** The numbers, from 1, of the videos that a job shows. */
export function numbersOf({ plan: { film, wording } }: RunningJob): number[] {
  if (wording.kind === 'video-choice') return [wording.index];
  return (film?.takes ?? []).map((_take, index) => index + 1);
}

/** The buttons under a finished message. */
export function resultRows(job: RunningJob, isPreview: boolean, buttons: Switches['resultButtons']): Message['rows'] {
  if (buttons === 'none') return [];
  if (buttons === 'odd') return oddRows(job.id);
  const { prompt, scenes, enlargement, wording, film } = job.plan;
  const [first] = scenes;
  if (film) return isPreview ? videoRows(job.id, film.takes.length) : extendRows(idOf(job), canExtend(film) ? numbersOf(job) : []);
  if (enlargement === null || !first) return gridRows(job.id);
  if (wording.kind === 'upscale') return upscaledRows(job.id, prompt.version);
  return singleRows(job.id, { version: prompt.version, square: Math.abs(aspectOfScene(first) - 1) < 0.01 });
}
