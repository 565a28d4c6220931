import type { Brief } from '../../brief.ts';
import { rampAt, scaleRgb, smoothStep, type Rgb } from '../../engine/colour.ts';
import type { Frame } from '../../engine/frame.ts';
import { sample } from '../../engine/noise.ts';
import { figureOf } from '../figure.ts';
import { paintPaperLand } from './paper-land.ts';

/** Sheets of coloured paper, one above the other: a landscape, or a deep cut-out. */
export function paintPapercut(frame: Frame, brief: Brief): void {
  const land = brief.subject.features.has('hills') || figureOf(brief) !== undefined || brief.dice.chance('land', 0.35);
  if (land) paintPaperLand(frame, brief);
  else paintCanyon(frame, brief);
}

const SHEETS = 9;

/** Contours of a slow field: each sheet has a hole that shows the next one, which lies in its shadow. */
function paintCanyon(frame: Frame, brief: Brief): void {
  const { dice, noise } = brief;
  const { light, width, height, step } = frame;
  const fibre = noise.rough(step * 6);
  const inward = dice.chance('inward', 0.65) ? 1 : -1;
  const depthAt = createDepth(brief, step, inward);
  const turn = dice.between('light', -2.5, -0.7);
  const towardX = Math.cos(turn) * 0.016;
  const towardY = Math.sin(turn) * 0.016;
  const sheets = sheetColours(brief, inward);
  const slope = 1 / (step * 1.2);
  for (let row = 0; row < height; row++) {
    const y = frame.top + (row + 0.5) * step;
    for (let column = 0; column < width; column++) {
      const x = frame.left + (column + 0.5) * step;
      const depth = depthAt(x, y);
      const sheet = Math.min(Math.max(Math.floor(depth), 0), SHEETS - 1);
      // Sheets nearer to the eye that stand between here and the light.
      let shade = 0;
      for (let reach = 1; reach <= 3; reach++) {
        const there = depthAt(x + towardX * reach * 0.8, y + towardY * reach * 0.8);
        const over = Math.min(Math.max((sheet - there) * 3, 0), 1);
        shade = Math.max(shade, over * (1 - (reach - 1) * 0.3));
      }
      const inside = depth - sheet;
      const gradient = Math.abs(depthAt(x + step, y) - depth) + Math.abs(depthAt(x, y + step) - depth);
      const toEdge = (1 - inside) / Math.max(gradient * slope * step * 1.2, 1e-6);
      const lip = sheet < SHEETS - 1 ? smoothStep(2.4, 0.6, toEdge) * 0.16 : 0;
      const blend = sheet > 0 ? Math.min(inside / Math.max(gradient, 1e-6), 1) : 1;
      const paper = 1 + sample(fibre, x * 4, y * 4) * 0.06 + sample(fibre, x * 1.1 + 0.4, y * 1.1) * 0.04;
      const gain = paper * (1 - 0.62 * shade) * (1 + lip);
      const at0 = sheet * 3;
      const above = Math.max(sheet - 1, 0) * 3;
      const at = (row * width + column) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const own = sheets[at0 + channel]! * gain;
        light[at + channel] = own * blend + sheets[above + channel]! * paper * (1 - blend);
      }
    }
  }
}

/** How deep the paper is cut at a place, in sheets. Outwards it flattens, so that a wider view is not one endless pit. */
function createDepth({ dice, noise }: Brief, step: number, inward: 1 | -1): (x: number, y: number) => number {
  const scale = dice.between('scale', 0.24, 0.36);
  const smooth = noise.smooth(step * scale);
  const o = dice.offset('canyon');
  const centreX = dice.between('hole-x', -0.18, 0.18);
  const centreY = dice.between('hole-y', 0.36, 0.64);
  return (x, y) => {
    const dx = x - centreX;
    const dy = y - centreY;
    const bowl = 1 / (1 + (dx * dx + dy * dy) * 5);
    const wave = sample(smooth, x * scale + o, y * scale + o * 0.41);
    const fine = sample(smooth, x * scale * 2.3 + o, y * scale * 2.3);
    return SHEETS * (0.5 + inward * (bowl - 0.5) * 0.72 + wave * 0.4 + fine * 0.07);
  };
}

function sheetColours(brief: Brief, inward: number): Float32Array {
  const sheets = new Float32Array(SHEETS * 3);
  for (let sheet = 0; sheet < SHEETS; sheet++) {
    const share = sheet / (SHEETS - 1);
    // A lit hole glows from below; a raised pile is lightest on top.
    const position = inward > 0 ? 0.16 + 0.78 * share : 0.94 - 0.74 * share;
    const colour: Rgb = scaleRgb(rampAt(brief.palette.tones, position), 0.95);
    sheets.set(colour, sheet * 3);
  }
  return sheets;
}
