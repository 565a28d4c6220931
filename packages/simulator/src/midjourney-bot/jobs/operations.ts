import type { Direction, Painter, Scene } from '../../art/painter.ts';
import { upscalersOf } from '../components.ts';
import type { Wording } from './content.ts';
import type { GalleryPicture } from './gallery.ts';
import { aspectOfScene, type Film } from './job.ts';
import type { Prompt } from '../prompts/prompt.ts';

/** The operation on a finished picture that a button asks for. */
export type PictureOperation =
  | { kind: 'select'; index: number }
  | { kind: 'vary'; index: number; strength: 'subtle' | 'strong' }
  | { kind: 'reroll' }
  | { kind: 'pan'; direction: Direction }
  | { kind: 'upscale'; action: string }
  | { kind: 'zoom'; factor: number }
  | { kind: 'custom-zoom' }
  | { kind: 'square' }
  /** Paints a part of the picture again after the editor has sent the mask. */
  | { kind: 'region'; index: number }
  | { kind: 'remaster' }
  | { kind: 'animate'; index: number; motion: Film['motion'] }
  | { kind: 'extend'; number: number; motion: Film['motion'] }
  | { kind: 'choose-video'; number: number };

/** Reads one of the ids that `components.ts` hands out; V1–V4 follow the user's variability setting. */
export function operationOf(customId: string, highVariability: boolean): { operation: PictureOperation; jobId: string } | null {
  const [, group, action = '', index = '', jobId = ''] = customId.split('::');
  if (group === 'CustomZoom') return { operation: { kind: 'custom-zoom' }, jobId: action };
  if (group === 'Outpaint') {
    const factor = { '50': 2, '75': 1.5 }[action];
    return { operation: factor === undefined ? { kind: 'square' } : { kind: 'zoom', factor }, jobId };
  }
  if (group === 'Inpaint') return { operation: { kind: 'region', index: Number(action) }, jobId: index };
  if (group !== 'JOB') return null;
  const operation = jobOperation(action, Number(index), highVariability);
  return operation && { operation, jobId };
}

function jobOperation(action: string, index: number, highVariability: boolean): PictureOperation | null {
  if (action === 'upsample') return { kind: 'select', index };
  if (action === 'variation') return { kind: 'vary', index, strength: highVariability ? 'strong' : 'subtle' };
  if (['low_variation', 'enhance', 'enhance2'].includes(action)) return { kind: 'vary', index, strength: 'subtle' };
  if (action === 'high_variation') return { kind: 'vary', index, strength: 'strong' };
  if (action === 'reroll') return { kind: 'reroll' };
  if (action.startsWith('upsample_')) return { kind: 'upscale', action };
  if (action === 'remaster') return { kind: 'remaster' };
  if (action === 'video_virtual_upscale') return { kind: 'choose-video', number: index };
  const [, level, extend] = /^animate_(high|low)(_extend)?$/.exec(action) ?? [];
  if (level !== undefined) {
    const motion = level === 'high' ? 'high' : 'low';
    return extend === undefined ? { kind: 'animate', index, motion } : { kind: 'extend', number: index, motion };
  }
  const direction = (['left', 'right', 'up', 'down'] as const).find((candidate) => action === `pan_${candidate}`);
  return direction === undefined ? null : { kind: 'pan', direction };
}

export interface OperationOutcome {
  scenes: readonly Scene[];
  wording: Wording;
  /** Null for a grid. */
  enlargement: number | null;
  film?: Film;
  partOf?: string;
}

/** The scenes that an operation leads to; `prompt` is the user's new one where remix let them write it. */
export function outcomeOf(
  picture: GalleryPicture,
  operation: PictureOperation,
  options: { painter: Painter; prompt: Prompt; remixed: boolean; seed: number },
): OperationOutcome | null {
  const { painter, prompt, remixed, seed } = options;
  const index = 'index' in operation ? operation.index : 1;
  const scene = picture.scenes[index - 1];
  if (!scene) return null;
  const remix = remixed ? { prompt: prompt.words } : {};
  // The first tile is the asked picture exactly; the others are its close siblings, so that four can be told apart.
  const around = (moved: Scene): Scene[] => [moved, ...painter.vary(moved, { strength: 'subtle', seed, ...remix }).slice(1)];
  const grid = (scenes: readonly Scene[], wording: Wording): OperationOutcome => ({ scenes, wording, enlargement: null });
  const video = (film: Film, label: string | null): OperationOutcome => ({
    scenes: [scene],
    wording: { kind: 'video', label },
    enlargement: 1,
    film,
  });
  switch (operation.kind) {
    case 'select':
      return { scenes: [scene], wording: { kind: 'selection', index }, enlargement: 1 };
    case 'vary': {
      const label = `${remixed ? 'Remix' : 'Variations'} (${operation.strength === 'strong' ? 'Strong' : 'Subtle'})`;
      return grid(painter.vary(scene, { strength: operation.strength, seed, ...remix }), { kind: 'variation', index, label });
    }
    case 'reroll':
      if (picture.film) return video({ ...picture.film, takes: takesOf(seed, picture.film.takes.length) }, null);
      return picture.wording.kind === 'plain'
        ? grid(painter.imagine(prompt.words, { seed, aspect: prompt.aspect }), { kind: 'plain' })
        : grid(painter.vary(scene, { strength: 'strong', seed, ...remix }), picture.wording);
    case 'pan':
      return grid(around(painter.pan(scene, operation.direction)), { kind: 'named', label: `Pan ${capital(operation.direction)}` });
    case 'zoom':
      return grid(around(painter.zoomOut(scene, operation.factor)), { kind: 'named', label: 'Zoom Out' });
    case 'custom-zoom':
      return grid(around(painter.zoomOut(scene, prompt.zoom ?? 1)), { kind: 'named', label: 'Zoom Out' });
    case 'square':
      return grid(around(aspectOfScene(scene) === 1 ? scene : painter.square(scene)), { kind: 'named', label: 'Zoom Out' });
    case 'region':
      return grid(painter.vary(scene, { strength: 'strong', seed, ...(prompt === picture.prompt ? {} : { prompt: prompt.words }) }), {
        kind: 'variation',
        index,
        label: 'Variations (Region)',
      });
    case 'remaster':
      return {
        scenes: painter.vary(scene, { strength: 'subtle', seed }).slice(0, 1),
        wording: { kind: 'named', label: 'Remaster' },
        enlargement: 1,
      };
    case 'animate':
      return video(
        { motion: operation.motion, seconds: FIRST_SECONDS, takes: takesOf(seed, prompt.batch ?? USUAL_BATCH), before: [] },
        `Animate (${capital(operation.motion)} motion)`,
      );
    case 'extend': {
      const take = picture.film?.takes[operation.number - 1];
      if (!picture.film || take === undefined || !canExtend(picture.film)) return null;
      const seconds = picture.film.seconds + EXTENSION_SECONDS;
      const takes = [take, ...takesOf(seed, (prompt.batch ?? USUAL_BATCH) - 1)];
      const before = [...picture.film.before, { motion: picture.film.motion, take, untilSeconds: picture.film.seconds }];
      return video({ motion: operation.motion, seconds, takes, before }, `Animate (${capital(operation.motion)} motion)`);
    }
    case 'choose-video': {
      const take = picture.film?.takes[operation.number - 1];
      if (!picture.film || take === undefined) return null;
      const wording = { kind: 'video-choice', index: operation.number } as const;
      return { scenes: [scene], wording, enlargement: 1, film: { ...picture.film, takes: [take] }, partOf: picture.jobId };
    }
    case 'upscale': {
      const upscaler = upscalersOf(prompt.version).find((candidate) => candidate.action === operation.action);
      return upscaler
        ? {
            scenes: [scene],
            wording: { kind: 'upscale', label: upscaler.label.replace('Upscale', 'Upscaled') },
            enlargement: upscaler.factor,
          }
        : null;
    }
  }
}

/** Source: midjourney-docs, video. */
const FIRST_SECONDS = 5;
const EXTENSION_SECONDS = 4;
const MOST_SECONDS = 21;
const USUAL_BATCH = 4;

export const canExtend = (film: Film): boolean => film.seconds + EXTENSION_SECONDS <= MOST_SECONDS;

/** `--video`: the first video of a prompt. */
export const filmOf = (prompt: Prompt, seed: number): Film => ({
  motion: prompt.motion ?? 'low',
  seconds: FIRST_SECONDS,
  takes: takesOf(seed, prompt.batch ?? USUAL_BATCH),
  before: [],
});

const takesOf = (seed: number, count: number): number[] => Array.from({ length: count }, (_none, index) => (seed % 1_000_000) + index);

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);
