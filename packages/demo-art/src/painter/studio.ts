import type { Picture, Scene } from '@atelier/simulator';
import { hashText } from '@atelier/lib/random';
import type { Brief } from './brief.ts';
import { createDice } from './dice.ts';
import { encodeAnimation, encodePng, encodePreview } from './engine/encode.ts';
import { createToneCurve, develop, type Sheet } from './engine/finish.ts';
import { createFrame } from './engine/frame.ts';
import { createNoise } from './engine/noise.ts';
import { createStage, type ClipStage } from './engine/stage.ts';
import { checkPicture, type Footage, type Frames, type FramesRequest, type PaintRequest, type PictureRequest } from './paint-request.ts';
import { createPalette } from './palette.ts';
import { readSubject } from './subject.ts';
import type { WorldName } from './words.ts';
import { WORLDS } from './worlds/worlds.ts';

interface Studio {
  paint(request: PaintRequest): Promise<Picture | Frames>;
}

/** A preview is blurred, so small tiles are enough. */
const PREVIEW_TILE = 256;
const PREVIEW_SIDE = 1024;
/** Stages of clips in the making; an animate job has four. Each is a few megabytes. */
const STAGES_KEPT = 4;

/** Paints and encodes, on the calling thread. The studio builds its noise when it is first needed, and keeps it. */
export function createStudio(): Studio {
  const noise = createNoise();
  const tone = createToneCurve();

  const plan = (scene: Scene): { world: WorldName; brief: Brief } => {
    const subject = readSubject(scene.prompt);
    const world = scene.variant.startsWith('3') ? subject.otherWorld : subject.world;
    const dice = createDice(hashText(`${subject.text}#${scene.seed}`), scene.variant);
    return { world, brief: { subject, palette: createPalette(subject, world, dice), dice, noise } };
  };

  /** Paints a scene into a rectangle of a sheet; the scene's window is centred in it. */
  const paintTile: PaintTile = (scene, sheet, { left, top, width, height }) => {
    const { view } = scene;
    const step = Math.max(view.width / width, view.height / height);
    const middleX = view.x + view.width / 2;
    const middleY = view.y + view.height / 2;
    const frame = createFrame({ width, height, left: middleX - (step * width) / 2, top: middleY - (step * height) / 2, step });
    const { world, brief } = plan(scene);
    WORLDS[world](frame, brief);
    develop(frame, tone, sheet, { left, top });
  };

  const buildStage = (footage: Footage): ClipStage => {
    const { world, brief } = plan(footage.scene);
    // Rain and snow are noted in the brief, and painted on each frame.
    const dry = { ...brief, falling: [] };
    return createStage(footage, {
      world,
      brief: dry,
      paint(frame) {
        WORLDS[world](frame, dry);
        const sheet = blankSheet(frame.width, frame.height);
        develop(frame, tone, sheet, { left: 0, top: 0 });
        return sheet;
      },
    });
  };
  const stageOf = keepRecent(buildStage, STAGES_KEPT);
  const shoot = ({ footage, from, count }: Omit<FramesRequest, 'kind'>): Frames => {
    const size = footage.width * footage.height * 3;
    const bytes = new Uint8Array(size * count);
    const stage = stageOf(footage);
    for (let index = 0; index < count; index++) stage.shoot(from + index, bytes, index * size);
    return { bytes, contentType: 'video/raw' };
  };

  return {
    async paint(request) {
      if (request.kind === 'frames') return shoot(request);
      if (request.kind === 'moving') return animate(request.footage, request.mark, shoot);
      const { scenes, options } = request;
      checkPicture(scenes, options.tilePixels);
      if (request.kind === 'sheet') return encodePng(paintSheet(scenes, options.tilePixels, paintTile), options.mark);
      return paintPreview(request, paintTile);
    },
  };
}

type PaintTile = (scene: Scene, sheet: Sheet, area: { left: number; top: number; width: number; height: number }) => void;

/** Remembers the results for the arguments used last; arguments are compared as JSON. */
function keepRecent<Key, Value>(build: (key: Key) => Value, count: number): (key: Key) => Value {
  const kept = new Map<string, Value>();
  return (argument) => {
    const key = JSON.stringify(argument);
    const value = kept.get(key) ?? build(argument);
    kept.delete(key);
    kept.set(key, value);
    for (const oldest of kept.keys()) if (kept.size > count) kept.delete(oldest);
    return value;
  };
}

/** One scene alone, more in two columns. */
function paintSheet(scenes: readonly Scene[], tilePixels: number, paintTile: PaintTile): Sheet {
  const { width, height, columns, rows } = layOut(scenes, tilePixels);
  const sheet = blankSheet(width * columns, height * rows);
  for (const [index, scene] of scenes.entries())
    paintTile(scene, sheet, { left: (index % columns) * width, top: Math.floor(index / columns) * height, width, height });
  return sheet;
}

function paintPreview({ scenes, options }: PictureRequest & { kind: 'preview' }, paintTile: PaintTile): Promise<Picture> {
  const percent = Math.min(Math.max(Math.round(options.percent), 0), 99);
  // A tile's longer side is worth 20 pixels at the start of the rendering and 256 at its end.
  const detail = 20 * (PREVIEW_TILE / 20) ** (percent / 99);
  const { width, height, columns, rows } = layOut(scenes, options.tilePixels);
  const shrink = Math.min(1, PREVIEW_SIDE / Math.max(width * columns, height * rows));
  const tile = Math.max(1, Math.min(PREVIEW_TILE, options.tilePixels, Math.ceil(detail)));
  return encodePreview(paintSheet(scenes, tile, paintTile), {
    width: Math.max(1, Math.round(width * columns * shrink)),
    height: Math.max(1, Math.round(height * rows * shrink)),
    mark: options.mark,
  });
}

/** The clips side by side, as the tiles of a grid are. */
function animate(footage: readonly Footage[], mark: string, shoot: (request: Omit<FramesRequest, 'kind'>) => Frames): Promise<Picture> {
  const [first] = footage;
  if (!first) throw new RangeError('no scene to paint');
  const columns = footage.length > 1 ? 2 : 1;
  const frameHeight = first.height * Math.ceil(footage.length / columns);
  const sheet = blankSheet(first.width * columns, frameHeight * first.frames);
  const row = first.width * 3;
  for (const [index, one] of footage.entries()) {
    const { bytes } = shoot({ footage: one, from: 0, count: one.frames });
    const left = (index % columns) * row;
    const top = Math.floor(index / columns) * first.height;
    for (let line = 0; line < first.height * one.frames; line++) {
      const below = Math.floor(line / first.height) * frameHeight + top + (line % first.height);
      sheet.pixels.set(bytes.subarray(line * row, (line + 1) * row), below * row * columns + left);
    }
  }
  return encodeAnimation(sheet, { frameHeight, frameMs: Math.round(1_000 / first.framesPerSecond), mark });
}

const blankSheet = (width: number, height: number): Sheet => ({ width, height, pixels: new Uint8ClampedArray(width * height * 3) });

/** The size of a tile in pixels, and how many tiles lie side by side and above one another. */
function layOut(scenes: readonly Scene[], tilePixels: number): { width: number; height: number; columns: number; rows: number } {
  const [first] = scenes;
  if (!first) throw new RangeError('no scene to paint');
  const aspect = first.view.width / first.view.height;
  const columns = scenes.length > 1 ? 2 : 1;
  return {
    width: Math.max(1, Math.round(aspect >= 1 ? tilePixels : tilePixels * aspect)),
    height: Math.max(1, Math.round(aspect >= 1 ? tilePixels / aspect : tilePixels)),
    columns,
    rows: Math.ceil(scenes.length / columns),
  };
}
