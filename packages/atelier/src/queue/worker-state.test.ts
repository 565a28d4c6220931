import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Job } from '../core/job.ts';
import { newJob } from '../store/conformance/fixtures.ts';
import {
  createWorkerState,
  freeSlotsOf,
  planTurn,
  updateWorker,
  type TurnStep,
  type WorkerEffect,
  type WorkerEvent,
  type WorkerState,
} from './worker-state.ts';

const ENGINES = [{ name: 'midjourney' }, { name: 'suno', slots: 2 }] as const;
const NOTHING_FULL = { accountIds: new Set<string>(), isEverySlotTaken: false };
const ALL_FULL = { accountIds: new Set<string>(), isEverySlotTaken: true };
const WAKE: WorkerEffect = { type: 'wake' };

/** The state after these events, and the effects of the last one. It starts without a wanted pass. */
function after(...events: WorkerEvent[]): { state: WorkerState; effects: WorkerEffect[] } {
  let next: { state: WorkerState; effects: WorkerEffect[] } = {
    state: { ...createWorkerState(ENGINES, 0), mustSchedule: false },
    effects: [],
  };
  for (const event of events) next = updateWorker(next.state, event);
  return next;
}

const accepted = (set: Partial<Job>): WorkerEvent => ({ type: 'job-accepted', job: newJob(set) });
const sunoFull: WorkerEvent = { type: 'pass-made', engine: 'suno', full: ALL_FULL };
const accountFull: WorkerEvent = { type: 'pass-made', engine: 'midjourney', full: { ...NOTHING_FULL, accountIds: new Set(['a']) } };
const midjourneyFull: WorkerEvent = { type: 'pass-made', engine: 'midjourney', full: ALL_FULL };
const song: Partial<Job> = { engine: 'suno', usesSlot: false };
const running: WorkerEvent = { type: 'run-started', jobId: 'one', engine: 'suno' };

const PASS_ROWS: readonly [title: string, events: WorkerEvent[], startsPass: boolean][] = [
  ['a job is accepted before any pass', [accepted({})], true],
  ['a job of an engine whose slots are taken, whatever slots mean to its dialect', [sunoFull, accepted(song)], false],
  ['a job of another engine', [sunoFull, accepted({})], true],
  ['a job whose account is full', [accountFull, accepted({ accountId: 'a' })], false],
  ['a job of another account', [accountFull, accepted({ accountId: 'b' })], true],
  ['a job of no account while one account is full', [accountFull, accepted({ accountId: null })], true],
  ['a job of no account while all are full', [midjourneyFull, accepted({ accountId: null })], false],
  ['a small command of a full account', [accountFull, accepted({ accountId: 'a', usesSlot: false })], true],
  ['a job with a limit from its caller', [accountFull, accepted({ accountId: 'a', maxJobs: 1 })], true],
  ['a slot is freed', [sunoFull, { type: 'slot-freed' }], true],
  ['a turn failed', [{ type: 'turn-failed' }], true],
  ['a pass left jobs behind', [{ type: 'pass-written', isPartial: true, writtenCount: 1 }], true],
  ['a pass left jobs behind and could write none', [{ type: 'pass-written', isPartial: true, writtenCount: 0 }], false],
  ['a pass took every job', [{ type: 'pass-written', isPartial: false, writtenCount: 3 }], false],
  ['a run started', [running], false],
  ['a run ended', [running, { type: 'run-ended', jobId: 'one' }], true],
];

describe('the state of a worker', () => {
  for (const [title, events, startsPass] of PASS_ROWS) {
    test(`${title}: ${startsPass ? 'wakes the loop for a pass' : 'no pass'}`, () => {
      const { state, effects } = after(...events);
      assert.deepEqual([state.mustSchedule, effects], [startsPass, startsPass ? [WAKE] : []]);
    });
  }

  test('forgets the taken slots as soon as one may be free', () => {
    const events: WorkerEvent[] = [
      { type: 'slot-freed' },
      { type: 'poll-elapsed' },
      { type: 'run-ended', jobId: 'one' },
      { type: 'job-ended', jobId: 'one' },
    ];
    for (const event of events) {
      assert.equal(after(sunoFull, event).state.full.size, 0, event.type);
      assert.equal(after(sunoFull, event, accepted(song)).state.mustSchedule, true, event.type);
    }
  });

  test('a sleep that elapsed wants a pass and does not wake the loop, which is awake', () => {
    const { state, effects } = after({ type: 'poll-elapsed' });
    assert.deepEqual([state.mustSchedule, effects], [true, []]);
  });

  test('an engine with its own slots has as many free as it does not run', () => {
    assert.deepEqual([freeSlotsOf(after().state, 'suno'), freeSlotsOf(after().state, 'midjourney')], [2, undefined]);
    const { state } = after(
      ...['a', 'b', 'c'].map((jobId): WorkerEvent => ({ type: 'run-started', jobId, engine: 'suno' })),
      { type: 'run-started', jobId: 'd', engine: 'midjourney' },
      { type: 'run-ended', jobId: 'none' },
    );
    assert.deepEqual([freeSlotsOf(state, 'suno'), state.running.size], [-1, 4]);
  });

  test('resumes recovered jobs, except running ones and jobs of an engine that is not there', () => {
    const jobs = [newJob({ id: 'one', engine: 'suno' }), newJob({ id: 'two', engine: 'suno' }), newJob({ engine: 'music-video' })];
    const { state, effects } = after(running, { type: 'jobs-recovered', jobs });
    assert.deepEqual([state.hasRecovered, effects], [true, [{ type: 'resume-job', job: jobs[1] }]]);
  });

  test('aborts the run of a job that was ended from outside, and of each lost lease', () => {
    const ended = after(running, { type: 'job-ended', jobId: 'one' });
    assert.deepEqual(ended.effects, [{ type: 'abort-run', jobId: 'one', reason: 'the job was ended from outside' }, WAKE]);
    const renewed = after({ type: 'leases-renewed', nowMs: 500, jobIds: ['one', 'two'], renewedIds: ['two'] });
    assert.deepEqual(renewed.effects, [{ type: 'abort-run', jobId: 'one', reason: 'the lease of this job was lost' }]);
    assert.equal(renewed.state.renewAtMs, 10_500);
  });

  test('a turn takes the steps that are due, leases first', () => {
    const idle: WorkerState = { ...after().state, pollAtMs: 1_000, renewAtMs: 10_000 };
    const rows: [nowMs: number, mustSchedule: boolean, steps: TurnStep[], pollAtMs: number][] = [
      [999, false, [], 1_000],
      [999, true, ['schedule-jobs'], 1_000],
      [1_000, false, ['recover-jobs', 'end-overdue-jobs'], 2_000],
      [10_000, true, ['renew-leases', 'recover-jobs', 'schedule-jobs', 'end-overdue-jobs'], 11_000],
    ];
    for (const [nowMs, mustSchedule, steps, pollAtMs] of rows) {
      const turn = planTurn({ ...idle, mustSchedule }, nowMs);
      assert.deepEqual([turn.steps, turn.state.pollAtMs, turn.state.mustSchedule], [steps, pollAtMs, false]);
    }
  });
});
