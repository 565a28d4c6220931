import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { NO_LIMITS, type KeyLimits } from './key.ts';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import { newKey } from '../store/conformance/fixtures.ts';
import { openTestStore } from '../store/sqlite/test-store.fixture.ts';
import type { Store } from './store.ts';
import { JobError } from './errors.ts';
import type { Job } from './job.ts';
import { createSubmit, type JobRequest } from './submit.ts';

describe('submitting within the limits of a key', () => {
  let clock: FakeClock;
  let store: Store;
  let accepted: Job[];
  let dispose: () => Promise<void>;
  let sequence: number;
  beforeEach(async () => {
    clock = createFakeClock();
    ({ store, dispose } = await openTestStore());
    accepted = [];
    sequence = 0;
  });
  afterEach(() => dispose());

  const addKey = (limits: Partial<KeyLimits>) => store.createKey(newKey({ id: 'key', limits: { ...NO_LIMITS, ...limits } }));
  const submit = (set: Partial<JobRequest> = {}): Promise<Job> =>
    createSubmit({ clock, store, checkUrl: (url) => url, onAccepted: (job) => accepted.push(job) })({
      id: `job-${sequence++}`,
      dialect: 'kie',
      engine: 'midjourney',
      verb: 'imagine',
      keyId: 'key',
      input: {},
      echo: {},
      usesSlot: true,
      ...set,
    });
  const refusal = async (job: Promise<Job>): Promise<unknown> => {
    const error = await job.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof JobError);
    return { code: error.code, message: error.message, ...error.facts };
  };

  test('a full day says when it has room again', async () => {
    await addKey({ jobsPerDay: 2 });
    await submit();
    await clock.advance(3_600_000);
    await submit();
    assert.deepEqual(await refusal(submit()), {
      code: 'rate-limited',
      message: 'This API key may have 2 jobs within 24 hours',
      limit: 'jobsPerDay',
      max: 2,
      retryAfterSeconds: 23 * 3_600,
    });
    assert.equal(accepted.length, 2);
    await clock.advance(23 * 3_600_000);
    await submit();
  });

  test('too many running jobs', async () => {
    await addKey({ runningJobs: 1 });
    const { id, version } = await submit();
    const message = 'This API key may have 1 job queued or running at a time';
    assert.deepEqual(await refusal(submit()), { code: 'rate-limited', message, limit: 'runningJobs', max: 1, retryAfterSeconds: 10 });
    await store.transition({ jobId: id, version, nowMs: clock.now(), set: { status: 'failed' } });
    await submit();
  });

  test('of 64 jobs at once as many are accepted as the key may have, and a worker is told of them alone', async () => {
    await addKey({ jobsPerDay: 5, runningJobs: 20 });
    const results = await Promise.allSettled(Array.from({ length: 64 }, () => submit()));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 5);
    assert.equal(accepted.length, 5);
  });

  test('the same request again is answered with its job, whatever the limits say by now', async () => {
    await addKey({ jobsPerDay: 1 });
    const idempotency = { key: 'once', fingerprint: 'print' };
    const job = await submit({ idempotency });
    assert.deepEqual(await submit({ idempotency }), job);
    await store.updateKey('key', { limits: { requestsPerMinute: null, jobsPerDay: 2, runningJobs: null } });
    await submit();
    assert.deepEqual(await submit({ idempotency }), job);
  });

  test('a full account is told as such, with the jobs that the key may see', async () => {
    await addKey({ jobsPerDay: 5, runningJobs: 5 });
    const onAccount = { accountId: 'a', maxJobs: 1, refuseWhenBusy: true };
    const { id } = await submit(onAccount);
    const busy = { code: 'account-busy', message: 'Maximum of 1 jobs executing in parallel supported', maxJobs: 1, executingJobIds: [id] };
    assert.deepEqual(await refusal(submit(onAccount)), busy);
    await store.createKey(newKey({ id: 'other' }));
    assert.deepEqual(await refusal(submit({ ...onAccount, keyId: 'other' })), { ...busy, executingJobIds: [] });
    await store.createKey(newKey({ id: 'admin', admin: true }));
    assert.deepEqual(await refusal(submit({ ...onAccount, keyId: 'admin' })), busy);
  });
});
