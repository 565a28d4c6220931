import { isRefusalName, REFUSALS, type RefusalPlace, type BotRefusal, type RefusalName } from '../jobs/refusals.ts';

/** Scenario words beside those that name a refusal. */
export const BEHAVIOURS = {
  slow: 'Takes 10 s whatever the pace.',
  stall: 'Starts, stops before 46 %, and says no more.',
  hang: '204, then nothing.',
  'interaction-failure': '204, then INTERACTION_FAILURE.',
  '429': 'REST answers 429.',
  '429-once': 'REST answers 429 the first time for this text.',
  '500': 'REST answers 500.',
  'rest-captcha': 'REST answers 400 with captcha_key.',
  abuse: 'REST answers 403 with code 10008.',
} as const;

/** Where a word may put its refusal instead of where it usually shows: `sim:banned/reply`. */
const PLACES: ReadonlyMap<string, RefusalPlace> = new Map([
  ['first', 'first'],
  ['first-content', 'first-content'],
  ['reply', 'late-reply'],
  ['reply-content', 'late-reply-content'],
  ['edit', 'late-edit'],
]);

const SCENARIO_WORD = /(?<!\S)sim:[a-z0-9-]+(?:\/[a-z-]+)?/g;

export const scenarioWords = (text: string): string[] => (text.match(SCENARIO_WORD) ?? []).map((word) => word.slice('sim:'.length));
export const withoutScenarioWords = (text: string): string => text.replaceAll(SCENARIO_WORD, ' ');

/** A refusal and where it is to show. */
export interface RefusalOrder {
  readonly name: RefusalName;
  readonly placement: RefusalPlace;
}

/** The refusal that a scenario word names; null for other words. `queued` is none: it delays a job. */
export function refusalOrderOf(word: string): RefusalOrder | null {
  const [name = '', place, ...rest] = word.split('/');
  if (!isRefusalName(name) || (name === 'queued' && place === undefined) || rest.length > 0) return null;
  const placement = place === undefined ? REFUSALS[name].placement : PLACES.get(place);
  return placement === undefined ? null : { name, placement };
}

export const isScenarioWord = (word: string): boolean =>
  word === 'queued' || Object.hasOwn(BEHAVIOURS, word) || refusalOrderOf(word) !== null;

export const isLate = ({ placement }: RefusalOrder): boolean => placement.startsWith('late');

/** Every word with what it brings about, for those who ask the control. */
export const describeScenarioWords = (): { words: object[]; places: string[] } => ({
  words: [
    ...Object.entries<BotRefusal>(REFUSALS).map(([word, { title, text, placement }]) => ({ word, title, text, place: placeOf(placement) })),
    ...Object.entries(BEHAVIOURS).map(([word, does]) => ({ word, does })),
  ],
  places: [...PLACES.keys()],
});

const placeOf = (placement: RefusalPlace): string => [...PLACES].find(([, known]) => known === placement)?.[0] ?? placement;
