import { createPowerSpectrum } from './fft.ts';

/** Hertz of the decoded sound from which spectrum and waveform are computed. */
export const SAMPLE_RATE = 22_050;

const WINDOW = 2_048;
const LOWEST_HZ = 45;
const HIGHEST_HZ = 9_500;
/** Music falls by about this much from octave to octave; without it the right half would hardly move. */
const TILT_DB_PER_OCTAVE = 3;
const RANGE_DB = 30;
const OWN_CEILING_SHARE = 0.6;
const CEILING_QUANTILE = 0.97;
/** How fast a bar follows a louder and a softer sound, per frame at 25 frames a second. */
const ATTACK = 0.65;
const DECAY = 0.22;
/** The least that counts as full height (a tone at about -54 dBFS): the noise of a silent track does not dance. */
const FLOOR_DB = 0;

/** For each frame the height of each band, 0 to 1, frame after frame. */
export function analyseSpectrum(samples: Int16Array, frames: number, framesPerSecond: number, bands: number): Float32Array {
  const loudness = measureBands(samples, frames, framesPerSecond, bands);
  const ceilings = findCeilings(loudness, bands);
  const heights = new Float32Array(loudness.length);
  for (let band = 0; band < bands; band++) {
    const ceiling = ceilings[band]!;
    let height = 0;
    for (let at = band; at < loudness.length; at += bands) {
      const share = Math.min(1, Math.max(0, (loudness[at]! - ceiling + RANGE_DB) / RANGE_DB));
      const target = share * share * (1.4 - 0.4 * share);
      height += (target - height) * (target > height ? ATTACK : DECAY);
      heights[at] = height;
    }
  }
  return heights;
}

/** Decibels of each band of each frame. */
function measureBands(samples: Int16Array, frames: number, framesPerSecond: number, bands: number): Float32Array {
  const powerOf = createPowerSpectrum(WINDOW);
  const hann = Float32Array.from({ length: WINDOW }, (_, index) => (0.5 - 0.5 * Math.cos((2 * Math.PI * index) / WINDOW)) / 32_768);
  const edges = Float64Array.from({ length: bands + 1 }, (_, band) => LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** (band / bands));
  const windowed = new Float32Array(WINDOW);
  const power = new Float32Array(WINDOW / 2 + 1);
  const result = new Float32Array(frames * bands);
  for (let frame = 0; frame < frames; frame++) {
    const from = Math.round((frame * SAMPLE_RATE) / framesPerSecond) - WINDOW / 2;
    for (let index = 0; index < WINDOW; index++) windowed[index] = (samples[from + index] ?? 0) * hann[index]!;
    powerOf(windowed, power);
    for (let band = 0; band < bands; band++) {
      const strength = meanPower(power, (edges[band]! * WINDOW) / SAMPLE_RATE, (edges[band + 1]! * WINDOW) / SAMPLE_RATE);
      const octaves = Math.log2(edges[band]! / LOWEST_HZ);
      result[frame * bands + band] = 10 * Math.log10(strength + 1e-12) + octaves * TILT_DB_PER_OCTAVE;
    }
  }
  return result;
}

/** Low bands are narrower than a line of the spectrum, so lines count by the share that lies in the band. */
function meanPower(power: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to;) {
    const end = Math.min(to, Math.floor(at) + 1);
    const line = Math.floor(at);
    const middle = (at + end) / 2 - line;
    sum += (power[line]! * (1 - middle) + power[line + 1]! * middle) * (end - at);
    at = end;
  }
  return sum / (to - from);
}

/** The loudness of full height for each band: a mean of the band's own loudest moments and the loudest band's. */
function findCeilings(loudness: Float32Array, bands: number): Float32Array {
  const frames = loudness.length / bands;
  const own = new Float32Array(bands);
  const column = new Float32Array(frames);
  for (let band = 0; band < bands; band++) {
    for (let frame = 0; frame < frames; frame++) column[frame] = loudness[frame * bands + band]!;
    column.sort();
    own[band] = Math.max(FLOOR_DB, column[Math.min(frames - 1, Math.floor(frames * CEILING_QUANTILE))]!);
  }
  const overall = Math.max(...own);
  return own.map((ceiling) => OWN_CEILING_SHARE * ceiling + (1 - OWN_CEILING_SHARE) * overall);
}

/** The loudness of `parts` equal parts of the sound, 0 to 1, the loudest being 1. */
export function analyseWaveform(samples: Int16Array, parts: number): Float32Array {
  const result = new Float32Array(parts);
  for (let part = 0; part < parts; part++) {
    const from = Math.floor((part * samples.length) / parts);
    const to = Math.max(from + 1, Math.floor(((part + 1) * samples.length) / parts));
    let sum = 0;
    for (let at = from; at < to; at++) sum += (samples[at] ?? 0) ** 2;
    result[part] = Math.sqrt(sum / (to - from));
  }
  const loudest = Math.max(1, ...result);
  return result.map((value) => (value / loudest) ** 0.8);
}
