/** Seeded randomness: equal seeds give equal values in the same order. All variation of the simulator comes from it. */
export interface Random {
  /** From 0 up to, but not including, 1. */
  next(): number;
  /** A whole number from 0 up to, but not including, `limit`. */
  below(limit: number): number;
  /** One member of a non-empty list. */
  pick<Item>(list: readonly [Item, ...Item[]]): Item;
  /** `bytes` bytes as lower-case hexadecimal. */
  hex(bytes: number): string;
  /** A version 4 UUID. */
  uuid(): string;
}

/** A mulberry32 generator. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const hex = (bytes: number): string => Array.from({ length: bytes }, () => below(256).toString(16).padStart(2, '0')).join('');
  return {
    next,
    below,
    pick: (list) => list[below(list.length)] ?? list[0],
    hex,
    uuid: () => `${hex(4)}-${hex(2)}-4${hex(2).slice(1)}-${'89ab'[below(4)]}${hex(2).slice(1)}-${hex(6)}`,
  };
}

/** A 32-bit hash of text (FNV-1a with a final mix), the same on every machine. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mix(hash);
}

/** Spreads the bits of a 32-bit number; unsigned. */
export function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
