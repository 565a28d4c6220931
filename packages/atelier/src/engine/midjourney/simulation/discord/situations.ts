import type { SimWorld } from '../world.ts';

/** Which situations of the contract's section 8 a run has. Numbers are probabilities for each occasion. */
export interface Situations {
  /** Discord's clock minus ours, milliseconds. */
  readonly skewMs: number;
  readonly knowsSkew: boolean;
  readonly jobs: number;
  /** Small: all jobs have one prompt. */
  readonly prompts: number;
  readonly buttons: number;
  readonly smallCommands: number;
  readonly restTrouble: number;
  readonly silence: number;
  readonly refusals: number;
  readonly accountStates: number;
  readonly remarks: number;
  readonly noResponse: number;
  readonly thinking: number;
  readonly emptyStart: number;
  readonly hiddenUuid: number;
  readonly withoutStart: number;
  readonly forms: number;
  readonly vanishing: number;
  readonly lateFailure: number;
  readonly noResult: number;
  readonly stuck: number;
  readonly resultAsEdit: number;
  readonly withoutButtons: number;
  readonly componentsV2: number;
  readonly rewriting: number;
  readonly unfurling: number;
  readonly deletionOutOfTurn: number;
  readonly historyTrouble: number;
  readonly duplicates: number;
  readonly lostInteractionEvents: number;
  /** Numbers of these events in a run. */
  readonly cuts: number;
  readonly lostSessions: number;
  readonly deafTimes: number;
  readonly crashes: number;
  readonly bulkDeletions: number;
  readonly strangers: number;
  readonly byHand: number;
  readonly notices: number;
  readonly badTokens: number;
  readonly cancels: number;
  readonly fastHoursUsedUp: 'hold' | 'relax';
}

/** Draws the situations of a run. About a third of the switches is on, so that effects of one situation are seen alone and together. */
export function drawSituations(world: SimWorld): Situations {
  const { random } = world;
  const some = (most: number, on = 0.35): number => (world.chance(on) ? random.next() * most : 0);
  const times = (most: number, on = 0.3): number => (world.chance(on) ? world.between(1, most) : 0);
  return {
    skewMs: random.pick([0, 0, 400, -1_500, 120_000, -120_000]),
    knowsSkew: world.chance(0.9),
    jobs: world.between(1, 8),
    prompts: random.pick([1, 2, 3, 8]),
    buttons: some(0.7),
    smallCommands: some(0.4),
    restTrouble: some(0.5),
    silence: some(0.3),
    refusals: some(0.5),
    accountStates: some(0.3),
    remarks: some(0.6),
    noResponse: some(0.6),
    thinking: some(0.4),
    emptyStart: some(0.5),
    hiddenUuid: some(1),
    withoutStart: some(1),
    forms: some(0.6),
    vanishing: some(0.7),
    lateFailure: some(0.4),
    noResult: some(0.4),
    stuck: some(0.2, 0.2),
    resultAsEdit: some(0.5),
    withoutButtons: some(0.5),
    componentsV2: some(1),
    rewriting: some(1),
    unfurling: some(0.8),
    deletionOutOfTurn: some(1),
    historyTrouble: some(0.5),
    duplicates: some(0.4),
    lostInteractionEvents: some(0.5),
    cuts: times(3),
    lostSessions: times(2),
    deafTimes: times(2, 0.2),
    crashes: times(2),
    bulkDeletions: times(2, 0.2),
    strangers: times(6),
    byHand: times(3),
    notices: times(2, 0.15),
    badTokens: times(1, 0.08),
    cancels: times(2, 0.15),
    fastHoursUsedUp: random.pick(['hold', 'relax']),
  };
}
