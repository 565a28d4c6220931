import type { Brief } from './brief.ts';
import { createDice } from './dice.ts';
import { encodeAnimation, encodePng, encodePreview } from './engine/encode.ts';
import { createToneCurve, develop, type Sheet } from './engine/finish.ts';
import type { Footage, Frames } from './paint-request.ts';
import { createFrame } from './engine/frame.ts';
import { createNoise } from './engine/noise.ts';
import { checkPicture, type FramesRequest, type PaintRequest } from './paint-request.ts';
import type { Picture, Scene } from '@atelier/simulator';
import { createPalette } from './palette.ts';
import { hashText } from '@atelier/lib/random';
import { createStage, type ClipStage } from './engine/stage.ts';
import { readSubject } from './subject.ts';
import type { WorldName } from './words.ts';
import { WORLDS } from './worlds/worlds.ts';

interface Studio {
  paint(order: PaintRequest): Promise<Picture | Frames>;
}

/** A preview is blurred, so small tiles are enough. */
const PREVIEW_TILE = 256;
const PREVIEW_SIDE = 1024;
/** Stages of clips in the making; an animate job has four. Each is a few megabytes. */
const STAGES_KEPT = 4;

/** Paints and encodes, on the calling thread. Its noise and its tone curve are built when first needed and then kept. */
export function createStudio(): Studio {
  const noise = createNoise();
  const tone = createToneCurve();

  const plan = (scene: Scene): { world: WorldName; brief: Brief } => {
    const subject = readSubject(scene.prompt);
    const world = scene.variant.startsWith('3') ? subject.otherWorld : subject.world;
    const dice = createDice(hashText(`${subject.text}#${scene.seed}`), scene.variant);
    return { world, brief: { subject, palette: createPalette(subject, world, dice), dice, noise } };
  };

  const paintTile = (scene: Scene, width: number, height: number, sheet: Sheet, left: number, top: number): void => {
    const { view } = scene;
    const step = Math.max(view.width / width, view.height / height);
    const middleX = view.x + view.width / 2;
    const middleY = view.y + view.height / 2;
    const frame = createFrame(width, height, middleX - (step * width) / 2, middleY - (step * height) / 2, step);
    const { world, brief } = plan(scene);
    WORLDS[world](frame, brief);
    develop(frame, tone, sheet, left, top);
  };

  const stages = new Map<string, ClipStage>();
  const stageOf = (footage: Footage): ClipStage => {
    const key = JSON.stringify(footage);
    const known = stages.get(key);
    stages.delete(key);
    const stage = known ?? buildStage(footage);
    stages.set(key, stage);
    // The one used longest ago goes first.
    for (const oldest of stages.keys()) if (stages.size > STAGES_KEPT) stages.delete(oldest);
    return stage;
  };
  const buildStage = (footage: Footage): ClipStage => {
    const { world, brief } = plan(footage.scene);
    const dry = { ...brief, falling: [] };
    return createStage(footage, {
      world,
      brief: dry,
      paint(frame) {
        WORLDS[world](frame, dry);
        const sheet = blankSheet(frame.width, frame.height);
        develop(frame, tone, sheet, 0, 0);
        return sheet;
      },
    });
  };
  const shoot = ({ footage, from, count }: FramesRequest): Frames => {
    const size = footage.width * footage.height * 3;
    const bytes = new Uint8Array(size * count);
    const stage = stageOf(footage);
    for (let index = 0; index < count; index++) stage.shoot(from + index, bytes, index * size);
    return { bytes, contentType: 'video/raw' };
  };

  /** The clips side by side, as the tiles of a grid are. */
  const animate = (footage: readonly Footage[], mark: string): Promise<Picture> => {
    const [first] = footage;
    if (!first) throw new RangeError('no scene to paint');
    const columns = footage.length > 1 ? 2 : 1;
    const frameHeight = first.height * Math.ceil(footage.length / columns);
    const sheet = blankSheet(first.width * columns, frameHeight * first.frames);
    const row = first.width * 3;
    for (const [index, one] of footage.entries()) {
      const { bytes } = shoot({ kind: 'frames', footage: one, from: 0, count: one.frames });
      const left = (index % columns) * row;
      const top = Math.floor(index / columns) * first.height;
      for (let line = 0; line < first.height * one.frames; line++) {
        const below = Math.floor(line / first.height) * frameHeight + top + (line % first.height);
        sheet.pixels.set(bytes.subarray(line * row, (line + 1) * row), below * row * columns + left);
      }
    }
    return encodeAnimation(sheet, { frameHeight, frameMs: Math.round(1_000 / first.framesPerSecond), mark });
  };

  /** One scene alone, more in two columns. */
  const paintSheet = (scenes: readonly Scene[], tilePixels: number): Sheet => {
    const [first] = scenes;
    if (!first) throw new RangeError('no scene to paint');
    const { width, height } = tileSize(first, tilePixels);
    const columns = scenes.length > 1 ? 2 : 1;
    const rows = Math.ceil(scenes.length / columns);
    const sheet = blankSheet(width * columns, height * rows);
    for (const [index, scene] of scenes.entries()) {
      paintTile(scene, width, height, sheet, (index % columns) * width, Math.floor(index / columns) * height);
    }
    return sheet;
  };

  return {
    async paint(order) {
      if (order.kind === 'frames') return shoot(order);
      if (order.kind === 'moving') return animate(order.footage, order.mark);
      const { scenes, options } = order;
      checkPicture(scenes, options.tilePixels);
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

const blankSheet = (width: number, height: number): Sheet => ({ width, height, pixels: new Uint8ClampedArray(width * height * 3) });

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
