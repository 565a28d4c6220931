import type { Switches } from '../../switches.ts';

type EchoForm = Switches['echoForm'];

/** Characters that show nothing: zero-width ones, marks of direction, variation selectors, soft hyphens. */
const INVISIBLE = /[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF\p{Variation_Selector}]/gu;

const SHORT_NAMES: Readonly<Record<string, string>> = {
  profile: 'p',
  stylize: 's',
  chaos: 'c',
  weird: 'w',
  quality: 'q',
  aspect: 'ar',
  version: 'v',
};

/** Parameters that change nothing. Source: midjourney-bot, likeness of prompts. */
const DEFAULTS: Readonly<Record<string, string>> = { ar: '1:1', c: '0', s: '100' };

const PARAMETER = /(?:^|\s)--(?=[A-Za-z])/;

/** How each form changes an echo. Every one keeps the meaning of the prompt. */
const FORMS: Readonly<Record<Exclude<EchoForm, 'usual' | 'all'>, (echo: string) => string>> = {
  'zero-width': (echo) => echo.replaceAll(INVISIBLE, ''),
  'short-names': (echo) =>
    echo.replaceAll(/(?<!\S)--([a-z]+)(?!\S)/g, (whole, name: string) => (SHORT_NAMES[name] ? `--${SHORT_NAMES[name]}` : whole)),
  defaults: addDefaults,
  sequence(echo) {
    const [words = '', ...parameters] = echo.split(PARAMETER);
    return [words, ...parameters.toReversed().map((parameter) => `--${parameter}`)].join(' ').trim();
  },
  weights: (echo) =>
    echo.replaceAll(/::(\d+)(\.0+)?(?![\d.])/g, (_whole, number: string, point?: string) => `::${number}${point ? '' : '.0'}`),
};

/** The echo as another form of the bot writes it. Source: midjourney-bot, prompt echo; midjourney-bot, likeness of prompts. */
export function respell(echo: string, form: EchoForm): string {
  if (form === 'usual') return echo;
  if (form === 'all') return Object.values(FORMS).reduce((before, apply) => apply(before), echo);
  return FORMS[form](echo);
}

function addDefaults(echo: string): string {
  const [, ...parameters] = echo.split(PARAMETER);
  const given = new Set(parameters.map((parameter) => /^\S*/.exec(parameter)?.[0] ?? '').map((name) => SHORT_NAMES[name] ?? name));
  const added = Object.entries(DEFAULTS).flatMap(([name, value]) => (given.has(name) ? [] : [`--${name} ${value}`]));
  return [echo, ...added].join(' ');
}

/** Where each kind of message cuts an echo, in characters from the limit. Source: midjourney-bot, likeness of prompts. */
const CUTS = { start: 0, progress: -20, result: 30 } as const;

/** The beginning of a long echo and `…`; the whole of a short one. `limit` 0: never cut. */
export function cutEcho(echo: string, limit: number, place: keyof typeof CUTS): string {
  const characters = Array.from(echo);
  const most = limit + CUTS[place];
  return limit === 0 || characters.length <= most ? echo : `${characters.slice(0, Math.max(most, 1)).join('')}…`;
}
