/**
 * Compares a prompt with its echo by meaning. Midjourney drops, replaces, cuts and adds: see docs/sources.
 *
 * - Words must be equal after `normalised`: case, blanks, invisible characters, kinds of quotes and dashes, marks of Discord's markdown and
 *   the addresses of links do not count. Weights count as numbers: `::2.0` is `::2`, and `::1` is `::`.
 * - Parameters have no sequence and one name each. An asked number, ratio or `--no` must be shown with the same value, unless it is a
 *   default or Midjourney never repeats it. Further parameters of the echo do not count: the account may add them.
 * - An echo may be cut anywhere. A cut echo proves less than a whole one, and it must mean something: 20 characters if `…` or `...` marks
 *   the cut; 120 if no mark does, and then only if the echo lacks the version, which Midjourney writes last. An asked text is cut only if it
 *   is an echo itself: 120 characters with a mark, 1,500 without.
 *
 * Source: midjourney-bot, prompt echo; midjourney-bot, likeness of prompts; midjourney-docs, parameter list.
 */
const MIN_MARKED = 20;
const MIN_UNMARKED = 120;
const MIN_ASKED_MARKED = 120;
const MIN_ASKED_UNMARKED = 1_500;

/** Less than the fit of every whole echo. */
const CUT_FIT = -100;
/**
 * Returns how well an echo fits a prompt, or undefined if it is the echo of another prompt. More is better: a whole echo counts the asked
 * parameters that it repeats (a tenth less for each that it could repeat and does not), and a cut echo has less than any whole one.
 */
export function promptFit(asked: string, shown: string): number | undefined {
  const a = comparable(normalised(asked));
  const b = comparable(normalised(shown));
  const isWhole = a.words === b.words && (MARK.test(a.text) || !MARK.test(b.text));
  const whole = isWhole ? parametersFit(a, b, false) : undefined;
  if (whole !== undefined) return whole;
  const cutShown = readCut(b, MIN_MARKED, MIN_UNMARKED);
  const cutAsked = readCut(a, MIN_ASKED_MARKED, MIN_ASKED_UNMARKED);
  const fit =
    (cutShown && cutFit(cutAsked?.prompt ?? a, cutShown, parametersFit)) ??
    (cutAsked && cutFit(cutShown?.prompt ?? b, cutAsked, compareWithAsked));
  return fit === undefined ? undefined : CUT_FIT + fit;
}

interface ComparablePrompt {
  readonly text: string;
  readonly words: string;
  /** Values by the short name; `''` for a parameter without a value. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The parameters as they are written, but with short names: `ar 16:9`. */
  readonly written: readonly string[];
}

const MAX_PROMPT = 20_000;
const LINK = '<link>';

/** Characters that nobody sees: zero-width characters, soft hyphens, marks of direction, variation selectors, controls, halves of a cut emoji. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\uFFFD]|(?!\s)\p{Cc}/gu;

/** Upper case first turns ß into ss. NFKD keeps a text that is cut between a letter and its accent the beginning of the whole text. */
const normalised = (prompt: string): string =>
  prompt
    .slice(0, MAX_PROMPT)
    .toWellFormed()
    .toUpperCase()
    .toLowerCase()
    .replaceAll(/[“”„‟«»″]/g, '"')
    .replaceAll(/[‘’‚‛′´]/g, "'")
    .normalize('NFKD')
    .replaceAll(INVISIBLE, '')
    .replaceAll(/<?https?:\/\/[^\s>]*>?[,;]?/g, (link) => LINK + (/::-?[\d.]*$/.exec(link)?.[0] ?? ''))
    .replaceAll(/<a?(:\w+:)\d*>?/g, '$1')
    .replaceAll(/[\u2010\u2011\u2012\u2212]/g, '-')
    .replaceAll(/[\u2013-\u2015]/g, '--')
    .replaceAll(/[*_`~|\\]/g, '')
    .replaceAll(ATTACHED_PARAMETER, '$1 ')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** Long names and their short ones. Source: midjourney-docs, parameter list. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  aspect: 'ar',
  chaos: 'c',
  personalize: 'p',
  profile: 'p',
  quality: 'q',
  repeat: 'r',
  stylize: 's',
  version: 'v',
  weird: 'w',
};

/** `a fox--ar 3:2`: a blank is missing before the parameter. */
const ATTACHED_PARAMETER = /([^\s-])(?=--(?:aspect|ar|chaos|c|profile|p|quality|q|stylize|s|version|v|weird|w|no|seed|sref|niji|video)\b)/g;

/** Values that Midjourney assumes, so the echo may leave them out. Source: midjourney-docs, parameter list. */
const DEFAULTS: Readonly<Record<string, string>> = {
  ar: 'ratio 1',
  bs: '4',
  c: '0',
  cw: '100',
  exp: '0',
  iw: '1',
  motion: 'low',
  ow: '100',
  q: '1',
  s: '100',
  stop: '100',
  sw: '100',
  w: '0',
};

/** Parameters of one step or of the mode, and the version: the echo may be without them. */
const NOT_REPEATED = new Set(['zoom', 'r', 'fast', 'relax', 'turbo', 'stealth', 'public', 'draft', 'v']);

/** The echo of a video has the words and these parameters alone. Source: midjourney-bot, videos. */
const OF_VIDEOS = new Set(['motion', 'bs', 'video', 'loop', 'end', 'raw']);

/** Midjourney replaces the values of references and profiles by links and codes of its own. */
const REPLACED = new Set(['p', 'sref', 'oref', 'cref', 'end']);

const PARAMETER = /(?:^| )--(?=[a-z])/;

function comparable(text: string): ComparablePrompt {
  const [words = '', ...pieces] = text.split(PARAMETER);
  const parameters = new Map<string, string>();
  const written = pieces.map((piece) => {
    const [name = '', ...values] = piece.trim().split(' ');
    const short = SHORT_NAMES[name] ?? name;
    parameters.set(...toParameter(short, values));
    return [short, ...values].join(' ');
  });
  return { text, words: trimmedEnd(withWeights(words)), parameters, written };
}

/** `--style raw` is `--raw`, `--end loop` is `--loop`, and `--niji 6` stands in place of a version. */
function toParameter(name: string, values: readonly string[]): [string, string] {
  const value = trimmedEnd(withWeights(values.map(toValue).join(' ').replaceAll(/ ?, ?/g, ', ')));
  if (name === 'niji') return ['v', `niji ${value}`.trim()];
  return (name === 'style' && value === 'raw') || (name === 'end' && value === 'loop') ? [value, ''] : [name, value];
}

/** `.50` equals `0.5`, `7.0` equals `7`, and `4:2` equals `2:1`. */
function toValue(raw: string): string {
  const value = raw.replace(/[,.;]$/, '');
  if (/^-?(?:\d{1,15}(?:\.\d*)?|\.\d+)$/.test(value)) return String(Number(value));
  const ratio = /^(\d{1,6}(?:\.\d+)?):(\d{1,6}(?:\.\d+)?)$/.exec(value);
  return ratio && Number(ratio[2]) > 0 ? `ratio ${Number(ratio[1]) / Number(ratio[2])}` : raw;
}

const withWeights = (text: string): string =>
  text
    .replaceAll(/ ?::(-?(?:\d+\.?\d*|\.\d+)|-?\.?$)?/g, (_, weight: string | undefined) => {
      // A weight that was cut before its first digit is NaN.
      const amount = Number(weight || 1);
      return amount === 1 || Number.isNaN(amount) ? ' ::' : ` ::${amount}`;
    })
    .replaceAll(/::(?=\S)(?!-?\d)/g, ':: ');

/** A weight of 1, blanks and commas at the end mean nothing. */
function trimmedEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (' ,'.includes(text.charAt(end - 1)) || text.slice(end - 2, end) === '::')) end -= text.charAt(end - 1) === ':' ? 2 : 1;
  return text.slice(0, end).trimStart();
}

/** Returns the fit of parameters, or undefined if they contradict. `isCut`: the echo may lack any of them. */
function parametersFit(asked: ComparablePrompt, shown: ComparablePrompt, isCut: boolean): number | undefined {
  let repeated = 0;
  let missing = 0;
  for (const [name, value] of asked.parameters) {
    const there = shown.parameters.get(name);
    if (there === undefined) {
      if (isCut || mayBeMissing(name, value, shown)) continue;
      if (name === 'no' || isExact(value)) return undefined;
      missing += 1;
    } else if (there === value || value === '' || (there === '' && !isExact(value))) repeated += 1;
    else if (!mayDiffer(name, value, there)) return undefined;
  }
  return repeated - missing / 10;
}

const mayBeMissing = (name: string, value: string, shown: ComparablePrompt): boolean =>
  NOT_REPEATED.has(name) || DEFAULTS[name] === value || (shown.parameters.has('video') && !OF_VIDEOS.has(name));

const isExact = (value: string): boolean => /^(?:ratio )?-?[\d.]+$/.test(value);

/** The number of a style or a profile stays, but every other reference becomes a code. `--niji` alone gets its number. */
const mayDiffer = (name: string, asked: string, shown: string): boolean =>
  (REPLACED.has(name) && !(isExact(asked) && isExact(shown))) || (name === 'v' && asked === 'niji' && shown.startsWith('niji'));

/** A prompt without the mark of its cut. */
interface CutPrompt {
  readonly prompt: ComparablePrompt;
  /** The words end in a mark, and whole parameters follow. */
  readonly isInWords: boolean;
}

const MARK = /(?<!\.)\.{2,}$/;
/** The beginning of a parameter or of a link, where a text was cut. */
const FRAGMENT = / (?:-{1,2}|<?(?:h(?:t(?:t(?:p(?:s?(?::\/?)?)?)?)?)?)?)$/;

/** Returns the prompt as a cut one, or undefined if it is whole or says too little. */
function readCut(whole: ComparablePrompt, minMarked: number, minUnmarked: number): CutPrompt | undefined {
  const { text, words, parameters } = whole;
  const isMarked = MARK.test(text);
  if (!isMarked && MARK.test(words)) {
    const prompt = { ...whole, words: words.replace(MARK, '').trimEnd() };
    return prompt.words.length >= minMarked ? { prompt, isInWords: true } : undefined;
  }
  const isWhole = !isMarked && (parameters.has('v') || parameters.has('video'));
  const left = text.replace(MARK, '').trimEnd();
  return isWhole || left.length < (isMarked ? minMarked : minUnmarked) ? undefined : { prompt: comparable(left), isInWords: false };
}

/** Compares the parameters of the whole prompt with those before the cut. */
type CompareParameters = (whole: ComparablePrompt, cut: ComparablePrompt, mayLack: boolean) => number | undefined;

/** An asked text that was cut has no parameter that the echo lacks. */
const compareWithAsked: CompareParameters = (whole, cut) => parametersFit(cut, whole, false);

/** Returns the number of shared parameters if the cut prompt is the beginning of the other one. */
function cutFit(whole: ComparablePrompt, { prompt: cut, isInWords }: CutPrompt, compare: CompareParameters): number | undefined {
  if (isInWords) return whole.words.startsWith(cut.words) ? compare(whole, cut, false) : undefined;
  if (cut.written.length === 0) return beginsWith(whole.words, cut.words) ? 0 : undefined;
  const clean = comparable(cut.text.replace(FRAGMENT, ''));
  if (whole.words !== clean.words) return undefined;
  const last = clean.written.at(-1) ?? '';
  const isFragment = whole.written.some((parameter) => parameter !== last && parameter.startsWith(last));
  const withoutLast = comparable(clean.text.slice(0, clean.text.lastIndexOf('--')).trimEnd());
  return compare(whole, clean, true) ?? (isFragment ? compare(whole, withoutLast, true) : undefined);
}

/** The last word may be cut within a link, a weight or an emoji, so it counts only if it is a plain word. */
function beginsWith(whole: string, cut: string): boolean {
  const clean = trimmedEnd(cut.replace(FRAGMENT, ''));
  if (whole.startsWith(cut) || (clean !== cut && whole.startsWith(clean))) return true;
  const lastWord = cut.slice(cut.lastIndexOf(' ') + 1);
  return /[<:&/]/.test(lastWord) && whole.startsWith(trimmedEnd(cut.slice(0, -lastWord.length)));
}
