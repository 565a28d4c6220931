import type { EngineName, Job } from '../core/job.ts';
import type { FullSlots } from './schedule.ts';

/** How often the loop does the work that no event announces: recover jobs, see other processes' changes, end overdue jobs. */
export const POLL_MS = 1_000;
/** Every job lease is renewed this often; a lease lasts three times as long. */
const RENEW_MS = 10_000;

/** Everything that a worker knows between two events. A pure function makes the next state of it: `updateWorker`. */
export interface WorkerState {
  /** How many jobs each engine may run at once; undefined for an engine that runs on accounts. Never changes. */
  readonly engineSlots: ReadonlyMap<EngineName, number | undefined>;
  /** The engine of each job that runs in this process, by job id. */
  readonly running: ReadonlyMap<string, EngineName>;
  /**
   * The slots that the last scheduling pass of each engine found taken. While this is known, a new job that needs such a slot starts no pass, so
   * it costs no read of the store. Forgotten as soon as a slot may be free.
   */
  readonly full: ReadonlyMap<EngineName, FullSlots>;
  /** A queued job may be able to start: the next turn makes a scheduling pass. */
  readonly mustSchedule: boolean;
  /** The jobs that a former process left running are recovered. */
  readonly hasRecovered: boolean;
  readonly pollAtMs: number;
  readonly renewAtMs: number;
}

/** Events that change the state of a worker. */
export type WorkerEvent =
  | { type: 'job-accepted'; job: Pick<Job, 'engine' | 'accountId' | 'usesSlot' | 'maxJobs'> }
  /** A slot or an account may be free again. */
  | { type: 'slot-freed' }
  /** The loop slept for `POLL_MS`: another process may have freed a slot. */
  | { type: 'poll-elapsed' }
  | { type: 'turn-failed' }
  | { type: 'pass-made'; engine: EngineName; full: FullSlots }
  /** The starts and ends of a pass are written, `writtenCount` of them without an error. */
  | { type: 'pass-written'; isPartial: boolean; writtenCount: number }
  | { type: 'run-started'; jobId: string; engine: EngineName }
  | { type: 'run-ended'; jobId: string }
  /** The job was ended by somebody else than its run: cancelled or failed. */
  | { type: 'job-ended'; jobId: string }
  | { type: 'jobs-recovered'; jobs: readonly Job[] }
  | { type: 'leases-renewed'; nowMs: number; jobIds: readonly string[]; renewedIds: readonly string[] };

/** Actions that follow an event, without any access to the store. */
export type WorkerEffect = { type: 'wake' } | { type: 'resume-job'; job: Job } | { type: 'abort-run'; jobId: string; reason: string };

/** The work of one turn of the loop on the store, in this order. */
export type TurnStep = 'renew-leases' | 'recover-jobs' | 'schedule-jobs' | 'end-overdue-jobs';

export function createWorkerState(engines: readonly { name: EngineName; slots?: number }[], nowMs: number): WorkerState {
  return {
    engineSlots: new Map(engines.map(({ name, slots }) => [name, slots])),
    running: new Map(),
    full: new Map(),
    mustSchedule: true,
    hasRecovered: false,
    pollAtMs: nowMs,
    renewAtMs: nowMs + RENEW_MS,
  };
}

/**
 * Leases are renewed first: after the machine slept, the leases of this process have ended too, and its own jobs come before the jobs of dead
 * processes.
 */
export function planTurn(state: WorkerState, nowMs: number): { state: WorkerState; steps: TurnStep[] } {
  const isPoll = nowMs >= state.pollAtMs;
  const steps: TurnStep[] = [];
  if (nowMs >= state.renewAtMs) steps.push('renew-leases');
  if (isPoll) steps.push('recover-jobs');
  if (state.mustSchedule) steps.push('schedule-jobs');
  if (isPoll) steps.push('end-overdue-jobs');
  return { state: { ...state, mustSchedule: false, pollAtMs: isPoll ? nowMs + POLL_MS : state.pollAtMs }, steps };
}

/** The state after an event, and the actions that follow from it. */
export function updateWorker(state: WorkerState, event: WorkerEvent): { state: WorkerState; effects: WorkerEffect[] } {
  switch (event.type) {
    case 'job-accepted':
      return isSlotTaken(state, event.job) ? unchanged(state) : withPass(state);
    case 'slot-freed':
      return withPass(forgetFull(state));
    case 'poll-elapsed':
      return { state: { ...forgetFull(state), mustSchedule: true }, effects: [] };
    case 'turn-failed':
      return withPass(state);
    case 'pass-made':
      return { state: { ...state, full: new Map(state.full).set(event.engine, event.full) }, effects: [] };
    case 'pass-written':
      return event.isPartial && event.writtenCount > 0 ? withPass(state) : unchanged(state);
    case 'run-started':
      return { state: { ...state, running: new Map(state.running).set(event.jobId, event.engine) }, effects: [] };
    case 'run-ended': {
      const running = new Map(state.running);
      running.delete(event.jobId);
      return withPass(forgetFull({ ...state, running }));
    }
    case 'job-ended': {
      const next = withPass(forgetFull(state));
      return { ...next, effects: [abortRun(event.jobId, 'the job was ended from outside'), ...next.effects] };
    }
    case 'jobs-recovered': {
      const resumed = event.jobs.filter((job) => state.engineSlots.has(job.engine) && !state.running.has(job.id));
      return { state: { ...state, hasRecovered: true }, effects: resumed.map((job) => ({ type: 'resume-job', job })) };
    }
    case 'leases-renewed': {
      const renewed = new Set(event.renewedIds);
      const lost = event.jobIds.filter((jobId) => !renewed.has(jobId));
      return {
        state: { ...state, renewAtMs: event.nowMs + RENEW_MS },
        effects: lost.map((jobId) => abortRun(jobId, 'the lease of this job was lost')),
      };
    }
  }
}

/** How many more jobs an engine may run; undefined for an engine that runs on accounts. */
export function freeSlotsOf({ engineSlots, running }: WorkerState, engine: EngineName): number | undefined {
  const slots = engineSlots.get(engine);
  if (slots === undefined) return undefined;
  let freeSlots = slots;
  for (const name of running.values()) if (name === engine) freeSlots -= 1;
  return freeSlots;
}

/** True when the last pass found every slot taken that this job could have. */
function isSlotTaken({ full, engineSlots }: WorkerState, job: Extract<WorkerEvent, { type: 'job-accepted' }>['job']): boolean {
  const known = full.get(job.engine);
  if (!known) return false;
  if (engineSlots.get(job.engine) !== undefined) return known.isEverySlotTaken;
  if (!job.usesSlot || job.maxJobs !== null) return false;
  return job.accountId === null ? known.isEverySlotTaken : known.accountIds.has(job.accountId);
}

const unchanged = (state: WorkerState): { state: WorkerState; effects: WorkerEffect[] } => ({ state, effects: [] });
const withPass = (state: WorkerState): { state: WorkerState; effects: WorkerEffect[] } => ({
  state: { ...state, mustSchedule: true },
  effects: [{ type: 'wake' }],
});
const forgetFull = (state: WorkerState): WorkerState => ({ ...state, full: new Map() });
const abortRun = (jobId: string, reason: string): WorkerEffect => ({ type: 'abort-run', jobId, reason });
