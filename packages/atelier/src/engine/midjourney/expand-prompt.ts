import { JobError } from '../../core/errors.ts';

/**
 * A prompt that stands for several jobs. `{a, b}` stands for one prompt with `a` and one with `b`, anywhere in the prompt, in the value of
 * a parameter too (`--ar {16:9, 1:1}`); groups multiply, and a group may hold other groups. `\,` is a comma that separates nothing, `\{` and
 * `\}` are braces that group nothing. `--repeat n` (`--r n`) runs each prompt n times. Midjourney's bot asks back before it runs such a
 * prompt, and nobody would press Yes: so it is expanded here, and the bot gets single prompts. Source: midjourney-docs, permutations and repeat.
 */

/** The largest plan takes this many jobs from one prompt. Source: midjourney-docs, permutations and repeat. */
export const MAX_JOBS_OF_PROMPT = 40;

/** Deeper groups are refused: no person writes them. */
const MAX_LEVELS = 10;

/** Text, or a group: its options, each a list of pieces. */
type PromptPiece = string | readonly (readonly PromptPiece[])[];

/**
 * The single prompts of a prompt, in the order in which they are written; a prompt without groups and `--repeat` gives itself alone,
 * unchanged. A brace without its partner is text. Throws `JobError('invalid-request')` with the fact `field` for more than
 * `MAX_JOBS_OF_PROMPT` prompts, for a `--repeat` without a number from 1 to that limit, for groups that are nested too deeply, and for a text that
 * shows nothing.
 */
export function expandPrompt(prompt: string): string[] {
  if (prompt.trim() !== '' && !VISIBLE.test(prompt)) throw refused('The prompt has no visible character');
  const pieces = parsePieces(prompt);
  if (countPrompts(pieces) > MAX_JOBS_OF_PROMPT) throw tooMany();
  const prompts = expandPieces(pieces).flatMap(repeatPrompt);
  if (prompts.length > MAX_JOBS_OF_PROMPT) throw tooMany();
  return prompts;
}

/**
 * Throws `JobError('invalid-request')` with the fact `field` for a prompt with a group or `--repeat`, for requests that can make only one
 * job.
 */
export function requireSinglePrompt(prompt: string): void {
  const [only, ...more] = expandPrompt(prompt);
  if (more.length === 0 && only === prompt) return;
  throw refused('A prompt with {a, b} or --repeat stands for several jobs, and this request makes only one. Send single prompts.');
}

/** Zero-width and other format characters and variation selectors show nothing. */
const VISIBLE = /[^\s\p{Cf}\p{Mn}]/u;

const refused = (message: string): JobError => new JobError('invalid-request', message, { facts: { field: 'prompt' } });

const tooMany = (): JobError => refused(`The prompt stands for more than ${MAX_JOBS_OF_PROMPT} jobs: send fewer options or repeats`);

/** A group that is being read; the outermost level is a group of one option. */
type OpenGroup = { options: PromptPiece[][]; pieces: PromptPiece[] };

const ESCAPED_COMMA = '\\,';

function parsePieces(prompt: string): readonly PromptPiece[] {
  const levels: OpenGroup[] = [];
  let level: OpenGroup = { options: [], pieces: [] };
  for (const token of prompt.match(/\\[{},]|[{},]|(?:[^{},\\]|\\(?![{},]))+/g) ?? []) {
    const outer = levels.at(-1);
    if (token === '{') {
      if (levels.length === MAX_LEVELS) throw refused(`The groups of a prompt may be nested ${MAX_LEVELS} deep`);
      levels.push(level);
      level = { options: [], pieces: [] };
    } else if (token === '}' && outer) {
      outer.pieces.push([...level.options, level.pieces].map((option) => option.map((piece) => (piece === ESCAPED_COMMA ? ',' : piece))));
      level = outer;
      levels.pop();
    } else if (token === ',' && outer) {
      level.options.push(level.pieces);
      level.pieces = [];
    } else level.pieces.push(token);
  }
  for (let outer = levels.pop(); outer; outer = levels.pop()) {
    outer.pieces.push('{', ...level.options.flatMap((pieces) => [...pieces, ',']), ...level.pieces);
    level = outer;
  }
  return level.pieces;
}

/** The number of prompts, counted without making them: thirty groups stand for a billion. */
const countPrompts = (pieces: readonly PromptPiece[]): number =>
  pieces.reduce<number>(
    (count, piece) => count * (typeof piece === 'string' ? 1 : piece.reduce((sum, option) => sum + countPrompts(option), 0)),
    1,
  );

const expandPieces = (pieces: readonly PromptPiece[]): string[] =>
  pieces.reduce<string[]>(
    (texts, piece) => {
      if (typeof piece === 'string') return texts.map((text) => text + piece);
      const options = piece.flatMap((option) => expandPieces(option).map((text) => text.trim()));
      return texts.flatMap((text) => options.map((option) => text + option));
    },
    [''],
  );

/** Midjourney reads a long dash as two short ones. */
const REPEAT = /(^|\s)(?:--|—|–)(?:repeat|r)(?!\S)(?:\s+(\S+))?/gi;

/** The prompt without its `--repeat`, as often as that says; the last `--repeat` counts. */
function repeatPrompt(prompt: string): string[] {
  let times = 1;
  const single = prompt.replaceAll(REPEAT, (_text, _before: string, value: string | undefined) => {
    if (value === undefined || !/^[1-9]\d*$/.test(value)) throw refused(`--repeat needs a whole number from 1 to ${MAX_JOBS_OF_PROMPT}`);
    times = Number(value);
    return '';
  });
  if (times > MAX_JOBS_OF_PROMPT) throw tooMany();
  return Array.from({ length: times }, () => (single === prompt ? prompt : single.trim()));
}
