import type { Brief } from '../../brief.ts';
import { smoothStep } from '../../engine/colour.ts';
import { addSoft, type Frame } from '../../engine/frame.ts';
import { sample } from '../../engine/noise.ts';
import { addStars } from './stars.ts';

interface Galaxy {
  x: number;
  y: number;
  size: number;
  /** How far the disc is turned towards us: 0 edge on, 1 full face. */
  open: number;
  cos: number;
  sin: number;
  twist: number;
  offset: number;
}

/** A spiral seen from an angle: two arms of stars and gas around a warm heart. */
export function paintGalaxy(frame: Frame, brief: Brief): void {
  const { dice } = brief;
  const tilt = dice.between('galaxy-tilt', -0.7, 0.7);
  const galaxy: Galaxy = {
    x: dice.between('galaxy-x', -0.1, 0.1),
    y: 0.5 + dice.between('galaxy-y', -0.08, 0.08),
    size: dice.between('galaxy-size', 0.34, 0.46),
    open: dice.between('galaxy-open', 0.35, 0.75),
    cos: Math.cos(tilt),
    sin: Math.sin(tilt),
    twist: dice.between('galaxy-twist', 2.4, 3.6) * (dice.chance('galaxy-way', 0.5) ? 1 : -1),
    offset: dice.offset('galaxy'),
  };
  addSoft(frame, (small) => paintGas(small, brief, galaxy));
  const { cos, sin, size, open } = galaxy;
  const seen = (x: number, y: number): number => {
    const dx = x - galaxy.x;
    const dy = y - galaxy.y;
    return Math.max(0, 1 - Math.hypot((dx * cos + dy * sin) / size, (dy * cos - dx * sin) / size / open) / 1.5);
  };
  addStars(frame, { seed: dice.seed('galaxy-stars'), cell: 0.006, density: 0.5, radius: 0.0014, strength: 0.8, seen });
}

function paintGas(frame: Frame, brief: Brief, galaxy: Galaxy): void {
  const { light, width, height, step } = frame;
  const { cos, sin, size, open, twist, offset } = galaxy;
  const rough = brief.noise.rough(step * 1.2);
  const [armOne, , armTwo] = brief.palette.accents;
  for (let row = 0; row < height; row++) {
    const dy = frame.top + (row + 0.5) * step - galaxy.y;
    for (let column = 0; column < width; column++) {
      const dx = frame.left + (column + 0.5) * step - galaxy.x;
      const a = (dx * cos + dy * sin) / size;
      const b = (dy * cos - dx * sin) / size / open;
      const far = Math.sqrt(a * a + b * b);
      if (far > 2.4) continue;
      const turn = Math.atan2(b, a) * 2 - Math.log(far + 0.05) * twist;
      const cloud = sample(rough, a * 0.5 + offset, b * 0.5);
      const fine = sample(rough, a * 1.7 + offset, b * 1.7 + 0.3);
      const arm = (0.5 + 0.5 * Math.cos(turn + cloud * 0.9)) ** 2.5;
      const fade = Math.exp(-far * far * 1.9) * 1.25;
      const gas = Math.max(arm * (1 + fine * 0.7) + 0.07, 0) * fade * smoothStep(-0.02, 0.3, far);
      const heart = Math.exp(-far * far * 60) * 1.3 + Math.exp(-far * far * 7) * 0.3;
      const mixArm = smoothStep(-0.6, 0.7, fine * 0.6 + cloud);
      const at = (row * width + column) * 3;
      light[at]! += gas * (armOne[0] + (armTwo[0] - armOne[0]) * mixArm) * 0.85 + heart * 1;
      light[at + 1]! += gas * (armOne[1] + (armTwo[1] - armOne[1]) * mixArm) * 0.85 + heart * 0.82;
      light[at + 2]! += gas * (armOne[2] + (armTwo[2] - armOne[2]) * mixArm) * 0.85 + heart * 0.6;
    }
  }
}
