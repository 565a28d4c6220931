import type { Brief } from '../../brief.ts';
import { blendRgb, toRgb } from '../../engine/colour.ts';
import type { Frame } from '../../engine/frame.ts';
import { fillShape } from '../../engine/shape.ts';
import type { Sky } from '../space/sky.ts';

/** A few birds far away, gliding. */
export function addBirds(frame: Frame, brief: Brief, sky: Sky): void {
  const { dice, palette, subject } = brief;
  const wanted = subject.features.has('birds');
  if (palette.night > 0.5 || (!wanted && !dice.chance('birds', 0.35))) return;
  const count = (wanted ? 7 : 3) + dice.pick('bird-count', 4);
  const colour = blendRgb(toRgb(palette.near), toRgb(palette.horizon), 0.25);
  const middleX = -Math.sign(sky.sunX) * dice.between('flock-x', 0.02, 0.28);
  const middleY = sky.horizon - dice.between('flock-y', 0.2, 0.4);
  for (let index = 0; index < count; index++) {
    const size = dice.between(`bird-size-${index}`, 0.008, 0.017) * (wanted ? 1.35 : 1);
    const x = middleX + dice.between(`bird-x-${index}`, -0.15, 0.15);
    const y = middleY + dice.between(`bird-y-${index}`, -0.07, 0.07);
    const flap = dice.between(`bird-flap-${index}`, 0.15, 0.55);
    const tilt = dice.between(`bird-tilt-${index}`, -0.25, 0.25);
    const place = (dx: number, dy: number): [number, number] => [x + (dx - dy * tilt) * size, y + (dy + dx * tilt) * size];
    fillShape(
      frame,
      [
        ...place(-1, -flap),
        ...place(-0.55, -flap * 1.15),
        ...place(-0.12, -0.05),
        ...place(0, 0),
        ...place(0.12, -0.05),
        ...place(0.55, -flap * 1.15),
        ...place(1, -flap),
        ...place(0.5, -flap * 0.8),
        ...place(0.08, 0.16),
        ...place(-0.08, 0.16),
        ...place(-0.5, -flap * 0.8),
      ],
      { top: colour, bottom: colour },
    );
  }
}
