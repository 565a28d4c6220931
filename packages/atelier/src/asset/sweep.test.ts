import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import type { Asset } from '../core/asset.ts';
import { createSweeper } from './sweep.ts';

/** `count` files that expired one millisecond after each other; the blob store refuses to remove the ids of `stuck`. */
function createTestSweeper(count: number, stuck: ReadonlySet<string>) {
  const clock = createFakeClock();
  const records = new Map<string, Asset>();
  for (let index = 0; index < count; index++) {
    const id = `asset-${index}`;
    const expiresAtMs = clock.now() - count + index;
    records.set(id, {
      id,
      jobId: 'j',
      keyId: 'k',
      contentType: 'image/png',
      filename: 'f',
      bytes: 1,
      width: 1,
      height: 1,
      createdAtMs: 0,
      expiresAtMs,
    });
  }
  let tries = 0;
  const sweeper = createSweeper({
    clock,
    log: silentLog,
    store: {
      putAsset: async () => {},
      getAsset: async (id) => records.get(id),
      expiredAssets: async (_nowMs, limit) => [...records.values()].slice(0, limit),
      deleteAssets: async (ids) => ids.forEach((id) => records.delete(id)),
    },
    blobs: {
      put: async () => ({ bytes: 0 }),
      get: async () => undefined,
      remove: async (key) => {
        tries++;
        if (stuck.has(key)) throw new Error('refused');
      },
    },
  });
  return { sweeper, records, clock, tries: () => tries };
}

test('a file that cannot be removed does not stop the others, and is tried again', async () => {
  const stuck = new Set(['asset-3']);
  const { sweeper, records } = createTestSweeper(450, stuck);
  assert.equal(await sweeper.sweep(), 449);
  assert.deepEqual([...records.keys()], ['asset-3']);
  stuck.clear();
  assert.equal(await sweeper.sweep(), 1);
  assert.equal(records.size, 0);
});

test('a blob store that refuses every removal is asked once a minute, and no more after the abort', async () => {
  const ids = Array.from({ length: 300 }, (_, index) => `asset-${index}`);
  const { sweeper, records, clock, tries } = createTestSweeper(300, new Set(ids));
  const stop = new AbortController();
  const done = sweeper.run(stop.signal);
  await clock.advance(0);
  assert.equal(tries(), 200);
  await clock.advance(60_000);
  assert.equal(tries(), 400);
  stop.abort();
  await done;
  assert.equal(records.size, 300);
});
