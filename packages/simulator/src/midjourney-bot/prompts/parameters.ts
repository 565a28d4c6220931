import { MOST_JOBS_OF_A_PROMPT } from './expansion.ts';

/** The value that a parameter takes. An `optional` value may be left out. */
type Rule =
  | { kind: 'none' }
  | { kind: 'number'; min: number; max: number; whole?: boolean; optional?: boolean }
  | { kind: 'one-of'; values: readonly string[]; optional?: boolean }
  | { kind: 'ratio' }
  | { kind: 'text'; optional?: boolean };

const none: Rule = { kind: 'none' };
const whole = (min: number, max: number): Rule => ({ kind: 'number', min, max, whole: true });
const text: Rule = { kind: 'text' };

const VERSIONS = ['1', '2', '3', '4', '5', '5.0', '5.1', '5.2', '6', '6.0', '6.1', '7', '7.0', '8', '8.0', '8.1'];

/** Every parameter that Midjourney knows, with its short forms beside it. */
const RULES: readonly (readonly [names: readonly string[], rule: Rule])[] = [
  [['ar', 'aspect'], { kind: 'ratio' }],
  [['v', 'version'], { kind: 'one-of', values: VERSIONS }],
  [['niji'], { kind: 'one-of', values: ['4', '5', '6', '7'] }],
  [['seed'], whole(0, 4_294_967_295)],
  [['repeat', 'r'], whole(1, MOST_JOBS_OF_A_PROMPT)],
  [['chaos', 'c'], whole(0, 100)],
  [['stylize', 's'], whole(0, 1_000)],
  [['weird', 'w'], whole(0, 3_000)],
  [['quality', 'q'], { kind: 'one-of', values: ['.25', '0.25', '.5', '0.5', '1', '2', '4'] }],
  [['exp'], whole(0, 100)],
  [['stop'], whole(10, 100)],
  [['iw'], { kind: 'number', min: 0, max: 3 }],
  [['sw'], whole(0, 1_000)],
  [['cw'], whole(0, 100)],
  [['ow'], whole(1, 1_000)],
  [['sv'], whole(1, 8)],
  [['zoom'], { kind: 'number', min: 1, max: 2 }],
  [['style'], text],
  [['no'], text],
  [['sref'], text],
  [['cref'], text],
  [['oref'], text],
  [['p', 'profile'], { kind: 'text', optional: true }],
  [['raw'], none],
  [['tile'], none],
  [['video'], { kind: 'one-of', values: ['1'], optional: true }],
  [['motion'], { kind: 'one-of', values: ['low', 'high'] }],
  [['bs'], { kind: 'one-of', values: ['1', '2', '4'] }],
  [['loop'], none],
  [['end'], text],
  [['draft'], none],
  [['hd'], none],
  [['fast'], none],
  [['relax'], none],
  [['turbo'], none],
  [['public'], none],
  [['stealth'], none],
];

const RULE_OF = new Map(RULES.flatMap(([names, rule]) => names.map((name) => [name, { canonical: names[0] ?? name, rule }] as const)));

export interface PromptParameter {
  /** The first of its names: `ar`, not `aspect`. */
  name: string;
  value: string;
}

/** Reads the parameters that follow the words of a prompt; `fault` names the first error in Midjourney's words. */
export function readParameters(pieces: readonly string[]): { parameters: PromptParameter[]; fault: string | null } {
  const parameters: PromptParameter[] = [];
  const unknown: string[] = [];
  let fault: string | null = null;
  for (const piece of pieces) {
    const [given = '', ...rest] = piece.trim().split(/\s+/);
    const known = RULE_OF.get(given.toLowerCase());
    const value = rest.join(' ');
    if (!known) unknown.push(given);
    else {
      fault ??= valueFault(given, value, known.rule);
      parameters.push({ name: known.canonical, value });
    }
  }
  return {
    parameters,
    fault: unknown.length > 0 ? `Unrecognized parameter(s): ${unknown.map((name) => `\`${name}\``).join(', ')}` : fault,
  };
}

function valueFault(name: string, value: string, rule: Rule): string | null {
  if (rule.kind === 'none') return value === '' ? null : `\`--${name}\` takes no value, but got \`${value}\``;
  if (value === '') return 'optional' in rule && rule.optional ? null : `Missing value for \`--${name}\``;
  if (rule.kind === 'one-of') return rule.values.includes(value) ? null : `Invalid value for \`--${name}\`: \`${value}\``;
  if (rule.kind === 'ratio') return aspectOf(value) === null ? `Invalid aspect ratio: \`${value}\`` : null;
  if (rule.kind === 'text') return null;
  const number = Number(value);
  if (!Number.isFinite(number) || (rule.whole && !Number.isInteger(number))) return `Invalid value for \`--${name}\`: \`${value}\``;
  return number < rule.min || number > rule.max
    ? `Invalid value for \`--${name}\`: ${value} is not between ${rule.min} and ${rule.max}`
    : null;
}

/** Width divided by height of `3:2`, or null when the ratio cannot be used. */
export function aspectOf(ratio: string): number | null {
  const match = /^(\d{1,4}(?:\.\d+)?):(\d{1,4}(?:\.\d+)?)$/.exec(ratio);
  const [width, height] = [Number(match?.[1]), Number(match?.[2])];
  const aspect = width / height;
  return aspect >= 1 / 20 && aspect <= 20 ? aspect : null;
}
