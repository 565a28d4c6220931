import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPowerSpectrum } from './fft.ts';
import { analyseSpectrum, analyseWaveform, SAMPLE_RATE } from './spectrum.ts';

const tone = (hz: number, seconds: number, volume = 8_000): Int16Array =>
  Int16Array.from({ length: seconds * SAMPLE_RATE }, (_, at) => volume * Math.sin((2 * Math.PI * hz * at) / SAMPLE_RATE));

describe('createPowerSpectrum', () => {
  test('agrees with the sum by which it is defined', () => {
    const size = 64;
    const samples = Float32Array.from({ length: size }, (_, at) => Math.sin(at * 0.7) + Math.cos(at * at));
    const power = new Float32Array(size / 2 + 1);
    createPowerSpectrum(size)(samples, power);
    for (let k = 0; k <= size / 2; k++) {
      let real = 0;
      let imaginary = 0;
      for (let at = 0; at < size; at++) {
        real += (samples[at] ?? 0) * Math.cos((2 * Math.PI * k * at) / size);
        imaginary -= (samples[at] ?? 0) * Math.sin((2 * Math.PI * k * at) / size);
      }
      const expected = real ** 2 + imaginary ** 2;
      assert.ok(Math.abs((power[k] ?? 0) - expected) < 1e-3 * (1 + expected), `line ${k}: ${power[k]}, not ${expected}`);
    }
  });
});

describe('analyseSpectrum', () => {
  test('a tone moves the bar of its own frequency', () => {
    const bands = 48;
    const heights = analyseSpectrum(tone(1_000, 2), 50, 25, bands);
    const frame = heights.subarray(25 * bands, 26 * bands);
    const highest = frame.indexOf(Math.max(...frame));
    assert.equal(highest, Math.floor((bands * Math.log(1_000 / 45)) / Math.log(9_500 / 45)));
    assert.ok((frame[highest] ?? 0) > 0.8);
    assert.ok((frame[5] ?? 1) < 0.1);
  });

  test('silence does not move, and bars fall softly when the sound ends', () => {
    assert.ok(analyseSpectrum(new Int16Array(SAMPLE_RATE), 25, 25, 48).every((height) => height === 0));
    const stopped = new Int16Array(3 * SAMPLE_RATE);
    stopped.set(tone(1_000, 1));
    const band = 27;
    const heights = analyseSpectrum(stopped, 75, 25, 48).filter((_, at) => at % 48 === band);
    const fall = Array.from(heights.subarray(28, 40));
    for (const [at, height] of fall.entries()) assert.ok(at === 0 || height < (fall[at - 1] ?? 0), 'falls at every frame');
    assert.ok((fall[0] ?? 0) - (fall[1] ?? 0) < 0.25);
  });
});

test('the waveform is as loud as the sound, part by part', () => {
  const samples = new Int16Array(SAMPLE_RATE * 2);
  samples.set(tone(200, 1, 16_000), SAMPLE_RATE);
  const waveform = analyseWaveform(samples, 10);
  assert.deepEqual(Array.from(waveform.subarray(0, 5)), [0, 0, 0, 0, 0]);
  assert.ok(waveform.subarray(5).every((value) => value > 0.95 && value <= 1));
});
