import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { isFinal, type Job } from '../../core/job.ts';
import { createSubmit } from '../../core/submit.ts';
import { createJobWatch, type JobWatch } from '../../core/watch.ts';
import { createTestWorker } from '../../queue/testing/worker-harness.ts';
import { openTestStore } from '../../store/sqlite/test-store.fixture.ts';
import type { Store } from '../../core/store.ts';
import type { Worker } from '../../queue/worker.ts';
import { createManualRender } from './testing/manual-render.ts';
import { newVideoJob, createTestVideoEngine, type TestVideoEngine } from './testing/test-video-engine.ts';

/** The engine with the real queue and store: cancelled and interrupted jobs. */
describe('music videos in the queue', () => {
  let harness: TestVideoEngine;
  let hand: ReturnType<typeof createManualRender>;
  let store: Store;
  let dispose: () => Promise<void>;
  let watch: JobWatch;
  let worker: Worker;
  let stop: () => Promise<void>;

  const start = (): void => {
    const closing = new AbortController();
    watch = createJobWatch({ clock: harness.clock, getJob: (id) => store.getJob(id) });
    worker = createTestWorker({ clock: harness.clock, store, watch, engine: harness.engine });
    const running = worker.run(closing.signal);
    stop = async () => {
      closing.abort(new Error('closing'));
      await running;
    };
  };

  beforeEach(async () => {
    hand = createManualRender();
    harness = await createTestVideoEngine(hand.render);
    ({ store, dispose } = await openTestStore());
    start();
  });
  afterEach(async () => {
    await stop();
    await dispose();
    await harness[Symbol.asyncDispose]();
  });

  async function accept(): Promise<string> {
    const { verb, engine, input } = newVideoJob();
    const submit = createSubmit({ clock: harness.clock, store, checkUrl: (url) => url, onAccepted: (job) => worker.offer(job) });
    await submit({ id: 'job-1', dialect: 'native', engine, verb, keyId: 'key', input, echo: {}, usesSlot: false });
    return 'job-1';
  }

  const ended = async (jobId: string): Promise<Job> => {
    const job = await watch.wait(jobId, (seen) => isFinal(seen.status), { timeoutMs: 3_600_000 });
    return job ?? assert.fail('the job has not ended');
  };

  test('go from queued to completed', async () => {
    const jobId = await accept();
    const end = ended(jobId);
    const run = await hand.next();
    await run.finish();
    const { status, progressPercent, output } = await end;
    assert.deepEqual([status, progressPercent, output.data], ['completed', 100, { template: 'stage', durationMs: 20_000 }]);
  });

  test('are cancelled while they render: the render stops and no file is left', async () => {
    const jobId = await accept();
    const run = await hand.next();
    const rendering = await store.getJob(jobId);
    assert.ok(rendering);
    const cancelled = await worker.cancel(rendering);
    assert.equal(cancelled.status, 'cancelled');
    assert.equal(run.request.signal?.aborted, true);
    await stop();
    assert.deepEqual(await harness.leftovers(), []);
  });

  test('are rendered again after a restart', async () => {
    const jobId = await accept();
    const interrupted = await hand.next();
    await stop();
    assert.equal(interrupted.request.signal?.aborted, true);
    assert.deepEqual(await harness.leftovers(), []);
    assert.equal((await store.getJob(jobId))?.failure, null);
    start();
    const end = ended(jobId);
    await (await hand.next()).finish();
    assert.equal((await end).status, 'completed');
  });
});
