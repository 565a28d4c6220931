import type { AccountHold } from '../core/account.ts';
import type { FailureCode, JobFailure } from '../core/errors.ts';

/**
 * The holds of one account since it was last well.
 *
 * A trouble begins a hold: for the length that the upstream named, else for the back-off, which doubles from hold to hold. While a hold lasts, a
 * trouble without a named length changes nothing, because several jobs of the account meet the same trouble at once; a named length may make the hold
 * longer, never shorter. When the account is well again (its session is ready, or the bot has answered), the next back-off is the first one again, and
 * a hold ends at once if its reason was that Discord could not be reached; the end of every other state is not shown by an answer.
 */
export interface HoldSeries {
  /** Length of the last hold by back-off; null before the first. */
  readonly backoffMs: number | null;
  /** Codes of which the operator has had a notice. */
  readonly noticedCodes: readonly FailureCode[];
  /** The hold that lasts now. */
  readonly hold: AccountHold | null;
}

export const NO_HOLDS: HoldSeries = { backoffMs: null, noticedCodes: [], hold: null };

/** Events that change a series. `forMs` null: the upstream named no length. */
export type HoldEvent =
  | { type: 'trouble'; failure: JobFailure; forMs: number | null; nowMs: number }
  /** A stored hold was found at the start of the server. */
  | { type: 'hold-found'; hold: AccountHold }
  | { type: 'time-is-up' }
  | { type: 'well' };

/**
 * `store-hold` writes the hold, with a notice to the operator if `withNotice`, and sets the timer of its end. `release` ends the hold before its time.
 * `clear` removes a hold that is over: the account was tried with one job, and works.
 */
export type HoldEffect =
  | { type: 'store-hold'; hold: AccountHold; withNotice: boolean }
  | { type: 'set-timer'; hold: AccountHold }
  | { type: 'release' }
  | { type: 'clear' };

const FIRST_BACKOFF_MS = 15_000;
const LONGEST_BACKOFF_MS = 10 * 60_000;
/** A named length below this is taken for this, so that an account that answers "retry after 0 s" again and again is not asked without a break. */
const SHORTEST_HOLD_MS = 1_000;

/** Length of the next hold for which the upstream named none: 15 s, then twice the last one, at most 10 minutes. */
const nextBackoffMs = (lastMs: number | null): number => (lastMs === null ? FIRST_BACKOFF_MS : Math.min(2 * lastMs, LONGEST_BACKOFF_MS));

/** The series after an event, and the actions that follow. */
export function updateHoldSeries(series: HoldSeries, event: HoldEvent): { series: HoldSeries; effects: HoldEffect[] } {
  switch (event.type) {
    case 'trouble':
      return afterTrouble(series, event);
    case 'hold-found': {
      const { hold } = event;
      return { series: { ...series, hold, noticedCodes: [hold.code] }, effects: [{ type: 'set-timer', hold }] };
    }
    case 'time-is-up':
      return { series: { ...series, hold: null }, effects: [] };
    case 'well':
      if (series.hold === null) return { series: NO_HOLDS, effects: [{ type: 'clear' }] };
      if (series.hold.code === 'upstream-unreachable') return { series: NO_HOLDS, effects: [{ type: 'release' }] };
      return { series: { ...series, backoffMs: null }, effects: [] };
  }
}

function afterTrouble(
  series: HoldSeries,
  { failure, forMs, nowMs }: Extract<HoldEvent, { type: 'trouble' }>,
): ReturnType<typeof updateHoldSeries> {
  const unchanged = { series, effects: [] };
  if (forMs === null && series.hold !== null) return unchanged;
  const backoffMs = forMs === null ? nextBackoffMs(series.backoffMs) : series.backoffMs;
  const untilMs = nowMs + (forMs === null ? nextBackoffMs(series.backoffMs) : Math.max(forMs, SHORTEST_HOLD_MS));
  if (series.hold !== null && series.hold.untilMs >= untilMs) return unchanged;
  const { code, title, details } = failure;
  const hold: AccountHold = { code, title, details, sinceMs: nowMs, untilMs };
  const withNotice = !series.noticedCodes.includes(code);
  return {
    series: { backoffMs, hold, noticedCodes: withNotice ? [...series.noticedCodes, code] : series.noticedCodes },
    effects: [{ type: 'store-hold', hold, withNotice }],
  };
}
