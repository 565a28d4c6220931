import { RATE } from './dsp.ts';

/** Takes sound block by block and adds the changed sound to both sides. */
export interface SoundEffect {
  run(input: Float32Array, left: Float32Array, right: Float32Array, count: number): void;
}

/** Lengths of the loops in samples, as Schroeder and Moorer chose them: without common divisors, so that echoes do not pile up. */
const COMB_SAMPLES = [1_687, 1_601, 2_053, 2_251, 1_907, 2_389] as const;
const ALLPASS_SAMPLES = [556, 225] as const;
/** The right side's loops are a little longer, so that the room sounds wide. */
const WIDTH_SAMPLES = 31;

interface Loop {
  samples: Float32Array;
  position: number;
  held: number;
  /** The share of a sample that comes back after one turn. */
  feedback: number;
}

const createLoop = (size: number, feedback: number): Loop => ({ samples: new Float32Array(size), position: 0, held: 0, feedback });

/** A room: six loops with damping side by side, then two that smear, for each side. `decayS` is the time it takes to die away. */
export function createReverb(decayS: number): SoundEffect {
  const sides = [0, WIDTH_SAMPLES].map((wider) => ({
    combs: COMB_SAMPLES.map((size) => createLoop(size + wider, 10 ** ((-3 * (size + wider)) / (decayS * RATE)))),
    allpasses: ALLPASS_SAMPLES.map((size) => createLoop(size + wider, 0.5)),
  }));
  const wet = new Float32Array(65_536);
  return {
    run(input, left, right, count) {
      for (const [index, { combs, allpasses }] of sides.entries()) {
        wet.fill(0, 0, count);
        for (const comb of combs) runComb(comb, input, wet, count);
        for (const allpass of allpasses) runAllpass(allpass, wet, count);
        const out = index === 0 ? left : right;
        for (let sample = 0; sample < count; sample++) out[sample]! += (wet[sample] ?? 0) * 0.3;
      }
    },
  };
}

function runComb(loop: Loop, input: Float32Array, out: Float32Array, count: number): void {
  const { samples, feedback } = loop;
  let { position, held } = loop;
  for (let index = 0; index < count; index++) {
    const echo = samples[position] ?? 0;
    // Walls swallow the high tones first.
    held = echo * 0.68 + held * 0.32;
    samples[position] = (input[index] ?? 0) + held * feedback;
    out[index]! += echo;
    position = position + 1 === samples.length ? 0 : position + 1;
  }
  loop.position = position;
  loop.held = held;
}

function runAllpass(loop: Loop, out: Float32Array, count: number): void {
  const { samples, feedback } = loop;
  let { position } = loop;
  for (let index = 0; index < count; index++) {
    const delayed = samples[position] ?? 0;
    const input = out[index] ?? 0;
    const kept = input + delayed * feedback;
    samples[position] = kept;
    out[index] = delayed - kept * feedback;
    position = position + 1 === samples.length ? 0 : position + 1;
  }
  loop.position = position;
}

/** An echo that goes from side to side and gets duller. */
export function createPingPong(delayS: number, feedback: number): SoundEffect {
  const size = Math.max(1, Math.round(delayS * RATE));
  const left = new Float32Array(size);
  const right = new Float32Array(size);
  let position = 0;
  let dullLeft = 0;
  let dullRight = 0;
  return {
    run(input, outLeft, outRight, count) {
      for (let index = 0; index < count; index++) {
        dullLeft += 0.45 * ((left[position] ?? 0) - dullLeft);
        dullRight += 0.45 * ((right[position] ?? 0) - dullRight);
        outLeft[index]! += dullLeft;
        outRight[index]! += dullRight;
        left[position] = (input[index] ?? 0) + dullRight * feedback;
        right[position] = dullLeft * feedback;
        position = position + 1 === size ? 0 : position + 1;
      }
    },
  };
}

/** How far the rest steps back when the kick strikes: a gain for each sample of a block. */
export function createDucking(kicksS: readonly number[], depth: number): (gains: Float32Array, from: number, count: number) => void {
  const RETURN_S = 0.16;
  let next = 0;
  let struckAt = -Infinity;
  return (gains, from, count) => {
    if (depth === 0) {
      gains.fill(1, 0, count);
      return;
    }
    const fall = Math.exp(-1 / (RETURN_S * RATE));
    let pressed = depth * Math.exp(-(from - struckAt) / (RETURN_S * RATE));
    let smooth = pressed;
    for (let index = 0; index < count; index++) {
      while (next < kicksS.length && (kicksS[next] ?? 0) * RATE <= from + index) {
        pressed = depth;
        struckAt = from + index;
        next++;
      }
      // Pressed down within two milliseconds, not at once, which would click.
      smooth += (pressed - smooth) * (pressed > smooth ? 0.012 : 1);
      gains[index] = 1 - smooth;
      pressed *= fall;
    }
  };
}
