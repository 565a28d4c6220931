import type { Rgb } from './colour.ts';
import type { Frame } from './frame.ts';

/** The colours of a shape: `top` above, `bottom` below, blended between two heights. */
export interface Fill {
  top: Rgb;
  bottom: Rgb;
  /** World heights of the two colours; left out, the shape's own top and bottom. */
  fromY?: number;
  toY?: number;
  opacity?: number;
}

/**
 * Fills a closed outline of world points (x, y, x, y, …) with exact pixel coverage.
 * Each edge adds its signed area to a buffer of differences; a running sum along a row is then the coverage. Overlapping
 * parts of one outline must turn the same way, or they cancel out.
 */
export function fillShape(frame: Frame, points: readonly number[], fill: Fill): void {
  let minX = Infinity;
  let maxX = -Infinity;
  let minY = Infinity;
  let maxY = -Infinity;
  for (let index = 0; index + 1 < points.length; index += 2) {
    const x = points[index]!;
    const y = points[index + 1]!;
    if (x < minX) minX = x;
    if (x > maxX) maxX = x;
    if (y < minY) minY = y;
    if (y > maxY) maxY = y;
  }
  const left = Math.max(0, Math.floor((minX - frame.left) / frame.step));
  const right = Math.min(frame.width, Math.ceil((maxX - frame.left) / frame.step));
  const top = Math.max(0, Math.floor((minY - frame.top) / frame.step));
  const bottom = Math.min(frame.height, Math.ceil((maxY - frame.top) / frame.step));
  if (!(right > left && bottom > top)) return;
  const coverage = createCoverage(left, top, right - left, bottom - top);
  coverage.penX = (points[points.length - 2]! - frame.left) / frame.step - left;
  coverage.penY = (points[points.length - 1]! - frame.top) / frame.step - top;
  for (let index = 0; index + 1 < points.length; index += 2)
    drawEdge(coverage, (points[index]! - frame.left) / frame.step - left, (points[index + 1]! - frame.top) / frame.step - top);
  blend(frame, coverage, { fromY: minY, toY: maxY, ...fill });
}

interface Coverage {
  left: number;
  top: number;
  width: number;
  height: number;
  /** One number more than pixels in a row: an edge in the last pixel spills over. */
  differences: Float32Array;
  /** The end of the last edge, in pixels from the corner. */
  penX: number;
  penY: number;
  /** The index in `differences` of the row that an edge crosses. */
  rowStart: number;
}

function createCoverage(left: number, top: number, width: number, height: number): Coverage {
  return { left, top, width, height, differences: new Float32Array((width + 2) * height), penX: 0, penY: 0, rowStart: 0 };
}

/** Adds the edge from the pen to a point, and moves the pen there. */
function drawEdge(coverage: Coverage, toX: number, toY: number): void {
  const { penX: fromX, penY: fromY } = coverage;
  coverage.penX = toX;
  coverage.penY = toY;
  if (fromY === toY) return;
  const turn = fromY < toY ? 1 : -1;
  const [x0, y0, x1, y1] = turn > 0 ? [fromX, fromY, toX, toY] : [toX, toY, fromX, fromY];
  const slope = (x1 - x0) / (y1 - y0);
  const stride = coverage.width + 2;
  const lastRow = Math.min(coverage.height, Math.ceil(y1));
  for (let row = Math.max(0, Math.floor(y0)); row < lastRow; row++) {
    const upper = Math.max(row, y0);
    const lower = Math.min(row + 1, y1);
    const tall = (lower - upper) * turn;
    if (tall === 0) continue;
    const a = Math.min(Math.max(x0 + (upper - y0) * slope, 0), coverage.width);
    const b = Math.min(Math.max(x0 + (lower - y0) * slope, 0), coverage.width);
    coverage.rowStart = row * stride;
    addSpan(coverage, Math.min(a, b), Math.max(a, b), tall);
  }
}

/** One row's part of an edge, from x `left` to x `right`, covering `tall` of the row's height. */
function addSpan({ differences, rowStart }: Coverage, left: number, right: number, tall: number): void {
  const first = Math.floor(left);
  const last = Math.floor(right);
  if (first === last) {
    const inside = tall * (1 - ((left + right) / 2 - first));
    differences[rowStart + first]! += inside;
    differences[rowStart + first + 1]! += tall - inside;
    return;
  }
  const perPixel = tall / (right - left);
  let done = 0;
  for (let column = first; column <= last; column++) {
    const from = Math.max(column, left);
    const to = Math.min(column + 1, right);
    const part = perPixel * (to - from);
    const inside = part * (1 - ((from + to) / 2 - column));
    differences[rowStart + column]! += inside;
    differences[rowStart + column + 1]! += part - inside;
    done += part;
  }
  differences[rowStart + last + 1]! += tall - done;
}

function blend(frame: Frame, coverage: Coverage, fill: Fill & { fromY: number; toY: number }): void {
  const { fromY, toY, opacity = 1 } = fill;
  const { light } = frame;
  for (let row = 0; row < coverage.height; row++) {
    const y = frame.top + (coverage.top + row + 0.5) * frame.step;
    const share = Math.min(Math.max((y - fromY) / (toY - fromY || 1), 0), 1);
    const red = fill.top[0] + (fill.bottom[0] - fill.top[0]) * share;
    const green = fill.top[1] + (fill.bottom[1] - fill.top[1]) * share;
    const blue = fill.top[2] + (fill.bottom[2] - fill.top[2]) * share;
    let sum = 0;
    let at = ((coverage.top + row) * frame.width + coverage.left) * 3;
    const rowStart = row * (coverage.width + 2);
    for (let column = 0; column < coverage.width; column++, at += 3) {
      sum += coverage.differences[rowStart + column]!;
      const covered = Math.min(Math.abs(sum), 1) * opacity;
      if (covered < 0.003) continue;
      light[at]! += (red - light[at]!) * covered;
      light[at + 1]! += (green - light[at + 1]!) * covered;
      light[at + 2]! += (blue - light[at + 2]!) * covered;
    }
  }
}
