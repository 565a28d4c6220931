import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import type { Random } from '@atelier/lib/random';
import { isChoice } from './content.ts';
import type { JobPlan, RunningJob } from './job.ts';
import type { JobRun } from './job-run.ts';
import type { Subscriber } from '../subscribers.ts';

/**
 * Runs jobs within the slots of each subscriber's plan: first come, first served; the queue is bounded.
 * Choosing one of several pictures or videos (U1–U4) needs no slot.
 */
export interface JobRunner {
  /** Starts a job or queues it; `full` when it can do neither. */
  submit(plan: JobPlan): 'started' | 'queued' | 'full';
  /** Ends a job as its Cancel Job button does. False for an unknown job. */
  cancel(jobId: string): boolean;
  jobs(): RunningJob[];
  /** Aborts all jobs without a message. */
  reset(): void;
}

export interface JobRunnerDependencies {
  clock: Clock;
  log: Log;
  random: Random;
  pace: number;
  perform: JobRun;
}

/** How long `sim:queued` keeps a job waiting at pace 1. */
const QUEUED_MS = 750;

export function createJobRunner({ clock, log, random, pace, perform }: JobRunnerDependencies): JobRunner {
  const jobs = new Set<RunningJob>();
  let sequence = 0;

  const of = (subscriber: Subscriber, state: RunningJob['state']): RunningJob[] =>
    [...jobs].filter((job) => job.plan.subscriber === subscriber && job.state === state && usesSlot(job.plan));
  const startNext = (subscriber: Subscriber): void => {
    const next = of(subscriber, 'queued').find((job) => !job.plan.fate.queued);
    if (next && of(subscriber, 'running').length < subscriber.slots) start(next, false);
  };
  const ends = new WeakMap<RunningJob, () => void>();
  /** Frees the slot. Runs twice for a cancelled job: at once, and when its painting ends. */
  const endJob = (job: RunningJob): void => {
    job.state = 'finished';
    jobs.delete(job);
    ends.get(job)?.();
    startNext(job.plan.subscriber);
  };
  const start = (job: RunningJob, carriesNonce: boolean): void => {
    job.state = 'running';
    void perform
      .run(job, { carriesNonce, rivals: () => [...jobs].filter((other) => other.state === 'running' && other.sequence > job.sequence) })
      .catch((error: unknown) => {
        if (!job.abort.signal.aborted) log.error({ err: error, jobId: job.id }, 'simulated job failed');
      })
      .finally(() => endJob(job));
  };

  return {
    submit(plan) {
      const { subscriber, fate } = plan;
      const { promise: done, resolve } = Promise.withResolvers<void>();
      const job: RunningJob = { id: random.uuid(), plan, sequence: sequence++, abort: new AbortController(), done, state: 'queued' };
      const free = !usesSlot(plan) || of(subscriber, 'running').length < subscriber.slots;
      if (!free && of(subscriber, 'queued').length >= subscriber.queueLength) return 'full';
      ends.set(job, resolve);
      jobs.add(job);
      if (free && !fate.queued) {
        start(job, plan.answers);
        return 'started';
      }
      if (plan.answers) perform.announceQueued(job);
      if (fate.queued) {
        clock.after(QUEUED_MS * pace, () => {
          if (jobs.has(job)) start(job, false);
        });
      }
      return 'queued';
    },
    cancel(jobId) {
      const job = [...jobs].find((candidate) => candidate.id === jobId);
      if (!job) return false;
      job.abort.abort();
      perform.showStopped(job);
      endJob(job);
      return true;
    },
    jobs: () => [...jobs],
    reset() {
      for (const job of jobs) job.abort.abort();
      jobs.clear();
    },
  };
}

const usesSlot = (plan: JobPlan): boolean => !isChoice(plan.wording);
