import type { Brief } from '../../brief.ts';
import { blendRgb, rampAt, scaleRgb, smoothStep, type Rgb } from '../../engine/colour.ts';
import { rowAt, type Frame } from '../../engine/frame.ts';
import { sample } from '../../engine/noise.ts';
import { cellUnit } from '../../dice.ts';
import { fillShape } from '../../engine/shape.ts';
import { addPaperFigure, castPaperShadow, coatColour, figureOf, heroX } from '../figure.ts';

/** Six in the first window, the others below it for a zoom-out. */
const HILLS = 13;

/** Hills, a sun in rings and clouds, each its own sheet of paper with a shadow on the one behind. */
export function paintPaperLand(frame: Frame, brief: Brief): void {
  const { dice, palette } = brief;
  const night = palette.night > 0.5;
  const sky = rampAt(palette.tones, night ? 0.16 : 0.93);
  const figure = figureOf(brief);
  const sun = {
    x: figure ? heroX(brief) : dice.between('paper-sun-x', -0.22, 0.22),
    y: dice.between('paper-sun-y', 0.2, 0.33),
    radius: dice.between('paper-sun', 0.09, 0.14),
  };
  paintRings(frame, brief, sky, sun);
  for (let cloud = 0; cloud < 4; cloud++) paintCloud(frame, brief, cloud, night);
  for (let hill = 0; hill < HILLS; hill++) paintHill(frame, brief, hill, night);
}

/** The back sheet and the sun: rings of paper, each smaller and lighter, each with its shadow. */
function paintRings(frame: Frame, brief: Brief, sky: Rgb, sun: { x: number; y: number; radius: number }): void {
  const { light, width, height, step } = frame;
  const fibre = brief.noise.rough(step * 6);
  const disc = brief.palette.night > 0.5 ? brief.palette.sun : blendRgb(brief.palette.sun, brief.palette.accents[0], 0.55);
  const rings = [
    { radius: 3.5, mix: 0.16 },
    { radius: 2.5, mix: 0.34 },
    { radius: 1.7, mix: 0.56 },
    { radius: 1, mix: 1 },
  ];
  for (let row = 0; row < height; row++) {
    const y = frame.top + (row + 0.5) * step;
    for (let column = 0; column < width; column++) {
      const x = frame.left + (column + 0.5) * step;
      const far = Math.hypot(x - sun.x, y - sun.y);
      const shadowFar = Math.hypot(x - sun.x - 0.004, y - sun.y - 0.009);
      let red = sky[0];
      let green = sky[1];
      let blue = sky[2];
      for (const ring of rings) {
        const radius = ring.radius * sun.radius;
        const shade = 1 - 0.3 * smoothStep(radius + 0.016, radius - 0.004, shadowFar);
        const cover = Math.min(Math.max((radius - far) / step + 0.5, 0), 1);
        red = red * shade * (1 - cover) + (sky[0] + (disc[0] - sky[0]) * ring.mix) * cover;
        green = green * shade * (1 - cover) + (sky[1] + (disc[1] - sky[1]) * ring.mix) * cover;
        blue = blue * shade * (1 - cover) + (sky[2] + (disc[2] - sky[2]) * ring.mix) * cover;
      }
      const paper = 1 + sample(fibre, x * 4, y * 4) * 0.05;
      const at = (row * width + column) * 3;
      light[at] = red * paper;
      light[at + 1] = green * paper;
      light[at + 2] = blue * paper;
    }
  }
}

/** A cloud of a few round bumps with a flat foot, over its shadow. */
function paintCloud(frame: Frame, brief: Brief, index: number, night: boolean): void {
  const { dice, palette } = brief;
  const x = dice.between(`paper-cloud-x-${index}`, -0.55, 0.55);
  const y = dice.between(`paper-cloud-y-${index}`, 0.1, 0.44);
  const size = dice.between(`paper-cloud-size-${index}`, 0.04, 0.085);
  const colour = night ? rampAt(palette.tones, 0.36) : blendRgb(rampAt(palette.tones, 0.97), palette.cloud, 0.5);
  const outline: number[] = [];
  const bumps = 4;
  for (let bump = 0; bump < bumps; bump++) {
    const middle = (bump - (bumps - 1) / 2) * 1.05;
    const tall = 0.55 + 0.75 * Math.sin(((bump + 0.7) / (bumps + 0.4)) * Math.PI) * (0.8 + 0.4 * cellUnit(dice.seed('cloud'), index, bump));
    for (let point = 0; point <= 10; point++) {
      const angle = Math.PI * (1 - point / 10);
      outline.push(x + (middle + Math.cos(angle) * 0.62) * size, y - Math.sin(angle) * tall * size);
    }
  }
  castPaperShadow(frame, outline, [0.06, 0.07, 0.09, 0.1], 0.4);
  fillShape(frame, outline, { top: colour, bottom: scaleRgb(colour, 0.9) });
}

function paintHill(frame: Frame, brief: Brief, index: number, night: boolean): void {
  const { dice, noise, palette } = brief;
  const { light, width, step } = frame;
  const near = index / 5;
  const depth = Math.min(near, 1);
  const base = 0.5 + 0.44 * near ** 1.1;
  const rise = index < 2 ? 0.24 - 0.05 * index : 0.11;
  const o = dice.offset(`paper-hill-${index}`);
  const smooth = noise.smooth(step * 0.5);
  const fibre = noise.rough(step * 6);
  const peaked = index < 3;
  const wide = peaked ? 0.42 : 0.27;
  const below = index > 5 ? 0.05 + 0.09 * (index % 2) : 0;
  const colour = rampAt(palette.tones, (night ? 0.42 - 0.4 * depth : 0.76 - 0.72 * depth ** 0.9) + below);
  const edgeAt = (x: number): number => {
    const wave = sample(smooth, x * wide + o, o * 2.7);
    return base - rise * (peaked ? 1.1 * (1 - Math.min(Math.abs(wave) * 1.7, 1)) : 0.5 + wave * 1.1);
  };
  const edge = new Float32Array(width);
  for (let column = 0; column < width; column++) edge[column] = edgeAt(frame.left + (column + 0.5) * step);
  const first = rowAt(frame, edge.reduce((low, y) => Math.min(low, y), Infinity) - 0.04);
  const reach = 0.035;
  for (let row = first; row < frame.height; row++) {
    const y = frame.top + (row + 0.5) * step;
    for (let column = 0; column < width; column++) {
      const down = y - edge[column]!;
      if (down < -reach) continue;
      const at = (row * width + column) * 3;
      const cover = Math.min(Math.max(down / step + 0.5, 0), 1);
      if (cover < 1) {
        const soft = 1 - 0.42 * smoothStep(-reach, 0.006, down) ** 1.6;
        light[at]! *= soft;
        light[at + 1]! *= soft;
        light[at + 2]! *= soft;
      }
      const x = frame.left + (column + 0.5) * step;
      const lip = smoothStep(0.0045, 0.0008, Math.abs(down - 0.0024)) * 0.22;
      const gain = (1 + sample(fibre, x * 4, y * 4) * 0.06) * (1.06 - 0.25 * smoothStep(0, 0.3, down)) + lip;
      light[at]! += (colour[0] * gain - light[at]!) * cover;
      light[at + 1]! += (colour[1] * gain - light[at + 1]!) * cover;
      light[at + 2]! += (colour[2] * gain - light[at + 2]!) * cover;
    }
  }
  const figure = figureOf(brief);
  if (figure && index === 4) {
    const named = brief.subject.colours[0];
    const x = heroX(brief);
    const coat = named && named.chroma > 0.03 ? coatColour(figure, named) : scaleRgb(colour, 0.35);
    addPaperFigure(frame, brief, figure, { x, foot: edgeAt(x) + 0.012, colour: coat });
  }
  if (index >= 2 && index < 9) plantPaperTrees(frame, brief, { hill: index, edgeAt, colour: scaleRgb(colour, 0.86) });
}

/** A fir of two triangles and a trunk: x in half widths, y in heights from its foot. */
const TREE = [
  0, -1.25, 1, -0.62, 0.6, -0.62, 1.15, -0.12, 0.16, -0.12, 0.16, 0, -0.16, 0, -0.16, -0.12, -1.15, -0.12, -0.6, -0.62, -1, -0.62,
] as const;

/** Plain firs, each with a little shadow. */
function plantPaperTrees(
  frame: Frame,
  brief: Brief,
  { hill, edgeAt, colour }: { hill: number; edgeAt: (x: number) => number; colour: Rgb },
): void {
  const seed = brief.dice.seed(`paper-trees-${hill}`);
  const spacing = 0.035 + 0.02 * hill;
  if (spacing / frame.step < 2) return;
  const last = frame.left + frame.width * frame.step;
  for (let place = Math.floor((frame.left - 0.1) / spacing); place * spacing < last + 0.1; place++) {
    if (cellUnit(seed, place, 0) > 0.42) continue;
    const x = (place + 0.6 * cellUnit(seed, place, 1)) * spacing;
    if (hill >= 4 && figureOf(brief) && Math.abs(x - heroX(brief)) < 0.2) continue;
    const size = (0.028 + 0.013 * hill) * (0.7 + 0.6 * cellUnit(seed, place, 2));
    const foot = edgeAt(x) + 0.004;
    const outline = TREE.map((value, at) => (at % 2 ? foot + value * size : x + value * size * 0.3));
    castPaperShadow(frame, outline, [0.1, 0.14], 1);
    fillShape(frame, outline, { top: colour, bottom: scaleRgb(colour, 0.85) });
  }
}
