import { createRandom } from '@atelier/lib/random';
import { renderDrum, type Drum, type DrumName } from './drums.ts';
import { RATE } from './dsp.ts';
import { createDucking, createPingPong, createReverb } from './effects.ts';
import type { Note, Part, Score } from '../writing/score.ts';
import { renderTone, VOICES } from './voices.ts';

/** Samples of both sides, of one length. */
export interface Stereo {
  left: Float32Array;
  right: Float32Array;
}

const BLOCK = 8_192;
/** How many samples of notes are kept for reuse. The least recently used are dropped first. */
const MAX_CACHED_SAMPLES = 24_000_000;

/** Place, width and rooms of each part; `ducks` says how much of the style's ducking it takes. */
const STRIPS: Record<Part, { gain: number; pan: number; width: number; reverb: number; echo: number; ducks: number }> = {
  pad: { gain: 0.42, pan: 0, width: 0.75, reverb: 1.2, echo: 0, ducks: 1 },
  chords: { gain: 0.62, pan: -0.22, width: 0.8, reverb: 0.9, echo: 0.3, ducks: 0.8 },
  arpeggio: { gain: 0.42, pan: 0.35, width: 0.5, reverb: 1, echo: 1.2, ducks: 0.8 },
  bass: { gain: 0.62, pan: 0, width: 0, reverb: 0.05, echo: 0, ducks: 0.9 },
  lead: { gain: 0.6, pan: 0.08, width: 0.3, reverb: 1, echo: 1, ducks: 0.25 },
  vocal: { gain: 0.58, pan: 0, width: 0, reverb: 0.9, echo: 0.6, ducks: 0.1 },
};
const PARTS = Object.keys(STRIPS) as Part[];
const DRUM_REVERB = 0.25;

interface Sound {
  samples: Float32Array;
  /** Sample at which it begins. */
  from: number;
  left: number;
  right: number;
}

/** Plays a score; the result is not levelled yet. Works block by block, so it holds only the song and a few seconds of notes in memory. */
export function mix(score: Score): Stereo {
  const total = Math.round(score.durationS * RATE);
  const out: Stereo = { left: new Float32Array(total), right: new Float32Array(total) };
  const { style, bpm } = score;
  const reverb = createReverb(1.2 + style.space.reverb * 4);
  const echo = createPingPong(45 / bpm, 0.38);
  const kicks = score.hits.filter(({ drum }) => drum === 'kick').map(({ startS }) => startS);
  const duck = createDucking(kicks, style.space.duck);
  const players = createPlayers(score);
  const bus: Stereo = { left: new Float32Array(BLOCK), right: new Float32Array(BLOCK) };
  const toRoom = new Float32Array(BLOCK);
  const toEcho = new Float32Array(BLOCK);
  const gains = new Float32Array(BLOCK);
  for (let from = 0; from < total; from += BLOCK) {
    const count = Math.min(BLOCK, total - from);
    const left = out.left.subarray(from, from + count);
    const right = out.right.subarray(from, from + count);
    toRoom.fill(0);
    toEcho.fill(0);
    duck(gains, from, count);
    for (const { play, gain, ducks, room, delay } of players) {
      bus.left.fill(0);
      bus.right.fill(0);
      if (!play(bus, from, count)) continue;
      for (let index = 0; index < count; index++) {
        const level = gain * (1 - ducks * (1 - (gains[index] ?? 1)));
        const l = (bus.left[index] ?? 0) * level;
        const r = (bus.right[index] ?? 0) * level;
        left[index]! += l;
        right[index]! += r;
        toRoom[index]! += (l + r) * room;
        toEcho[index]! += (l + r) * delay;
      }
    }
    echo.run(toEcho, left, right, count);
    reverb.run(toRoom, left, right, count);
  }
  if (style.space.crackle > 0) addCrackle(out, style.space.crackle);
  return out;
}

interface Player {
  /** Adds the sounds of a block to the bus; false when the block is silent. */
  play(bus: Stereo, from: number, count: number): boolean;
  gain: number;
  ducks: number;
  room: number;
  delay: number;
}

/** One for each part that plays, and one for the drums. */
function createPlayers({ style, notes, hits }: Score): Player[] {
  const { levels, space } = style;
  const tones = createToneCache();
  const parts = PARTS.flatMap((part): Player[] => {
    const own = notes.filter((note) => note.part === part);
    if (own.length === 0) return [];
    const { gain, reverb, echo, ducks } = STRIPS[part];
    const level = part === 'vocal' ? 1 : levels[part];
    const sounds = own.map((note) => () => soundsOf(note, tones));
    const starts = own.map(({ startS }) => Math.round(startS * RATE));
    return [{ play: createPlay(starts, sounds), gain: gain * level, ducks, room: space.reverb * reverb, delay: space.echo * echo }];
  });
  const kit = new Map<DrumName, Drum>();
  const strikes = hits.map(({ drum, startS, velocity }) => () => {
    const struck = kit.get(drum) ?? renderDrum(drum);
    kit.set(drum, struck);
    const level = struck.level * velocity;
    return [{ samples: struck.samples, from: Math.round(startS * RATE), ...panned(struck.pan, level) }];
  });
  const starts = hits.map(({ startS }) => Math.round(startS * RATE));
  const drums = { play: createPlay(starts, strikes), gain: levels.drums, ducks: 0, room: space.reverb * DRUM_REVERB, delay: 0 };
  return [...parts, drums];
}

/** Plays sounds in the order of their beginnings; a sound is rendered when its block comes. */
function createPlay(starts: readonly number[], sounds: readonly (() => Sound[])[]): Player['play'] {
  let active: Sound[] = [];
  let next = 0;
  return (bus, from, count) => {
    while (next < starts.length && (starts[next] ?? 0) < from + count) active.push(...(sounds[next++]?.() ?? []));
    const sounded = active.length > 0;
    for (const sound of active) addSound(sound, bus, from, count);
    active = active.filter((sound) => sound.from + sound.samples.length > from + count);
    return sounded;
  };
}

function addSound({ samples, from, left, right }: Sound, bus: Stereo, blockFrom: number, count: number): void {
  const shift = blockFrom - from;
  const first = Math.max(0, -shift);
  const last = Math.min(count, samples.length - shift);
  for (let index = first; index < last; index++) {
    const sample = samples[index + shift] ?? 0;
    bus.left[index]! += sample * left;
    bus.right[index]! += sample * right;
  }
}

/** Equal power on the whole way from left (-1) to right (1). */
function panned(pan: number, level: number): { left: number; right: number } {
  const angle = ((Math.max(-1, Math.min(1, pan)) + 1) * Math.PI) / 4;
  return { left: Math.cos(angle) * level, right: Math.sin(angle) * level };
}

type ToneCache = (note: Note, side: 0 | 1) => Float32Array;

/** A note's sound; wide voices have two. High notes lie a little to the right, as on a keyboard. */
function soundsOf(note: Note, tones: ToneCache): Sound[] {
  const { pan, width } = STRIPS[note.part];
  const from = Math.round(note.startS * RATE);
  if (VOICES[note.voice].isWide)
    return ([0, 1] as const).map((side) => ({
      samples: tones(note, side),
      from,
      ...panned(pan + (side === 0 ? -width : width), note.velocity * 0.75),
    }));
  const place = pan + ((note.pitch - 64) / 40) * width;
  return [{ samples: tones(note, 0), from, ...panned(place, note.velocity) }];
}

/** Renders each tone once while there is room for it. Lengths are rounded up to fiftieths of a second, so that more notes share a tone. */
function createToneCache(): ToneCache {
  const cache = new Map<string, Float32Array>();
  let size = 0;
  return ({ voice, pitch, lengthS, syllable }, side) => {
    const rounded = Math.ceil(lengthS * 50) / 50;
    const key = `${voice} ${pitch} ${rounded} ${side} ${syllable?.vowel ?? ''} ${syllable?.onset ?? ''}`;
    const known = cache.get(key);
    const samples = known ?? renderTone(voice, { pitch, lengthS: rounded, side, syllable });
    if (known) cache.delete(key);
    else size += samples.length;
    cache.set(key, samples);
    for (const [oldest, { length }] of cache) {
      if (size <= MAX_CACHED_SAMPLES || oldest === key) break;
      cache.delete(oldest);
      size -= length;
    }
    return samples;
  };
}

/** The dust on an old record. */
function addCrackle({ left, right }: Stereo, amount: number): void {
  const random = createRandom(left.length);
  for (let at = 0; at < left.length; at += Math.round(random.next() ** 2 * RATE * 0.35) + 40) {
    const side = random.next() < 0.5 ? left : right;
    const loudness = amount * (0.3 + 3 * random.next() ** 4);
    for (let index = 0; index < 24 && at + index < side.length; index++)
      side[at + index]! += loudness * (2 * random.next() - 1) * (1 - index / 24);
  }
}
