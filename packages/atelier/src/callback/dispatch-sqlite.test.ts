import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import { createJob } from '../core/job.ts';
import { createFakeClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { OK_ANSWER, startReceiver } from '../net/testing/receiver.ts';
import { createUrlGuard } from '../net/url-guard.ts';
import { openTestStore } from '../store/sqlite/test-store.fixture.ts';
import type { Store } from '../core/store.ts';
import { createDeliver } from './deliver.ts';
import { createDispatcher } from './dispatch.ts';
import { createRetrySchedule } from './attempt.ts';
import { createSigner } from './sign.ts';

/** Ends a job with one delivery, as the queue does. */
async function endJob(store: Store, url: string, index: number, nowMs: number): Promise<void> {
  const job = createJob({
    id: `job_${index}`,
    dialect: 'native',
    engine: 'midjourney',
    verb: 'imagine',
    keyId: 'key_1',
    input: {},
    callbackUrl: url,
    usesSlot: false,
    createdAtMs: nowMs,
  });
  await store.acceptJob({ job });
  const delivery = {
    id: `msg_${index}`,
    jobId: job.id,
    keyId: job.keyId,
    dialect: job.dialect,
    url,
    origin: new URL(url).origin,
    body: `{"job":${index}}`,
    kieTaskId: null,
    dueAtMs: nowMs,
    createdAtMs: nowMs,
  };
  const ended = await store.transition({ jobId: job.id, version: 1, nowMs, set: { status: 'completed' }, deliveries: [delivery] });
  assert.equal(ended?.status, 'completed');
}

test('the dispatcher over SQLite: every callback once to a healthy receiver, retries to a failing one, no lease left at the end', async () => {
  await using healthy = await startReceiver({ onRequest: (socket) => socket.write(OK_ANSWER) });
  await using failing = await startReceiver({
    host: '127.0.0.2',
    onRequest: (socket) => socket.write('HTTP/1.1 503 X\r\ncontent-length: 3\r\n\r\n\0no'),
  });
  const clock = createFakeClock();
  const { store, dispose } = await openTestStore();
  const network = createDeliver({ guard: createUrlGuard({ allow: ['127.0.0.0/8'], clock }), clock });
  const recorded: string[] = [];
  const dispatcher = createDispatcher({
    store,
    deliver: network.deliver,
    sign: createSigner({ secrets: [] }),
    retry: createRetrySchedule({ delaysMs: [60_000], random: () => 0.5 }),
    clock,
    log: silentLog,
    onAttempt: (attempt) => recorded.push(attempt.deliveryId),
  });
  const end = new AbortController();
  const running = dispatcher.run(end.signal);
  await Promise.all(
    Array.from({ length: 100 }, (_, index) => endJob(store, index < 80 ? healthy.origin : failing.origin, index, clock.now())),
  );
  const reach = async (count: number): Promise<void> => {
    while (recorded.length < count) {
      dispatcher.wake();
      await nextTurn();
    }
  };
  await reach(100);
  await clock.advance(60_000);
  await reach(120);
  end.abort();
  await running;
  assert.equal(new Set(healthy.requests.map((request) => request.body)).size, 80);
  assert.equal(healthy.requests.length, 80);
  assert.equal(failing.requests.length, 40);
  const exhausted = await store.listDeliveries({ state: 'exhausted', limit: 100 });
  assert.equal(exhausted.length, 20);
  const attempts = await store.listAttempts('msg_99');
  assert.deepEqual(
    attempts.map((attempt) => [attempt.number, attempt.status, attempt.responseBody]),
    [
      [1, 503, '\uFFFDno'],
      [2, 503, '\uFFFDno'],
    ],
  );
  assert.equal(await store.nextDeliveryDueAtMs(), undefined);
  network.close();
  await dispose();
});
