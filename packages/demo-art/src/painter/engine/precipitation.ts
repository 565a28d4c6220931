import type { Falling } from '../brief.ts';
import { createFrame } from './frame.ts';
import type { Target } from './stage.ts';
import { paintFalling } from '../worlds/weather.ts';

/** World heights a second. Rain comes along its own slant, snow wanders from side to side. */
const RAIN_FALLS = 1.5;
const RAIN_LEANS = 0.16;
const SNOW_FALLS = 0.11;

/** Paints the rain or snow of this moment over a frame whose window on the world is given. */
export function addFallingTo(target: Target, window: { left: number; top: number; step: number }, falling: Falling, seconds: number): void {
  const rain = falling.kind === 'rain';
  const down = (rain ? RAIN_FALLS : SNOW_FALLS) * seconds;
  const aside = rain ? -RAIN_LEANS * down : 0.02 * Math.sin(seconds * 0.7);
  // In white on nothing, what is painted is how much of each pixel is covered.
  const cover = createFrame(target.width, target.height, window.left - aside, window.top - down, window.step);
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
