import { foldTerm, isBoundary, readText } from './policy-fold.ts';

/** Whether a prompt may be sent on. `term` is the one that was found, as the list has it. */
export type PolicyVerdict = { allowed: true } | { allowed: false; term: string };

export interface ContentPolicy {
  check(text: string): PolicyVerdict;
}

/**
 * A block list that finds its terms as whole words, whatever disguise their letters wear (see `readText`), and leaves longer
 * words that merely contain one alone. In scripts that write no spaces a term is found anywhere.
 * The time of `check` grows with the length of the text and no faster: all terms are looked for in one walk over each way it may be read.
 * Source: LinkrAPI, imagine, "Prompt Validation" (Unicode NFKD, word boundaries).
 */
export function createContentPolicy(options: { terms: readonly string[] }): ContentPolicy {
  const find = createTermFinder(options.terms);
  return {
    check(text) {
      for (const reading of readText(text)) {
        const term = find(reading);
        if (term !== undefined) return { allowed: false, term };
      }
      return { allowed: true };
    },
  };
}

/** The terms of a list file: one a line, `#` begins a comment. */
export function parsePolicyTerms(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line !== '');
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

/** The first term that stands in a folded text as a word of its own, by Aho and Corasick's automaton. */
function createTermFinder(terms: readonly string[]): (text: string) => string | undefined {
  const root = createState();
  for (const term of terms) addTerm(root, term);
  linkFallbacks(root);
  return (text) => {
    let state = root;
    for (let end = 1; end <= text.length; end += 1) {
      const letter = text.charAt(end - 1);
      state = step(root, state, letter);
      for (let hit: State | null = state; hit !== null; hit = hit.shorter) {
        if (hit.term !== null && isBoundary(text, end - hit.length) && isBoundary(text, end)) return hit.term;
      }
    }
    return undefined;
  };
}

function addTerm(root: State, term: string): void {
  const folded = foldTerm(term);
  if (folded === '') return;
  let state = root;
  for (let index = 0; index < folded.length; index += 1) {
    const letter = folded.charAt(index);
    const known = state.next.get(letter) ?? createState();
    state.next.set(letter, known);
    state = known;
  }
  state.term ??= term;
  state.length = folded.length;
}

/** Breadth first, so that every shorter state is linked before the longer ones that fall back on it. */
function linkFallbacks(root: State): void {
  const queue: State[] = [root];
  for (const state of queue) {
    for (const [letter, next] of state.next) {
      next.fallback = state === root ? root : step(root, state.fallback ?? root, letter);
      next.shorter = next.fallback.term === null ? next.fallback.shorter : next.fallback;
      queue.push(next);
    }
  }
}

function step(root: State, from: State, letter: string): State {
  for (let state: State | null = from; state !== null; state = state.fallback) {
    const next = state.next.get(letter);
    if (next) return next;
  }
  return root;
}
