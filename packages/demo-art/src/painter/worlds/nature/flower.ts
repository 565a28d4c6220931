import type { Brief } from '../../brief.ts';
import { smoothStep } from '../../engine/colour.ts';
import { pixelsAround, type Frame } from '../../engine/frame.ts';
import { createPetals, gatherPetals, type Flower, type PetalKind, type Petals, type Ring } from './petals.ts';

export function planFlower(brief: Brief, name: string, place: { x: number; y: number; radius: number }): Flower {
  const { dice, subject } = brief;
  const drawn = (['round', 'pointed', 'slender', 'round'] as const)[dice.pick('petal-kind', 4)] ?? 'round';
  const petals: PetalKind = subject.features.has('pointed')
    ? 'pointed'
    : subject.features.has('slender')
      ? 'slender'
      : subject.text.match(/\b(?:rose|peony|camellia|dahlia)/i)
        ? 'round'
        : drawn;
  const core =
    petals === 'slender'
      ? dice.between('core', 0.2, 0.27)
      : petals === 'pointed'
        ? dice.between('core', 0.085, 0.12)
        : dice.between('core', 0.06, 0.1);
  const count = petals === 'slender' ? 3 : petals === 'pointed' ? 5 + dice.pick('rings', 2) : 7 + dice.pick('rings', 3);
  const around =
    petals === 'slender' ? 13 + dice.pick('around', 5) : petals === 'pointed' ? 7 + dice.pick('around', 2) : 5 + dice.pick('around', 3);
  const rings = Array.from({ length: count }, (_, index): Ring => {
    const depth = count === 1 ? 1 : index / (count - 1);
    const start = petals === 'slender' ? 0.72 : 0.2;
    return {
      number: index,
      reach: start + (1 - start) * depth ** (petals === 'round' ? 0.95 : 0.85),
      // Even, so that every other petal lies on top all the way round.
      count: 2 * Math.ceil((around + Math.floor(depth * (petals === 'slender' ? 3 : 4))) / 2),
      turn: index * 2.399 + dice.between(`${name}-turn-${index}`, -0.2, 0.2),
      half: petals === 'slender' ? 0.56 : petals === 'pointed' ? 0.72 : 0.82,
      depth,
    };
  });
  return { ...place, seed: dice.seed(name), petals, rings, core, dim: 1, light: dice.between('flower-light', -2.6, -0.6) };
}

/** Paints a flower over the picture. Between its petals its shadow falls on the ground. */
export function paintFlower(frame: Frame, brief: Brief, flower: Flower): void {
  const { light, width, step } = frame;
  const reach = flower.radius * 1.04;
  const { firstRow, lastRow, firstColumn, lastColumn } = pixelsAround(frame, flower, reach);
  const edge = step / flower.radius;
  const petals = createPetals(brief, flower, step);
  for (let row = firstRow; row < lastRow; row++) {
    const dy = (frame.top + (row + 0.5) * step - flower.y) / flower.radius;
    for (let column = firstColumn; column < lastColumn; column++) {
      const dx = (frame.left + (column + 0.5) * step - flower.x) / flower.radius;
      const far = Math.sqrt(dx * dx + dy * dy);
      if (far > 1.04) continue;
      petals.dx = dx;
      petals.dy = dy;
      petals.far = far;
      const at = (row * width + column) * 3;
      if (far < flower.core - edge) {
        paintCore(light, at, petals, brief);
        continue;
      }
      gatherPetals(petals);
      const ground = petals.open * (1 - petals.shadow * petals.open * 0.85);
      light[at] = light[at]! * ground + petals.red * flower.dim;
      light[at + 1] = light[at + 1]! * ground + petals.green * flower.dim;
      light[at + 2] = light[at + 2]! * ground + petals.blue * flower.dim;
    }
  }
}

/** The middle: a dome of seeds in a sunflower's spiral. */
function paintCore(light: Float32Array, at: number, { flower, dx, dy, far, edge }: Petals, brief: Brief): void {
  const dome = far / flower.core;
  const turn = Math.atan2(dy, dx);
  const spiral = Math.sin(turn * 13 + Math.sqrt(dome) * 34) * Math.sin(turn * -21 + Math.sqrt(dome) * 34);
  const dots = edge > flower.core * 0.08 ? 0 : spiral;
  const gain = (0.55 + 0.4 * (1 - dome * dome) + dots * 0.3 - 0.35 * smoothStep(0.75, 1, dome)) * flower.dim;
  // A sunflower's seeds are brown.
  const [red, green, blue] = brief.palette.accents[flower.petals === 'slender' && brief.subject.mood === 'gold' ? 1 : 0];
  const heart = smoothStep(0.65, 0.2, dome) * 0.4;
  light[at] = red * gain * (1 - heart * 0.3);
  light[at + 1] = green * gain * (1 - heart * 0.15);
  light[at + 2] = blue * gain * (1 - heart * 0.5);
}
