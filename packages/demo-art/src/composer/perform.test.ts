import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CompositionRequest } from '@atelier/simulator';
import { RATE } from './sound/dsp.ts';
import type { Stereo } from './sound/mixer.ts';
import { perform, performAloud } from './perform.ts';
import { writeScore } from './writing/write-score.ts';

const requestOf = (more: Partial<CompositionRequest>): CompositionRequest => ({
  prompt: 'a walk by the sea',
  style: 'pop',
  title: 'Sea',
  lyrics: '',
  durationS: 14,
  take: 0,
  ...more,
});

const STYLES = ['lofi', 'ambient', 'edm', 'synthwave', 'rock', 'cinematic', 'hip-hop', 'folk', 'pop', 'jazz'];

/** Root mean square of each tenth of a second, both sides together. */
function levelsOf({ left, right }: Stereo): number[] {
  const size = RATE / 10;
  return Array.from({ length: Math.floor(left.length / size) }, (_, part) => {
    let sum = 0;
    for (let index = part * size; index < (part + 1) * size; index++) sum += (left[index] ?? 0) ** 2 + (right[index] ?? 0) ** 2;
    return Math.sqrt(sum / size / 2);
  });
}

/** Energy at the twelve tones of the scale over four octaves, by Goertzel's method, which the ear hears as harmony. */
function tonesOf({ left }: Stereo): number[] {
  const energies = Array.from({ length: 48 }, (_, tone) => {
    const turn = 2 * Math.cos((2 * Math.PI * 110 * 2 ** (tone / 12)) / RATE);
    let energy = 0;
    for (let from = 0; from + 8_192 <= left.length; from += 32_768) {
      let before = 0;
      let now = 0;
      for (let index = from; index < from + 8_192; index++) [before, now] = [now, (left[index] ?? 0) + turn * now - before];
      energy += Math.sqrt(Math.max(0, now * now + before * before - turn * now * before));
    }
    return energy;
  });
  const length = Math.hypot(...energies);
  return energies.map((energy) => energy / length);
}

const distance = (one: readonly number[], other: readonly number[]): number =>
  Math.hypot(...one.map((value, index) => value - (other[index] ?? 0)));

test('every style makes sound that is finite, never clips, has the loudness of finished music and no silence', () => {
  for (const style of STYLES) {
    const { score, sound } = performAloud(requestOf({ style, durationS: 12 }));
    assert.match(score.tags, new RegExp(`^${style}, `));
    assert.equal(sound.left.length, 12 * RATE);
    let peak = 0;
    let sum = 0;
    for (const side of [sound.left, sound.right])
      for (const sample of side) {
        if (!Number.isFinite(sample)) assert.fail(`${style}: ${sample}`);
        peak = Math.max(peak, Math.abs(sample));
        sum += sample * sample;
      }
    assert.ok(peak < 0.95 && peak > 0.3, `${style}: peak ${peak}`);
    const loudness = Math.sqrt(sum / sound.left.length / 2);
    assert.ok(loudness > 0.14 && loudness < 0.19, `${style}: loudness ${loudness}`);
    // Only the fade at the end may be quiet for long.
    const levels = levelsOf(sound).slice(0, 90);
    for (const [index, level] of levels.entries())
      assert.ok(
        Math.max(level, levels[index + 1] ?? 1, levels[index + 2] ?? 1, levels[index + 3] ?? 1) > 0.003,
        `${style}: silence at ${index / 10} s`,
      );
  }
});

test('the end fades to nothing, and there is no constant part', () => {
  const { sound } = performAloud(requestOf({ style: 'rock' }));
  assert.equal(Math.abs(sound.left.at(-1) ?? 1), 0);
  const levels = levelsOf(sound);
  assert.ok((levels.at(-1) ?? 1) < 0.1 * Math.max(...levels));
  assert.ok(Math.abs(sound.left.reduce((sum, sample) => sum + sample, 0) / sound.left.length) < 1e-3);
});

test('drums strike at the tempo that the tags declare', () => {
  const { score, sound } = performAloud(requestOf({ style: 'house edm', durationS: 24 }));
  const declared = Number(/(\d+) bpm/.exec(score.tags)?.[1]);
  // The rise in loudness from each hundredth of a second to the next.
  const size = RATE / 100;
  const energies = Array.from({ length: Math.floor(sound.left.length / size) }, (_, part) => {
    let low = 0;
    let sum = 0;
    for (let index = part * size; index < (part + 1) * size; index++) {
      low += 0.02 * ((sound.left[index] ?? 0) - low);
      sum += low * low;
    }
    return Math.sqrt(sum);
  });
  const rises = energies.map((energy, index) => Math.max(0, energy - (energies[index - 1] ?? 0)));
  const likeness = (bpm: number): number => {
    const lag = 6_000 / bpm;
    let sum = 0;
    for (let index = 0; index + lag * 4 + 1 < rises.length; index++)
      for (const beats of [1, 2, 4]) sum += (rises[index] ?? 0) * (rises[Math.round(index + lag * beats)] ?? 0);
    return sum;
  };
  const heard = Array.from({ length: 70 }, (_, index) => 90 + index).reduce((best, bpm) => (likeness(bpm) > likeness(best) ? bpm : best));
  assert.ok(Math.abs(heard - declared) <= 2, `declared ${declared}, heard ${heard}`);
});

test('equal requests give equal sound', () => {
  const request = requestOf({ style: 'jazz', lyrics: 'Blue is the colour of the night', durationS: 8 });
  assert.deepEqual(Buffer.from(perform(request).pcm).compare(Buffer.from(perform(request).pcm)), 0);
  assert.notEqual(Buffer.from(perform(request).pcm).compare(Buffer.from(perform({ ...request, prompt: 'another' }).pcm)), 0);
});

test('two takes of ten prompts differ in tempo, key and sound', () => {
  const prompts = [
    'sunrise over hills',
    'rainy cafe',
    'club night',
    'neon street',
    'stadium anthem',
    'a dragon wakes',
    'street story',
    'campfire',
    'first love',
    'smoky bar',
  ];
  for (const [index, prompt] of prompts.entries()) {
    const takes = [0, 1].map((take) => performAloud(requestOf({ prompt, style: STYLES[index] ?? '', take, durationS: 9 })));
    const [first, second] = takes;
    assert.ok(first && second);
    assert.notEqual(first.score.bpm, second.score.bpm, prompt);
    assert.notEqual(first.score.key.tonic, second.score.key.tonic, prompt);
    const apart = distance(tonesOf(first.sound), tonesOf(second.sound));
    assert.ok(apart > 0.3, `${prompt}: ${apart}`);
  }
});

test('notes keep to the song, and voices never cross the ends of its length', () => {
  for (const durationS of [2, 7.3, 61, 300]) {
    const score = writeScore(requestOf({ durationS, lyrics: 'One line\nTwo lines' }));
    for (const { startS, lengthS, pitch, velocity } of score.notes) {
      assert.ok(startS >= 0 && startS < durationS && lengthS > 0, `${startS} + ${lengthS}`);
      assert.ok(pitch >= 24 && pitch <= 108, `pitch ${pitch}`);
      assert.ok(velocity > 0 && velocity <= 1.2);
    }
    assert.ok(score.hits.every(({ startS }) => startS > -0.01 && startS < durationS));
  }
});

test('the style field weighs more than the prompt, and mood, tempo and voice are heard', () => {
  const tags = (prompt: string, style: string): string => writeScore(requestOf({ prompt, style })).tags;
  assert.match(tags('a floating dreamy nebula', 'synthwave'), /^synthwave/);
  assert.match(tags('heavy metal guitars', ''), /^rock/);
  assert.match(tags('a calm folk song', ''), /^folk/);
  assert.match(tags('a sad rainy goodbye', 'pop'), /minor$/);
  assert.match(tags('a happy sunny day', 'pop'), /major$/);
  assert.match(tags('92 bpm groove', 'pop'), /92 bpm/);
  const voices = (style: string): Set<string> =>
    new Set(
      writeScore(requestOf({ style, lyrics: 'La la la\nLa la' }))
        .notes.filter(({ part }) => part === 'vocal')
        .map(({ voice }) => voice),
    );
  assert.deepEqual([...voices('pop, male singer')], ['low-voice']);
  assert.deepEqual([...voices('pop, female singer')], ['high-voice']);
});

test('the waveform has 200 parts from 0 to 1', () => {
  const { waveform } = perform(requestOf({ durationS: 6 }));
  assert.equal(waveform.length, 200);
  assert.ok(waveform.every((part) => part >= 0 && part <= 1));
  assert.equal(Math.max(...waveform), 1);
});
