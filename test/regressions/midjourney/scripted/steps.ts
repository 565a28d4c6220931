import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fieldsOf, isFields, parseFields, textOf, type Fields } from './wire.ts';

/** One step of a script: an event of the gateway, or an act on the connection or the channel. */
export interface Step {
  /** Milliseconds after the step before. */
  afterMs?: number;
  /** Name of a dispatch. */
  event?: string;
  /**
   * `lose-session` cuts the connection and forgets the session, `cut` only cuts it, `history-only` puts a message into the channel without an event, `gone-from-history`
   * deletes one without an event.
   */
  do?: 'lose-session' | 'cut' | 'history-only' | 'gone-from-history';
  data?: Fields;
}

/** The bot's answer to one command, with `{…}` for the values that are known only when it is played. */
export interface Script {
  /** The prompt that a caller submits. */
  prompt: string;
  /** Number of jobs that are submitted; each plays the whole script. */
  times: number;
  steps: Step[];
}

const INPUTS = join(import.meta.dirname, '..', 'inputs');

const readLines = (name: string): Fields[] =>
  readFileSync(join(INPUTS, name), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseFields);

/** Reads `inputs/<name>.jsonl`. */
export function readScript(name: string): Script {
  const lines = readLines(`${name}.jsonl`);
  const [first = {}] = lines;
  return {
    prompt: textOf(first['prompt']).replace('{long}', () => longText(textOf(first['note']))),
    times: typeof first['times'] === 'number' ? first['times'] : 1,
    steps: lines.filter((line) => line['send'] === undefined),
  };
}

/** The text of `{long}`, which the note of its file explains: `"…" 36 times`. */
function longText(note: string): string {
  const [, part = '', times = ''] = /"([^"]*)" (\d+) times/.exec(note) ?? [];
  return part.repeat(Number(times));
}

/** Reads the answer of `inputs/mj-rest-answers.jsonl` for this row. */
export function readRestAnswer(row: string): Fields {
  const found = readLines('mj-rest-answers.jsonl').find((line) => line['case'] === row);
  if (!found) throw new Error(`no answer of ${row}`);
  return found;
}

/** Values of one playing of a script. */
export interface Scope {
  /** `{nonce}`, `{interaction}`, `{user}`, `{guild}`, `{channel}`, `{bot}`. */
  values: Readonly<Record<string, string>>;
  prompt: string;
  /** Makes the value of `{id:x}`, `{uuid:x}` or `{cdn:x}`, the same one each time. */
  named(kind: 'id' | 'uuid' | 'cdn', name: string): string;
}

/** The value with every `{…}` replaced. A replaced text is not read again, so braces of a prompt stay. */
export function fillIn(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string')
    return value.replaceAll(/\{([a-z]+)(?:[: ]([\w-]+))?\}/g, (whole, word: string, name = '') => valueOf(scope, word, name) ?? whole);
  if (Array.isArray(value)) return value.map((item) => fillIn(item, scope));
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fillIn(inner, scope)]));
}

function valueOf({ values, prompt, named }: Scope, word: string, name: string): string | undefined {
  if (word === 'echo') return `${prompt} --v 7.0`;
  if (word === 'first') return `${prompt.slice(0, Number(name))}…`;
  if (word === 'id' || word === 'uuid' || word === 'cdn') return named(word, name);
  return values[word];
}

/** The script with each step changed; a step that becomes a list is replaced by its steps. */
export const mapSteps = (script: Script, change: (step: Step) => Step | Step[]): Script => ({
  ...script,
  steps: script.steps.flatMap(change),
});

/** True for the message that the file names `{id:name}`. */
export const isAbout = ({ data }: Step, name: string): boolean => fieldsOf(data)['id'] === `{id:${name}}`;
