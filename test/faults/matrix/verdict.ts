import type { Switches } from '@atelier/simulator';
import { CONNECTION_FAULTS, scenarioFacts } from './faults.ts';
import type { Plan } from './plan.ts';

/** `completed`, or the code with which a job failed. */
export type End = string;

/** The allowed ends of a plan's jobs. */
export interface Expectation {
  /** At most one job ends with `code`; if `certain`, exactly one. */
  readonly special: { code: End; certain: boolean } | null;
  /** Codes that other jobs may fail with; without them, all other jobs must complete. */
  readonly excused: readonly End[];
}

/** Number of lost sessions while the jobs run, by the faults of the plan and by switches that make a broken connection lose its session. */
export function countSessionLosses({ strikes }: Plan, switches: Partial<Switches>): number {
  const fragile = switches.replayBufferEvents !== undefined || switches.sessionLifetimeMs !== undefined;
  return strikes.filter(({ fault }) => CONNECTION_FAULTS[fault].losesSession || (fragile && fault !== 'heartbeat asked')).length;
}

export function toExpectation(plan: Plan, switches: Partial<Switches>): Expectation {
  const facts = plan.scenario === null ? undefined : scenarioFacts(plan.scenario);
  const lost = countSessionLosses(plan, switches);
  const befalls = facts?.only?.includes(plan.verb) ?? true;
  const special = facts?.code != null && befalls ? { code: facts.code, certain: facts.lasts === true || lost === 0 } : null;
  // A request is sent at most twice. A certain failure was not sent; a session lost while the request was under way costs one try.
  const triesLost = lost + (plan.scenario === 'fails with 500' ? 1 : 0);
  return { special, excused: triesLost > 1 ? ['upstream-silent', 'upstream-failed', 'upstream-unreachable'] : [] };
}

/** The first fault in the ends of the jobs; null without a fault. */
export function findFault(ends: readonly End[], { special, excused }: Expectation): string | null {
  const withSpecial = ends.filter((end) => end === special?.code).length;
  const others = ends.filter((end) => end !== 'completed' && end !== special?.code && !excused.includes(end));
  const excuse = special !== null && excused.includes(special.code);
  if (others.length > 0) return `ended with ${others.join(', ')}`;
  if (special?.certain && withSpecial === 0) return `none ended with ${special.code}`;
  if (withSpecial > 1 && !excuse) return `${withSpecial} ended with ${special?.code}`;
  return null;
}
