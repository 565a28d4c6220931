import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import sharp from 'sharp';
import { createJob } from '../core/job.ts';
import type { Media } from '../core/engine.ts';
import { createFakeClock } from '@atelier/lib/clock';
import { createIds } from '@atelier/lib/ids';
import { UrlFetchError, type FetchedFile } from '../core/url-guard.ts';
import { createCollector } from './collect.ts';

const JOB = createJob({
  id: 'job',
  dialect: 'linkr',
  engine: 'midjourney',
  verb: 'imagine',
  keyId: 'key',
  input: {},
  createdAtMs: 0,
  status: 'progress',
});

const GRID: Media = { role: 'grid', source: { url: 'https://cdn.test/grid.png' }, filename: 'fox.png' };

/** A collector with an upstream that gives these answers, one after the other, and a blob store with room for `room` files. */
function createTestCollector(answers: (Buffer | Error | Readable)[], room = Number.POSITIVE_INFINITY) {
  const clock = createFakeClock();
  const kept = new Map<string, Uint8Array>();
  const streamed = new Set<string>();
  const collect = createCollector({
    clock,
    ids: createIds(clock),
    retentionMs: 1_000,
    guardOf: () => ({
      fetch: async (): Promise<FetchedFile> => {
        const answer = answers.shift();
        if (answer instanceof Readable) return { contentType: '', body: answer };
        if (!(answer instanceof Buffer)) throw answer ?? new Error('asked too often');
        return { contentType: 'image/png', body: Readable.from([answer]) };
      },
    }),
    blobs: {
      put: async (key, content) => {
        if (!(content instanceof Uint8Array)) streamed.add(key);
        const bytes = content instanceof Uint8Array ? content : await buffer(content);
        if (kept.size === room) throw new Error('no space left');
        kept.set(key, bytes);
        return { bytes: bytes.length };
      },
      get: async () => undefined,
      remove: async (key) => void kept.delete(key),
    },
  });
  return { clock, kept, streamed, collect };
}

const picture = (): Promise<Buffer> =>
  sharp({ create: { width: 64, height: 32, channels: 3, background: '#336699' } })
    .png()
    .toBuffer();

test('keeps a grid whole and its four pictures, each with its record', async () => {
  const { collect, kept, clock } = createTestCollector([await picture()]);
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

test('repeats a failed download, and gives up after four attempts', async () => {
  const failure = new UrlFetchError('status', '503');
  const recovering = createTestCollector([failure, failure, await picture()]);
  const collected = recovering.collect(JOB, [GRID], new AbortController().signal);
  await recovering.clock.advance(10_000);
  assert.equal((await collected).outputs.length, 5);

  const lost = createTestCollector([failure, failure, failure, failure]);
  const failed = assert.rejects(lost.collect(JOB, [GRID], new AbortController().signal), failure);
  await lost.clock.advance(10_000);
  await failed;
  assert.equal(lost.kept.size, 0);
});

test('refuses a file that is not a picture', async () => {
  const { collect } = createTestCollector([Buffer.from('<html>')]);
  await assert.rejects(collect(JOB, [GRID], new AbortController().signal));
});

test('sound and video are streamed, with the given number and type, or the type of their bytes', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-collect-'));
  context.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'clip.webm');
  await writeFile(path, 'a clip');
  const { collect, kept, streamed } = createTestCollector([
    Buffer.from('ID3 and more of it'),
    Buffer.from('nothing known'),
    Buffer.from('neither'),
  ]);
  const audio = { role: 'audio', source: { url: 'https://cdn.test/a' }, filename: 'a' } as const;
  const { outputs, records } = await collect(
    JOB,
    [
      { ...audio, index: 7, contentType: 'audio/wav' },
      { ...audio, contentType: 'audio/midi' },
      audio,
      { role: 'video', source: { path }, filename: 'clip.webm', contentType: 'video/webm', width: 4, height: 2 },
    ],
    new AbortController().signal,
  );
  assert.deepEqual(
    outputs.map(({ index, contentType, bytes, width }) => [index, contentType, bytes, width]),
    [
      [7, 'audio/mpeg', 18, 0],
      [2, 'audio/midi', 13, 0],
      [3, 'audio/mpeg', 7, 0],
      [4, 'video/webm', 6, 4],
    ],
  );
  assert.equal(streamed.size, 4);
  assert.deepEqual(
    records.map(({ id, bytes }) => [kept.get(id)?.length, bytes]),
    outputs.map(({ bytes }) => [bytes, bytes]),
  );
});

test('a stream that breaks off is downloaded again from its start', async () => {
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from('ID3 half of it, and then ');
      throw new UrlFetchError('network', 'broken off');
    })(),
  );
  const { collect, kept, clock } = createTestCollector([broken, Buffer.from('ID3 all of it')]);
  const collected = collect(JOB, [{ role: 'audio', source: { url: 'https://cdn.test/a' }, filename: 'a' }], new AbortController().signal);
  await clock.advance(500);
  const [output] = (await collected).outputs;
  assert.deepEqual([...kept], [[output?.assetId, Buffer.from('ID3 all of it')]]);
});

test('discard deletes every copied file', async () => {
  const { collect, kept } = createTestCollector([await picture()]);
  const { discard } = await collect(JOB, [GRID], new AbortController().signal);
  assert.equal(kept.size, 5);
  await discard();
  assert.equal(kept.size, 0);
});

test('keeps no file of a job when the store has no room for all of them', async () => {
  const { collect, kept } = createTestCollector([await picture()], 3);
  await assert.rejects(collect(JOB, [GRID], new AbortController().signal), /no space left/);
  assert.equal(kept.size, 0);
});
