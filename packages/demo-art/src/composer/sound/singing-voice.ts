import { addNoise, addSaw, filter } from './dsp.ts';

export type Vowel = 'a' | 'e' | 'i' | 'o' | 'u';

/** How a sung note is pronounced. */
export interface Syllable {
  vowel: Vowel;
  onset: 'soft' | 'hiss' | 'stop';
}

type Formant = readonly [hertz: number, gain: number];

/** Where the mouth resonates for each vowel. Measured values of a tenor and an alto, as tables of speech science give them, rounded. */
const FORMANTS: Record<'low' | 'high', Record<Vowel, readonly [Formant, Formant, Formant]>> = {
  low: {
    a: [
      [650, 1],
      [1_080, 0.5],
      [2_650, 0.22],
    ],
    e: [
      [400, 1],
      [1_700, 0.35],
      [2_600, 0.25],
    ],
    i: [
      [290, 1],
      [1_870, 0.3],
      [2_800, 0.2],
    ],
    o: [
      [430, 1],
      [820, 0.4],
      [2_600, 0.12],
    ],
    u: [
      [350, 1],
      [640, 0.3],
      [2_700, 0.1],
    ],
  },
  high: {
    a: [
      [800, 1],
      [1_150, 0.6],
      [2_800, 0.24],
    ],
    e: [
      [430, 1],
      [1_700, 0.35],
      [2_700, 0.22],
    ],
    i: [
      [350, 1],
      [1_900, 0.28],
      [2_900, 0.2],
    ],
    o: [
      [450, 1],
      [830, 0.45],
      [2_830, 0.14],
    ],
    u: [
      [370, 1],
      [700, 0.32],
      [2_730, 0.1],
    ],
  },
};

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
  for (const [hertz, gain] of FORMANTS[range][vowel]) {
    const resonance = pulse.slice();
    // A formant below the tone would have nothing to resonate with.
    filter(resonance, 'band', Math.max(hertz, frequency * 1.05), 5);
    for (let index = 0; index < out.length; index++) out[index]! += (resonance[index] ?? 0) * gain * 0.85;
  }
}
