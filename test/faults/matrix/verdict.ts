import { ERROR_CODES, toReason } from 'atelier/core/errors';
import type { Job } from 'atelier/core/job';
import { STRIKES, stateFacts } from './faults.ts';
import { fateFacts, vanishes } from './manners.ts';
import { differ, type Plan } from './plan.ts';
import { SCENARIOS } from './scenarios.ts';
import type { Weather } from './weather.ts';

/** `completed`, or the code with which a job failed. */
type End = string;

/** The allowed ends of a plan's jobs. */
export interface Expectation {
  /** At most one job ends with `code`; if `certain`, exactly one. */
  readonly special: { code: End; says: RegExp | null; certain: boolean } | null;
  /** Every other job ends so. */
  readonly usual: { code: End; says: RegExp | null };
  /** Codes that other jobs may fail with; without them, all other jobs must end as usual. */
  readonly excused: readonly End[];
}

/** Number of lost sessions while the jobs run, by the faults of the plan and by switches that make a broken connection lose its session. */
export function countSessionLosses({ strikes }: Plan, { switches, outage }: Weather): number {
  const isFragile = switches.replayBufferEvents !== undefined || switches.sessionLifetimeMs !== undefined;
  // A fragile session is lost by any break, and a busy machine may break a connection.
  const byWeather = (isFragile || switches.messageEvents === false ? 1 : 0) + (isFragile && outage ? 1 : 0);
  return byWeather + strikes.filter(({ fault }) => STRIKES[fault].losesSession || (isFragile && fault !== 'heartbeat asked')).length;
}

/**
 * No message of a job that arrives names its Midjourney id before the result: the Cancel button and the file names of previews do. Equal requests can then be told apart
 * by order alone, and requests that differ by their button not at all.
 */
export const isUnnamed = ({ manners }: Plan, { switches }: Weather): boolean => {
  const isBare = manners.includes('preview-bare');
  const hasNoName = isBare || switches.previewName === 'grid_0.webp' || switches.previews === false;
  return switches.messageEvents === false || (hasNoName && (isBare || switches.cancelButton === false));
};

/** A request is sent at most twice. A certain failure was not sent; a request of unknown fate, and a session lost while it was under way, cost one try. */
const countLostTries = (plan: Plan, weather: Weather): number =>
  countSessionLosses(plan, weather) +
  (plan.scenario === 'fails with 500' ? 1 : 0) +
  (plan.state === null ? 0 : (stateFacts(plan.state).uncertain ?? 0)) +
  (weather.outage ? 1 : 0);

export function toExpectation(plan: Plan, weather: Weather): Expectation {
  const facts = plan.scenario === null ? undefined : SCENARIOS.get(plan.scenario);
  const lost = countSessionLosses(plan, weather);
  const befalls = facts?.only?.includes(plan.verb) ?? true;
  const isForUseapiAlone = plan.scenario === 'queued' && plan.dialect !== 'useapi';
  const special =
    facts?.code != null && befalls && !isForUseapiAlone
      ? { code: facts.code, says: facts.says ?? null, certain: facts.lasts === true || lost === 0 }
      : null;
  const fate = plan.fate === null ? undefined : fateFacts(plan.fate);
  const { mayFail = null } = plan.state === null ? {} : stateFacts(plan.state);
  return {
    special,
    usual: { code: fate?.code ?? 'completed', says: fate?.says ?? null },
    excused: [
      ...(countLostTries(plan, weather) > 1 ? ['upstream-silent', 'upstream-failed', 'upstream-unreachable'] : []),
      ...(mayFail === null ? [] : [mayFail]),
      ...(lost > 0 ? toLostEnds(plan) : []),
      ...toUnnamedEnds(plan, weather),
      // The private thinking of /describe counts as its start, and a job that has started does not go back to the queue.
      ...(plan.verb === 'describe' && plan.state === 'hours used up, in a private message' ? ['credits-exhausted'] : []),
    ],
  };
}

/**
 * What else may become of jobs whose session was lost: private words are gone for ever, and of a start message that vanished nothing is left. A job that
 * only stands still then ends at its time limit.
 */
function toLostEnds({ scenario, fate }: Plan): End[] {
  if (fate !== null && vanishes(fate)) return ['upstream-failed', 'upstream-silent', 'prompt-moderated', 'completed'];
  const facts = scenario === null ? undefined : SCENARIOS.get(scenario);
  return facts?.runs && !facts.lasts ? ['timeout', 'upstream-failed'] : [];
}

/** Jobs that nothing tells apart get no picture, as long as their requests differ. */
function toUnnamedEnds(plan: Plan, weather: Weather): End[] {
  // The press is answered and the form is not: it is never sent again, and nobody knows whether it arrived.
  if (plan.verb === 'custom-zoom' && (weather.outage || countSessionLosses(plan, weather) > 0)) return ['upstream-silent'];
  const isUnknown = isUnnamed(plan, weather) || countSessionLosses(plan, weather) > 0;
  const isUnclear = plan.verb === 'V' && differ(plan) && isUnknown;
  // /show wants the Midjourney id.
  const isLost = plan.fate !== null && fateFacts(plan.fate).words.includes('result-lost') && isUnnamed(plan, weather);
  return isUnclear || isLost ? ['upstream-failed', 'upstream-silent', 'upstream-refused', 'prompt-moderated', 'timeout'] : [];
}

const endOf = ({ status, failure }: Job): End => (status === 'completed' ? status : (failure?.code ?? status));

/** useapi answers a request for an account that is held at once, with the status of the hold: such a job was never run. */
const wasTurnedAway = ({ dialect, operation, failure }: Job): boolean =>
  dialect === 'useapi' && operation === null && failure !== null && ERROR_CODES[failure.code].onAccount === 'hold';

/** The faults in the ends of the jobs. */
export function findFaults(jobs: readonly Job[], { special, usual, excused }: Expectation): string[] {
  const special1 = jobs.filter((job) => endOf(job) === special?.code);
  const others = jobs.filter(
    (job) => endOf(job) !== special?.code && endOf(job) !== usual.code && !excused.includes(endOf(job)) && !wasTurnedAway(job),
  );
  const isExcused = special !== null && (excused.includes(special.code) || special.code === usual.code);
  const silent = jobs.filter((job) => {
    const says = endOf(job) === special?.code ? special.says : endOf(job) === usual.code ? usual.says : null;
    return says !== null && job.failure !== null && !excused.includes(endOf(job)) && !says.test(toReason(job.failure));
  });
  return [
    ...others.map((job) => `ended with ${endOf(job)}: ${JSON.stringify({ failure: job.failure, operation: job.operation })}`),
    ...(special?.certain && special1.length === 0 ? [`none ended with ${special.code}: ${jobs.map(endOf).join(', ')}`] : []),
    ...(special1.length > 1 && !isExcused ? [`${special1.length} ended with ${special?.code}`] : []),
    ...silent.map((job) => `reason lost: ${JSON.stringify(job.failure)}`),
  ];
}
