import { addEnlarged, createFrame, type Frame } from './frame.ts';

/** Lets bright places shine over their surroundings: what is above `threshold` is blurred over `radius` (world) and added. */
export function addGlow(frame: Frame, options: { radius: number; threshold: number; strength: number }): void {
  const wanted = options.radius / frame.step / 3;
  const shrink = Math.max(1, Math.floor(wanted));
  const box = Math.max(1, Math.round(wanted / shrink));
  const small = shrinkBright(frame, shrink, options.threshold);
  const spare = new Float32Array(small.light.length);
  for (let pass = 0; pass < 3; pass++) {
    blurLine(small.light, spare, small.height, small.width, small.width * 3, 3, box);
    blurLine(spare, small.light, small.width, small.height, 3, small.width * 3, box);
  }
  addEnlarged(frame, small, shrink, options.strength);
}

function shrinkBright(frame: Frame, shrink: number, threshold: number): Frame {
  const small = createFrame(Math.ceil(frame.width / shrink), Math.ceil(frame.height / shrink), 0, 0, 1);
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

/** A running mean of 2·box+1 along each line; beyond the ends the last value goes on. */
function blurLine(
  from: Float32Array,
  to: Float32Array,
  lines: number,
  length: number,
  lineStride: number,
  stride: number,
  box: number,
): void {
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
