import type { SourceFile } from './source-files.ts';

/** Words that stand in a comment in place of the noun that they mean (CONTRIBUTING, "Language"). */
const HIDDEN_NOUN =
  /\b([Ww]hat|[Tt]hose|[Ww]hose|[Ww]hatever|[Ww]hoever|the ones? (?:that|which|who)|[Nn]one of|of (?:ours|theirs|its own)|(?:is|are) no|nobody else's)\b/;

/** Lines of these files that hold a comment and nothing else, and how many of them hide their noun. */
export function countHiddenNouns(files: readonly SourceFile[]): { lines: number; hidden: readonly string[] } {
  const lines = files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (/^\s*(\*|\/\/|\/\*\*)/.test(line) ? [{ at: `${path}:${index + 1}`, line }] : [])),
  );
  return { lines: lines.length, hidden: lines.filter(({ line }) => HIDDEN_NOUN.test(line)).map(({ at, line }) => `${at} ${line.trim()}`) };
}

/** A word that the glossary refuses, and where it stands. */
export interface RefusedWord {
  word: string;
  at: string;
  line: string;
}

/** Uses of a refused word that mean something else in plain English or in a library, so they may stay. */
const OTHER_SENSES: Readonly<Record<string, RegExp>> = {
  sending: /sending events|sending: /,
  trace: /'trace'|trace: /,
  // A sequence.
  order:
    /\b(?:in|into|by|out of) (?:[a-z]+(?:['’]s)? ){0,3}orders?\b|\borders? (?:of|in which)\b|\border ?by\b|re-?order|(?:any|by|event|in)Order|'order'|\b7[.:] +order|\border: /,
};

/**
 * Places where these files use a word that the third column of the glossary refuses, in names, comments and texts. `refused` holds the words in lower case;
 * each is matched as a whole word and as a part of a camelCase or kebab-case name.
 */
export function findRefusedWords(files: readonly { path: string; text: string }[], refused: readonly string[]): RefusedWord[] {
  const patterns = refused.map((word) => ({ word, pattern: toPattern(word) }));
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        patterns
          .filter(
            ({ word, pattern }) => pattern.test(line) && pattern.test(line.replaceAll(new RegExp(OTHER_SENSES[word] ?? '(?!)', 'gi'), '')),
          )
          .map(({ word }) => ({ word, at: `${path}:${index + 1}`, line: line.trim() })),
      ),
  );
}

/** Matches `round`, `rounds`, `createRounds`, `round-of`, `ROUND`; not `background` or `rounded`. */
function toPattern(word: string): RegExp {
  const [first = '', ...rest] = word;
  const capitalised = first.toUpperCase() + rest.join('');
  return new RegExp(
    `\\b${word}s?(?![a-z])|(?<=[a-z0-9])${capitalised}s?(?![a-z])|\\b${capitalised}s?(?![a-z])|\\b${word.toUpperCase()}S?\\b`,
  );
}

/** Words in backticks in the third column of the table below the heading `## Glossary` of CONTRIBUTING.md. */
export function readRefusedWords(contributing: string): string[] {
  const [, section = ''] = contributing.split(/^## Glossary$/m);
  const [table = ''] = section.split(/^## /m);
  return table
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .flatMap((line) => [...(line.split('|')[3] ?? '').matchAll(/`([^`]+)`/g)].map(([, word = '']) => word));
}
