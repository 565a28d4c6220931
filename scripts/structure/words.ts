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
  order:
    /in (?:this |that |its |any |another |the (?:same |given |reverse )?)?order|(?:out )?of order|order (?:of|in which|that|by)|orderBy|ORDER BY|(?:same|reverse|random|byte|event|their|its|another|any|sort|whatever|this|the|lock|in|call|old|display|page|key) ?orders?\b|[Oo]rder(?:s|ed|ing)? (?:and|as)\b|(?:re|un)order|(?:the|by) order\b|partial order|orders? (?:its|their|them)/i,
  look: /look(?:s|ed|ing)?[ -]?(?:up|like|alike|ahead|back|behind)|lookups?|lookalike|look-alike|looks? as if/i,
  hold: /threshold|household|placeholder|hold(?:s|ing|er)? (?:the|a|an|its|at|all|one|two|up to|no|bytes|both|only|in|more|\d)|(?:may|can|must|to|that|which|and|it|still|lock|file) hold/i,
  language:
    /language (?:code|model)|programming language|(?:SQL|English|query|in the|plain|its|their|every|any|a|other) language|languages?\b/i,
  caller: /caller(?:'s|’s|s)?/i,
  tell: /tell(?:s|ing)? (?:apart|whether|how|when|that|the|a|us|it|them|nothing|where|which|why)/i,
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
