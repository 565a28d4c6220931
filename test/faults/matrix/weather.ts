import { createRandom, type Random } from '@atelier/lib/random';
import type { Switches } from '@atelier/simulator';
import { NAMELESS, pick, PRESSES, type Plan } from './plan.ts';
import { SCENARIOS } from './scenarios.ts';

/** Seeds that share a server, and with it the simulator's switches and the outages of Discord. */
export const BATCH_SIZE = 25;
export const batchOf = (seed: number): number => Math.floor(seed / BATCH_SIZE);

/** What all seeds of a batch meet. */
export interface Weather {
  readonly switches: Partial<Switches>;
  /** Discord is off the network, from a time after the requests on. */
  readonly outage: { afterMs: number; forMs: number } | null;
}

const TITLES = [
  'Access denied',
  'Subscription required',
  'Job queued',
  'Banned prompt detected',
  'Pending mod message',
  'Queue full',
] as const;

/** The weather of a batch. All of it follows from the number alone. Source: midjourney-bot, observed variations. */
export function toWeather(batch: number): Weather {
  const random = createRandom(2 * batch + 1);
  const drawn = { ...mannerSwitches(random), ...discordSwitches(random), ...sessionSwitches(random) };
  // Messages that no event tells of and that the history has no longer are never seen.
  const switches = drawn.messageEvents === false ? { ...drawn, channelEmptied: false } : drawn;
  const isOut = random.next() < 0.15;
  return { switches, outage: isOut ? { afterMs: random.below(2_000), forMs: pick(random, [5_000, 30_000, 90_000]) } : null };
}

/** How the bot writes, for the batch. */
function mannerSwitches(random: Random): Partial<Switches> {
  const flip = (): boolean => random.next() < 0.5;
  const rare = (): boolean => random.next() < 0.12;
  return {
    finalNonce: flip(),
    footer: flip(),
    startDeletion: pick(random, ['after', 'before', 'late', 'never']),
    startEmpty: flip(),
    rewritePrompts: flip(),
    upscaleStart: pick(random, ['random', 'always', 'never']),
    previews: flip(),
    reverseEqualPrompts: flip(),
    previewName: pick(random, ['<job>_grid_0.webp', 'grid_0.webp']),
    ...(rare() && { cancelButton: false }),
    ...(rare() && { messageForm: 'containers' }),
    ...(rare() && { percentForm: pick(random, ['46.5%', '46 %', '４６％', 'words']) }),
    ...(rare() && { echoForm: pick(random, ['zero-width', 'short-names', 'defaults', 'sequence', 'weights', 'all']) }),
    ...(rare() && { botDelayMs: pick(random, [1_000, 4_000, 8_000]) }),
    ...(rare() && { channelEmptied: true }),
  };
}

/** How Discord behaves, for the batch. */
function discordSwitches(random: Random): Partial<Switches> {
  const rare = (): boolean => random.next() < 0.15;
  return {
    eventOrder: pick(random, ['after-204', 'before-204']),
    eventDelayMs: pick(random, [0, 20, 200]),
    signedUrls: random.next() < 0.5,
    ...(rare() && { subscriptionsRequired: true }),
    ...(rare() && { messageEvents: false }),
    ...(random.next() < 0.4 && { unfurl: pick(random, ['link', 'article', 'image', 'video', 'gifv']), unfurlTitle: pick(random, TITLES) }),
    ...(rare() && { freshTokens: true, oldTokenLifetimeMs: pick(random, [10_000, 3_600_000]) }),
    ...(rare() && { clockSkewMs: pick(random, [-120_000, 120_000, 7_000]) }),
    ...(rare() && { readyBytes: 500_000 }),
    ...(rare() && { nijiBot: true }),
    ...(rare() && { commandPlaces: pick(random, ['guild', 'user']) }),
  };
}

/** How gateway sessions behave, for the batch. */
function sessionSwitches(random: Random): Partial<Switches> {
  const flip = (): boolean => random.next() < 0.5;
  const base = { duplicateAfterResume: flip(), shuffleAfterResume: flip(), identifyIntervalMs: pick(random, [0, 0, 5_000]) };
  const rest = random.next();
  if (rest < 0.15) return { ...base, replayBufferEvents: 3 };
  if (rest < 0.3) return { ...base, sessionLifetimeMs: 1 };
  // The client gives up every connection within two heartbeats.
  if (rest < 0.4) return { ...base, swallowAcks: true, heartbeatIntervalMs: 3_000 };
  return base;
}

/**
 * The plan as it can be run in this weather. A native job waits for an account that cannot be reached, while useapi answers at once. Where messages stand
 * in the history alone, private ones and deleted ones are never seen.
 */
export function inWeather(plan: Plan, { switches, outage }: Weather): Plan {
  const dialect = outage || switches.swallowAcks ? 'native' : plan.dialect;
  const isEmptied = switches.channelEmptied === true || plan.fate?.startsWith('bulk') === true;
  const verb = isEmptied && PRESSES.includes(plan.verb) ? 'imagine' : plan.verb;
  // A start that is swept away at 46 % goes no further.
  const fate = switches.channelEmptied === true ? null : plan.fate;
  if (switches.messageEvents !== false) return { ...plan, dialect, verb, fate };
  const isLasting = plan.scenario !== null && SCENARIOS.get(plan.scenario)?.lasts === true;
  return {
    ...plan,
    dialect,
    verb: plan.verb === 'info' || plan.verb === 'describe' ? 'imagine' : plan.verb,
    scenario: isLasting ? plan.scenario : null,
    manners: plan.manners.filter((manner) => !NAMELESS.includes(manner)),
    fate: null,
    state: null,
    strikes: plan.strikes.filter(({ fault }) => fault !== 'channel emptied'),
  };
}
