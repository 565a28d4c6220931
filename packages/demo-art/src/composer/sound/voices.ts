import { createRandom, hashText } from '@atelier/lib/random';
import { addNoise, addPartial, addSaw, addString, drive, filter, RATE, shape, silence } from './dsp.ts';
import { addFormants, type Syllable } from './singing-voice.ts';
import { frequencyOf } from '../writing/theory.ts';

/** One note to be made into sound. Notes of equal tones sound equal, so they are made once. */
export interface ToneSpec {
  /** MIDI. */
  pitch: number;
  lengthS: number;
  /** Wide voices sound a little different on the left (0) and on the right (1). */
  side: 0 | 1;
  syllable: Syllable | undefined;
}

interface Sounding extends ToneSpec {
  frequency: number;
  random: () => number;
}

interface VoiceSpec {
  /** How long it rings on after its length. */
  releaseS: number;
  /** Made twice, once for each side. */
  isWide: boolean;
  /** Brings it to the loudness of the others. */
  level: number;
  play(out: Float32Array, tone: Sounding): void;
}

/** Every instrument; all are about as loud. */
export const VOICES = {
  pad: { releaseS: 0.9, isWide: true, level: 1.4, play: playPad },
  strings: { releaseS: 0.5, isWide: true, level: 1.5, play: playStrings },
  organ: { releaseS: 0.08, isWide: false, level: 1, play: playOrgan },
  'super-saw': { releaseS: 0.2, isWide: true, level: 1.6, play: playSuperSaw },
  'electric-piano': { releaseS: 0.25, isWide: false, level: 0.95, play: playElectricPiano },
  piano: { releaseS: 0.3, isWide: false, level: 0.52, play: playPiano },
  bell: { releaseS: 1.2, isWide: false, level: 0.8, play: playBell },
  pluck: { releaseS: 0.5, isWide: false, level: 1.7, play: playPluck },
  'synth-pluck': { releaseS: 0.2, isWide: false, level: 1.5, play: playSynthPluck },
  'power-guitar': { releaseS: 0.06, isWide: true, level: 0.95, play: playPowerGuitar },
  'saw-bass': { releaseS: 0.05, isWide: false, level: 1.3, play: playSawBass },
  'round-bass': { releaseS: 0.1, isWide: false, level: 0.48, play: playRoundBass },
  'sub-bass': { releaseS: 0.15, isWide: false, level: 0.38, play: playSubBass },
  lead: { releaseS: 0.15, isWide: false, level: 1.05, play: playLead },
  flute: { releaseS: 0.15, isWide: false, level: 0.7, play: playFlute },
  'low-voice': { releaseS: 0.12, isWide: false, level: 2, play: (out, tone) => playVoice(out, tone, 'low') },
  'high-voice': { releaseS: 0.12, isWide: false, level: 2.1, play: (out, tone) => playVoice(out, tone, 'high') },
} as const satisfies Record<string, VoiceSpec>;

export type VoiceName = keyof typeof VOICES;

/** The sound of one note, mono, with its ringing on. */
export function renderTone(voice: VoiceName, tone: ToneSpec): Float32Array {
  const spec: VoiceSpec = VOICES[voice];
  const out = silence(tone.lengthS + spec.releaseS);
  const random = createRandom(hashText(`${voice} ${tone.pitch} ${tone.side}`)).next;
  spec.play(out, { ...tone, frequency: frequencyOf(tone.pitch), random });
  for (let index = 0; index < out.length; index++) out[index]! *= spec.level;
  return out;
}

const cents = (amount: number): number => 2 ** (amount / 1200);

function playPad(out: Float32Array, { frequency, lengthS, side, random }: Sounding): void {
  for (const detune of side === 0 ? [-7, 0, 5] : [-5, 1, 8]) addSaw(out, frequency * cents(detune), 0.13, { phase: random() });
  filter(out, 'low', (atS) => frequency * 2.2 + 500 + 260 * Math.sin(2 * Math.PI * 0.23 * atS + side), 0.8);
  shape(out, { attackS: Math.min(0.35, lengthS * 0.4), releaseS: 0.9, lengthS });
}

function playStrings(out: Float32Array, { frequency, lengthS, side, random }: Sounding): void {
  for (const detune of side === 0 ? [-6, 3] : [-3, 7]) addSaw(out, frequency * cents(detune), 0.17, { phase: random(), vibrato: 0.004 });
  filter(out, 'low', frequency * 3 + 1_100, 0.6);
  filter(out, 'high', frequency * 0.7, 0.6);
  shape(out, { attackS: Math.min(0.13, lengthS * 0.3), releaseS: 0.5, lengthS });
}

function playOrgan(out: Float32Array, { frequency, lengthS }: Sounding): void {
  for (const [multiple, gain] of [
    [0.5, 0.1],
    [1, 0.16],
    [1.5, 0.07],
    [2, 0.08],
    [4, 0.03],
  ] as const)
    addPartial(out, frequency * multiple, gain, 60);
  shape(out, { attackS: 0.02, releaseS: 0.08, lengthS });
}

function playSuperSaw(out: Float32Array, { frequency, lengthS, side, random }: Sounding): void {
  for (const detune of side === 0 ? [-16, -9, 0, 6, 13] : [-13, -6, 0, 9, 17])
    addSaw(out, frequency * cents(detune), 0.085, { phase: random() });
  filter(out, 'low', (atS) => 1_400 + 5_200 * Math.exp(-atS * 5), 0.8);
  filter(out, 'high', 140, 0.7);
  shape(out, { attackS: 0.006, decayS: 0.3, sustain: 0.65, releaseS: 0.2, lengthS });
}

/** Frequency modulation: the modulator dies away sooner than the tone, and a tine rings at the beginning. */
function playElectricPiano(out: Float32Array, { frequency, lengthS }: Sounding): void {
  const ringS = Math.min(3.5, 260 / frequency + 0.9);
  const step = (2 * Math.PI * frequency) / RATE;
  const bodyFall = Math.exp(-1 / (0.35 * RATE));
  const tineFall = Math.exp(-1 / (0.05 * RATE));
  const ringFall = Math.exp(-1 / (ringS * RATE));
  let body = 1.5;
  let tine = frequency < 900 ? 0.35 : 0.1;
  let ring = 0.3;
  for (let index = 0; index < out.length; index++) {
    const angle = step * index;
    out[index] = ring * (Math.sin(angle + body * Math.sin(angle)) + tine * Math.sin(angle * 7));
    body *= bodyFall;
    tine *= tineFall;
    ring *= ringFall;
  }
  shape(out, { attackS: 0.004, releaseS: 0.25, lengthS });
}

/** Strings are stiff, so their partials lie a little above the multiples; high ones die first. */
function playPiano(out: Float32Array, { frequency, lengthS, random }: Sounding): void {
  const stiffness = 0.000_35;
  const count = Math.max(3, Math.min(14, Math.floor(9_000 / frequency)));
  const ringS = Math.min(5, 420 / frequency + 0.7);
  for (let number = 1; number <= count; number++) {
    const partial = frequency * number * Math.sqrt(1 + stiffness * number * number);
    const gain = (0.42 / number ** 1.15) * (number % 7 === 0 ? 0.3 : 1);
    addPartial(out, partial * cents(-0.7), gain * 0.6, ringS / (1 + number * 0.35));
    addPartial(out, partial * cents(0.8), gain * 0.5, ringS / (1 + number * 0.5));
  }
  const knock = out.subarray(0, Math.min(out.length, Math.round(0.012 * RATE)));
  addNoise(knock, 0.05, random);
  shape(out, { attackS: 0.003, releaseS: 0.3, lengthS });
}

function playBell(out: Float32Array, { frequency, lengthS }: Sounding): void {
  for (const [multiple, gain, decayS] of [
    [1, 0.3, 1.1],
    [2, 0.1, 0.7],
    [2.76, 0.09, 0.4],
    [5.4, 0.05, 0.2],
    [8.9, 0.02, 0.08],
  ] as const)
    addPartial(out, frequency * multiple, gain, decayS);
  shape(out, { attackS: 0.003, releaseS: 1.2, lengthS });
}

function playPluck(out: Float32Array, { frequency, lengthS, random }: Sounding): void {
  addString(out, frequency, { gain: 1.1, decayS: Math.min(2.4, 300 / frequency + 0.5), brightness: 0.42, random });
  filter(out, 'low', 5_200, 0.7);
  shape(out, { attackS: 0.002, releaseS: 0.5, lengthS: Math.max(lengthS, 0.35) });
}

function playSynthPluck(out: Float32Array, { frequency, lengthS, random }: Sounding): void {
  addSaw(out, frequency * cents(-5), 0.22, { phase: random() });
  addSaw(out, frequency * cents(5), 0.22, { phase: random() });
  filter(out, 'low', (atS) => 350 + frequency + 4_200 * Math.exp(-atS * 16), 1.3);
  shape(out, { attackS: 0.002, decayS: 0.12, sustain: 0.3, releaseS: 0.2, lengthS });
}

/** Root, fifth and octave through one amplifier and its cabinet. */
function playPowerGuitar(out: Float32Array, { frequency, lengthS, side, random }: Sounding): void {
  for (const multiple of [1, 1.498, 2])
    addString(out, frequency * multiple * cents(side === 0 ? -4 : 4), { gain: 0.7, decayS: 2.5, brightness: 0.6, random });
  filter(out, 'high', 110, 0.7);
  drive(out, 7);
  filter(out, 'low', 3_300, 0.8);
  filter(out, 'high', 90, 0.7);
  for (let index = 0; index < out.length; index++) out[index]! *= 0.3;
  shape(out, { attackS: 0.003, releaseS: 0.06, lengthS });
}

function playSawBass(out: Float32Array, { frequency, lengthS }: Sounding): void {
  addSaw(out, frequency, 0.3);
  filter(out, 'low', (atS) => 180 + frequency * 2 + 900 * Math.exp(-atS * 9), 1);
  addPartial(out, frequency, 0.3, 8);
  shape(out, { attackS: 0.004, decayS: 0.3, sustain: 0.75, releaseS: 0.05, lengthS });
}

function playRoundBass(out: Float32Array, { frequency, lengthS, random }: Sounding): void {
  addPartial(out, frequency, 0.5, 1.6);
  addPartial(out, frequency * 2, 0.16, 0.6);
  addPartial(out, frequency * 3, 0.07, 0.3);
  addString(out, frequency, { gain: 0.35, decayS: 1, brightness: 0.18, random });
  shape(out, { attackS: 0.006, releaseS: 0.1, lengthS });
}

function playSubBass(out: Float32Array, { frequency, lengthS }: Sounding): void {
  addPartial(out, frequency, 0.62, 2.5);
  addPartial(out, frequency * 2, 0.06, 1);
  drive(out, 1.6);
  for (let index = 0; index < out.length; index++) out[index]! *= 0.75;
  shape(out, { attackS: 0.006, releaseS: 0.15, lengthS });
}

function playLead(out: Float32Array, { frequency, lengthS, random }: Sounding): void {
  addSaw(out, frequency * cents(-4), 0.2, { phase: random(), vibrato: 0.006 });
  addSaw(out, frequency * cents(4), 0.2, { phase: random(), vibrato: 0.006 });
  filter(out, 'low', (atS) => frequency * 2.5 + 700 + 1_500 * Math.exp(-atS * 7), 0.9);
  shape(out, { attackS: 0.012, decayS: 0.3, sustain: 0.8, releaseS: 0.15, lengthS });
}

function playFlute(out: Float32Array, { frequency, lengthS, random }: Sounding): void {
  addNoise(out, 0.25, random);
  filter(out, 'band', frequency * 2, 3);
  for (let index = 0; index < out.length; index++) {
    const atS = index / RATE;
    const angle = 2 * Math.PI * frequency * atS - 5 * Math.min(1, atS * 1.5) * 0.05 * Math.cos(2 * Math.PI * 5 * atS);
    out[index] = (out[index] ?? 0) * 0.12 + 0.3 * Math.sin(angle) + 0.07 * Math.sin(2 * angle) + 0.025 * Math.sin(3 * angle);
  }
  shape(out, { attackS: Math.min(0.06, lengthS * 0.3), releaseS: 0.15, lengthS });
}

function playVoice(out: Float32Array, { frequency, lengthS, syllable, random }: Sounding, range: 'low' | 'high'): void {
  const vowel = syllable?.vowel ?? 'a';
  addFormants(out, { frequency, vowel, range, random });
  const onset = syllable?.onset ?? 'soft';
  shape(out, { attackS: onset === 'stop' ? 0.012 : 0.045, decayS: 0.4, sustain: 0.85, releaseS: 0.12, lengthS });
  if (onset === 'soft') return;
  const consonant = silence(onset === 'hiss' ? 0.075 : 0.025);
  addNoise(consonant, onset === 'hiss' ? 0.16 : 0.3, random);
  filter(consonant, 'band', onset === 'hiss' ? 6_000 : 2_600, 1);
  shape(consonant, { attackS: 0.006, releaseS: 0.03, lengthS: consonant.length / RATE - 0.02 });
  for (let index = 0; index < Math.min(consonant.length, out.length); index++) out[index]! += consonant[index] ?? 0;
}
