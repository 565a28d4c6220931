import type { Rgb } from './colour.ts';

/** A window on the world's plane being painted: pixels of linear light, red, green and blue in turn, rows from the top. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** World coordinates of the top left corner. */
  readonly left: number;
  readonly top: number;
  /** World length of one pixel's side. */
  readonly step: number;
  readonly light: Float32Array;
}

/** A black frame. */
export function createFrame(window: Omit<Frame, 'light'>): Frame {
  return { ...window, light: new Float32Array(window.width * window.height * 3) };
}

/** The first row with its middle at or below `y`; the frame's height when every row lies above `y`. */
export function rowAt(frame: Frame, y: number): number {
  return Math.max(0, Math.min(frame.height, Math.ceil((y - frame.top) / frame.step - 0.5)));
}

/** The first column with its middle at or right of `x`; the frame's width when every column lies left of `x`. */
function columnAt(frame: Frame, x: number): number {
  return Math.max(0, Math.min(frame.width, Math.ceil((x - frame.left) / frame.step - 0.5)));
}

/** The pixels of the square around a circle, within the frame; the last ones are excluded. */
export function pixelsAround(frame: Frame, { x, y }: { x: number; y: number }, radius: number) {
  return {
    firstRow: rowAt(frame, y - radius),
    lastRow: rowAt(frame, y + radius),
    firstColumn: columnAt(frame, x - radius),
    lastColumn: columnAt(frame, x + radius),
  };
}

/** The rows that lie between two edges; `edge` and `next` hold a height for each column. Without `next` the rows reach to the bottom. */
export function rowsBetween(frame: Frame, edge: Float32Array, next?: Float32Array): { first: number; last: number } {
  const highest = edge.reduce((low, y) => Math.min(low, y), Infinity);
  const lowest = next?.reduce((high, y) => Math.max(high, y), -Infinity) ?? Infinity;
  return { first: Math.max(0, rowAt(frame, highest) - 1), last: Math.min(frame.height, rowAt(frame, lowest) + 1) };
}

/** Visits the cells of a lattice that the frame shows, one more at each side, and three more above (rain falls out of them). `side` is a world length. */
export function eachCell(frame: Frame, side: number, visit: (column: number, row: number) => void): void {
  const lastColumn = Math.floor((frame.left + frame.width * frame.step) / side) + 1;
  const lastRow = Math.floor((frame.top + frame.height * frame.step) / side) + 1;
  for (let row = Math.floor(frame.top / side) - 3; row <= lastRow; row++)
    for (let column = Math.floor(frame.left / side) - 1; column <= lastColumn; column++) visit(column, row);
}

/** A round light in world coordinates, brightest in its middle. */
export interface SoftLight {
  x: number;
  y: number;
  radius: number;
  colour: Rgb;
  strength: number;
}

/** Adds a light. A light smaller than a pixel keeps its total brightness. */
export function addLight(frame: Frame, { x, y, radius, colour, strength }: SoftLight): void {
  const smallest = frame.step * 0.75;
  const reach = Math.max(radius, smallest);
  const power = strength * (radius < smallest ? (radius / smallest) ** 2 : 1);
  if (power < 0.002) return;
  const { firstRow, lastRow, firstColumn, lastColumn } = pixelsAround(frame, { x, y }, reach);
  const { light, step } = frame;
  for (let row = firstRow; row < lastRow; row++) {
    const dy = (frame.top + (row + 0.5) * step - y) / reach;
    for (let column = firstColumn; column < lastColumn; column++) {
      const dx = (frame.left + (column + 0.5) * step - x) / reach;
      const fall = 1 - dx * dx - dy * dy;
      if (fall <= 0) continue;
      const share = power * fall * fall;
      const at = (row * frame.width + column) * 3;
      light[at]! += colour[0] * share;
      light[at + 1]! += colour[1] * share;
      light[at + 2]! += colour[2] * share;
    }
  }
}

/** Fills a rectangle given by world edges, its borders weighted by how much of each pixel they cover. */
export function fillRectangle(
  frame: Frame,
  box: { left: number; top: number; right: number; bottom: number },
  colour: Rgb,
  opacity: number,
): void {
  const left = (box.left - frame.left) / frame.step;
  const right = (box.right - frame.left) / frame.step;
  const top = (box.top - frame.top) / frame.step;
  const bottom = (box.bottom - frame.top) / frame.step;
  const firstRow = Math.max(0, Math.floor(top));
  const lastRow = Math.min(frame.height, Math.ceil(bottom));
  const firstColumn = Math.max(0, Math.floor(left));
  const lastColumn = Math.min(frame.width, Math.ceil(right));
  const { light } = frame;
  for (let row = firstRow; row < lastRow; row++) {
    const tall = Math.min(row + 1, bottom) - Math.max(row, top);
    for (let column = firstColumn; column < lastColumn; column++) {
      const wide = Math.min(column + 1, right) - Math.max(column, left);
      const share = tall * wide * opacity;
      const at = (row * frame.width + column) * 3;
      light[at]! += (colour[0] - light[at]!) * share;
      light[at + 1]! += (colour[1] - light[at + 1]!) * share;
      light[at + 2]! += (colour[2] - light[at + 2]!) * share;
    }
  }
}

/** Frames smaller than this are painted whole: half of them would be too coarse. */
const SMALLEST_SOFT_PIXELS = 256;

/** Paints something without hard edges at half the resolution, and adds it. */
export function addSoft(frame: Frame, paint: (small: Frame) => void): void {
  if (Math.max(frame.width, frame.height) < SMALLEST_SOFT_PIXELS) {
    const whole = createFrame(frame);
    paint(whole);
    for (let at = 0; at < frame.light.length; at++) frame.light[at]! += whole.light[at]!;
    return;
  }
  const { left, top } = frame;
  const small = createFrame({
    width: Math.ceil(frame.width / 2) + 1,
    height: Math.ceil(frame.height / 2) + 1,
    left,
    top,
    step: frame.step * 2,
  });
  paint(small);
  addEnlarged(frame, small, 2, 1);
}

/** Adds a picture that is `times` smaller, blended between its pixels. */
export function addEnlarged(frame: Frame, small: Frame, times: number, strength: number): void {
  const { light, width, height } = frame;
  const source = small.light;
  const lefts = new Int32Array(width);
  const rights = new Int32Array(width);
  const shares = new Float32Array(width);
  for (let column = 0; column < width; column++) {
    const x = Math.min(Math.max((column + 0.5) / times - 0.5, 0), small.width - 1);
    const left = Math.floor(x);
    lefts[column] = left * 3;
    rights[column] = Math.min(left + 1, small.width - 1) * 3;
    shares[column] = x - left;
  }
  for (let row = 0; row < height; row++) {
    const y = Math.min(Math.max((row + 0.5) / times - 0.5, 0), small.height - 1);
    const top = Math.floor(y);
    const low = (y - top) * strength;
    const high = strength - low;
    const upper = top * small.width * 3;
    const lower = Math.min(top + 1, small.height - 1) * small.width * 3;
    for (let column = 0, at = row * width * 3; column < width; column++, at += 3) {
      const left = lefts[column]!;
      const right = rights[column]!;
      const share = shares[column]!;
      const rest = 1 - share;
      const a = rest * high;
      const b = share * high;
      const c = rest * low;
      const d = share * low;
      light[at]! += source[upper + left]! * a + source[upper + right]! * b + source[lower + left]! * c + source[lower + right]! * d;
      light[at + 1]! +=
        source[upper + left + 1]! * a + source[upper + right + 1]! * b + source[lower + left + 1]! * c + source[lower + right + 1]! * d;
      light[at + 2]! +=
        source[upper + left + 2]! * a + source[upper + right + 2]! * b + source[lower + left + 2]! * c + source[lower + right + 2]! * d;
    }
  }
}
