import { addEnlarged, createFrame, type Frame } from './frame.ts';

/** Lets bright places shine over their surroundings: light above `threshold` is blurred over `radius` (world) and added. */
export function addGlow(frame: Frame, options: { radius: number; threshold: number; strength: number }): void {
  const wanted = options.radius / frame.step / 3;
  const shrink = Math.max(1, Math.floor(wanted));
  const box = Math.max(1, Math.round(wanted / shrink));
  const small = shrinkBright(frame, shrink, options.threshold);
  const spare = new Float32Array(small.light.length);
  for (let pass = 0; pass < 3; pass++) {
    blurLines(small.light, spare, { lines: small.height, length: small.width, lineStride: small.width * 3, stride: 3, box });
    blurLines(spare, small.light, { lines: small.width, length: small.height, lineStride: 3, stride: small.width * 3, box });
  }
  addEnlarged(frame, small, shrink, options.strength);
}

function shrinkBright(frame: Frame, shrink: number, threshold: number): Frame {
  const small = createFrame({ width: Math.ceil(frame.width / shrink), height: Math.ceil(frame.height / shrink), left: 0, top: 0, step: 1 });
  const share = 1 / (shrink * shrink);
  for (let row = 0; row < frame.height; row++) {
    const target = Math.floor(row / shrink) * small.width;
    for (let column = 0; column < frame.width; column++) {
      const at = (row * frame.width + column) * 3;
      const red = frame.light[at]!;
      const green = frame.light[at + 1]!;
      const blue = frame.light[at + 2]!;
      const peak = Math.max(red, green, blue);
      if (peak <= threshold) continue;
      const kept = Math.min((peak - threshold) / peak, 1) * share;
      const to = (target + Math.floor(column / shrink)) * 3;
      small.light[to]! += red * kept;
      small.light[to + 1]! += green * kept;
      small.light[to + 2]! += blue * kept;
    }
  }
  return small;
}

/** The lines of a picture, its rows or its columns, and the half width of a blur. */
interface Lines {
  lines: number;
  length: number;
  lineStride: number;
  stride: number;
  box: number;
}

/** A running mean of 2·box+1 along each line; beyond the ends the last value is repeated. */
function blurLines(from: Float32Array, to: Float32Array, { lines, length, lineStride, stride, box }: Lines): void {
  const share = 1 / (2 * box + 1);
  for (let line = 0; line < lines; line++) {
    for (let channel = 0; channel < 3; channel++) {
      const start = line * lineStride + channel;
      const end = start + (length - 1) * stride;
      let sum = from[start]! * (box + 1);
      for (let ahead = 1; ahead <= box; ahead++) sum += from[Math.min(start + ahead * stride, end)]!;
      for (let at = start; at <= end; at += stride) {
        to[at] = sum * share;
        sum += from[Math.min(at + (box + 1) * stride, end)]! - from[Math.max(at - box * stride, start)]!;
      }
    }
  }
}
