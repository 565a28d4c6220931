import type { Brief } from '../../brief.ts';
import { rampIndex, smoothStep, type Ramp } from '../../engine/colour.ts';
import { sample, type Texture } from '../../engine/noise.ts';
import { cellUnit } from '../../dice.ts';

/** A flower seen from above: rings of petals, the innermost on top. */
export interface Flower {
  x: number;
  y: number;
  radius: number;
  seed: number;
  petals: PetalKind;
  rings: Ring[];
  /** Radius of the middle, as a share of the flower's. */
  core: number;
  /** 1 in the foreground, less further away. */
  dim: number;
  light: number;
}

export type PetalKind = 'round' | 'pointed' | 'slender';

export interface Ring {
  /** 0 for the innermost. */
  number: number;
  /** As a share of the flower's radius. */
  reach: number;
  count: number;
  turn: number;
  /** Half width of a petal in petal distances; over 0.5 neighbours overlap. */
  half: number;
  /** 0 the innermost ring, 1 the outermost. */
  depth: number;
}

/** A flower's petals, prepared for look-ups, and the last look-up with its result. Lengths are in flower radii. */
export interface Petals {
  flower: Flower;
  /** The place of the look-up, from the flower's middle, and its distance. */
  dx: number;
  dy: number;
  far: number;
  /** Half a petal's width for each distance along it, so that the loop over pixels needs no powers. */
  profile: Float32Array;
  /** A number from 0 to 1 for each petal, by ring and number, by which petals differ. */
  owns: Float32Array;
  tones: Ramp;
  veins: Texture;
  lightX: number;
  lightY: number;
  /** One pixel. */
  edge: number;
  /** The result: the share of the ground that is visible, the shadow on it, and the light of the petals. */
  open: number;
  shadow: number;
  red: number;
  green: number;
  blue: number;
}

/** No ring has more petals. */
const MOST_PETALS = 32;
const PROFILE_STEPS = 256;
/** How far a petal's shadow reaches. */
const SHADOW = 0.05;

export function createPetals(brief: Brief, flower: Flower, step: number): Petals {
  return {
    flower,
    dx: 0,
    dy: 0,
    far: 0,
    profile: petalProfile(flower.petals),
    owns: Float32Array.from({ length: flower.rings.length * MOST_PETALS }, (_, at) =>
      cellUnit(flower.seed, at % MOST_PETALS, Math.floor(at / MOST_PETALS)),
    ),
    tones: brief.palette.tones,
    veins: brief.noise.rough(step * 2),
    lightX: Math.cos(flower.light),
    lightY: Math.sin(flower.light),
    edge: step / flower.radius,
    open: 1,
    shadow: 0,
    red: 0,
    green: 0,
    blue: 0,
  };
}

function petalProfile(kind: PetalKind): Float32Array {
  const profile = new Float32Array(PROFILE_STEPS + 2);
  for (let index = 0; index <= PROFILE_STEPS; index++) {
    const along = index / PROFILE_STEPS;
    const body =
      kind === 'round'
        ? Math.min(1, 0.55 + along * 0.8) * Math.max(0, 1 - along ** 5) ** 0.5
        : kind === 'pointed'
          ? Math.sin(Math.PI * Math.min(1, 0.3 + along * 0.7)) ** 0.85 * (1 - along ** 6)
          : Math.min(1, 0.5 + along * 0.8) * Math.max(0, 1 - along ** 4) ** 0.7;
    profile[index] = Math.max(0, body);
  }
  return profile;
}

/**
 * Looks from the innermost ring outwards for the petals that cover a place, until nothing is seen between them. In a ring
 * every other petal lies over its neighbours, so that petals overlap as they do in a real flower.
 */
export function gatherPetals(petals: Petals): void {
  const { flower, dx, dy, far } = petals;
  petals.open = 1;
  petals.shadow = smoothStep(flower.core + 0.09, flower.core, far) * 0.55;
  petals.red = 0;
  petals.green = 0;
  petals.blue = 0;
  const angle = Math.atan2(dy, dx);
  for (const ring of flower.rings) {
    if (far > ring.reach * 1.04 + SHADOW) continue;
    const place = ((angle + ring.turn) / (2 * Math.PI)) * ring.count;
    // Only the two petals on either side can reach this direction; the even one lies above.
    const below = Math.floor(place);
    const even = (below & 1) === 0 ? below : below + 1;
    const odd = (below & 1) === 0 ? below + 1 : below;
    addPetal(petals, ring, even, place - even);
    if (petals.open > 0.02) addPetal(petals, ring, odd, place - odd);
    if (petals.open <= 0.02) return;
  }
}

/** Lays one petal under the petals gathered so far. `across` is the distance from its middle line, in petal distances. */
function addPetal(petals: Petals, ring: Ring, petal: number, across: number): void {
  const { profile, dx, dy, far } = petals;
  const number = ((petal % ring.count) + ring.count) % ring.count;
  const own = petals.owns[ring.number * MOST_PETALS + number]!;
  const long = ring.reach * (0.9 + 0.14 * own);
  const along = far / long;
  const toTip = long - far;
  if (toTip < -SHADOW) return;
  const slot = Math.min(along, 1) * PROFILE_STEPS;
  const low = Math.floor(slot);
  const rise = profile[low + 1]! - profile[low]!;
  const half = along > 1 ? 0 : ring.half * (profile[low]! + rise * (slot - low));
  // Across the petal this is the way to its edge; where the edge runs inwards the true distance is shorter.
  const wide = far * ((2 * Math.PI) / ring.count);
  const run = (rise * PROFILE_STEPS * ring.half * wide) / long;
  const inside = Math.min(((half - Math.abs(across)) * wide) / Math.sqrt(1 + run * run), toTip);
  if (inside < -SHADOW) return;
  const cover = Math.min(Math.max(inside / petals.edge + 0.5, 0), 1);
  if (cover > 0) {
    const side = half > 0 ? across / half : 0;
    const vein = sample(petals.veins, across * 0.9 + own * 7, along * 0.16 + own * 3) * 0.16;
    const rim = smoothStep(0.022, 0, inside) * 0.11;
    const level = 0.34 + 0.46 * along * Math.sqrt(along) - 0.1 * (1 - ring.depth) + vein + rim + (own - 0.5) * 0.07 - side * side * 0.07;
    const at = rampIndex(level);
    // A petal is a shallow spoon: its slope across and along decides how the light meets it.
    const { lightX, lightY, tones } = petals;
    const tilt = ((dx * lightX + dy * lightY) * (along - 0.45) * 0.3 + (dx * lightY - dy * lightX) * side * 0.22) / far;
    const gain = Math.max(0.12, (0.62 + 0.42 * along + tilt) * (1 - petals.shadow)) * petals.open * cover;
    petals.red += tones[at]! * gain;
    petals.green += tones[at + 1]! * gain;
    petals.blue += tones[at + 2]! * gain;
    petals.open *= 1 - cover;
  }
  // Beside a petal that lies above, its shadow.
  if (inside < 0) petals.shadow = Math.max(petals.shadow, (1 + inside / SHADOW) ** 2 * 0.62);
}
