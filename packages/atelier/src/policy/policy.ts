import { readText } from './policy-fold.ts';
import { createTermFinder } from './policy-terms-finder.ts';

/** Whether a prompt may be sent on. `term` is the one that was found, as the list has it. */
export type PolicyVerdict = { allowed: true } | { allowed: false; term: string };

export interface ContentPolicy {
  check(text: string): PolicyVerdict;
  /** How many different terms it looks for. */
  readonly size: number;
}

/**
 * A block list that finds its terms as whole words, whatever disguise their letters wear (see `readText`), and leaves longer
 * words that merely contain one alone. In scripts that write no spaces a term is found anywhere.
 * The time of `check` grows with the length of the text and no faster. Source: LinkrAPI, imagine, "Prompt Validation" (Unicode NFKD,
 * word boundaries).
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
