import { createDice } from './dice.ts';
import { encodePng, encodePreview } from './encode.ts';
import { createTone, develop, type Sheet } from './finish.ts';
import { createFrame } from './frame.ts';
import { createNoise } from './noise.ts';
import type { PaintOptions, Picture, Scene } from './painter.ts';
import { createPalette } from './palette.ts';
import { hashText } from './random.ts';
import { readSubject } from './subject.ts';
import { WORLDS } from './worlds/worlds.ts';

/** What is asked of the thread that paints. */
export type Order =
  | { kind: 'sheet'; scenes: readonly Scene[]; options: PaintOptions }
  | { kind: 'preview'; scenes: readonly Scene[]; options: PaintOptions & { percent: number } };

interface Studio {
  paint(order: Order): Promise<Picture>;
}

const LARGEST_TILE = 4096;
/** A preview is blurred, so small tiles are enough. */
const PREVIEW_TILE = 256;
const PREVIEW_SIDE = 1024;

/** Paints and encodes, on the calling thread. Its noise and its tone curve are built when first needed and then kept. */
export function createStudio(): Studio {
  const noise = createNoise();
  const tone = createTone();

  const paintTile = (scene: Scene, width: number, height: number, sheet: Sheet, left: number, top: number): void => {
    const { view } = scene;
    const step = Math.max(view.width / width, view.height / height);
    const middleX = view.x + view.width / 2;
    const middleY = view.y + view.height / 2;
    const frame = createFrame(width, height, middleX - (step * width) / 2, middleY - (step * height) / 2, step);
    const subject = readSubject(scene.prompt);
    const world = scene.variant.startsWith('3') ? subject.otherWorld : subject.world;
    const dice = createDice(hashText(`${subject.text}#${scene.seed}`), scene.variant);
    WORLDS[world](frame, { subject, palette: createPalette(subject, world, dice), dice, noise });
    develop(frame, tone, sheet, left, top);
  };

  /** One scene alone, more in two columns. */
  const paintSheet = (scenes: readonly Scene[], tilePixels: number): Sheet => {
    const [first] = scenes;
    if (!first) throw new RangeError('no scene to paint');
    const { width, height } = tileSize(first, tilePixels);
    const columns = scenes.length > 1 ? 2 : 1;
    const rows = Math.ceil(scenes.length / columns);
    const sheet = { width: width * columns, height: height * rows, pixels: new Uint8ClampedArray(width * columns * height * rows * 3) };
    for (const [index, scene] of scenes.entries()) {
      paintTile(scene, width, height, sheet, (index % columns) * width, Math.floor(index / columns) * height);
    }
    return sheet;
  };

  return {
    async paint(order) {
      const { scenes, options } = order;
      checkOrder(order);
      if (order.kind === 'sheet') return encodePng(paintSheet(scenes, options.tilePixels), options.mark);
      const percent = Math.min(Math.max(Math.round(order.options.percent), 0), 99);
      const detail = previewDetail(percent);
      const full = paintedSize(scenes, options.tilePixels);
      const shrink = Math.min(1, PREVIEW_SIDE / Math.max(full.width, full.height));
      const tile = Math.max(1, Math.min(PREVIEW_TILE, options.tilePixels, Math.ceil(detail)));
      return encodePreview(paintSheet(scenes, tile), {
        width: Math.max(1, Math.round(full.width * shrink)),
        height: Math.max(1, Math.round(full.height * shrink)),
        mark: options.mark,
      });
    },
  };
}

/** How many pixels a tile's longer side is worth at this point of the rendering: 20 at the start, 256 at the end. */
function previewDetail(percent: number): number {
  return 20 * (PREVIEW_TILE / 20) ** (percent / 99);
}

function tileSize(scene: Scene, tilePixels: number): { width: number; height: number } {
  const aspect = scene.view.width / scene.view.height;
  return {
    width: Math.max(1, Math.round(aspect >= 1 ? tilePixels : tilePixels * aspect)),
    height: Math.max(1, Math.round(aspect >= 1 ? tilePixels / aspect : tilePixels)),
  };
}

function paintedSize(scenes: readonly Scene[], tilePixels: number): { width: number; height: number } {
  const [first] = scenes;
  if (!first) throw new RangeError('no scene to paint');
  const { width, height } = tileSize(first, tilePixels);
  const columns = scenes.length > 1 ? 2 : 1;
  return { width: width * columns, height: height * Math.ceil(scenes.length / columns) };
}

function checkOrder({ scenes, options }: Order): void {
  const { tilePixels } = options;
  if (!Number.isInteger(tilePixels) || tilePixels < 1 || tilePixels > LARGEST_TILE) {
    throw new RangeError(`tilePixels must be a whole number from 1 to ${LARGEST_TILE}`);
  }
  if (scenes.length < 1 || scenes.length > 4) throw new RangeError('a picture has one to four scenes');
  for (const { view } of scenes) {
    const fits = [view.x, view.y, view.width, view.height].every((value) => Math.abs(value) <= 10_000);
    if (!fits || !(view.width > 0 && view.height > 0)) throw new RangeError('the window lies outside the world');
  }
}
