import type { Brief } from '../../brief.ts';
import { rampAt, rampIndex, smoothStep } from '../../engine/colour.ts';
import { rowAt, type Frame } from '../../engine/frame.ts';
import { sample } from '../../engine/noise.ts';
import { addStars } from './stars.ts';

/** A sky before it is painted. Heights grow downwards: 0 is the top of the first window, 1 its bottom. */
export interface Sky {
  horizon: number;
  sunX: number;
  sunY: number;
  sunRadius: number;
  /** 0: clear, 1: overcast. */
  cloud: number;
  /** How far clouds are drawn out along the horizon. */
  stretch: number;
  offset: number;
  starSeed: number;
  aurora: boolean;
}

export function planSky(brief: Brief, horizon: number): Sky {
  const { dice, palette, subject } = brief;
  const stormy = subject.mood === 'storm';
  const radius = dice.between('sun-radius', 0.045, palette.night > 0.5 ? 0.075 : 0.085);
  return {
    horizon,
    sunX: dice.between('sun-x', -0.3, 0.3),
    sunY: horizon - dice.between('sun-height', 0.08, 0.34) - (palette.night > 0.5 ? 0.08 : 0),
    sunRadius: stormy ? radius * 0.7 : radius,
    cloud:
      stormy || subject.features.has('snowfall')
        ? dice.between('cloud', 0.65, 0.9)
        : dice.between('cloud', 0.3, 0.78) * (subject.features.has('stars') ? 0.5 : 1),
    stretch: dice.between('stretch', 2.2, 4),
    offset: dice.offset('sky'),
    starSeed: dice.seed('stars'),
    aurora: subject.features.has('aurora') || (subject.mood === 'snow' && palette.night > 0.5),
  };
}

/** Paints the sky from the frame's top down to `untilY`. */
export function paintSky(frame: Frame, brief: Brief, sky: Sky, untilY: number): void {
  const lastRow = rowAt(frame, untilY);
  if (lastRow === 0) return;
  paintLight(frame, brief, sky, lastRow);
  if (brief.palette.night > 0.5) markMoon(frame, brief, sky, lastRow);
  if (brief.palette.night > 0.25 || brief.subject.features.has('stars')) scatterStars(frame, brief, sky, untilY);
  if (sky.aurora) addAurora(frame, brief, sky, lastRow);
}

/** Noise tiles in one world length of cloud. */
const CLOUD_SCALE = 0.3;

/** Gradient, sun with its halo, and clouds, in one pass over the rows. */
function paintLight(frame: Frame, brief: Brief, sky: Sky, lastRow: number): void {
  const { palette, noise } = brief;
  const { light, width, step } = frame;
  const rough = noise.rough(CLOUD_SCALE * step * 2);
  const smooth = noise.smooth(CLOUD_SCALE * step);
  const [sunRed, sunGreen, sunBlue] = palette.sun;
  const [cloudRed, cloudGreen, cloudBlue] = palette.cloud;
  const halo = 0.3 - 0.2 * palette.night;
  const low = 0.42 - sky.cloud * 0.62;
  const disc = 1.02 + 0.12 * (1 - palette.night);
  for (let row = 0; row < lastRow; row++) {
    const y = frame.top + (row + 0.5) * step;
    const height = (sky.horizon - y) / 0.72;
    const at0 = rampIndex(1 - height);
    // Above the ramp's end the sky goes on darkening, slowly.
    const dim = height > 1 ? 1 / (1 + (height - 1) * 0.5) : 1;
    const red0 = palette.sky[at0]! * dim;
    const green0 = palette.sky[at0 + 1]! * dim;
    const blue0 = palette.sky[at0 + 2]! * dim;
    const shade = rampIndex(0.86 - height * 0.75);
    const near = Math.max(sky.horizon - y, 0);
    // Towards the horizon clouds are further away: flatter and closer together.
    const v = sky.offset + (Math.log(near + 0.12) * 0.3 + y * -0.12) * sky.stretch * 0.55;
    const thin = smoothStep(-0.02, 0.22, near);
    const dy = y - sky.sunY;
    let at = row * width * 3;
    for (let column = 0; column < width; column++, at += 3) {
      const x = frame.left + (column + 0.5) * step;
      const dx = x - sky.sunX;
      const far2 = dx * dx + dy * dy;
      const wide = 1 / (1 + far2 * 9);
      const close = 1 / (1 + far2 * 110);
      const glow = halo * (wide * wide * 0.55 + close * 0.75);
      let red = red0 + sunRed * glow;
      let green = green0 + sunGreen * glow;
      let blue = blue0 + sunBlue * glow;
      const u = x * CLOUD_SCALE + sky.offset * 0.7;
      const warp = sample(smooth, u * 0.6, v * 0.6) * 0.12;
      const density = sample(rough, u + warp, v + warp);
      const cover = smoothStep(low, low + 0.55, density) * thin * 0.92;
      const inDisc = smoothStep(sky.sunRadius + step, sky.sunRadius - step, Math.sqrt(far2)) * (1 - cover * 0.75);
      if (inDisc > 0) {
        red += (sunRed * disc - red) * inDisc;
        green += (sunGreen * disc - green) * inDisc;
        blue += (sunBlue * disc - blue) * inDisc;
      }
      if (cover > 0.004) {
        const toward = density - sample(rough, u + warp - dx * 0.03, v + warp + 0.022);
        const lit = Math.min(Math.max(0.42 + toward * 1.5 + (wide - 0.5) * 0.5, 0), 1.15);
        const share = cover * 0.82;
        red += (palette.sky[shade]! * 0.92 + (cloudRed - palette.sky[shade]! * 0.92) * lit - red) * share;
        green += (palette.sky[shade + 1]! * 0.92 + (cloudGreen - palette.sky[shade + 1]! * 0.92) * lit - green) * share;
        blue += (palette.sky[shade + 2]! * 0.92 + (cloudBlue - palette.sky[shade + 2]! * 0.92) * lit - blue) * share;
      }
      light[at] = red;
      light[at + 1] = green;
      light[at + 2] = blue;
    }
  }
}

/** The moon's grey plains. */
function markMoon(frame: Frame, brief: Brief, sky: Sky, lastRow: number): void {
  const rough = brief.noise.rough(frame.step * 2);
  const { light, width, step } = frame;
  const first = rowAt(frame, sky.sunY - sky.sunRadius);
  const last = Math.min(rowAt(frame, sky.sunY + sky.sunRadius), lastRow);
  for (let row = first; row < last; row++) {
    const y = frame.top + (row + 0.5) * step;
    for (let column = 0; column < width; column++) {
      const x = frame.left + (column + 0.5) * step;
      if ((x - sky.sunX) ** 2 + (y - sky.sunY) ** 2 > sky.sunRadius ** 2) continue;
      const plain = 1 - 0.28 * smoothStep(0, 0.5, sample(rough, x * 1.6 + sky.offset, y * 1.6));
      const at = (row * width + column) * 3;
      light[at]! *= plain;
      light[at + 1]! *= plain;
      light[at + 2]! *= plain;
    }
  }
}

function scatterStars(frame: Frame, brief: Brief, sky: Sky, untilY: number): void {
  const { noise, palette } = brief;
  const rough = noise.rough(0.001);
  const seen = (x: number, y: number): number => {
    const height = sky.horizon - y;
    const fromSun = Math.hypot(x - sky.sunX, y - sky.sunY) - sky.sunRadius;
    if (fromSun < 0.01) return 0;
    const cloud = smoothStep(0.35 - sky.cloud * 0.5, 0.8 - sky.cloud * 0.5, sample(rough, x * 0.3 + sky.offset * 0.7, y));
    return smoothStep(0.05, 0.5, height) * (1 - 0.75 * cloud) * Math.min(fromSun * 5, 1);
  };
  const starry = brief.subject.features.has('stars');
  const strength = (0.35 + 0.75 * palette.night) * (starry ? 1.25 : 1);
  const lowest = Math.min(untilY, sky.horizon);
  addStars(frame, { seed: sky.starSeed, cell: 0.011, density: starry ? 0.4 : 0.22, radius: 0.0014, strength, untilY: lowest, seen });
  addStars(frame, { seed: sky.starSeed + 77, cell: 0.045, density: 0.4, radius: 0.0032, strength: strength * 1.3, untilY: lowest, seen });
}

/** Curtains of northern light. */
function addAurora(frame: Frame, brief: Brief, sky: Sky, lastRow: number): void {
  const { light, width, step } = frame;
  const smooth = brief.noise.smooth(step);
  const lower = rampAt(brief.palette.tones, 0.75);
  for (let row = 0; row < lastRow; row++) {
    const y = frame.top + (row + 0.5) * step;
    for (let column = 0; column < width; column++) {
      const x = frame.left + (column + 0.5) * step;
      let glow = 0;
      for (let curtain = 0; curtain < 2; curtain++) {
        const foot = sky.horizon - 0.16 - curtain * 0.14 + sample(smooth, x * 0.35 + sky.offset, curtain * 0.37) * 0.22;
        const rise = foot - y;
        if (rise < -0.03) continue;
        const folds = 0.6 + sample(smooth, x * 2.2 + sample(smooth, x * 0.6, y * 0.4) * 0.5, curtain * 0.7 + sky.offset) * 1.1;
        glow += Math.max(folds, 0.08) * (rise < 0 ? 1 + rise / 0.03 : Math.exp(-rise * 5.5)) * (0.75 - curtain * 0.25);
      }
      const high = smoothStep(0.1, 0.6, sky.horizon - y);
      const at = (row * width + column) * 3;
      light[at]! += glow * (0.1 * (1 - high) + 0.32 * high) * (0.5 + lower[0]);
      light[at + 1]! += glow * (0.62 * (1 - high) + 0.14 * high);
      light[at + 2]! += glow * (0.34 * (1 - high) + 0.5 * high);
    }
  }
}
