import { foldTerm, isBoundary } from './policy-fold.ts';

/** Finds the terms of a list in folded texts. */
export interface TermFinder {
  /** The first term that stands in the text as a word of its own, as the list has it. */
  find(text: string): string | undefined;
  /** How many different terms there are to find, once folded. */
  readonly size: number;
}

/** A state of the automaton: what has been read so far is the beginning of a term. */
interface State {
  readonly next: Map<string, State>;
  /** Where to go on when the next letter fits no term here: the state of the longest proper end of what was read. */
  fallback: State | null;
  /** The nearest state down the fallbacks at which a term ends. */
  shorter: State | null;
  term: string | null;
  /** Length of that term as folded. */
  length: number;
}

const createState = (): State => ({ next: new Map(), fallback: null, shorter: null, term: null, length: 0 });

/**
 * Aho and Corasick's automaton: all terms are looked for in one walk over the text. Each letter costs one step forward and, over the whole
 * text, at most one step back; a term is looked at only where a word may end. `onStep` is told of each of these.
 */
export function createTermFinder(terms: readonly string[], onStep: () => void = () => {}): TermFinder {
  const root = createState();
  const size = terms.filter((term) => addTerm(root, term)).length;
  linkFallbacks(root, onStep);
  return {
    size,
    find(text) {
      let state = root;
      for (let end = 1; end <= text.length; end += 1) {
        state = step(root, state, text.charAt(end - 1), onStep);
        if (state === root || !isBoundary(text, end)) continue;
        for (let hit: State | null = state; hit !== null; hit = hit.shorter) {
          onStep();
          if (hit.term !== null && isBoundary(text, end - hit.length)) return hit.term;
        }
      }
      return undefined;
    },
  };
}

/** False for a term that is there already, or that is nothing once folded. */
function addTerm(root: State, term: string): boolean {
  const folded = foldTerm(term);
  if (folded === '') return false;
  let state = root;
  for (let index = 0; index < folded.length; index += 1) {
    const letter = folded.charAt(index);
    const known = state.next.get(letter) ?? createState();
    state.next.set(letter, known);
    state = known;
  }
  if (state.term !== null) return false;
  state.term = term;
  state.length = folded.length;
  return true;
}

/** Breadth first, so that every shorter state is linked before the longer ones that fall back on it. */
function linkFallbacks(root: State, onStep: () => void): void {
  const queue: State[] = [root];
  for (const state of queue) {
    for (const [letter, next] of state.next) {
      next.fallback = state === root ? root : step(root, state.fallback ?? root, letter, onStep);
      next.shorter = next.fallback.term === null ? next.fallback.shorter : next.fallback;
      queue.push(next);
    }
  }
}

function step(root: State, from: State, letter: string, onStep: () => void): State {
  for (let state: State | null = from; state !== null; state = state.fallback) {
    onStep();
    const next = state.next.get(letter);
    if (next) return next;
  }
  return root;
}
