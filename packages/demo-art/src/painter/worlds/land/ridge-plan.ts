import type { Brief } from '../../brief.ts';
import { sample, type Texture } from '../../engine/noise.ts';
import { hasHero, heroX } from '../figure.ts';

/** One range of hills or mountains. Its edge is the line between it and the land behind. */
export interface Ridge {
  /** 0 far, 1 the nearest of the first window, more below it. */
  near: number;
  base: number;
  rise: number;
  wide: number;
  offset: number;
  /** A summit placed where the composition wants one. */
  peakX: number;
  peak: number;
}

/** How many ranges the first window shows, and how many there are: a zoom-out shows the others below it. */
const IN_WINDOW = 6;
const ALL = 10;

export function planRidges(brief: Brief, horizon: number): Ridge[] {
  const { dice } = brief;
  const hero = hasHero(brief);
  const tall = dice.between('tall', 0.24, 0.36) * (hero ? 0.45 : 1);
  return Array.from({ length: ALL }, (_, index) => {
    const near = index / (IN_WINDOW - 1);
    const below = Math.max(0, index - IN_WINDOW + 1);
    const mountain = index < 3;
    return {
      near,
      base: horizon + 0.05 + 0.4 * near ** 1.35 + below * below * 0.05 - (hero && index === 5 ? 0.07 : 0),
      rise: mountain ? tall * (1 - near * 0.75) : 0.1 + 0.035 * near + below * 0.03,
      wide: mountain ? 0.42 + near * 0.1 : 0.24,
      offset: dice.offset(`ridge-${index}`),
      peakX: hero && index === 5 ? heroX(brief) : dice.between(`peak-x-${index}`, -0.38, 0.38),
      peak: hero
        ? index === 5
          ? 0.06
          : 0
        : index === 1 || index === 2
          ? dice.between(`peak-${index}`, 0.1, 0.2) * (index === 2 ? 0.5 : 1)
          : 0,
    };
  });
}

/** The height of a range's edge at `x`. Sharp crests come from folding the noise, the fine line from its upper octaves. */
export function ridgeEdge(ridge: Ridge, smooth: Texture, rough: Texture, x: number): number {
  const u = x * ridge.wide + ridge.offset;
  const fold = 1 - Math.min(Math.abs(sample(smooth, u, ridge.offset * 3.7)) * 1.45, 1);
  const spur = 1 - Math.min(Math.abs(sample(rough, u * 1.7, ridge.offset * 5.3)) * 1.3, 1);
  const fromPeak = Math.abs(x - ridge.peakX) / 0.42;
  const summit = ridge.peak * Math.max(0, 1 - fromPeak) ** 1.2;
  const fine = sample(rough, u * 2.3, ridge.offset) * 0.16 * (1 - Math.min(ridge.near, 1) * 0.6);
  return ridge.base - summit - ridge.rise * (0.5 * fold * fold + 0.34 * spur * fold + fine);
}
