import type { MotionLevel } from './engine/camera.ts';
import type { ClipOptions, PaintOptions, Scene } from '@atelier/simulator';

/** A clip before it is painted: plain data, the same for every frame. */
export interface Footage {
  scene: Scene;
  motion: MotionLevel;
  take: number;
  before: NonNullable<ClipOptions['before']>;
  startSeconds: number;
  framesPerSecond: number;
  frames: number;
  width: number;
  height: number;
}

/** Frames of a clip, one after the other: red, green and blue in turn, rows from the top. */
export interface Frames {
  bytes: Uint8Array;
  contentType: 'video/raw';
}

/** A request to the painting thread. */
export type PaintRequest = PictureRequest | FramesRequest;
export type PictureRequest =
  | { kind: 'sheet'; scenes: readonly Scene[]; options: PaintOptions }
  | { kind: 'preview'; scenes: readonly Scene[]; options: PaintOptions & { percent: number } }
  /** Clips of one length and speed, side by side in one file. */
  | { kind: 'moving'; footage: readonly Footage[]; mark: string };
/** A few frames of a clip: requests for pictures are answered between them. */
export interface FramesRequest {
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
