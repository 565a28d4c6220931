import { addNoise, addSaw, filter } from './dsp.ts';

export type Vowel = 'a' | 'e' | 'i' | 'o' | 'u';

/** How a sung note is pronounced. */
export interface Syllable {
  vowel: Vowel;
  onset: 'soft' | 'hiss' | 'stop';
}

/**
 * The resonances of the mouth for each vowel, hertz and gain of three formants. Measured values of a tenor and an alto, as tables of speech
 * science give them, rounded.
 */
const FORMANTS: Record<'low' | 'high', Record<Vowel, string>> = {
  low: {
    a: '650 1, 1080 0.5, 2650 0.22',
    e: '400 1, 1700 0.35, 2600 0.25',
    i: '290 1, 1870 0.3, 2800 0.2',
    o: '430 1, 820 0.4, 2600 0.12',
    u: '350 1, 640 0.3, 2700 0.1',
  },
  high: {
    a: '800 1, 1150 0.6, 2800 0.24',
    e: '430 1, 1700 0.35, 2700 0.22',
    i: '350 1, 1900 0.28, 2900 0.2',
    o: '450 1, 830 0.45, 2830 0.14',
    u: '370 1, 700 0.32, 2730 0.1',
  },
};

const formantsOf = (range: 'low' | 'high', vowel: Vowel): (readonly [hertz: number, gain: number])[] =>
  FORMANTS[range][vowel].split(', ').map((formant) => formant.split(' ').map(Number) as [number, number]);

/** Adds a sung vowel: a glottal pulse with breath in it through three resonances. */
export function addFormants(
  out: Float32Array,
  { frequency, vowel, range, random }: { frequency: number; vowel: Vowel; range: 'low' | 'high'; random: () => number },
): void {
  const pulse = new Float32Array(out.length);
  addSaw(pulse, frequency, 0.5, { phase: random(), vibrato: 0.009 });
  addSaw(pulse, frequency * 1.003, 0.25, { phase: random(), vibrato: 0.008 });
  addNoise(pulse, 0.025, random);
  filter(pulse, 'low', 2_400, 0.6);
  for (const [hertz, gain] of formantsOf(range, vowel)) {
    const resonance = pulse.slice();
    // A formant below the tone would have nothing to resonate with.
    filter(resonance, 'band', Math.max(hertz, frequency * 1.05), 5);
    for (let index = 0; index < out.length; index++) out[index]! += (resonance[index] ?? 0) * gain * 0.85;
  }
}
