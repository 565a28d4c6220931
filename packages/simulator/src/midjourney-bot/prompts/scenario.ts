import { rateLimited, REST_ERRORS, type RestError } from '../../discord/rest/errors.ts';
import {
  isRefusalName,
  isRefusalPlace,
  REFUSAL_PLACES,
  REFUSALS,
  type BotRefusal,
  type PlacedRefusal,
  type RefusalPlace,
} from '../jobs/refusals.ts';
import { NOTICE_DOCS, NOTICE_PLACES, type NoticePlace } from '../notices.ts';
import type { Switches } from '../../switches.ts';
import { JOB_WORDS, jobWordDoc } from './job-words.ts';

/** The consequence of a scenario word. A member that is absent leaves that part of the simulator as it is. */
export interface ScenarioEffect {
  /** Discord's error for POST /interactions; `retryAfterMs` is the switch of that name. */
  readonly rest?: (retryAfterMs: number) => RestError;
  /** The error meets only the first request with the same text. */
  readonly once?: true;
  /** After the 204: no gateway event at all, INTERACTION_FAILURE, or INTERACTION_CREATE and a human check of no interaction. */
  readonly answer?: 'none' | 'failure' | 'human-check';
  /** The fate of the job. */
  readonly job?: 'slow' | 'stalled' | 'queued';
  readonly refusal?: PlacedRefusal;
  /** Positions of switches for this job alone. */
  readonly switches?: Partial<Switches>;
  /** The bot asks whether it should go on, and waits for Yes. */
  readonly asksBack?: true;
  /** The account is blocked for `blockMs`. */
  readonly blocks?: true;
  /** The bot posts a moderation notice of no job beside its answer. */
  readonly notice?: NoticePlace;
  /** The account waits for a person who acknowledges a moderation message. */
  readonly isModerationPending?: true;
}

/** Each scenario word that refuses nothing in a message of the bot: its documentation and its effect. */
const BEHAVIOURS: Readonly<Record<string, { doc: string; effect: ScenarioEffect }>> = {
  slow: { doc: 'The job takes 10 s whatever the pace.', effect: { job: 'slow' } },
  stall: { doc: 'The job starts, stops before 46 %, and sends no further message.', effect: { job: 'stalled' } },
  hang: { doc: '204, then nothing.', effect: { answer: 'none' } },
  'interaction-failure': { doc: '204, then `INTERACTION_FAILURE` (3 s later, sooner at a pace below 1).', effect: { answer: 'failure' } },
  '429': { doc: 'REST answers 429.', effect: { rest: (retryAfterMs) => rateLimited(retryAfterMs, 'user') } },
  '429-once': {
    doc: 'REST answers 429 the first time for this text.',
    effect: { rest: (retryAfterMs) => rateLimited(retryAfterMs, 'shared'), once: true },
  },
  '500': { doc: 'REST answers 500.', effect: { rest: () => REST_ERRORS.serverError } },
  'rest-captcha': { doc: 'REST answers 400 with `captcha_key`.', effect: { rest: () => REST_ERRORS.captcha } },
  abuse: { doc: 'REST answers 403 with code 10008.', effect: { rest: () => REST_ERRORS.abuseBlocked } },
  'human-check': {
    doc: '`INTERACTION_CREATE`, then an embedded page *Action required to continue* with neither nonce nor interaction; then nothing.',
    effect: { answer: 'human-check' },
  },
  'asks-back': { doc: 'The bot asks in private, with *Yes* and *Cancel*, before it starts.', effect: { asksBack: true } },
  ...Object.fromEntries(
    NOTICE_PLACES.map((place) => [
      `notice-${place}`,
      { doc: `The job goes on, and ${NOTICE_DOCS[place]} *Pending mod message* of no job, without a nonce.`, effect: { notice: place } },
    ]),
  ),
  ...Object.fromEntries(Object.entries(JOB_WORDS).map(([word, switches]) => [word, { doc: jobWordDoc(switches), effect: { switches } }])),
};

const PLACE_OF: ReadonlyMap<string, RefusalPlace> = new Map(
  Object.entries(REFUSAL_PLACES).flatMap(([place, { suffix }]) =>
    suffix === null || !isRefusalPlace(place) ? [] : [[suffix, place] as const],
  ),
);

const SCENARIO_WORD = /(?<!\S)sim:[a-z0-9-]+(?:\/[a-z-]+)?/g;

export const scenarioWords = (text: string): string[] => (text.match(SCENARIO_WORD) ?? []).map((word) => word.slice('sim:'.length));
export const withoutScenarioWords = (text: string): string => text.replaceAll(SCENARIO_WORD, ' ');

/** The effect of a word; null for an unknown word. */
function effectOf(word: string): ScenarioEffect | null {
  if (Object.hasOwn(BEHAVIOURS, word)) return BEHAVIOURS[word]?.effect ?? null;
  const [name = '', suffix, ...rest] = word.split('/');
  if (!isRefusalName(name) || rest.length > 0) return null;
  // The refusal with this name is a notice: the job waits in the queue and runs later.
  if (name === 'queued' && suffix === undefined) return { job: 'queued' };
  const place = suffix === undefined ? REFUSALS[name].place : PLACE_OF.get(suffix);
  if (place === undefined) return null;
  return {
    refusal: { name, place },
    ...(word === 'pending-mod' ? { isModerationPending: true } : {}),
    ...(word === 'temporary-block' ? { blocks: true } : {}),
  };
}

/** The effects of several words: errors of REST in the order of the table, all others in the order of the words. */
export function effectsOf(words: readonly string[]): ScenarioEffect[] {
  const rank = Object.keys(BEHAVIOURS);
  return words.toSorted((one, other) => rank.indexOf(one) - rank.indexOf(other)).flatMap((word) => effectOf(word) ?? []);
}

/** True for a known word, or for several that blanks separate. */
export const isScenarioWord = (words: string): boolean => words.split(' ').every((word) => effectOf(word) !== null);

/** The positions that the words of an interaction set for its job; of two words for one switch the later row of the tables wins. */
export const switchesIn = (effects: readonly ScenarioEffect[]): Partial<Switches> =>
  effects.reduce<Partial<Switches>>((positions, { switches }) => ({ ...positions, ...switches }), {});

export const isLate = ({ place }: PlacedRefusal): boolean => place.startsWith('late');

/** Each word with its effect in a sentence, for the documentation. */
export const listScenarioWords = (): { word: string; doc: string }[] => [
  ...Object.entries<BotRefusal>(REFUSALS).map(([word, refusal]) => ({ word, doc: refusalDoc(refusal) })),
  ...Object.entries(BEHAVIOURS).map(([word, { doc }]) => ({ word, doc })),
];

function refusalDoc({ title, text, place, button, note }: BotRefusal): string {
  const message = title === '' ? `\`${text}\`` : `*${title}*`;
  return `${message}${button ? ` with the button *${button.label}*` : ''}, ${REFUSAL_PLACES[place].doc}.${note === undefined ? '' : ` ${note}`}`;
}

/** The suffixes that choose the place of a refusal, for the documentation. */
export const listRefusalPlaces = (): { suffix: string; doc: string }[] =>
  Object.values(REFUSAL_PLACES).flatMap(({ suffix, doc }) => (suffix === null ? [] : [{ suffix, doc }]));

/** The answer of `GET /control/words`. */
export const describeScenarioWords = (): { words: object[]; places: string[] } => ({
  words: [
    ...Object.entries<BotRefusal>(REFUSALS).map(([word, { title, text, place }]) => ({
      word,
      title,
      text,
      place: REFUSAL_PLACES[place].suffix ?? place,
    })),
    ...Object.entries(BEHAVIOURS).map(([word, { doc }]) => ({ word, does: doc })),
  ],
  places: listRefusalPlaces().map(({ suffix }) => suffix),
});
