import type { Lch } from './engine/colour.ts';
import type { MoodName } from './words.ts';

/** The colours of one mood, before a variant turns their hues. */
export interface Mood {
  /** From the top of the sky to the horizon. */
  sky: readonly Lch[];
  /** Land far away, and the nearest silhouette. */
  far: Lch;
  near: Lch;
  /** Sun or moon. */
  sun: Lch;
  /** The lit side of clouds. */
  cloud: Lch;
  /** For worlds made of one material, dark to light. */
  tones: readonly Lch[];
  accents: readonly [Lch, Lch, Lch, ...Lch[]];
  /** 0 by day, 1 in a starry night. */
  night: number;
}

/** At least three colours from text: lightness, chroma and hue of each, divided by commas. */
const colours = (text: string): [Lch, Lch, Lch, ...Lch[]] =>
  text.split(', ').map((colour) => colour.split(' ').map(Number)) as unknown as [Lch, Lch, Lch];

/** Far, near, sun and cloud, in this order. */
function places(text: string): Pick<Mood, 'far' | 'near' | 'sun' | 'cloud'> {
  const [far, near, sun, cloud = sun] = colours(text);
  return { far, near, sun, cloud };
}

export const MOODS: Record<MoodName, Mood> = {
  sunset: {
    sky: colours('.34 .12 292, .5 .155 335, .7 .165 32, .86 .125 78'),
    ...places('.6 .12 18, .15 .05 305, .94 .11 85, .85 .12 55'),
    tones: colours('.2 .08 300, .42 .15 350, .68 .17 35, .92 .09 85'),
    accents: colours('.74 .16 55, .64 .2 5, .52 .16 310'),
    night: 0.12,
  },
  dawn: {
    sky: colours('.6 .08 275, .74 .085 312, .86 .075 18, .94 .055 75'),
    ...places('.77 .06 335, .3 .06 285, .99 .04 92, .94 .045 35'),
    tones: colours('.42 .09 285, .66 .1 320, .83 .08 20, .96 .04 80'),
    accents: colours('.82 .11 20, .78 .1 300, .86 .09 85'),
    night: 0,
  },
  day: {
    sky: colours('.48 .135 256, .62 .12 247, .79 .075 232, .93 .03 215'),
    ...places('.72 .06 238, .27 .065 150, .99 .03 100, .985 .01 90'),
    tones: colours('.26 .09 260, .5 .13 245, .76 .09 215, .96 .04 110'),
    accents: colours('.8 .14 85, .65 .15 30, .6 .13 150'),
    night: 0,
  },
  night: {
    sky: colours('.14 .06 278, .21 .08 272, .31 .085 258, .45 .075 228'),
    ...places('.36 .065 252, .085 .03 268, .94 .035 95, .48 .05 258'),
    tones: colours('.1 .04 275, .26 .09 268, .48 .11 245, .86 .07 200'),
    accents: colours('.83 .12 80, .72 .1 200, .6 .14 300'),
    night: 1,
  },
  neon: {
    sky: colours('.13 .075 285, .21 .12 297, .36 .19 322, .55 .2 345'),
    ...places('.38 .15 315, .1 .05 285, .88 .1 350, .48 .16 330'),
    tones: colours('.11 .06 280, .33 .19 300, .62 .25 340, .9 .11 200'),
    accents: colours('.86 .14 200, .69 .26 342, .86 .15 92'),
    night: 0.8,
  },
  ocean: {
    sky: colours('.4 .11 247, .58 .11 228, .78 .085 207, .93 .05 185'),
    ...places('.6 .07 220, .2 .055 235, .99 .03 110, .95 .025 190'),
    tones: colours('.19 .07 255, .4 .1 235, .68 .11 205, .94 .06 175'),
    accents: colours('.8 .12 185, .75 .15 40, .85 .12 95'),
    night: 0.05,
  },
  tropical: {
    sky: colours('.45 .13 252, .66 .12 232, .86 .07 200, .95 .06 95'),
    ...places('.58 .07 205, .21 .05 190, .99 .05 100, .98 .03 70'),
    tones: colours('.27 .08 230, .52 .11 205, .8 .12 185, .96 .06 100'),
    accents: colours('.83 .14 85, .72 .17 25, .7 .15 150'),
    night: 0,
  },
  forest: {
    sky: colours('.58 .055 205, .74 .055 180, .87 .06 135, .95 .065 108'),
    ...places('.7 .065 160, .18 .05 158, .99 .05 105, .95 .04 110'),
    tones: colours('.17 .05 165, .38 .09 152, .64 .12 135, .93 .09 110'),
    accents: colours('.8 .13 100, .62 .14 140, .7 .12 60'),
    night: 0,
  },
  autumn: {
    sky: colours('.58 .085 245, .74 .05 235, .87 .065 70, .94 .09 82'),
    ...places('.66 .1 45, .22 .08 35, .99 .05 95, .95 .05 70'),
    tones: colours('.22 .08 30, .45 .15 36, .69 .17 58, .92 .1 88'),
    accents: colours('.66 .18 45, .55 .19 28, .8 .15 82'),
    night: 0,
  },
  snow: {
    sky: colours('.5 .075 258, .67 .06 250, .83 .035 240, .95 .025 60'),
    ...places('.83 .03 245, .24 .045 245, .99 .02 90, .96 .015 60'),
    tones: colours('.32 .06 255, .56 .06 248, .8 .035 235, .97 .012 220'),
    accents: colours('.83 .12 75, .75 .07 220, .62 .14 20'),
    night: 0.05,
  },
  desert: {
    sky: colours('.5 .09 245, .68 .055 225, .82 .07 75, .87 .11 66'),
    ...places('.74 .115 58, .4 .105 40, .97 .08 88, .93 .05 65'),
    tones: colours('.27 .08 35, .52 .12 45, .74 .12 62, .93 .07 82'),
    accents: colours('.7 .15 50, .6 .1 220, .85 .1 85'),
    night: 0,
  },
  flower: {
    sky: colours('.45 .1 320, .66 .12 345, .83 .09 5, .94 .05 50'),
    ...places('.68 .1 345, .22 .07 330, .98 .04 80, .93 .06 10'),
    tones: colours('.34 .14 352, .58 .18 356, .79 .125 2, .95 .05 65'),
    accents: colours('.84 .15 88, .6 .16 320, .5 .09 150'),
    night: 0,
  },
  space: {
    sky: colours('.09 .05 280, .15 .08 285, .27 .13 300, .45 .16 330'),
    ...places('.33 .12 300, .07 .03 280, .95 .05 80, .48 .15 320'),
    tones: colours('.06 .035 275, .27 .15 292, .58 .21 335, .93 .07 25'),
    accents: colours('.75 .11 210, .68 .15 50, .7 .17 340'),
    night: 1,
  },
  gold: {
    sky: colours('.3 .06 60, .5 .1 68, .72 .13 80, .92 .1 95'),
    ...places('.6 .11 75, .16 .04 55, .99 .06 98, .88 .1 85'),
    tones: colours('.13 .04 50, .42 .1 66, .73 .14 84, .97 .08 100'),
    accents: colours('.82 .14 88, .45 .1 50, .35 .08 260'),
    night: 0.1,
  },
  fire: {
    sky: colours('.15 .06 15, .33 .13 25, .58 .19 38, .82 .16 75'),
    ...places('.45 .16 30, .1 .035 20, .97 .1 95, .58 .17 35'),
    tones: colours('.11 .05 20, .38 .15 27, .67 .2 45, .94 .14 95'),
    accents: colours('.8 .17 75, .6 .22 30, .4 .12 350'),
    night: 0.3,
  },
  storm: {
    sky: colours('.27 .03 255, .4 .035 245, .58 .035 225, .78 .035 195'),
    ...places('.52 .035 230, .14 .025 240, .93 .02 180, .7 .025 215'),
    tones: colours('.14 .03 250, .35 .05 240, .6 .05 215, .9 .03 180'),
    accents: colours('.82 .11 85, .65 .08 200, .55 .12 25'),
    night: 0.1,
  },
  grey: {
    sky: colours('.2 .004 260, .4 .004 260, .65 .004 80, .9 .005 80'),
    ...places('.55 .004 260, .1 .004 260, .98 .004 80, .85 .004 80'),
    tones: colours('.1 .004 260, .35 .004 260, .66 .005 80, .97 .005 80'),
    accents: colours('.95 .01 80, .6 .01 260, .4 .01 260'),
    night: 0.3,
  },
};
