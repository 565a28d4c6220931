import { mix } from '@atelier/lib/random';

/** A number from 0 (included) to 1 (excluded) for one cell of a lattice: what stands there never depends on the window. */
export function cellUnit(seed: number, column: number, row: number): number {
  return mix(seed ^ Math.imul(column, 0x27d4eb2d) ^ Math.imul(row, 0x165667b1)) / 4_294_967_296;
}

/** A stream of numbers from 0 to 1 (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
