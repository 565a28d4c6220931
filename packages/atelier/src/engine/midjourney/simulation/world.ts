import { createRandom, type Random } from '@atelier/lib/random';

/** Virtual time with one seeded source of randomness: a seed decides everything that happens, and in which sequence. */
export interface SimWorld {
  /** Our clock, epoch milliseconds. */
  readonly nowMs: number;
  readonly random: Random;
  chance(probability: number): boolean;
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  /** Runs `act` later. Returns a function that takes it back. */
  after(ms: number, act: () => void): () => void;
  /** Adds a line to the log of the run. The text is made only if the run keeps a log. */
  note(line: () => string): void;
  /** Runs everything until this instant, or until nothing is left. Throws if the run does not come to rest. */
  run(untilMs: number): void;
  readonly lines: readonly string[];
}

interface PlannedAct {
  readonly atMs: number;
  readonly sequence: number;
  act: (() => void) | null;
}

const STARTS_AT_MS = 1_795_000_000_000;
const MAX_ACTS = 300_000;

export function createWorld(seed: number, keepsLog: boolean): SimWorld {
  const random = createRandom(seed);
  const heap: PlannedAct[] = [];
  const lines: string[] = [];
  let nowMs = STARTS_AT_MS;
  let sequence = 0;
  let acts = 0;

  return {
    get nowMs() {
      return nowMs;
    },
    random,
    lines,
    chance: (probability) => random.next() < probability,
    between: (least, most) => least + random.below(most - least + 1),
    after(ms, act) {
      const planned: PlannedAct = { atMs: nowMs + Math.max(0, Math.ceil(ms)), sequence: sequence++, act };
      pushHeap(heap, planned);
      return () => {
        planned.act = null;
      };
    },
    note(line) {
      if (keepsLog) lines.push(`${String(nowMs - STARTS_AT_MS).padStart(9)} ${line()}`);
    },
    run(untilMs) {
      for (let next = heap[0]; next && next.atMs <= untilMs; next = heap[0]) {
        popHeap(heap);
        nowMs = next.atMs;
        if (next.act && ++acts > MAX_ACTS) throw new Error('the run does not come to rest');
        next.act?.();
      }
      nowMs = Math.max(nowMs, Math.min(untilMs, Number.MAX_SAFE_INTEGER));
    },
  };
}

const isBefore = (one: PlannedAct, other: PlannedAct): boolean =>
  one.atMs !== other.atMs ? one.atMs < other.atMs : one.sequence < other.sequence;

function pushHeap(heap: PlannedAct[], item: PlannedAct): void {
  let at = heap.length;
  heap.push(item);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (!parent || isBefore(parent, item)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = item;
}

function popHeap(heap: PlannedAct[]): void {
  const item = heap.pop();
  if (!item || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    const [left, right] = [heap[below], heap[below + 1]];
    if (!left) break;
    if (right && isBefore(right, left)) below += 1;
    const least = heap[below];
    if (!least || isBefore(item, least)) break;
    heap[at] = least;
    at = below;
  }
  heap[at] = item;
}
