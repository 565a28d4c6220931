import { appendStep } from './dice.ts';
import type { Painter, Scene } from '@atelier/simulator';

/** The part of a painter that only chooses worlds and windows; nothing is painted. */
type ScenePlanner = Pick<Painter, 'imagine' | 'vary' | 'zoomOut' | 'pan' | 'square'>;

/** The tallest window, in first windows. In a taller one nobody would recognise the picture. */
const TALLEST = 64;
/** Midjourney refuses shapes beyond 14:1. Wider shapes are narrowed to it here. */
const WIDEST_ASPECT = 14;

export const scenePlanner: ScenePlanner = {
  imagine(prompt, { seed, aspect }) {
    const shape = Number.isFinite(aspect) && aspect > 0 ? Math.min(Math.max(aspect, 1 / WIDEST_ASPECT), WIDEST_ASPECT) : 1;
    const view = { x: -shape / 2, y: 0, width: shape, height: 1 };
    return ['0', '1', '2', '3'].map((variant): Scene => ({ prompt, seed: seed >>> 0, variant, view }));
  },
  vary(scene, { strength, seed, prompt }) {
    return [0, 1, 2, 3].map((index): Scene => ({
      ...scene,
      prompt: prompt ?? scene.prompt,
      variant: appendStep(scene.variant, index, { seed, strength }),
    }));
  },
  zoomOut(scene, factor) {
    const wanted = Number.isFinite(factor) ? Math.min(Math.max(factor, 1), 4) : 2;
    const grown = Math.max(1, Math.min(wanted, TALLEST / scene.view.height, TALLEST / scene.view.width));
    return around(scene, scene.view.width * grown, scene.view.height * grown);
  },
  // The union of the old window and the window moved by half its size: as with Midjourney, the picture grows towards that side.
  pan(scene, direction) {
    const { x, y, width, height } = scene.view;
    const across = direction === 'left' || direction === 'right';
    const byX = across ? width / 2 : 0;
    const byY = across ? 0 : height / 2;
    return {
      ...scene,
      view: { x: direction === 'left' ? x - byX : x, y: direction === 'up' ? y - byY : y, width: width + byX, height: height + byY },
    };
  },
  square(scene) {
    const side = Math.max(scene.view.width, scene.view.height);
    return around(scene, side, side);
  },
};

function around(scene: Scene, width: number, height: number): Scene {
  const { view } = scene;
  return { ...scene, view: { x: view.x + (view.width - width) / 2, y: view.y + (view.height - height) / 2, width, height } };
}
