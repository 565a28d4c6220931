import { createRandom, type Random } from '@atelier/lib/random';
import type { Switches } from '@atelier/simulator';
import { CONNECTION_FAULTS, REST_FAULTS, SCENARIOS, scenarioFacts, type ConnectionFault, type RestFault, type Scenario } from './faults.ts';

export const VERBS = ['imagine', 'U', 'V', 'custom-zoom', 'blend', 'describe', 'info'] as const;
export type Verb = (typeof VERBS)[number];

/** The requests of a seed and their faults. All of it follows from the number alone. */
export interface Plan {
  readonly seed: number;
  readonly verb: Verb;
  /** Number of equal requests at once; more than one, so that results can be confused. */
  readonly copies: number;
  readonly scenario: Scenario | null;
  readonly restFault: RestFault | null;
  /** Faults of the connection, each with its time after the requests in milliseconds of the server's clock. */
  readonly strikes: readonly { fault: ConnectionFault; afterMs: number }[];
}

/** Seeds that share a server, and with it the simulator's switches. */
export const BATCH_SIZE = 25;
export const batchOf = (seed: number): number => Math.floor(seed / BATCH_SIZE);

/** Latest time of a strike. A job takes 1.5 s of the server's clock. */
const LAST_STRIKE_MS = 2_200;
const MAX_COPIES = 3;

export function toPlan(seed: number): Plan {
  const random = createRandom(2 * seed);
  const scenario = random.next() < 0.45 ? pickKey(random, SCENARIOS) : null;
  const alone = scenario !== null && scenarioFacts(scenario).alone === true;
  const strikes = random.next() < 0.2 ? 0 : random.next() < 0.85 ? 1 : 2;
  return {
    seed,
    verb: random.pick(VERBS),
    copies: alone ? 1 : 1 + random.below(MAX_COPIES),
    scenario,
    restFault: random.next() < 0.25 ? pickKey(random, REST_FAULTS) : null,
    strikes: Array.from({ length: strikes }, () => ({
      fault: pickKey(random, CONNECTION_FAULTS),
      afterMs: random.below(LAST_STRIKE_MS),
    })),
  };
}

/** The switches of the simulator in this batch, chosen at random. Source: midjourney-bot, observed variations. */
export function toSwitches(batch: number): Partial<Switches> {
  const random = createRandom(2 * batch + 1);
  const flip = (): boolean => random.next() < 0.5;
  const switches: Partial<Switches> = {
    finalNonce: flip(),
    footer: flip(),
    eventOrder: random.pick(['after-204', 'before-204']),
    eventDelayMs: random.pick([0, 20, 200]),
    startDeletion: random.pick(['after', 'before', 'late', 'never']),
    startEmpty: flip(),
    rewritePrompts: flip(),
    upscaleStart: random.pick(['random', 'always', 'never']),
    previews: flip(),
    signedUrls: flip(),
    duplicateAfterResume: flip(),
    shuffleAfterResume: flip(),
    reverseEqualPrompts: flip(),
    identifyIntervalMs: random.pick([0, 0, 5_000]),
  };
  const rest = random.next();
  if (rest < 0.15) return { ...switches, replayBufferEvents: 3 };
  if (rest < 0.3) return { ...switches, sessionLifetimeMs: 1 };
  // The client gives up every connection within two heartbeats.
  if (rest < 0.45) return { ...switches, swallowAcks: true, heartbeatIntervalMs: 3_000 };
  return switches;
}

function pickKey<Key extends string>(random: Random, table: Readonly<Record<Key, unknown>>): Key {
  const keys = Object.keys(table).filter((key): key is Key => Object.hasOwn(table, key));
  const found = keys[random.below(keys.length)];
  if (found === undefined) throw new Error('an empty table');
  return found;
}
