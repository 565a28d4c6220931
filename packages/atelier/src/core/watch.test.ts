import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '@atelier/lib/clock';
import { createJob, isFinal, type Job } from './job.ts';
import { createJobWatch } from './watch.ts';

const job = (status: Job['status']): Job =>
  createJob({
    id: 'job_1',
    dialect: 'linkr',
    engine: 'midjourney',
    verb: 'imagine',
    keyId: 'key_1',
    input: {},
    createdAtMs: 0,
    status,
  });

test('a job that is already there is seen at once', async () => {
  const watch = createJobWatch({ clock: createFakeClock(), getJob: async () => job('completed') });
  assert.equal((await watch.wait('job_1', (seen) => isFinal(seen.status), { timeoutMs: 1_000 }))?.status, 'completed');
});

test('a published change ends the wait', async () => {
  const watch = createJobWatch({ clock: createFakeClock(), getJob: async () => job('queued') });
  const waiting = watch.wait('job_1', (seen) => seen.status === 'started', { timeoutMs: 60_000 });
  watch.publish(job('starting'));
  watch.publish(job('started'));
  assert.equal((await waiting)?.status, 'started');
});

test('a change made by another process is seen within a second', async () => {
  const clock = createFakeClock();
  let stored = job('queued');
  const watch = createJobWatch({ clock, getJob: async () => stored });
  const waiting = watch.wait('job_1', (seen) => isFinal(seen.status), { timeoutMs: 60_000 });
  await clock.advance(500);
  stored = job('failed');
  await clock.advance(500);
  assert.equal((await waiting)?.status, 'failed');
  assert.equal(clock.pending(), 0);
});

test('time-out and abort give undefined and leave no timer', async () => {
  const clock = createFakeClock();
  const watch = createJobWatch({ clock, getJob: async () => job('queued') });
  const waiting = watch.wait('job_1', (seen) => isFinal(seen.status), { timeoutMs: 5_000 });
  await clock.advance(5_000);
  assert.equal(await waiting, undefined);
  const aborted = watch.wait('job_1', (seen) => isFinal(seen.status), { timeoutMs: 5_000, signal: AbortSignal.abort() });
  assert.equal(await aborted, undefined);
  assert.equal(clock.pending(), 0);
});

test('a wait that a published change ends during a slow read polls no more', async () => {
  const clock = createFakeClock();
  const read = Promise.withResolvers<Job>();
  let reads = 0;
  const watch = createJobWatch({
    clock,
    getJob: () => {
      reads += 1;
      return read.promise;
    },
  });
  const waiting = watch.wait('job_1', (seen) => isFinal(seen.status), { timeoutMs: 60_000 });
  watch.publish(job('completed'));
  assert.equal((await waiting)?.status, 'completed');
  read.resolve(job('completed'));
  await clock.advance(10_000);
  assert.deepEqual([reads, clock.pending()], [1, 0]);
});
