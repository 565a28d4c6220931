import type { SimulatedVendor } from './wire.ts';

/** Words anywhere in a request's texts, and what they bring about. Refusals answer the request itself. */
export const SUNO_REFUSALS = {
  '429': {
    code: (vendor: SimulatedVendor) => vendor.tooFast,
    message: 'The call frequency is too high. Please try again later.',
    httpStatus: 200,
  },
  '429-once': {
    code: (vendor: SimulatedVendor) => vendor.tooFast,
    message: 'The call frequency is too high. Please try again later.',
    httpStatus: 200,
  },
  'http-429': {
    code: (vendor: SimulatedVendor) => vendor.tooFast,
    message: 'The call frequency is too high. Please try again later.',
    httpStatus: 429,
  },
  credits: {
    code: (vendor: SimulatedVendor) => vendor.outOfCredits,
    message: 'The current credits are insufficient. Please top up.',
    httpStatus: 200,
  },
  maintenance: { code: () => 455, message: 'The system is under maintenance. Please try again later.', httpStatus: 200 },
  '500': { code: () => 500, message: 'Internal Error - Please try again later', httpStatus: 200 },
} as const;

export interface Failure {
  status: 'CREATE_TASK_FAILED' | 'GENERATE_AUDIO_FAILED' | 'SENSITIVE_WORD_ERROR';
  /** Whether the lyrics come first. */
  isLate: boolean;
  code: (vendor: SimulatedVendor) => number;
  message: string;
}

/** How an accepted task ends instead of well. */
export const SUNO_FAILURES = {
  fail: { status: 'GENERATE_AUDIO_FAILED', isLate: true, code: (vendor) => vendor.generationFailed, message: 'Audio generation failed' },
  refunded: { status: 'GENERATE_AUDIO_FAILED', isLate: true, code: () => 531, message: 'Generation failed. The credits were refunded.' },
  timeout: { status: 'GENERATE_AUDIO_FAILED', isLate: true, code: () => 408, message: 'Timeout' },
  moderated: { status: 'SENSITIVE_WORD_ERROR', isLate: false, code: () => 400, message: 'The prompt contains sensitive words' },
  'create-failed': { status: 'CREATE_TASK_FAILED', isLate: false, code: () => 500, message: 'Internal Error - Please try again later' },
} as const satisfies Record<string, Failure>;

/** The rest; more than one may stand in a request. */
export const SUNO_BEHAVIOURS = {
  slow: 'Takes 10 s to the first track, whatever the pace.',
  hang: 'Accepted, then nothing.',
  stall: 'The lyrics come, then nothing.',
  'first-only': 'The first track comes, then nothing.',
  'complete-only': 'One callback: complete. Text and first are left out.',
  'no-callback': 'All goes well, and no callback is sent.',
  twice: 'Every callback comes twice.',
  'callback-exception': 'The tracks are there, and the state says CALLBACK_EXCEPTION.',
  'lost-media': 'The links to the tracks lead nowhere.',
  'wav-fail': 'A WAV file of it fails.',
  'cover-fail': 'More covers of it fail.',
} as const;

export type SunoRefusalWord = keyof typeof SUNO_REFUSALS;
export type SunoFailureWord = keyof typeof SUNO_FAILURES;
export type SunoBehaviour = keyof typeof SUNO_BEHAVIOURS;

export interface SunoScenario {
  refusal: SunoRefusalWord | undefined;
  failure: Failure | undefined;
  has(behaviour: SunoBehaviour): boolean;
}

/** What the `sim:` words of these texts ask for. Unknown words mean nothing. */
export function readSunoScenario(texts: readonly string[]): SunoScenario {
  const words = new Set(texts.flatMap((text) => text.match(/(?<!\S)sim:[a-z0-9-]+/g) ?? []).map((word) => word.slice('sim:'.length)));
  const first = <Word extends string>(table: Record<Word, unknown>): Word | undefined =>
    (Object.keys(table) as Word[]).find((word) => words.has(word));
  const failure = first(SUNO_FAILURES);
  return { refusal: first(SUNO_REFUSALS), failure: failure && SUNO_FAILURES[failure], has: (behaviour) => words.has(behaviour) };
}

/** A text without its `sim:` words, which are not to be sung. */
export const withoutScenario = (text: string): string => text.replace(/(?<!\S)sim:[a-z0-9-]+[^\S\n]?/g, '').trim();
