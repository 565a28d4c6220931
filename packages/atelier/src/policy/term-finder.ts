import { foldTerm, isBoundary } from './fold.ts';

/** Finds the terms of a list in folded texts. */
export interface TermFinder {
  /** The first term that is a whole word of the text, as the list writes it. */
  find(text: string): string | undefined;
  /** How many different terms the list has after folding. */
  readonly size: number;
}

/** A state of the automaton: the letters on the way to it are the beginning of a term. */
interface State {
  readonly next: Map<string, State>;
  /** The next state to try when no term continues with the next letter: the state of the longest proper suffix. */
  fallback: State | null;
  /** The nearest state along the fallbacks where a term ends. */
  shorter: State | null;
  term: string | null;
  /** Length of the folded term. */
  length: number;
}

const createState = (): State => ({ next: new Map(), fallback: null, shorter: null, term: null, length: 0 });

/**
 * The automaton of Aho and Corasick: finds all terms in one pass over the text. Each letter costs one step forward and, on average over the
 * text, at most one step back; terms are compared only where a word may end. `onStep` is called for each step and each compared term.
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

/** False for a term that is there already, or that is empty after folding. */
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

/** Breadth first, so that every shorter state is linked before the longer states that fall back to it. */
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
