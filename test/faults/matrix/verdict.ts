import type { Switches } from '@atelier/simulator';
import { CONNECTION_FAULTS, scenarioFacts } from './faults.ts';
import type { Plan } from './plan.ts';

/** `completed`, or the code with which a job failed. */
export type End = string;

/** How a plan's jobs may end. */
export interface Expectation {
  /** At most this many, and if `certain` exactly so many, end with `code`. */
  readonly special: { code: End; certain: boolean } | null;
  /** Everything else must have completed, unless one of these is excused. */
  readonly excused: readonly End[];
}

/** How often the session is lost in mid-job, by the plan and by what the switches make of a broken connection. */
export function countSessionLosses({ strikes }: Plan, switches: Partial<Switches>): number {
  const fragile = switches.replayBufferEvents !== undefined || switches.sessionLifetimeMs !== undefined;
  return strikes.filter(({ fault }) => CONNECTION_FAULTS[fault].losesSession || (fragile && fault !== 'heartbeat asked')).length;
}

export function toExpectation(plan: Plan, switches: Partial<Switches>): Expectation {
  const facts = plan.scenario === null ? undefined : scenarioFacts(plan.scenario);
  const lost = countSessionLosses(plan, switches);
  const befalls = facts?.only?.includes(plan.verb) ?? true;
  const special = facts?.code != null && befalls ? { code: facts.code, certain: facts.lasts === true || lost === 0 } : null;
  // A request is put at most twice. What failed for certain was not put; a session lost while it was under way costs a try.
  const triesLost = lost + (plan.scenario === 'fails with 500' ? 1 : 0);
  return { special, excused: triesLost > 1 ? ['upstream-silent', 'upstream-failed', 'upstream-unreachable'] : [] };
}

/** What is wrong with how the jobs ended; null when all is right. */
export function findFault(ends: readonly End[], { special, excused }: Expectation): string | null {
  const withSpecial = ends.filter((end) => end === special?.code).length;
  const others = ends.filter((end) => end !== 'completed' && end !== special?.code && !excused.includes(end));
  const excuse = special !== null && excused.includes(special.code);
  if (others.length > 0) return `ended with ${others.join(', ')}`;
  if (special?.certain && withSpecial === 0) return `none ended with ${special.code}`;
  if (withSpecial > 1 && !excuse) return `${withSpecial} ended with ${special?.code}`;
  return null;
}
