import type { Brief } from '../brief.ts';
import { blendRgb, scaleRgb, toRgb, type Rgb } from '../engine/colour.ts';
import type { Frame } from '../engine/frame.ts';
import { fillShape, type Fill } from '../engine/shape.ts';
import type { ColourWord } from '../words.ts';
import { CAT, FOX, HAT, WANDERER, type Outline } from './land/silhouettes.ts';

/** Whether the prompt names a person, an animal or a tree: then the picture is composed around it. */
export function hasHero(brief: Brief): boolean {
  return figureOf(brief) !== undefined || brief.subject.features.has('tree');
}

/** The x of the figure or the tree. */
export const heroX = (brief: Brief): number => brief.dice.between('life-x', -0.2, 0.2);

/** The figure for the person or animal that the prompt names. */
export function figureOf(brief: Brief): Outline | undefined {
  const { features } = brief.subject;
  return features.has('cat') ? CAT : features.has('fox') ? FOX : features.has('person') ? WANDERER : undefined;
}

/** The outlines of a figure: a cat may wear a hat. */
const partsOf = (brief: Brief, figure: Outline): readonly Outline[] =>
  figure === CAT && /\bhats?\b/i.test(brief.subject.text) ? [figure, HAT] : [figure];

/** Draws a figure against the light, with a bright edge on the sun's side. */
export function addFigure(
  frame: Frame,
  brief: Brief,
  figure: Outline,
  { x, sunX, ground }: { x: number; sunX: number; ground: (x: number) => number },
): void {
  const { dice, palette, subject } = brief;
  const height = dice.between('life-height', 0.28, 0.34) * (figure === WANDERER ? 0.8 : 1);
  const named = subject.colours[0];
  const dark = scaleRgb(toRgb(palette.near), 0.5);
  const coat = named && named.chroma > 0.03 ? blendRgb(dark, coatColour(figure, named), 0.62 - 0.35 * palette.night) : dark;
  const rim = blendRgb(palette.sun, palette.accents[0], 0.4);
  const turn = dice.chance('life-turn', 0.5) ? 1 : -1;
  const foot = Math.max(ground(x - height * 0.2), ground(x), ground(x + height * 0.2)) + 0.006;
  // A thin edge of light from the sun's side, then the figure itself.
  const toSun = Math.sign(sunX - x) * height * 0.007;
  const put = (outline: Outline, [dx, dy]: readonly [number, number], fill: Fill): void =>
    fillShape(
      frame,
      outline.map((value, at) => (at % 2 ? foot + value * height + dy : x + value * height * turn + dx)),
      fill,
    );
  const parts = partsOf(brief, figure);
  for (const part of parts) put(part, [toSun, -height * 0.006], { top: rim, bottom: blendRgb(rim, coat, 0.7) });
  for (const part of parts) put(part, [0, 0], { top: part === HAT ? dark : coat, bottom: blendRgb(coat, dark, 0.7) });
}

/** A named colour as fur or cloth shows it: a red fox is rust. */
export function coatColour(figure: Outline, named: ColourWord): Rgb {
  const warm = figure === FOX && named.hue < 60;
  return toRgb([named.lightness * 0.9, named.chroma * (warm ? 0.8 : 1), warm ? (named.hue + 90) / 2.6 : named.hue]);
}

/** The figure cut from one sheet of paper, with its shadow. */
export function addPaperFigure(
  frame: Frame,
  brief: Brief,
  figure: Outline,
  { x, foot, colour }: { x: number; foot: number; colour: Rgb },
): void {
  const height = brief.dice.between('life-height', 0.28, 0.34) * (figure === WANDERER ? 0.85 : 1);
  const turn = brief.dice.chance('life-turn', 0.5) ? 1 : -1;
  const parts = partsOf(brief, figure).map((part) => part.map((value, at) => (at % 2 ? foot + value * height : x + value * height * turn)));
  for (const part of parts) castPaperShadow(frame, part, [0.06, 0.08, 0.1, 0.12], 0.5);
  for (const [index, part] of parts.entries()) {
    const own = index === 0 ? colour : scaleRgb(colour, 0.45);
    fillShape(frame, part, { top: own, bottom: scaleRgb(own, 0.8) });
  }
}

/** The soft shadow of a piece of paper: darkened in steps, the furthest first. `lean` is its shift to the right for each step down. */
export function castPaperShadow(frame: Frame, outline: readonly number[], opacities: readonly number[], lean: number): void {
  for (const [index, opacity] of opacities.entries()) {
    const shift = 0.003 * (opacities.length - index);
    fillShape(
      frame,
      outline.map((value, at) => value + (at % 2 ? shift : shift * lean)),
      { top: [0, 0, 0], bottom: [0, 0, 0], opacity },
    );
  }
}
