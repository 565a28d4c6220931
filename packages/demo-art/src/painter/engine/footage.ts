import { checkPicture, type Footage } from '../paint-request.ts';
import type { ClipOptions, Moving, PaintOptions, Scene } from '@atelier/simulator';

const LONGEST_SIDE = 480;
const SHORTEST_SIDE = 16;
const LONGEST_SECONDS = 30;
const LATEST_START_SECONDS = 600;

/** Plans a clip; throws a RangeError for one that cannot be made. */
export function planFootage(scene: Scene, options: ClipOptions): Footage {
  const { motion, seconds = 5, framesPerSecond = 24, startSeconds = 0, take = 0, before = [] } = options;
  checkPicture([scene], options.tilePixels);
  if (!(seconds > 0 && seconds <= LONGEST_SECONDS)) throw new RangeError(`a clip lasts up to ${LONGEST_SECONDS} seconds`);
  if (!Number.isInteger(framesPerSecond) || framesPerSecond < 1 || framesPerSecond > 60) {
    throw new RangeError('framesPerSecond must be a whole number from 1 to 60');
  }
  if (!(startSeconds >= 0 && startSeconds <= LATEST_START_SECONDS)) throw new RangeError('a clip cannot begin there');
  if (!Number.isInteger(take) || take < 0) throw new RangeError('take must be a whole number from 0');
  const longer = Math.min(options.tilePixels, LONGEST_SIDE);
  const aspect = scene.view.width / scene.view.height;
  return {
    scene,
    motion,
    take,
    before,
    startSeconds,
    framesPerSecond,
    frames: Math.max(1, Math.round(seconds * framesPerSecond)),
    width: evenSide(aspect >= 1 ? longer : longer * aspect),
    height: evenSide(aspect >= 1 ? longer / aspect : longer),
  };
}

/** Rounds to an even side, because H.264 keeps colour at half the resolution. The clip shows a little more or less of the world. */
const evenSide = (side: number): number => Math.max(SHORTEST_SIDE, Math.round(side / 2) * 2);

/** A preview shows the whole of its videos in about this many frames, so that it stays small however long they are. */
const PREVIEW_FRAMES = 40;
const PREVIEW_SIDE = 240;

/** Plans the clips of a moving preview, one for each scene. */
export function planMovingPreview(scenes: readonly Scene[], options: PaintOptions & Moving): Footage[] {
  const { takes, seconds, tilePixels, ...clip } = options;
  checkPicture(scenes, tilePixels);
  const framesPerSecond = Math.max(1, Math.floor(PREVIEW_FRAMES / seconds));
  return scenes.map((scene, index) =>
    planFootage(scene, { ...clip, seconds, framesPerSecond, tilePixels: Math.min(tilePixels, PREVIEW_SIDE), take: takes[index] ?? index }),
  );
}
