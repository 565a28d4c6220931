import { createRamp, toRgb, type Lch, type Ramp, type Rgb } from './engine/colour.ts';
import type { Dice } from './dice.ts';
import { MOODS, type Mood } from './moods.ts';
import { createRandom, hashText } from '@atelier/lib/random';
import type { PromptSubject } from './subject.ts';
import type { ColourWord, MoodName, WorldName } from './words.ts';

/** The colours one picture is painted with. */
export interface Palette {
  sky: Ramp;
  far: Lch;
  near: Lch;
  horizon: Lch;
  sun: Rgb;
  cloud: Rgb;
  tones: Ramp;
  accents: readonly [Rgb, Rgb, Rgb];
  /** 0 by day, 1 in a starry night. */
  night: number;
}

/** The moods of a world for prompts that name no mood; several, for variety between prompts. */
const USUAL_MOODS: Record<WorldName, readonly MoodName[]> = {
  ridges: ['sunset', 'dawn', 'day', 'forest', 'sunset', 'night'],
  water: ['sunset', 'ocean', 'dawn', 'tropical', 'sunset'],
  city: ['neon', 'sunset', 'night', 'neon'],
  cosmos: ['space'],
  bloom: ['flower', 'sunset', 'dawn', 'flower', 'gold'],
  papercut: ['ocean', 'sunset', 'dawn', 'forest', 'neon'],
  silk: ['gold', 'neon', 'ocean', 'sunset', 'fire', 'dawn'],
  reef: ['ocean'],
};

/** How far a sibling's hues may turn, degrees. A sky turned further stops being one. */
const LARGEST_TURN = 15;

export function createPalette(subject: PromptSubject, world: WorldName, dice: Dice): Palette {
  const base = chooseMood(subject, world);
  // A colour that the prompt names is turned less.
  const turn = dice.between('hue', -LARGEST_TURN, LARGEST_TURN) * (subject.colours.length > 0 ? 0.45 : 1);
  const lift = dice.between('lift', -0.02, 0.03) + (subject.features.has('bright') ? 0.05 : 0);
  const shift = ([lightness, chroma, hue]: Lch): Lch => [Math.min(Math.max(lightness + lift, 0.02), 0.995), chroma, hue + turn];
  const sky = base.sky.map(shift);
  return {
    sky: createRamp(sky),
    far: shift(base.far),
    near: shift(base.near),
    horizon: sky.at(-1) ?? base.far,
    sun: toRgb(base.sun),
    cloud: toRgb(shift(base.cloud)),
    tones: createRamp(base.tones.map(shift)),
    accents: [toRgb(shift(base.accents[0])), toRgb(shift(base.accents[1])), toRgb(shift(base.accents[2]))],
    night: base.night,
  };
}

function chooseMood(subject: PromptSubject, world: WorldName): Mood {
  const [first, second] = subject.colours;
  if (first) {
    // A named mood keeps its sky and its hour; the named colour takes the materials.
    const tinted = moodOfColour(first, second, subject.features.has('dark') || world === 'cosmos');
    if (!subject.mood) return tinted;
    const mood = MOODS[subject.mood];
    return world === 'ridges' || world === 'water' || world === 'city'
      ? {
          ...mood,
          accents: [tinted.accents[1], mood.accents[1], mood.accents[2]],
          far: mixHue(mood.far, first),
          near: mixHue(mood.near, first),
        }
      : world === 'reef'
        ? { ...mood, accents: [tinted.accents[0], tinted.accents[1], mood.accents[2]] }
        : { ...tinted, night: mood.night };
  }
  if (subject.mood) return MOODS[subject.mood];
  const usual = USUAL_MOODS[world];
  const random = createRandom(hashText(subject.text)).next;
  // Some prompts get a scheme of their own rather than one of the usual moods.
  if (world !== 'cosmos' && random() < 0.25) return moodOfHue(random() * 360, random() < 0.5 ? 40 : 150, random() < 0.3);
  return MOODS[usual[Math.floor(random() * usual.length)] ?? 'sunset'];
}

/** Colours weaker than this are greys. */
const NEUTRAL = 0.03;

const mixHue = (colour: Lch, word: ColourWord): Lch => [colour[0], Math.max(colour[1], word.chroma * 0.55), word.hue];

function moodOfColour(first: ColourWord, second: ColourWord | undefined, dark: boolean): Mood {
  if (first.chroma < NEUTRAL && !(second && second.chroma >= NEUTRAL)) {
    const mood = MOODS.grey;
    return first.lightness > 0.7
      ? {
          ...mood,
          sky: MOODS.snow.sky,
          tones: [
            [0.5, 0.02, first.hue],
            [0.72, 0.018, 60],
            [0.88, 0.014, 70],
            [0.98, 0.008, 80],
          ],
          far: MOODS.snow.far,
          accents: [
            [0.84, 0.14, 86],
            [0.78, 0.05, 250],
            [0.6, 0.08, 150],
          ],
        }
      : mood;
  }
  const leading = first.chroma < NEUTRAL && second ? second : first;
  const other = leading === first ? second : first;
  const mood = moodOfHue(
    leading.hue,
    other && other.chroma >= NEUTRAL ? ((other.hue - leading.hue + 540) % 360) - 180 : 8,
    dark || leading.lightness < 0.4,
  );
  const tones = wordTones(mood, leading);
  if (!other) return { ...mood, tones };
  const accent: Lch = [Math.max(other.lightness, 0.4), other.chroma, other.hue];
  return { ...mood, tones, accents: [accent, mood.accents[1], mood.accents[2]] };
}

/** The material's tones, as light and as strong as the word is: navy stays dark, red does not fade to coral. */
function wordTones(mood: Mood, { lightness, chroma }: ColourWord): Lch[] {
  const levels = [0.14, lightness * 0.62, lightness, Math.min(0.95, lightness + 0.22)];
  const strengths = [0.35, 0.9, 1.05, 0.55];
  return mood.tones.map(([, , hue], index): Lch => [levels[index] ?? lightness, chroma * (strengths[index] ?? 1), hue]);
}

/** A scheme around one hue: its shadows lean one way, its lights `spread` degrees the other way. */
function moodOfHue(hue: number, spread: number, dark: boolean): Mood {
  const near = hue - Math.sign(spread) * 22;
  const light = hue + spread;
  const lit = hue + Math.max(-40, Math.min(40, spread));
  return {
    sky: dark
      ? [
          [0.12, 0.05, near],
          [0.22, 0.09, near],
          [0.38, 0.12, hue],
          [0.6, 0.13, light],
        ]
      : [
          [0.4, 0.11, near],
          [0.58, 0.13, hue],
          [0.77, 0.11, lit],
          [0.92, 0.07, light],
        ],
    far: dark ? [0.35, 0.1, hue] : [0.64, 0.11, hue],
    near: [dark ? 0.09 : 0.17, 0.055, near],
    sun: [0.97, 0.05, light],
    cloud: dark ? [0.5, 0.1, hue] : [0.9, 0.07, lit],
    tones: [
      [0.15, 0.06, near],
      [0.42, 0.15, hue - Math.sign(spread) * 6],
      [0.68, 0.16, hue + spread * 0.25],
      [0.94, 0.08, light],
    ],
    accents: [
      [0.75, 0.15, light],
      [0.6, 0.18, hue],
      [0.55, 0.13, hue + 180],
    ],
    night: dark ? 0.8 : 0.1,
  };
}
