import type { Direction, Painter, Scene } from '../painter/painter.ts';
import { upscalersOf } from './components.ts';
import type { Wording } from './content.ts';
import type { GalleryPicture } from './gallery.ts';
import { aspectOfScene } from './job.ts';
import type { Prompt } from './prompt.ts';

/** What a button asks to be done with a finished picture. */
export type Operation =
  | { kind: 'select'; index: number }
  | { kind: 'vary'; index: number; strength: 'subtle' | 'strong' }
  | { kind: 'reroll' }
  | { kind: 'pan'; direction: Direction }
  | { kind: 'upscale'; action: string }
  | { kind: 'zoom'; factor: number }
  | { kind: 'custom-zoom' }
  | { kind: 'square' };

/** Reads one of the ids that `components.ts` hands out; V1–V4 follow the user's variability setting. */
export function operationOf(customId: string, highVariability: boolean): { operation: Operation; jobId: string } | null {
  const [, group, action = '', index = '', jobId = ''] = customId.split('::');
  if (group === 'CustomZoom') return { operation: { kind: 'custom-zoom' }, jobId: action };
  if (group === 'Outpaint') {
    const factor = { '50': 2, '75': 1.5 }[action];
    return { operation: factor === undefined ? { kind: 'square' } : { kind: 'zoom', factor }, jobId };
  }
  if (group !== 'JOB') return null;
  const operation = jobOperation(action, Number(index), highVariability);
  return operation && { operation, jobId };
}

function jobOperation(action: string, index: number, highVariability: boolean): Operation | null {
  if (action === 'upsample') return { kind: 'select', index };
  if (action === 'variation') return { kind: 'vary', index, strength: highVariability ? 'strong' : 'subtle' };
  if (action === 'low_variation') return { kind: 'vary', index, strength: 'subtle' };
  if (action === 'high_variation') return { kind: 'vary', index, strength: 'strong' };
  if (action === 'reroll') return { kind: 'reroll' };
  if (action.startsWith('upsample_')) return { kind: 'upscale', action };
  const direction = (['left', 'right', 'up', 'down'] as const).find((candidate) => action === `pan_${candidate}`);
  return direction === undefined ? null : { kind: 'pan', direction };
}

export interface Outcome {
  scenes: readonly Scene[];
  wording: Wording;
  /** Null for a grid. */
  enlargement: number | null;
}

/** The scenes that an operation leads to; `prompt` is the user's new one where remix let them write it. */
export function outcomeOf(picture: GalleryPicture, operation: Operation, options: { painter: Painter; prompt: Prompt; remixed: boolean; seed: number }): Outcome | null {
  const { painter, prompt, remixed, seed } = options;
  const index = 'index' in operation ? operation.index : 1;
  const scene = picture.scenes[index - 1];
  if (!scene) return null;
  const remix = remixed ? { prompt: prompt.words } : {};
  // The first tile is the asked picture exactly; the others are its close siblings, so that four can be told apart.
  const around = (moved: Scene): Scene[] => [moved, ...painter.vary(moved, { strength: 'subtle', seed, ...remix }).slice(1)];
  const grid = (scenes: readonly Scene[], wording: Wording): Outcome => ({ scenes, wording, enlargement: null });
  switch (operation.kind) {
    case 'select':
      return { scenes: [scene], wording: { kind: 'selection', index }, enlargement: 1 };
    case 'vary': {
      const label = `${remixed ? 'Remix' : 'Variations'} (${operation.strength === 'strong' ? 'Strong' : 'Subtle'})`;
      return grid(painter.vary(scene, { strength: operation.strength, seed, ...remix }), { kind: 'variation', index, label });
    }
    case 'reroll':
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
    case 'upscale': {
      const upscaler = upscalersOf(prompt.version).find((candidate) => candidate.action === operation.action);
      return upscaler ? { scenes: [scene], wording: { kind: 'upscale', label: upscaler.label.replace('Upscale', 'Upscaled') }, enlargement: upscaler.factor } : null;
    }
  }
}

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);
