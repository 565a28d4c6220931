import type { Brief, Falling } from '../brief.ts';
import { createCamera, createRoute, weightsAt, type Shot } from './camera.ts';
import type { Footage } from '../paint-request.ts';
import { createFrame, type Frame } from './frame.ts';
import type { FrameTarget, Sheet } from './finish.ts';
import { addFallingTo } from '../worlds/weather.ts';
import { hashText } from '@atelier/lib/random';
import { createStirring, type Shift, type Stirring } from './stirring.ts';
import type { WorldName } from '../words.ts';

/** The part of the world that a clip's camera passes over, painted once, and how it moves. */
export interface ClipStage {
  /** One frame of the clip into `target` at `at`. */
  shoot(index: number, target: Uint8Array, at: number): void;
}

export interface StageDeps {
  world: WorldName;
  /** Its `falling` is filled by `paint`. */
  brief: Brief & { falling: Falling[] };
  paint(frame: Frame): Sheet;
}

/** Stage pixels to a clip's pixel before the camera moves: enough to come nearer without growing soft. */
const DENSITY = 2;
/** Stage corners lie on multiples of this many pixels: so a clip and its continuation are painted alike. */
const SNAP = 8;
/** The motion is worked out for every sixth pixel and blended between. */
const CELL = 6;
/** World length: the largest shift of a place that moves by itself. */
const MARGIN = 0.06;

export function createStage(footage: Footage, { world, brief, paint }: StageDeps): ClipStage {
  const { scene, width, height } = footage;
  const { view } = scene;
  const step = Math.max(view.width / width, view.height / height);
  const legs = [...footage.before, { motion: footage.motion, take: footage.take }];
  const untilSeconds = footage.before.map((leg) => leg.untilSeconds);
  const stirrings = legs.map(({ motion }) => createStirring(world, brief, motion));
  const stirring = createStirring(world, brief, footage.motion);
  const secondsAt = (index: number): number => footage.startSeconds + index / footage.framesPerSecond;
  const lens: Lens = {
    width,
    height,
    step,
    middleX: view.x + view.width / 2,
    middleY: view.y + view.height / 2,
    // A wider window is passed over in longer strides.
    stride: Math.min(view.width, view.height),
    detail: Math.min(view.width, view.height, 1),
    stirring,
  };
  const seed = hashText(`${scene.prompt}#${scene.seed}#${scene.variant}`);
  const subjectX = stirring.subjectX === undefined ? undefined : (stirring.subjectX - lens.middleX) / lens.stride;
  const camera = createRoute(
    legs.map(({ motion, take }) => createCamera({ seed, motion, take, subjectX })),
    untilSeconds,
  );
  const stirredBy = (seconds: number): Stirred[] =>
    weightsAt(untilSeconds, seconds).map(({ leg, weight }) => ({ shiftAt: (stirrings[leg] ?? stirring).shiftAt, weight }));
  const area = areaOf(
    lens,
    Array.from({ length: footage.frames }, (_, index) => camera(secondsAt(index))),
  );
  const sheet = soften(paint(area));
  const grid = createGrid(width, height);
  return {
    shoot(index, target, at) {
      const seconds = secondsAt(index);
      const shot = camera(seconds);
      aim(grid, { lens, shot, seconds, area, stirred: stirredBy(seconds) });
      resample(sheet, grid, { width, height, pixels: target, at });
      const window = {
        left: lens.middleX + shot.x * lens.stride - (width / 2) * step * shot.zoom,
        top: lens.middleY + shot.y * lens.stride - (height / 2) * step * shot.zoom,
        step: step * shot.zoom,
      };
      for (const falling of brief.falling) addFallingTo({ width, height, pixels: target, at }, window, falling, seconds);
    },
  };
}

/** Turns pixels of a clip into places of the world. */
interface Lens {
  width: number;
  height: number;
  step: number;
  middleX: number;
  middleY: number;
  stride: number;
  /** As `stride`, at most 1: movements of waves and leaves do not grow with the window. */
  detail: number;
  stirring: Stirring;
}

/** Turns a place in the frame, in pixels, into the place in the world that it shows when nothing moves by itself. */
function toWorld(lens: Lens, shot: Shot, place: Shift): void {
  const across = (place.x - lens.width / 2) * lens.step * shot.zoom;
  const down = (place.y - lens.height / 2) * lens.step * shot.zoom;
  const roll = lens.stirring.floats ? shot.roll : 0;
  const cos = Math.cos(roll);
  const sin = Math.sin(roll);
  place.y = lens.middleY + shot.y * lens.stride + across * sin + down * cos;
  const behind = lens.detail * (1 - lens.stirring.nearness(place.y));
  place.x = lens.middleX + shot.x * (lens.stride - behind) + across * cos - down * sin;
}

/** The empty frame that holds every place that these shots show. */
function areaOf(lens: Lens, shots: readonly Shot[]): Frame {
  const place = { x: 0, y: 0 };
  let left = Infinity;
  let right = -Infinity;
  let top = Infinity;
  let bottom = -Infinity;
  for (const shot of shots) {
    for (const column of [0, lens.width]) {
      for (let part = 0; part <= 4; part++) {
        place.x = column;
        place.y = (lens.height * part) / 4;
        toWorld(lens, shot, place);
        left = Math.min(left, place.x);
        right = Math.max(right, place.x);
        top = Math.min(top, place.y);
        bottom = Math.max(bottom, place.y);
      }
    }
  }
  const step = lens.step / DENSITY;
  const snap = step * SNAP;
  const margin = MARGIN * lens.detail;
  const firstColumn = Math.floor((left - margin) / snap);
  const firstRow = Math.floor((top - margin) / snap);
  const columns = Math.ceil((right + margin) / snap) - firstColumn;
  const rows = Math.ceil((bottom + margin) / snap) - firstRow;
  return createFrame({ width: columns * SNAP, height: rows * SNAP, left: firstColumn * snap, top: firstRow * snap, step });
}

/** For every sixth pixel of a frame: the place of the stage that it shows. */
interface Grid {
  columns: number;
  rows: number;
  x: Float32Array;
  y: Float32Array;
}

function createGrid(width: number, height: number): Grid {
  const columns = Math.ceil(width / CELL) + 1;
  const rows = Math.ceil(height / CELL) + 1;
  return { columns, rows, x: new Float32Array(columns * rows), y: new Float32Array(columns * rows) };
}

interface Stirred {
  shiftAt: Stirring['shiftAt'];
  weight: number;
}

function aim(grid: Grid, view: { lens: Lens; shot: Shot; seconds: number; area: Frame; stirred: readonly Stirred[] }): void {
  const { lens, shot, seconds, area, stirred } = view;
  const place = { x: 0, y: 0 };
  const shift = { x: 0, y: 0 };
  const reach = shot.awake * lens.detail;
  // Half a pixel to the middle of the first, and one less so that the pixel to the right and below is there too.
  const lastX = area.width - 1.01;
  const lastY = area.height - 1.01;
  for (let row = 0, at = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++, at++) {
      place.x = column * CELL + 0.5;
      place.y = row * CELL + 0.5;
      toWorld(lens, shot, place);
      let shiftX = 0;
      let shiftY = 0;
      for (const { shiftAt, weight } of stirred) {
        shift.x = 0;
        shift.y = 0;
        shiftAt(place.x, place.y, seconds, shift);
        shiftX += shift.x * weight;
        shiftY += shift.y * weight;
      }
      const x = (place.x + shiftX * reach - area.left) / area.step - 0.5;
      const y = (place.y + shiftY * reach - area.top) / area.step - 0.5;
      grid.x[at] = Math.min(Math.max(x, 0), lastX);
      grid.y[at] = Math.min(Math.max(y, 0), lastY);
    }
  }
}

/** Fills a frame from the places of the grid; each pixel is blended from four pixels of the stage. */
function resample(sheet: Sheet, grid: Grid, target: FrameTarget): void {
  const { pixels } = sheet;
  const stride = sheet.width * 3;
  let out = target.at;
  for (let row = 0; row < target.height; row++) {
    const upper = Math.floor(row / CELL) * grid.columns;
    const low = (row % CELL) / CELL;
    for (let column = 0; column < target.width; column += CELL) {
      const cell = upper + column / CELL;
      const next = cell + grid.columns;
      let x = grid.x[cell]! + (grid.x[next]! - grid.x[cell]!) * low;
      let y = grid.y[cell]! + (grid.y[next]! - grid.y[cell]!) * low;
      const perX = (grid.x[cell + 1]! + (grid.x[next + 1]! - grid.x[cell + 1]!) * low - x) / CELL;
      const perY = (grid.y[cell + 1]! + (grid.y[next + 1]! - grid.y[cell + 1]!) * low - y) / CELL;
      const last = Math.min(CELL, target.width - column);
      for (let pixel = 0; pixel < last; pixel++, out += 3, x += perX, y += perY) {
        const left = Math.floor(x);
        const top = Math.floor(y);
        const fx = x - left;
        const fy = y - top;
        const at = top * stride + left * 3;
        const below = at + stride;
        const a = (1 - fx) * (1 - fy);
        const b = fx * (1 - fy);
        const c = (1 - fx) * fy;
        const d = fx * fy;
        target.pixels[out] = pixels[at]! * a + pixels[at + 3]! * b + pixels[below]! * c + pixels[below + 3]! * d + 0.5;
        target.pixels[out + 1] = pixels[at + 1]! * a + pixels[at + 4]! * b + pixels[below + 1]! * c + pixels[below + 4]! * d + 0.5;
        target.pixels[out + 2] = pixels[at + 2]! * a + pixels[at + 5]! * b + pixels[below + 2]! * c + pixels[below + 5]! * d + 0.5;
      }
    }
  }
}

/** Weighs each pixel ¼, ½, ¼ with its neighbours both ways: details finer than a clip's pixel would flicker when they move. */
function soften(sheet: Sheet): Sheet {
  const { width, height, pixels } = sheet;
  const stride = width * 3;
  const across = new Uint8ClampedArray(pixels);
  for (let row = 0; row < height; row++) {
    for (let at = row * stride + 3; at < (row + 1) * stride - 3; at++)
      across[at] = (pixels[at - 3]! + 2 * pixels[at]! + pixels[at + 3]!) / 4;
  }
  const both = new Uint8ClampedArray(across);
  for (let at = stride; at < (height - 1) * stride; at++) both[at] = (across[at - stride]! + 2 * across[at]! + across[at + stride]!) / 4;
  return { width, height, pixels: both };
}
