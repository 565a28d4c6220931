import type { Footage } from './engine/footage.ts';
import type { PaintOptions, Scene } from '@atelier/simulator';

/** What is asked of the thread that paints. */
export type Order = PictureOrder | FramesOrder;
export type PictureOrder =
  | { kind: 'sheet'; scenes: readonly Scene[]; options: PaintOptions }
  | { kind: 'preview'; scenes: readonly Scene[]; options: PaintOptions & { percent: number } }
  /** Clips of one length and speed, side by side in one file. */
  | { kind: 'moving'; footage: readonly Footage[]; mark: string };
/** Some frames of a clip, so that pictures asked for meanwhile get their turn. */
export interface FramesOrder {
  kind: 'frames';
  footage: Footage;
  from: number;
  count: number;
}

const LARGEST_TILE = 4096;

/** Throws a RangeError for scenes that cannot be painted, or not at this size. */
export function checkPicture(scenes: readonly Scene[], tilePixels: number): void {
  if (!Number.isInteger(tilePixels) || tilePixels < 1 || tilePixels > LARGEST_TILE) {
    throw new RangeError(`tilePixels must be a whole number from 1 to ${LARGEST_TILE}`);
  }
  if (scenes.length < 1 || scenes.length > 4) throw new RangeError('a picture has one to four scenes');
  for (const { view } of scenes) {
    const fits = [view.x, view.y, view.width, view.height].every((value) => Math.abs(value) <= 10_000);
    if (!fits || !(view.width > 0 && view.height > 0)) throw new RangeError('the window lies outside the world');
  }
}
