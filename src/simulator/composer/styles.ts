import type { DrumName } from './drums.ts';
import type { ScaleName } from './theory.ts';
import type { STYLE_WORDS } from './style-words.ts';
import type { VoiceName } from './voices.ts';

export type StyleName = keyof typeof STYLE_WORDS;

type Choice = readonly [VoiceName, ...VoiceName[]];
/** Sixteen steps of a bar each: `X` loud, `x` plain, `o` soft, `-` nothing. */
type Beat = Partial<Record<DrumName, string>>;

/**
 * How a kind of music is made. `chords` and `arpeggio` are sixteen steps: `x` strikes the chord, a digit one of its tones, `-` lets ring.
 * In `bass`, `r` is the root, `f` the fifth, `o` the octave, `t` the third and `a` leads over to the next root.
 */
export interface Style {
  /** The word for its temper among the tags. */
  temper: string;
  bpm: readonly [number, number];
  /** How late the weak steps come, as a part of a step; `unit` says which are weak: every second sixteenth or eighth. */
  swing: { unit: 16 | 8; amount: number };
  scales: { bright: ScaleName; dark: ScaleName };
  isDark: boolean;
  /** How many tones a chord has. */
  tones: 3 | 4 | 5;
  barsPerChord: 1 | 2;
  voices: { pad: Choice; chords: Choice; arpeggio: Choice; bass: Choice; lead: Choice };
  chords: readonly [string, ...string[]];
  arpeggio: readonly [string, ...string[]];
  bass: readonly [string, ...string[]];
  calmBeat: Beat;
  fullBeat: readonly [Beat, ...Beat[]];
  /** Notes of a melody in two bars, fewest and most. */
  melody: readonly [number, number];
  /** Parts of the sound that go to the room and the echo, how deep the kick pushes the rest down, and how much the record crackles. */
  space: { reverb: number; echo: number; duck: number; crackle: number };
  /** How loud each part is beside the others. */
  levels: { pad: number; chords: number; arpeggio: number; bass: number; lead: number; drums: number };
}

const STRAIGHT = { unit: 16, amount: 0 } as const;

export const STYLES: Record<StyleName, Style> = {
  lofi: {
    temper: 'chill',
    bpm: [70, 86],
    swing: { unit: 16, amount: 0.28 },
    scales: { bright: 'major', dark: 'dorian' },
    isDark: true,
    tones: 5,
    barsPerChord: 1,
    voices: {
      pad: ['pad'],
      chords: ['electric-piano'],
      arpeggio: ['bell', 'pluck'],
      bass: ['round-bass'],
      lead: ['electric-piano', 'flute', 'pluck'],
    },
    chords: ['x-----x---------', 'x-------x--x----', 'x---------x-----'],
    arpeggio: ['--------3-4-----', '----4-----2-----'],
    bass: ['r------r--r-----', 'r-----r-f-------', 'r---------r---f-'],
    calmBeat: { kick: 'X------x--x-----', rim: '----x-------x---', hat: 'o-o-o-o-o-o-o-o-' },
    fullBeat: [
      { kick: 'X------x--X-----', snare: '----x-------x---', hat: 'x-o-x-oox-o-x-o-' },
      { kick: 'X--x------X--x--', snare: '----x-------x--o', hat: 'x-o-x-o-x-oox-o-' },
    ],
    melody: [5, 8],
    space: { reverb: 0.22, echo: 0.16, duck: 0.35, crackle: 0.01 },
    levels: { pad: 0.73, chords: 1.5, arpeggio: 1.0, bass: 2.1, lead: 1.03, drums: 0.62 },
  },
  ambient: {
    temper: 'ethereal',
    bpm: [58, 74],
    swing: STRAIGHT,
    scales: { bright: 'lydian', dark: 'dorian' },
    isDark: false,
    tones: 4,
    barsPerChord: 2,
    voices: {
      pad: ['pad', 'strings'],
      chords: ['bell', 'electric-piano'],
      arpeggio: ['pluck', 'bell'],
      bass: ['round-bass'],
      lead: ['flute', 'bell', 'lead'],
    },
    chords: ['x---------------', '0---2-------1---', '--0-------2-----'],
    arpeggio: ['0---2---3---2---', '3-----1-----2---', '1---3---0-------'],
    bass: ['r---------------'],
    calmBeat: {},
    fullBeat: [{ shaker: 'o---o---o---o---' }, { kick: 'o---------------', shaker: '----o-------o---' }],
    melody: [3, 5],
    space: { reverb: 0.5, echo: 0.3, duck: 0, crackle: 0 },
    levels: { pad: 0.9, chords: 0.86, arpeggio: 0.52, bass: 1.6, lead: 0.77, drums: 0.8 },
  },
  edm: {
    temper: 'energetic',
    bpm: [122, 130],
    swing: STRAIGHT,
    scales: { bright: 'major', dark: 'minor' },
    isDark: true,
    tones: 3,
    barsPerChord: 1,
    voices: { pad: ['pad'], chords: ['super-saw'], arpeggio: ['synth-pluck'], bass: ['saw-bass'], lead: ['lead', 'synth-pluck'] },
    chords: ['x--x--x---x--x--', 'x--x--x-x--x--x-', '--x---x---x---x-'],
    arpeggio: ['0-1-2-3-2-1-0-2-', '0-2-3-0-2-3-1-2-', '3-2-1-0-3-2-1-2-'],
    bass: ['--r---r---r---r-', '--rr--rr--rr--ro', 'r-r-r-o-r-r-r-o-'],
    calmBeat: { kick: 'X---X---X---X---', clap: '----x-------x---', hat: 'o-o-o-o-o-o-o-o-' },
    fullBeat: [
      { kick: 'X---X---X---X---', clap: '----X-------X---', 'open-hat': '--x---x---x---x-', hat: 'o-o-o-o-o-o-o-oo' },
      { kick: 'X---X---X---X--x', clap: '----X-------X---', 'open-hat': '--x---x---x---x-', shaker: 'oooooooooooooooo' },
    ],
    melody: [7, 11],
    space: { reverb: 0.2, echo: 0.25, duck: 0.75, crackle: 0 },
    levels: { pad: 0.82, chords: 1.7, arpeggio: 0.9, bass: 1.9, lead: 1.34, drums: 0.65 },
  },
  synthwave: {
    temper: 'retro',
    bpm: [92, 112],
    swing: STRAIGHT,
    scales: { bright: 'major', dark: 'minor' },
    isDark: true,
    tones: 3,
    barsPerChord: 1,
    voices: { pad: ['pad'], chords: ['super-saw', 'pad'], arpeggio: ['synth-pluck'], bass: ['saw-bass'], lead: ['lead'] },
    chords: ['x---------------', 'x-----x-----x---'],
    arpeggio: ['0-1-2-3-0-1-2-3-', '3-2-1-2-3-2-1-0-', '0-2-1-3-0-2-1-3-'],
    bass: ['r-r-r-r-r-r-r-r-', 'r-o-r-o-r-o-r-o-', 'rrr-rrr-rrr-rroo'],
    calmBeat: { kick: 'X-------X-------', snare: '----x-------x---', hat: 'o-o-o-o-o-o-o-o-' },
    fullBeat: [
      { kick: 'X-------X-x-----', snare: '----X-------X---', hat: 'x-o-x-o-x-o-x-o-' },
      { kick: 'X---X---X---X---', snare: '----X-------X---', hat: 'o-x-o-x-o-x-o-x-' },
    ],
    melody: [5, 9],
    space: { reverb: 0.28, echo: 0.28, duck: 0.4, crackle: 0 },
    levels: { pad: 1.19, chords: 1.04, arpeggio: 1.1, bass: 1.8, lead: 1.14, drums: 0.6 },
  },
  rock: {
    temper: 'driving',
    bpm: [112, 144],
    swing: STRAIGHT,
    scales: { bright: 'mixolydian', dark: 'minor' },
    isDark: false,
    tones: 3,
    barsPerChord: 1,
    voices: {
      pad: ['organ'],
      chords: ['power-guitar'],
      arpeggio: ['pluck'],
      bass: ['saw-bass', 'round-bass'],
      lead: ['lead', 'power-guitar'],
    },
    chords: ['0-0-0-0-0-0-0-0-', '0--0--0-0--0--0-', '0-----0-0-0-----'],
    arpeggio: ['0-1-2-1-3-1-2-1-'],
    bass: ['r-r-r-r-r-r-r-r-', 'r--r--r-r--r--r-', 'r-r-r-r-r-r-f-a-'],
    calmBeat: { kick: 'X-------X-x-----', snare: '----X-------X---', hat: 'x-o-x-o-x-o-x-o-' },
    fullBeat: [
      { kick: 'X-----x-X-x-----', snare: '----X-------X---', ride: 'x-x-x-x-x-x-x-x-' },
      { kick: 'X--x--X---X-----', snare: '----X-------X---', 'open-hat': 'x---x---x---x---' },
    ],
    melody: [5, 9],
    space: { reverb: 0.16, echo: 0.08, duck: 0, crackle: 0 },
    levels: { pad: 0.8, chords: 1.8, arpeggio: 0.63, bass: 1.69, lead: 1.46, drums: 0.59 },
  },
  cinematic: {
    temper: 'epic',
    bpm: [76, 100],
    swing: STRAIGHT,
    scales: { bright: 'lydian', dark: 'minor' },
    isDark: true,
    tones: 4,
    barsPerChord: 1,
    voices: {
      pad: ['strings'],
      chords: ['piano', 'strings'],
      arpeggio: ['strings', 'piano'],
      bass: ['strings'],
      lead: ['strings', 'flute'],
    },
    chords: ['x-------x-------', '0-1-2-3-2-1-2-1-'],
    arpeggio: ['0-0-2-0-0-2-1-2-', '0-2-1-2-0-2-1-3-'],
    bass: ['r-------r-----r-', 'r---------------'],
    calmBeat: { tom: 'x-------o---o---' },
    fullBeat: [
      { kick: 'X-------x-------', tom: 'X--x--x-X-x-x-xx', snare: '--------------oo' },
      { kick: 'X-----x-X-------', tom: 'X-x-x-x-X-x-xxxx' },
    ],
    melody: [4, 7],
    space: { reverb: 0.42, echo: 0.06, duck: 0, crackle: 0 },
    levels: { pad: 1.12, chords: 1.05, arpeggio: 0.85, bass: 1.2, lead: 1.09, drums: 0.42 },
  },
  'hip-hop': {
    temper: 'groovy',
    bpm: [82, 98],
    swing: { unit: 16, amount: 0.18 },
    scales: { bright: 'dorian', dark: 'minor' },
    isDark: true,
    tones: 4,
    barsPerChord: 1,
    voices: {
      pad: ['pad', 'strings'],
      chords: ['electric-piano', 'piano'],
      arpeggio: ['bell', 'pluck'],
      bass: ['sub-bass'],
      lead: ['bell', 'flute', 'synth-pluck'],
    },
    chords: ['x--x------x-----', 'x-----x---------', '--x---x-----x---'],
    arpeggio: ['3--2--0-----2---', '0--3--2---3-----'],
    bass: ['r------r--r-----', 'r--r------r---o-', 'r-----r---f-----'],
    calmBeat: { kick: 'X------x--x-----', clap: '----x-------x---', hat: 'o-o-o-o-o-o-o-o-' },
    fullBeat: [
      { kick: 'X--x---x--X-----', clap: '----X-------X---', hat: 'x-o-x-ooxoo-x-oo' },
      { kick: 'X-----X---Xx----', clap: '----X-------X---', hat: 'xoxoxooox-o-xooo' },
    ],
    melody: [6, 10],
    space: { reverb: 0.16, echo: 0.14, duck: 0.3, crackle: 0.003 },
    levels: { pad: 0.81, chords: 1.5, arpeggio: 1.0, bass: 2.2, lead: 1.27, drums: 0.72 },
  },
  folk: {
    temper: 'warm',
    bpm: [88, 116],
    swing: { unit: 8, amount: 0.12 },
    scales: { bright: 'major', dark: 'dorian' },
    isDark: false,
    tones: 3,
    barsPerChord: 1,
    voices: { pad: ['strings'], chords: ['pluck'], arpeggio: ['pluck', 'piano'], bass: ['round-bass'], lead: ['flute', 'pluck'] },
    chords: ['0-2-3-2-1-2-3-2-', '0--3--2-0--3--2-', 'x---x-x---x-x-x-'],
    arpeggio: ['--3---2---3---2-', '----3-------3---'],
    bass: ['r-------f-------', 'r-------f-----a-'],
    calmBeat: { shaker: 'o-o-x-o-o-o-x-o-' },
    fullBeat: [
      { kick: 'X-------x-------', rim: '----x-------x---', shaker: 'o-oox-ooo-oox-oo' },
      { kick: 'X-----x-x-------', snare: '----o-------o---', shaker: 'x-o-x-o-x-o-x-o-' },
    ],
    melody: [6, 10],
    space: { reverb: 0.2, echo: 0.05, duck: 0, crackle: 0 },
    levels: { pad: 0.96, chords: 1, arpeggio: 0.68, bass: 1.63, lead: 1.36, drums: 0.36 },
  },
  pop: {
    temper: 'catchy',
    bpm: [98, 124],
    swing: STRAIGHT,
    scales: { bright: 'major', dark: 'minor' },
    isDark: false,
    tones: 3,
    barsPerChord: 1,
    voices: {
      pad: ['pad', 'strings'],
      chords: ['piano', 'electric-piano'],
      arpeggio: ['synth-pluck', 'pluck'],
      bass: ['saw-bass', 'round-bass'],
      lead: ['lead', 'bell', 'piano'],
    },
    chords: ['x---x---x---x---', 'x--x--x-x--x--x-', 'x-----x---x---x-'],
    arpeggio: ['0-2-3-2-0-2-3-2-', '3-2-1-2-3-2-1-2-', '0--2--3--2--1-2-'],
    bass: ['r-----r-r-----r-', 'r--r--r-r--r--f-', 'r-r-r-r-r-r-f-a-'],
    calmBeat: { kick: 'X-------X-x-----', snare: '----x-------x---', hat: 'o-o-o-o-o-o-o-o-' },
    fullBeat: [
      { kick: 'X--x--x-X-x-----', clap: '----X-------X---', snare: '----x-------x---', hat: 'x-o-x-o-x-o-x-oo' },
      { kick: 'X---X---X---X---', clap: '----X-------X---', 'open-hat': '--x---x---x---x-', hat: 'o-o-o-o-o-o-o-o-' },
    ],
    melody: [7, 11],
    space: { reverb: 0.2, echo: 0.14, duck: 0.35, crackle: 0 },
    levels: { pad: 0.97, chords: 1.22, arpeggio: 0.31, bass: 1.73, lead: 1.4, drums: 0.58 },
  },
  jazz: {
    temper: 'smooth',
    bpm: [96, 132],
    swing: { unit: 8, amount: 0.62 },
    scales: { bright: 'major', dark: 'dorian' },
    isDark: false,
    tones: 5,
    barsPerChord: 1,
    voices: {
      pad: ['strings'],
      chords: ['piano', 'electric-piano'],
      arpeggio: ['piano'],
      bass: ['round-bass'],
      lead: ['flute', 'electric-piano', 'piano'],
    },
    chords: ['x-----x---------', '--x-------x---x-', 'x---------x-----'],
    arpeggio: ['----------3-4---'],
    bass: ['r---t---f---a---', 'r---f---t---a---', 'r---o---f---a---'],
    calmBeat: { ride: 'x---x-o-x---x-o-', hat: '----x-------x---' },
    fullBeat: [
      { kick: 'o---o---o---o---', ride: 'X---x-x-X---x-x-', hat: '----x-------x---', snare: '------o-------o-' },
      { kick: 'o-------o-----o-', ride: 'X---x-x-X---x-x-', hat: '----x-------x---', snare: '----------o---o-' },
    ],
    melody: [6, 10],
    space: { reverb: 0.22, echo: 0.03, duck: 0, crackle: 0 },
    levels: { pad: 0.42, chords: 1.65, arpeggio: 1.2, bass: 1.73, lead: 1.42, drums: 0.58 },
  },
};
