import { hashText, mix } from '@atelier/lib/random';

/**
 * The decisions behind one picture, each drawn under its own name: adding a decision changes no other, and a variation
 * starts from its parent's decisions and moves them a little or a lot.
 */
export interface Dice {
  between(name: string, low: number, high: number): number;
  chance(name: string, probability: number): boolean;
  /** 0 to `count - 1`. */
  pick(name: string, count: number): number;
  /** Where on an endless noise texture to look, in tiles. */
  offset(name: string): number;
  /** A seed for things scattered by cell. */
  seed(name: string): number;
}

/** One step from a picture to a variation of it. */
interface VariantStep {
  seed: number;
  strength: 'subtle' | 'strong';
}

/** The name of a variation in `Scene.variant`: the parent's path, then the sibling's number, the strength and the seed. */
export function appendStep(path: string, index: number, step: VariantStep): string {
  return `${path}.${index}${step.strength === 'strong' ? 'w' : 's'}${(step.seed >>> 0).toString(36)}`;
}

/** The first sibling's number and the steps after it. Never throws: an unreadable part counts as text to be hashed. */
export function parseVariant(path: string): { root: string; steps: VariantStep[] } {
  const [root = '0', ...rest] = path.split('.');
  return {
    root,
    steps: rest.map((part) => ({ seed: hashText(part), strength: /^\d+w/.test(part) ? 'strong' : 'subtle' })),
  };
}

const REACH = { subtle: 0.07, strong: 0.42 } as const;
const DRIFT = { subtle: 0.02, strong: 0.5 } as const;

export function createDice(familySeed: number, variant: string): Dice {
  const { root, steps } = parseVariant(variant);
  const rootSeed = hashText(`${familySeed}:${root}`);
  const unitOf = (seed: number, name: string): number => mix(seed ^ hashText(name)) / 4_294_967_296;

  /** The root's draw, moved by each step and folded back into 0..1 at the ends. */
  const unit = (name: string): number => {
    let value = unitOf(rootSeed, name);
    for (const step of steps) {
      value = Math.abs(value + (unitOf(step.seed, name) - 0.5) * 2 * REACH[step.strength]);
      if (value > 1) value = 2 - value;
    }
    return Math.min(value, 0.999_999);
  };
  /** The root's draw unless a strong step drew it anew. */
  const settled = (name: string): number => {
    let seed = rootSeed;
    for (const step of steps) {
      if (step.strength === 'strong' && unitOf(step.seed, `${name}?`) < 0.5) seed = step.seed;
    }
    return mix(seed ^ hashText(name));
  };
  return {
    between: (name, low, high) => low + (high - low) * unit(name),
    chance: (name, probability) => settled(name) / 4_294_967_296 < probability,
    pick: (name, count) => Math.floor((settled(name) / 4_294_967_296) * count),
    offset(name) {
      let value = unitOf(rootSeed, name) * 16;
      for (const step of steps) value += (unitOf(step.seed, name) - 0.5) * 2 * DRIFT[step.strength];
      return value;
    },
    seed: (name) => settled(name),
  };
}

/** A number from 0 (included) to 1 (excluded) for one cell of a lattice. It does not depend on the window. */
export function cellUnit(seed: number, column: number, row: number): number {
  return mix(seed ^ Math.imul(column, 0x27d4eb2d) ^ Math.imul(row, 0x165667b1)) / 4_294_967_296;
}
