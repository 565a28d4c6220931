import type { ErrorCode } from 'atelier/core/errors';

/** How the bot writes the messages of a job. Every job completes. Of the words of one group a job has one. */
export const MANNERS = [
  ['containers'],
  ['percent-decimal', 'percent-blank', 'percent-wide', 'percent-words'],
  ['preview-bare'],
  ['echo-cut', 'echo-zero-width', 'echo-short-names', 'echo-defaults', 'echo-sequence', 'echo-weights', 'echo-all'],
  ['result-bare', 'result-edit', 'result-reply', 'result-interaction'],
  ['result-no-buttons', 'result-odd-buttons'],
  ['thinking', 'late-answer'],
  ['result-12s', 'slow'],
] as const satisfies readonly (readonly string[])[];

export type Manner = (typeof MANNERS)[number][number];

/** What becomes of a job whose messages vanish. */
interface FateFacts {
  words: string;
  /** Null: it completes. */
  code: ErrorCode | null;
  says?: RegExp;
}

const REMOVED = /did not pass our checks/;

export const FATES = {
  'start gone at 31 %': { words: 'gone-40', code: 'upstream-failed', says: /start message was deleted/ },
  'start gone at 93 %': { words: 'gone-93', code: 'prompt-moderated', says: /removed the job at 93/ },
  'start gone with words': { words: 'gone-93 gone-words', code: 'upstream-refused', says: REMOVED },
  'start gone early with words': { words: 'gone-40 gone-words', code: 'upstream-refused', says: REMOVED },
  'start gone, result after 12 s': { words: 'gone-40 result-12s', code: null },
  'start gone, result after 60 s': { words: 'gone-93 result-60s', code: null },
  'start gone, result after 120 s': { words: 'gone-93 result-120s', code: null },
  'start gone, bare result': { words: 'gone-40 result-12s result-bare', code: null },
  'start gone, result as a reply': { words: 'gone-40 result-12s result-reply', code: null },
  'start gone with words, result': { words: 'gone-93 gone-words result-12s', code: null },
  'start gone, result lost': { words: 'gone-40 result-lost', code: null },
  'result lost': { words: 'result-lost', code: null },
  'bulk deletion': { words: 'bulk-deletion', code: null },
  'bulk deletion, late result': { words: 'bulk-deletion result-12s', code: null },
} as const satisfies Record<string, FateFacts>;

export type Fate = keyof typeof FATES;

export const fateFacts = (fate: Fate): FateFacts => FATES[fate];

/** The start message is deleted before the job ends: a client that lost its session then knows nothing of the job. */
export const vanishes = (fate: Fate): boolean => /gone|bulk|lost/.test(FATES[fate].words);
