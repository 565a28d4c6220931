import { createRandom, type Random } from '@atelier/lib/random';
import { REST_FAULTS, STATES, STRIKES, type RestFault, type State, type StrikeName } from './faults.ts';
import { FATES, MANNERS, type Fate, type Manner } from './manners.ts';
import { SCENARIOS, WITH_PROGRESS } from './scenarios.ts';

export const VERBS = ['imagine', 'U', 'V', 'custom-zoom', 'blend', 'describe', 'info'] as const;
export type Verb = (typeof VERBS)[number];

/** Parts of a prompt that the bot may write in another way, and links of which Discord makes embeds. */
const PROMPT_TAILS = [
  '',
  ' --ar 3:2 --s 250',
  ' and a hen::2 --chaos 5',
  ' --profile abc1234',
  ' \u200Bin the\u200D fog',
  ' near https://example.com/page',
] as const;

/** The requests of a seed and their faults. All of it follows from the number alone. */
export interface Plan {
  readonly seed: number;
  readonly verb: Verb;
  readonly dialect: 'useapi' | 'native';
  /** Number of equal requests at once; more than one, so that results can be confused. */
  readonly copies: number;
  /** The prompts of the copies differ, because nothing else can tell them apart. */
  readonly isDistinct: boolean;
  readonly promptTail: string;
  /** A name of `SCENARIOS`; one request meets it. */
  readonly scenario: string | null;
  /** Every request of the seed is answered in this manner. */
  readonly manners: readonly Manner[];
  readonly fate: Fate | null;
  readonly state: State | null;
  readonly restFault: RestFault | null;
  /** Faults of the connection, each with its time after the requests in milliseconds of the server's clock. */
  readonly strikes: readonly { fault: StrikeName; afterMs: number }[];
}

/** Latest time of a strike. A job takes 1.5 s of the server's clock. */
const LAST_STRIKE_MS = 2_200;
const MAX_COPIES = 3;
/** Verbs whose messages can be written in every manner. */
const OF_PICTURES: readonly Verb[] = ['imagine', 'V', 'custom-zoom', 'blend'];
/** A button is gone with its message. */
export const PRESSES: readonly Verb[] = ['U', 'V', 'custom-zoom'];
/** The answer names neither nonce nor interaction. */
export const NAMELESS: readonly string[] = ['late-answer'];

export function toPlan(seed: number): Plan {
  const random = createRandom(2 * seed);
  const kind = pick(random, ['scenario', 'manner', 'manner', 'state', 'state', 'fate', 'calm']);
  const scenario = kind === 'scenario' ? pick(random, [...SCENARIOS.keys()]) : null;
  const drawnManners = kind === 'manner' || (kind === 'fate' && random.next() < 0.3) ? pickManners(random) : [];
  const fate = kind === 'fate' ? pickKey(random, FATES) : null;
  const isAlone = scenario !== null && SCENARIOS.get(scenario)?.alone === true;
  const verb = fate !== null ? pick(random, WITH_PROGRESS) : kind === 'manner' ? pick(random, OF_PICTURES) : pick(random, VERBS);
  // A late answer to a button names nothing at all: neither nonce, interaction, source nor a prompt that the job has.
  const manners = verb === 'imagine' ? drawnManners : drawnManners.filter((manner) => !NAMELESS.includes(manner));
  const isDistinct = manners.some((manner) => NAMELESS.includes(manner)) || random.next() < 0.25;
  const copies = isAlone ? 1 : 1 + random.below(MAX_COPIES);
  const strikes = random.next() < 0.3 ? 0 : random.next() < 0.85 ? 1 : 2;
  return {
    seed,
    verb,
    // useapi answers a state of the account at once, with its own status, and takes no long prompts.
    dialect: kind === 'state' || manners.includes('echo-cut') ? 'native' : pick(random, ['useapi', 'native']),
    copies,
    isDistinct,
    promptTail: pick(random, PROMPT_TAILS),
    scenario,
    manners: fate === null ? manners : manners.filter((manner) => !manner.startsWith('result-') && !NAMELESS.includes(manner)),
    fate,
    state: kind === 'state' ? pickKey(random, STATES) : null,
    restFault: random.next() < 0.2 ? pickKey(random, REST_FAULTS) : null,
    strikes: Array.from({ length: strikes }, () => ({ fault: pickKey(random, STRIKES), afterMs: random.below(LAST_STRIKE_MS) })).filter(
      ({ fault }) => fault !== 'channel emptied' || !PRESSES.includes(verb),
    ),
  };
}

/** One word of some groups. A start that is edited to a result without buttons is no result that anybody could know. */
function pickManners(random: Random): Manner[] {
  const chosen = MANNERS.flatMap((group): Manner[] => (random.next() < 0.35 ? [pick<Manner>(random, group)] : []));
  return chosen.includes('result-edit') ? chosen.filter((manner) => manner !== 'result-no-buttons') : chosen;
}

/** One member of a list that is not empty. */
export function pick<Item>(random: Random, list: readonly Item[]): Item {
  const found = list[random.below(list.length)];
  if (found === undefined) throw new Error('an empty list');
  return found;
}

const pickKey = <Key extends string>(random: Random, table: Readonly<Record<Key, unknown>>): Key =>
  pick(
    random,
    Object.keys(table).filter((key): key is Key => Object.hasOwn(table, key)),
  );

/** The copies ask for different things, by their prompt or by their button. */
export const differ = ({ verb, isDistinct, copies }: Plan): boolean =>
  copies > 1 && (verb === 'U' || verb === 'describe' || (isDistinct && (verb === 'imagine' || verb === 'V')));
