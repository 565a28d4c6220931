import type { Brief, Falling } from '../brief.ts';
import type { FrameTarget } from '../engine/finish.ts';
import { addLight, createFrame, eachCell, type Frame } from '../engine/frame.ts';
import { cellUnit } from '../dice.ts';
import { fillShape } from '../engine/shape.ts';
import type { Rgb } from '../engine/colour.ts';

/** Paints rain or snow over a picture. For a clip it is only noted in the brief, and painted later on each frame. */
export function addFalling(frame: Frame, brief: Brief, falling: Falling): void {
  if (brief.falling) brief.falling.push(falling);
  else paintFalling(frame, falling, falling.colour);
}

function paintFalling(frame: Frame, { kind, seed }: Falling, colour: Rgb): void {
  if (kind === 'snow') addSnowfall(frame, seed, colour);
  else addRain(frame, seed, colour);
}

/** Flakes at three distances. */
function addSnowfall(frame: Frame, seed: number, colour: Rgb): void {
  for (const [cell, radius, strength] of [
    [0.03, 0.0016, 0.5],
    [0.06, 0.0035, 0.55],
    [0.16, 0.009, 0.28],
  ] as const) {
    if (cell / frame.step < 2) continue;
    eachCell(frame, cell, (column, row) => {
      if (cellUnit(seed, column, row) > 0.55) return;
      const x = (column + cellUnit(seed + 1, column, row)) * cell;
      const y = (row + cellUnit(seed + 2, column, row)) * cell;
      addLight(frame, { x, y, radius: radius * (0.6 + 0.7 * cellUnit(seed + 3, column, row)), colour, strength });
    });
  }
}

/** Slanting streaks. */
function addRain(frame: Frame, seed: number, colour: Rgb): void {
  for (const [cell, length, opacity] of [
    [0.02, 0.045, 0.085],
    [0.055, 0.09, 0.1],
  ] as const) {
    if (cell / frame.step < 3) continue;
    eachCell(frame, cell, (column, row) => {
      if (cellUnit(seed, column, row) > 0.6) return;
      const x = (column + cellUnit(seed + 1, column, row)) * cell;
      const y = (row + cellUnit(seed + 2, column, row)) * cell;
      const long = length * (0.5 + cellUnit(seed + 3, column, row));
      const half = Math.max(frame.step * 0.35, long * 0.006);
      const lean = long * 0.16;
      fillShape(frame, [x - half, y, x + half, y, x + half - lean, y + long, x - half - lean, y + long], {
        top: colour,
        bottom: colour,
        opacity,
      });
    });
  }
}

/** World heights a second. Rain comes along its own slant, snow wanders from side to side. */
const RAIN_FALLS = 1.5;
const RAIN_LEANS = 0.16;
const SNOW_FALLS = 0.11;

/** Paints the rain or snow of a moment over a frame of a clip; `window` is the frame's place in the world. */
export function addFallingTo(
  target: FrameTarget,
  window: { left: number; top: number; step: number },
  falling: Falling,
  seconds: number,
): void {
  const rain = falling.kind === 'rain';
  const down = (rain ? RAIN_FALLS : SNOW_FALLS) * seconds;
  const aside = rain ? -RAIN_LEANS * down : 0.02 * Math.sin(seconds * 0.7);
  // Painted white on black: the light of a pixel is the share of it that is covered.
  const cover = createFrame({
    width: target.width,
    height: target.height,
    left: window.left - aside,
    top: window.top - down,
    step: window.step,
  });
  paintFalling(cover, falling, [1, 1, 1]);
  const { pixels } = target;
  for (let at = 0; at < cover.light.length; at++) {
    const share = cover.light[at]!;
    if (share === 0) continue;
    const out = target.at + at;
    const behind = toLight(pixels[out]!);
    const light = behind + (falling.colour[at % 3]! - behind) * Math.min(share, 1);
    pixels[out] = toScreen(light) + 0.5;
  }
}

/** Squares and roots: close enough to the sRGB curve for a veil of rain, and fast. */
const toLight = (screen: number): number => (screen / 255) * (screen / 255);
const toScreen = (light: number): number => Math.min(254.5, 255 * Math.sqrt(Math.max(light, 0)));
