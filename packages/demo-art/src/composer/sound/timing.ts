import type { Style } from '../writing/score.ts';

/** Where steps lie in time: sixteen in a bar, the weak ones late where the style swings. */
export interface Timing {
  /** Seconds from the beginning of the song; steps may go beyond their bar. */
  at(bar: number, step: number): number;
  /** Seconds that so many steps take. */
  length(steps: number): number;
}

export function createTiming(bpm: number, { unit, amount }: Style['swing']): Timing {
  const stepS = 15 / bpm;
  return {
    at(bar, step) {
      const isWeak = unit === 16 ? step % 2 === 1 : step % 4 === 2;
      // A swung eighth is two sixteenths long, and a full swing makes a third of it.
      return (bar * 16 + step) * stepS + (isWeak ? amount * stepS * (unit === 16 ? 1 : 1.07) : 0);
    },
    length: (steps) => steps * stepS,
  };
}
