import type { SimulatedVendor } from './wire.ts';

interface SunoRefusalWord {
  doc: string;
  code: (vendor: SimulatedVendor) => number;
  message: string;
  httpStatus: 200 | 429;
  /** The refusal meets only the first request with the same texts. */
  isOnce?: true;
}

const tooFast = {
  code: (vendor: SimulatedVendor) => vendor.tooFast,
  message: 'The call frequency is too high. Please try again later.',
  httpStatus: 200,
} as const;

/** Words that refuse the request itself. */
const SUNO_REFUSALS: Readonly<Record<string, SunoRefusalWord>> = {
  '429': { doc: 'The request is refused as too fast.', ...tooFast },
  '429-once': { doc: 'The request is refused as too fast, the first time for this text.', ...tooFast, isOnce: true },
  'http-429': { doc: 'The request is refused as too fast, with HTTP status 429 and `Retry-After`.', ...tooFast, httpStatus: 429 },
  credits: {
    doc: 'The request is refused: out of credits.',
    code: (vendor) => vendor.outOfCredits,
    message: 'The current credits are insufficient. Please top up.',
    httpStatus: 200,
  },
  maintenance: {
    doc: 'The request is refused: maintenance.',
    code: () => 455,
    message: 'The system is under maintenance. Please try again later.',
    httpStatus: 200,
  },
  '500': {
    doc: 'The request is refused with a server error.',
    code: () => 500,
    message: 'Internal Error - Please try again later',
    httpStatus: 200,
  },
};

export interface SunoFailure {
  status: 'CREATE_TASK_FAILED' | 'GENERATE_AUDIO_FAILED' | 'SENSITIVE_WORD_ERROR';
  /** The task reports its lyrics before it fails. */
  isLate: boolean;
  code: (vendor: SimulatedVendor) => number;
  message: string;
}

/** Words that make an accepted task fail. */
export const SUNO_FAILURES = {
  fail: { status: 'GENERATE_AUDIO_FAILED', isLate: true, code: (vendor) => vendor.generationFailed, message: 'Audio generation failed' },
  refunded: { status: 'GENERATE_AUDIO_FAILED', isLate: true, code: () => 531, message: 'Generation failed. The credits were refunded.' },
  timeout: { status: 'GENERATE_AUDIO_FAILED', isLate: true, code: () => 408, message: 'Timeout' },
  moderated: { status: 'SENSITIVE_WORD_ERROR', isLate: false, code: () => 400, message: 'The prompt contains sensitive words' },
  'create-failed': { status: 'CREATE_TASK_FAILED', isLate: false, code: () => 500, message: 'Internal Error - Please try again later' },
} as const satisfies Record<string, SunoFailure>;

/** Words that change the course of a task. A request may have several of them. */
const SUNO_BEHAVIOURS = {
  slow: 'The first track takes 10 s and the second 15 s, whatever the pace.',
  hang: 'The task is accepted; nothing follows.',
  stall: 'The lyrics come; nothing follows.',
  'first-only': 'The first track comes; nothing follows.',
  'complete-only': 'The callbacks `text` and `first` are left out.',
  'no-callback': 'The task succeeds and sends no callback.',
  twice: 'Every callback comes twice.',
  'callback-exception': 'Both tracks are there, and the state says `CALLBACK_EXCEPTION`.',
  'lost-media': 'The links to the tracks lead nowhere.',
  'wav-fail': 'The song succeeds; a WAV file of it fails.',
  'cover-fail': 'The song succeeds; more covers of it fail.',
} as const;

export type SunoBehaviour = keyof typeof SUNO_BEHAVIOURS;

export interface SunoScenario {
  refusal: SunoRefusalWord | undefined;
  failure: SunoFailure | undefined;
  has(behaviour: SunoBehaviour): boolean;
}

/** Reads the `sim:` words of these texts. Unknown words have no effect. */
export function readSunoScenario(texts: readonly string[]): SunoScenario {
  const words = new Set(texts.flatMap((text) => text.match(/(?<!\S)sim:[a-z0-9-]+/g) ?? []).map((word) => word.slice('sim:'.length)));
  const first = <Effect>(table: Readonly<Record<string, Effect>>): Effect | undefined =>
    Object.entries(table).find(([word]) => words.has(word))?.[1];
  return {
    refusal: first(SUNO_REFUSALS),
    failure: first<SunoFailure>(SUNO_FAILURES),
    has: (behaviour) => words.has(behaviour),
  };
}

/** A text without its `sim:` words, which are not to be sung. */
export const withoutScenario = (text: string): string => text.replace(/(?<!\S)sim:[a-z0-9-]+[^\S\n]?/g, '').trim();

/** Each word with its effect in a sentence, and the code by which a vendor reports it; for the documentation. */
export const listSunoScenarioWords = (): { word: string; doc: string; code: ((vendor: SimulatedVendor) => number) | null }[] => [
  ...Object.entries(SUNO_REFUSALS).map(([word, { doc, code }]) => ({ word, doc, code })),
  ...Object.entries<SunoFailure>(SUNO_FAILURES).map(([word, { status, isLate, code }]) => ({
    word,
    doc: `${isLate ? 'The lyrics come; then the' : 'The'} task fails with \`${status}\` and an error callback.`,
    code,
  })),
  ...Object.entries(SUNO_BEHAVIOURS).map(([word, doc]) => ({ word, doc, code: null })),
];
