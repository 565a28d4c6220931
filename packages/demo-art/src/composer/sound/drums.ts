import { createRandom, hashText } from '@atelier/lib/random';
import { addNoise, addPartial, drive, filter, RATE, shape, silence } from './dsp.ts';

type Strike = (out: Float32Array, random: () => number) => void;

/** Each drum's length in seconds, its place between left (-1) and right (1), its loudness, and how it is struck. */
const DRUMS = {
  kick: { lengthS: 0.42, pan: 0, level: 1, strike: strikeKick },
  snare: { lengthS: 0.3, pan: 0.05, level: 0.6, strike: strikeSnare },
  clap: { lengthS: 0.3, pan: -0.08, level: 0.5, strike: strikeClap },
  rim: { lengthS: 0.12, pan: 0.15, level: 0.42, strike: strikeRim },
  hat: { lengthS: 0.09, pan: 0.28, level: 0.24, strike: (out, random) => strikeMetal(out, random, { corner: 7_500, decayS: 0.018 }) },
  'open-hat': { lengthS: 0.4, pan: 0.28, level: 0.22, strike: (out, random) => strikeMetal(out, random, { corner: 7_000, decayS: 0.11 }) },
  ride: { lengthS: 0.6, pan: -0.3, level: 0.2, strike: (out, random) => strikeMetal(out, random, { corner: 5_200, decayS: 0.16 }) },
  crash: { lengthS: 1.9, pan: -0.35, level: 0.3, strike: (out, random) => strikeMetal(out, random, { corner: 3_800, decayS: 0.5 }) },
  shaker: { lengthS: 0.1, pan: -0.3, level: 0.22, strike: strikeShaker },
  tom: { lengthS: 0.5, pan: 0.2, level: 0.75, strike: strikeTom },
} as const satisfies Record<string, { lengthS: number; pan: number; level: number; strike: Strike }>;

export type DrumName = keyof typeof DRUMS;

export interface Drum {
  samples: Float32Array;
  pan: number;
  level: number;
}

/** The sound of each drum, struck once. */
export function renderDrum(name: DrumName): Drum {
  const { lengthS, pan, level, strike } = DRUMS[name];
  const samples = silence(lengthS);
  strike(samples, createRandom(hashText(name)).next);
  return { samples, pan, level };
}

/** Adds a sine with a falling pitch. */
function addFall(out: Float32Array, from: number, to: number, options: { fallS: number; decayS: number; gain: number }): void {
  let angle = 0;
  for (let index = 0; index < out.length; index++) {
    const atS = index / RATE;
    angle += (2 * Math.PI * (to + (from - to) * Math.exp(-atS / options.fallS))) / RATE;
    out[index]! += options.gain * Math.sin(angle) * Math.exp(-atS / options.decayS);
  }
}

function strikeKick(out: Float32Array, random: () => number): void {
  addFall(out, 190, 48, { fallS: 0.03, decayS: 0.16, gain: 1 });
  addNoise(out.subarray(0, Math.round(0.004 * RATE)), 0.25, random);
  filter(out, 'low', 4_500, 0.7);
  drive(out, 1.5);
  shape(out, { attackS: 0.001, releaseS: 0.05, lengthS: 0.36 });
}

function strikeSnare(out: Float32Array, random: () => number): void {
  addNoise(out, 0.8, random);
  filter(out, 'high', 1_300, 0.7);
  for (let index = 0; index < out.length; index++) out[index]! *= Math.exp(-index / (0.07 * RATE));
  addFall(out, 260, 185, { fallS: 0.02, decayS: 0.07, gain: 0.65 });
  shape(out, { attackS: 0.001, releaseS: 0.05, lengthS: 0.24 });
}

/** Several hands never quite meet. */
function strikeClap(out: Float32Array, random: () => number): void {
  addNoise(out, 1, random);
  filter(out, 'band', 1_500, 1.1);
  const hands = [0, 0.011, 0.021, 0.032].map((atS) => atS * RATE);
  for (let index = 0; index < out.length; index++) {
    let level = 0;
    for (const [number, hand] of hands.entries())
      if (index >= hand) level = Math.max(level, Math.exp(-(index - hand) / ((number === 3 ? 0.07 : 0.006) * RATE)));
    out[index]! *= level * 1.3;
  }
}

function strikeRim(out: Float32Array, random: () => number): void {
  addPartial(out, 1_750, 0.5, 0.012);
  addPartial(out, 520, 0.5, 0.02);
  addNoise(out.subarray(0, Math.round(0.003 * RATE)), 0.3, random);
  filter(out, 'high', 350, 0.7);
}

function strikeMetal(out: Float32Array, random: () => number, { corner, decayS }: { corner: number; decayS: number }): void {
  addNoise(out, 0.5, random);
  for (const frequency of [3_170, 4_210, 5_430, 6_790, 8_230, 9_700]) addPartial(out, frequency, 0.22, decayS * 1.5);
  filter(out, 'high', corner, 0.8);
  for (let index = 0; index < out.length; index++) out[index]! *= 1.4 * Math.exp(-index / (decayS * RATE));
  shape(out, { attackS: 0.001, releaseS: 0.02, lengthS: out.length / RATE - 0.02 });
}

function strikeShaker(out: Float32Array, random: () => number): void {
  addNoise(out, 0.8, random);
  filter(out, 'band', 6_500, 1.2);
  shape(out, { attackS: 0.022, decayS: 0.02, sustain: 0, releaseS: 0.02, lengthS: 0.08 });
}

function strikeTom(out: Float32Array, random: () => number): void {
  addFall(out, 150, 82, { fallS: 0.06, decayS: 0.2, gain: 0.9 });
  addNoise(out.subarray(0, Math.round(0.01 * RATE)), 0.15, random);
  filter(out, 'low', 2_500, 0.7);
  shape(out, { attackS: 0.001, releaseS: 0.08, lengthS: 0.42 });
}
