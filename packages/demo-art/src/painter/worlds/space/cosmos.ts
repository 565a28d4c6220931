import type { Brief } from '../../brief.ts';
import { rampIndex, smoothStep } from '../../engine/colour.ts';
import { addGlow } from '../../engine/glow.ts';
import { addSoft, type Frame } from '../../engine/frame.ts';
import { sample } from '../../engine/noise.ts';
import { paintAstronaut } from './astronaut.ts';
import { paintGalaxy } from './galaxy.ts';
import { paintLimb, paintPlanet } from './planet.ts';
import { addStars } from './stars.ts';

type CosmosMotif = 'planet' | 'limb' | 'galaxy' | 'none';

/** Coloured gas, dust and stars; before them a planet, the rim of a world, a galaxy, or nothing. */
export function paintCosmos(frame: Frame, brief: Brief): void {
  const { dice, subject } = brief;
  const person = /\b(?:astronaut|cosmonaut)s?\b/i.test(subject.text);
  const motif = chooseMotif(brief, person);
  addSoft(frame, (small) => paintNebula(small, brief, motif === 'galaxy' ? 0.45 : 1));
  const seed = dice.seed('stars');
  addStars(frame, { seed, cell: 0.009, density: 0.2, radius: 0.0014, strength: 0.75 });
  addStars(frame, { seed: seed + 11, cell: 0.034, density: 0.3, radius: 0.003, strength: 1.1 });
  addStars(frame, { seed: seed + 23, cell: 0.16, density: 0.5, radius: 0.0062, strength: 1.3 });
  if (motif === 'planet') paintPlanet(frame, brief);
  if (motif === 'limb') paintLimb(frame, brief);
  if (motif === 'galaxy') paintGalaxy(frame, brief);
  addGlow(frame, { radius: 0.04, threshold: 0.7, strength: 0.6 });
  if (person) paintAstronaut(frame, brief);
}

function chooseMotif(brief: Brief, person: boolean): CosmosMotif {
  const { dice, subject } = brief;
  if (person) return dice.chance('limb', 0.5) ? 'limb' : 'none';
  if (subject.features.has('galaxy')) return 'galaxy';
  const draw = dice.pick('motif', 100) / 100;
  if (subject.features.has('planet')) return draw < 0.7 ? 'planet' : 'limb';
  if (/\bnebulae?\b/i.test(subject.text)) return draw < 0.35 ? 'planet' : 'none';
  return draw < 0.45 ? 'planet' : draw < 0.7 ? 'limb' : draw < 0.85 ? 'galaxy' : 'none';
}

function paintNebula(frame: Frame, brief: Brief, strength: number): void {
  const { dice, noise, palette } = brief;
  const { light, width, height, step } = frame;
  const { tones } = palette;
  const scale = 0.3;
  const smooth = noise.smooth(step * scale);
  const rough = noise.rough(step * scale * 1.5);
  const fine = noise.rough(step * scale * 3);
  const o = dice.offset('nebula');
  const angle = dice.between('band', 0, Math.PI);
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const shift = dice.between('band-shift', -0.18, 0.18);
  const reach = dice.between('band-reach', 0.22, 0.4);
  const bright = dice.between('bright', 0.85, 1.15) * strength;
  const [second, third] = palette.accents;
  for (let row = 0; row < height; row++) {
    const y = frame.top + (row + 0.5) * step - 0.5;
    for (let column = 0; column < width; column++) {
      const x = frame.left + (column + 0.5) * step;
      const u = x * scale + o;
      const v = y * scale + o * 0.37;
      const warpX = sample(smooth, u * 0.8, v * 0.8);
      const warpY = sample(smooth, u * 0.8 + 0.43, v * 0.8 + 0.71);
      const gas = sample(rough, u + warpX * 0.2, v + warpY * 0.2);
      const wisp = 1 - Math.min(Math.abs(sample(rough, u * 1.4 + warpY * 0.28, v * 1.4 - warpX * 0.28)) * 2.2, 1);
      const dust = sample(fine, u * 1.9 - warpX * 0.3, v * 1.9 + warpY * 0.25);
      const across = (x * cos + y * sin - shift + warpX * 0.18) / reach;
      const band = 1 / (1 + across * across * across * across + across * across);
      const density = 0.16 + gas * 0.48 + band * 0.46 + wisp * wisp * 0.2 * band;
      const lane = smoothStep(0.02, 0.55, dust + band * 0.14 - 0.06) * 0.8 * smoothStep(0.2, 0.55, density);
      const level = Math.max(density * (1 - lane * 0.55), 0);
      const at0 = rampIndex(level * 0.92);
      const gain = (0.16 + 0.9 * level * level) * bright * (1 - lane * 0.5);
      const tint = smoothStep(0.0, 0.6, warpY * 1.4 + 0.1) * smoothStep(0.15, 0.6, level) * 0.42;
      const ember = smoothStep(0.1, 0.7, -warpY + wisp * 0.3) * level * level * 0.3;
      const at = (row * width + column) * 3;
      light[at] = tones[at0]! * gain + (second[0] * tint * level + third[0] * ember) * bright * 0.75;
      light[at + 1] = tones[at0 + 1]! * gain + (second[1] * tint * level + third[1] * ember) * bright * 0.75;
      light[at + 2] = tones[at0 + 2]! * gain + (second[2] * tint * level + third[2] * ember) * bright * 0.75;
    }
  }
}
