import type { Brief } from '../../brief.ts';
import { blendRgb, createRamp, rampIndex, scaleRgb, smoothStep, type Ramp, type Rgb } from '../../engine/colour.ts';
import { pixelsAround, type Frame } from '../../engine/frame.ts';
import { sample } from '../../engine/noise.ts';

interface Ball {
  x: number;
  y: number;
  radius: number;
  /** Unit vector towards the light. */
  sun: readonly [number, number, number];
  surface: Ramp;
  air: Rgb;
  tilt: number;
  /** Banded like a gas giant, or patchy like a rock. */
  banded: boolean;
  offset: number;
}

/** Surfaces of planets, dark to light, told by hue alone; they are lit afterwards. */
const SURFACES = [
  { hues: [215, 205, 190, 195], chroma: 0.09 },
  { hues: [40, 55, 65, 80], chroma: 0.1 },
  { hues: [300, 320, 345, 20], chroma: 0.09 },
  { hues: [25, 35, 50, 70], chroma: 0.13 },
  { hues: [260, 240, 220, 200], chroma: 0.1 },
] as const;

function surfaceOf(brief: Brief): Ramp {
  const named = brief.subject.colours[0];
  const kind = SURFACES[brief.dice.pick('surface', SURFACES.length)] ?? SURFACES[0];
  const hue = (index: number): number => (named && named.chroma > 0.03 ? named.hue + index * 12 - 18 : (kind.hues[index] ?? 200));
  return createRamp([
    [0.36, kind.chroma, hue(0)],
    [0.56, kind.chroma, hue(1)],
    [0.74, kind.chroma * 0.9, hue(2)],
    [0.92, kind.chroma * 0.45, hue(3)],
  ]);
}

/** A planet, most often with a ring, part of it in its own night. */
export function paintPlanet(frame: Frame, brief: Brief): void {
  const { dice, palette } = brief;
  const turn = dice.between('sun-turn', 0, Math.PI * 2);
  const flat = Math.cos(0.62);
  const saturn = /\b(?:saturn|rings?|ringed)\b/i.test(brief.subject.text);
  const ball: Ball = {
    x: dice.between('planet-x', -0.15, 0.15),
    y: 0.5 + dice.between('planet-y', -0.12, 0.12),
    radius: dice.between('planet-radius', 0.13, 0.21),
    sun: [Math.cos(turn) * flat, Math.sin(turn) * flat, Math.sin(0.62)],
    surface: surfaceOf(brief),
    air: blendRgb(palette.accents[0], [0.8, 0.9, 1], 0.4),
    tilt: dice.between('planet-tilt', -0.5, 0.5),
    banded: saturn || dice.chance('banded', 0.7),
    offset: dice.offset('planet'),
  };
  const ringed = ball.banded && (saturn || dice.chance('ring', 0.8));
  const open = dice.between('ring-open', 0.16, 0.36);
  paintHalo(frame, ball);
  if (ringed) paintRing(frame, brief, ball, { open, half: 'behind' });
  paintBall(frame, brief, ball);
  if (ringed) paintRing(frame, brief, ball, { open, half: 'before' });
  if (dice.chance('moon', 0.6)) {
    const angle = dice.between('moon-angle', 0, Math.PI * 2);
    const far = ball.radius * dice.between('moon-far', 1.9, 2.4);
    paintBall(frame, brief, {
      ...ball,
      x: ball.x + Math.cos(angle) * far,
      y: ball.y + Math.sin(angle) * far * 0.75,
      radius: ball.radius * dice.between('moon-size', 0.09, 0.2),
      banded: false,
      offset: ball.offset + 3,
    });
  }
}

/** The rim of a large world along the bottom, its air glowing. */
export function paintLimb(frame: Frame, brief: Brief): void {
  const { dice, palette } = brief;
  const radius = dice.between('limb-radius', 0.95, 1.5);
  const x = dice.between('limb-x', -0.35, 0.35);
  const side = x > 0 ? -1 : 1;
  const ball: Ball = {
    x,
    y: dice.between('limb-top', 0.62, 0.78) + radius,
    radius,
    sun: [0.62 * side, -0.78, 0.05 + 0.12 * dice.between('limb-sun', 0, 1)],
    surface: surfaceOf(brief),
    air: blendRgb(palette.accents[0], [0.75, 0.9, 1], 0.35),
    tilt: dice.between('limb-tilt', -0.4, 0.4),
    banded: false,
    offset: dice.offset('limb'),
  };
  paintHalo(frame, ball);
  paintBall(frame, brief, ball);
}

/** Air seen from the side: a glow outside the rim, on the lit half. */
function paintHalo(frame: Frame, ball: Ball): void {
  const { light, width, step } = frame;
  const thick = Math.min(ball.radius * 0.16, 0.075);
  const reach = ball.radius + thick * 3;
  const { firstRow, lastRow, firstColumn, lastColumn } = pixelsAround(frame, ball, reach);
  for (let row = firstRow; row < lastRow; row++) {
    const dy = frame.top + (row + 0.5) * step - ball.y;
    for (let column = firstColumn; column < lastColumn; column++) {
      const dx = frame.left + (column + 0.5) * step - ball.x;
      const far = Math.sqrt(dx * dx + dy * dy);
      const over = far - ball.radius;
      if (over < -step * 2 || over > thick * 3) continue;
      const day = smoothStep(-0.5, 0.75, (dx * ball.sun[0] + dy * ball.sun[1]) / far);
      const fade = 1 - Math.max(over, 0) / (thick * 3);
      const share = day * fade * fade * (0.75 / (1 + Math.max(over, 0) / (thick * 0.28)));
      const at = (row * width + column) * 3;
      light[at]! += ball.air[0] * share;
      light[at + 1]! += ball.air[1] * share;
      light[at + 2]! += ball.air[2] * share;
    }
  }
}

function paintBall(frame: Frame, brief: Brief, ball: Ball): void {
  const { light, width, step } = frame;
  // Larger worlds show more of their surface, not the same clouds enlarged.
  const scale = ball.banded ? 0.3 / ball.radius ** 0.5 : 0.55 * Math.max(ball.radius, 0.12) ** 0.35;
  const rough = brief.noise.rough(((step * scale) / Math.max(ball.radius, 0.05)) * 0.4);
  const cos = Math.cos(ball.tilt);
  const sin = Math.sin(ball.tilt);
  const { firstRow, lastRow, firstColumn, lastColumn } = pixelsAround(frame, ball, ball.radius + step);
  const night: Rgb = scaleRgb(ball.air, 0.012);
  for (let row = firstRow; row < lastRow; row++) {
    const dy = (frame.top + (row + 0.5) * step - ball.y) / ball.radius;
    for (let column = firstColumn; column < lastColumn; column++) {
      const dx = (frame.left + (column + 0.5) * step - ball.x) / ball.radius;
      const far2 = dx * dx + dy * dy;
      const cover = ((1 - Math.sqrt(far2)) * ball.radius) / step + 0.5;
      if (cover <= 0) continue;
      const dz = Math.sqrt(Math.max(1 - far2, 0.0001));
      // Turned by the tilt; a look-up on the ball's skin rather than on the disc.
      const px = dx * cos + dy * sin;
      const py = dy * cos - dx * sin;
      const skinX = (px / (0.6 + 0.4 * dz)) * scale + ball.offset;
      const skinY = (py / (0.8 + 0.2 * dz)) * scale;
      const eddy = sample(rough, skinX * 0.9, skinY * 1.6);
      let level: number;
      if (ball.banded) {
        level =
          0.5 + sample(rough, ball.offset * 0.3 + skinX * 0.05 + eddy * 0.03, py * 0.24 + ball.offset + eddy * 0.035) * 0.95 + eddy * 0.1;
      } else {
        const land = sample(rough, skinX + eddy * 0.1, skinY * 1.1 + ball.offset);
        const cloud = smoothStep(0.1, 0.6, sample(rough, skinX * 1.2 + land * 0.14 + 0.5, skinY * 1.9 - eddy * 0.1));
        level = 0.3 + land * 0.7 + cloud * 0.62;
      }
      const at0 = rampIndex(level);
      const facing = dx * ball.sun[0] + dy * ball.sun[1] + dz * ball.sun[2];
      const day = smoothStep(-0.14, 0.95, facing) * 1.25;
      const rim = (1 - dz) ** 3 * smoothStep(-0.3, 0.5, facing) * 0.85;
      const share = cover < 1 ? cover : 1;
      const at = (row * width + column) * 3;
      light[at]! += (ball.surface[at0]! * day + ball.air[0] * rim + night[0] - light[at]!) * share;
      light[at + 1]! += (ball.surface[at0 + 1]! * day + ball.air[1] * rim + night[1] - light[at + 1]!) * share;
      light[at + 2]! += (ball.surface[at0 + 2]! * day + ball.air[2] * rim + night[2] - light[at + 2]!) * share;
    }
  }
}

function paintRing(frame: Frame, brief: Brief, ball: Ball, { open, half }: { open: number; half: 'behind' | 'before' }): void {
  const { light, width, step } = frame;
  const rough = brief.noise.rough(step * 2);
  const cos = Math.cos(ball.tilt);
  const sin = Math.sin(ball.tilt);
  const outer = ball.radius * 2.25;
  const { firstRow, lastRow, firstColumn, lastColumn } = pixelsAround(frame, ball, outer);
  for (let row = firstRow; row < lastRow; row++) {
    const dy = frame.top + (row + 0.5) * step - ball.y;
    for (let column = firstColumn; column < lastColumn; column++) {
      const dx = frame.left + (column + 0.5) * step - ball.x;
      const across = dx * cos + dy * sin;
      const along = dy * cos - dx * sin;
      if (along < 0 !== (half === 'behind')) continue;
      const far = Math.hypot(across, along / open) / ball.radius;
      if (far < 1.28 || far > 2.25) continue;
      const edge = step / ball.radius / open;
      const groove = 0.62 + sample(rough, far * 0.75 + ball.offset, 0.2) * 0.75 + sample(rough, far * 3 + ball.offset, 0.7) * 0.35;
      const gap = 1 - 0.85 * smoothStep(0.03, 0.012, Math.abs(far - 1.84));
      const body =
        smoothStep(1.28, 1.28 + 0.06 + edge, far) * smoothStep(2.25, 2.18 - edge, far) * gap * Math.min(Math.max(groove, 0.05), 1);
      // The planet's shadow falls away from the sun.
      const sunward = across * (ball.sun[0] * cos + ball.sun[1] * sin) + (along / open) * (ball.sun[1] * cos - ball.sun[0] * sin);
      const beside = Math.abs(across * (ball.sun[1] * cos - ball.sun[0] * sin) - (along / open) * (ball.sun[0] * cos + ball.sun[1] * sin));
      const shade = sunward < 0 ? smoothStep(ball.radius * 0.85, ball.radius * 1.08, beside) : 1;
      const at0 = rampIndex(0.5 + groove * 0.35);
      const share = body * 0.82;
      const gain = 0.12 + 0.72 * shade;
      const at = (row * width + column) * 3;
      light[at]! += (ball.surface[at0]! * gain - light[at]!) * share;
      light[at + 1]! += (ball.surface[at0 + 1]! * gain - light[at + 1]!) * share;
      light[at + 2]! += (ball.surface[at0 + 2]! * gain - light[at + 2]!) * share;
    }
  }
}
