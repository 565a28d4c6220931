import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import sharp from 'sharp';
import type { Media } from '../engine/engine.ts';
import { EMPTY_OUTPUT, type Job } from '../job/job.ts';
import { createFakeClock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { UrlFetchError, type FetchedFile } from '../net/url-policy.ts';
import { createCollector } from './collect.ts';

const JOB: Job = {
  id: 'job',
  dialect: 'linkr',
  engine: 'midjourney',
  verb: 'imagine',
  keyId: 'key',
  parentId: null,
  input: {},
  echo: {},
  callbackUrl: null,
  accountId: null,
  usesSlot: true,
  maxJobs: null,
  status: 'progress',
  version: 1,
  progressPercent: 93,
  operation: null,
  output: EMPTY_OUTPUT,
  failure: null,
  createdAtMs: 0,
  updatedAtMs: 0,
  startedAtMs: 0,
  finishedAtMs: null,
};

const GRID: Media = { role: 'grid', source: { url: 'https://cdn.test/grid.png' }, filename: 'fox.png' };

/** A collector whose upstream answers with these, one after the other, above a store with room for some files. */
function createScene(answers: (Buffer | Error)[], room = Number.POSITIVE_INFINITY) {
  const clock = createFakeClock();
  const kept = new Map<string, Uint8Array>();
  const collect = createCollector({
    clock,
    ids: createIds(clock),
    retentionMs: 1_000,
    guard: {
      fetch: async (): Promise<FetchedFile> => {
        const answer = answers.shift();
        if (!(answer instanceof Buffer)) throw answer ?? new Error('asked too often');
        return { contentType: 'image/png', body: Readable.from([answer]) };
      },
    },
    blobs: {
      put: async (key, bytes) => {
        assert.ok(bytes instanceof Uint8Array);
        if (kept.size === room) throw new Error('no space left');
        kept.set(key, bytes);
        return { bytes: bytes.length };
      },
      get: async () => undefined,
      remove: async (key) => void kept.delete(key),
    },
  });
  return { clock, kept, collect };
}

const picture = (): Promise<Buffer> =>
  sharp({ create: { width: 64, height: 32, channels: 3, background: '#336699' } })
    .png()
    .toBuffer();

test('keeps a grid whole and its four pictures, each with its record', async () => {
  const { collect, kept, clock } = createScene([await picture()]);
  const { outputs, records } = await collect(JOB, [GRID], new AbortController().signal);
  assert.deepEqual(
    outputs.map(({ role, index, filename, width, height }) => [role, index, filename, width, height]),
    [['grid', 1, 'fox.png', 64, 32], ...[1, 2, 3, 4].map((index) => ['image', index, `fox_${index}.png`, 32, 16])],
  );
  assert.deepEqual(
    records.map(({ id }) => id),
    outputs.map(({ assetId }) => assetId),
  );
  assert.ok(records.every(({ jobId, keyId, expiresAtMs }) => jobId === 'job' && keyId === 'key' && expiresAtMs === clock.now() + 1_000));
  assert.equal(kept.size, 5);
});

test('tries an upstream that stumbles again, and gives up after four times', async () => {
  const stumble = new UrlFetchError('status', '503');
  const recovering = createScene([stumble, stumble, await picture()]);
  const collected = recovering.collect(JOB, [GRID], new AbortController().signal);
  await recovering.clock.advance(10_000);
  assert.equal((await collected).outputs.length, 5);

  const lost = createScene([stumble, stumble, stumble, stumble]);
  const failed = assert.rejects(lost.collect(JOB, [GRID], new AbortController().signal), stumble);
  await lost.clock.advance(10_000);
  await failed;
  assert.equal(lost.kept.size, 0);
});

test('refuses what is no picture', async () => {
  const { collect } = createScene([Buffer.from('<html>')]);
  await assert.rejects(collect(JOB, [GRID], new AbortController().signal));
});

test('keeps nothing of a job whose files have no room', async () => {
  const { collect, kept } = createScene([await picture()], 3);
  await assert.rejects(collect(JOB, [GRID], new AbortController().signal), /no space left/);
  assert.equal(kept.size, 0);
});

test('names music and videos by what they are', async () => {
  const files = [
    ['audio', 'take.mp3', 'audio/mpeg'],
    ['audio', 'take.WAV', 'audio/wav'],
    ['audio', 'take', 'audio/mpeg'],
    ['video', 'clip.webm', 'video/webm'],
    ['video', 'clip.mp3', 'video/mp4'],
  ] as const;
  const { collect } = createScene(files.map(() => Buffer.from('x')));
  const media = files.map(([role, filename]): Media => ({ role, filename, source: { url: 'https://cdn.test/file' } }));
  const { records } = await collect(JOB, media, new AbortController().signal);
  assert.deepEqual(
    records.map(({ contentType }) => contentType),
    files.map(([, , contentType]) => contentType),
  );
});
