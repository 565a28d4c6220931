import { readText } from './fold.ts';
import { createTermFinder } from './term-finder.ts';

/** The result of a check. `term`: the term that was found, as the list writes it. */
export type PolicyVerdict = { allowed: true } | { allowed: false; term: string };

export interface ContentPolicy {
  check(text: string): PolicyVerdict;
  /** How many different terms the list has. */
  readonly size: number;
}

/**
 * A block list. It finds its terms as whole words, also with disguised letters (see `readText`), and allows longer words that contain a term.
 * In scripts that write no spaces a term is found anywhere. The time of `check` is linear in the length of the text. Source: linkr, content policy,
 * Unicode NFKD and word boundaries.
 */
export function createContentPolicy(options: { terms: readonly string[] }): ContentPolicy {
  const finder = createTermFinder(options.terms);
  return {
    size: finder.size,
    check(text) {
      for (const reading of readText(text)) {
        const term = finder.find(reading);
        if (term !== undefined) return { allowed: false, term };
      }
      return { allowed: true };
    },
  };
}

/** The terms of a list file: one a line, `#` begins a comment. */
export function parsePolicyTerms(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line !== '');
}
