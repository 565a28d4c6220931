import { isFinal, JOB_STATUSES, type Job } from 'atelier/core/job';
import { parseJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import type { AccountView, SimulatorControl } from '@atelier/simulator';
import type { ReceivedCallback } from '@atelier/simulator';
import { vanishes } from './manners.ts';
import type { Plan } from './plan.ts';
import { SCENARIOS } from './scenarios.ts';

/** What the simulator had counted for an account before the requests of the plan. */
export interface RequestsBefore {
  readonly asked: number;
  readonly accepted: number;
}

type CountedAccount = Pick<AccountView, 'userId'>;

/** Jobs that the bot worked on, or will. */
const countAsked = (control: SimulatorControl, { userId }: CountedAccount): number =>
  control.askedJobs().filter((job) => job.userId === userId && job.outcome !== 'full').length;

/** Requests for jobs that Discord has accepted. A form belongs to the request that opened it; `/show` makes nothing. */
const countAccepted = (control: SimulatorControl, { userId }: CountedAccount): number =>
  control
    .interactions()
    .filter((one) => one.userId === userId && one.status === 204 && one.command !== 'show' && !one.command.includes('Modal')).length;

export const countRequests = (control: SimulatorControl, account: CountedAccount): RequestsBefore => ({
  asked: countAsked(control, account),
  accepted: countAccepted(control, account),
});

/**
 * Second requests as the simulator counts them. A picture that the bot works on shows itself in the channel, so each job has one at most, whatever
 * happens to the connection. With a lost session two things leave no trace: "Job queued", which is told in private, and a start that vanished. Where no event is lost and no state of the account
 * sends jobs back to the queue, not even a refused request is repeated.
 */
export function findSecondRequests(
  control: SimulatorControl,
  account: CountedAccount,
  { plan, before, lostSessions, isOut }: { plan: Plan; before: RequestsBefore; lostSessions: number; isOut: boolean },
): string[] {
  const asked = countAsked(control, account) - before.asked;
  const accepted = countAccepted(control, account) - before.accepted;
  // A reply to a start that nobody has seen names nothing that is known.
  const isUntraced =
    lostSessions > 0 &&
    (plan.scenario === 'queued' || plan.manners.includes('result-reply') || (plan.fate !== null && vanishes(plan.fate)));
  const mayRepeat = lostSessions > 0 || isOut || plan.state !== null || comesBack(plan);
  return [
    ...(asked > plan.copies * (isUntraced ? 2 : 1) ? [`second request: ${asked} pictures for ${plan.copies} jobs`] : []),
    ...(!mayRepeat && accepted > plan.copies ? [`second request: ${accepted} accepted requests for ${plan.copies} jobs`] : []),
  ];
}

/** The scenario sends a job back to the queue, or leaves its fate unknown. */
const comesBack = ({ scenario }: Plan): boolean => scenario !== null && SCENARIOS.get(scenario)?.code === null;

/** The final state that a callback tells; null for progress and for a late result. */
function finalState(body: JsonObject): string | null {
  const state = textAt(body, 'type').replace(/^job\./, '') || textAt(body, 'status');
  const status = JOB_STATUSES.find((known) => known === state);
  return status !== undefined && isFinal(status) ? status : null;
}

/** Each job is told of once, with its state, after everything else. */
export function findCallbackFaults(
  received: readonly ReceivedCallback[],
  jobs: readonly Job[],
  pathOf: (index: number) => string,
): string[] {
  return jobs.flatMap((job, index) => {
    const states = received
      .filter(({ path }) => path === pathOf(index))
      .map(({ body }) => parseJsonObject(body))
      .filter((body) => textAt(body, 'type') !== 'job.late-result')
      .map(finalState);
    const finals = states.filter((state) => state !== null);
    if (finals.length !== 1) return [`callbacks: ${finals.length} of the end (${states.join(', ')})`];
    if (states.at(-1) === null) return ['callbacks: news after the end'];
    return finals[0] === job.status ? [] : [`callbacks: told ${finals[0]}, is ${job.status}`];
  });
}
