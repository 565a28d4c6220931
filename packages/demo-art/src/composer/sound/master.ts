import { RATE } from './dsp.ts';
import type { Stereo } from './mixer.ts';

/** Root mean square of a finished song: about -14 LUFS, the level of streaming services. */
const LOUDNESS = 0.17;
/** Samples below this level are kept; samples above it bend towards the ceiling and never reach it. */
const KNEE = 0.6;
const CEILING = 0.89;
const FADE_S = 3;
const WAVEFORM_PARTS = 200;

/** Levels a mix in place: no constant part, even loudness, no clipping, a fade at the end. */
export function master(mixed: Stereo): void {
  for (const side of [mixed.left, mixed.right]) removeOffset(side);
  // Bending makes the song softer again, so the gain is approached in a few steps.
  let gain = LOUDNESS / Math.max(1e-6, loudnessOf(mixed, 1));
  for (let pass = 0; pass < 4; pass++) gain *= LOUDNESS / Math.max(1e-6, loudnessOf(mixed, gain));
  for (const side of [mixed.left, mixed.right]) {
    for (let index = 0; index < side.length; index++) side[index] = bend((side[index] ?? 0) * gain);
    fadeOut(side);
  }
}

/** The song as 16-bit little-endian PCM, left and right in turn. */
export function toPcm({ left, right }: Stereo): Uint8Array {
  const pcm = new Int16Array(left.length * 2);
  for (let index = 0; index < left.length; index++) {
    pcm[index * 2] = Math.round((left[index] ?? 0) * 32_767);
    pcm[index * 2 + 1] = Math.round((right[index] ?? 0) * 32_767);
  }
  return new Uint8Array(pcm.buffer);
}

/** The loudness of equal parts of the song, the loudest being 1. */
export function waveformOf({ left, right }: Stereo): number[] {
  const size = left.length / WAVEFORM_PARTS;
  const parts = Array.from({ length: WAVEFORM_PARTS }, (_, part) => {
    const from = Math.floor(part * size);
    const until = Math.max(from + 1, Math.floor((part + 1) * size));
    let sum = 0;
    for (let index = from; index < until; index += 4) sum += (left[index] ?? 0) ** 2 + (right[index] ?? 0) ** 2;
    return Math.sqrt(sum / (until - from));
  });
  const loudest = Math.max(...parts, 1e-9);
  return parts.map((part) => Math.round((part / loudest) * 1_000) / 1_000);
}

function removeOffset(side: Float32Array): void {
  let before = 0;
  let kept = 0;
  for (let index = 0; index < side.length; index++) {
    const sample = side[index] ?? 0;
    kept = sample - before + 0.9985 * kept;
    before = sample;
    side[index] = kept;
  }
}

function bend(sample: number): number {
  const size = Math.abs(sample);
  if (size <= KNEE) return sample;
  const bent = KNEE + (CEILING - KNEE) * Math.tanh((size - KNEE) / (CEILING - KNEE));
  return sample < 0 ? -bent : bent;
}

/** Measured on every seventh sample, which is exact enough. */
function loudnessOf({ left, right }: Stereo, gain: number): number {
  let sum = 0;
  let count = 0;
  for (let index = 0; index < left.length; index += 7) {
    sum += bend((left[index] ?? 0) * gain) ** 2 + bend((right[index] ?? 0) * gain) ** 2;
    count += 2;
  }
  return Math.sqrt(sum / Math.max(1, count));
}

function fadeOut(side: Float32Array): void {
  const count = Math.min(Math.round(FADE_S * RATE), Math.floor(side.length / 4));
  for (let index = 1; index <= count; index++) {
    const left = (index - 1) / count;
    side[side.length - index]! *= left * (2 - left);
  }
}
