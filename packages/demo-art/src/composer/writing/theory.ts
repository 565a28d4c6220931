/** Semitones of each degree above the tonic. */
const SCALES = {
  major: [0, 2, 4, 5, 7, 9, 11],
  lydian: [0, 2, 4, 6, 7, 9, 11],
  mixolydian: [0, 2, 4, 5, 7, 9, 10],
  dorian: [0, 2, 3, 5, 7, 9, 10],
  minor: [0, 2, 3, 5, 7, 8, 10],
} as const satisfies Record<string, readonly number[]>;

export type ScaleName = keyof typeof SCALES;

export interface Key {
  /** 0 is C, 11 is B. */
  tonic: number;
  scale: ScaleName;
}

const MAJOR_NAMES = ['C', 'Db', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B'] as const;
const MINOR_NAMES = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'G#', 'A', 'Bb', 'B'] as const;

export const isDark = (scale: ScaleName): boolean => scale === 'minor' || scale === 'dorian';

/** As musicians say it: `A minor`, `Eb lydian`. */
export const keyName = ({ tonic, scale }: Key): string => `${(isDark(scale) ? MINOR_NAMES : MAJOR_NAMES)[tonic % 12]} ${scale}`;

/** MIDI pitch of a degree of the scale; 0 is the tonic between middle C and the B above, and degrees go on in both directions. */
export function pitchOf({ tonic, scale }: Key, degree: number): number {
  const octave = Math.floor(degree / 7);
  return 60 + tonic + octave * 12 + (SCALES[scale][degree - octave * 7] ?? 0);
}

/** Hertz of a MIDI pitch. */
export const frequencyOf = (pitch: number): number => 440 * 2 ** ((pitch - 69) / 12);

/** The pitch of the same name nearest to `target`. */
export const nearest = (pitch: number, target: number): number => pitch + 12 * Math.round((target - pitch) / 12);
