import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import sharp from 'sharp';
import { createFakeClock } from '@atelier/lib/clock';
import { createIds } from '@atelier/lib/ids';
import { silentLog } from '@atelier/lib/log';
import type { BlobStore, Uploads } from '../core/asset.ts';
import { accept, NOW_MS, written } from '../store/conformance/fixtures.ts';
import { openTestStore } from '../store/sqlite/test-store.fixture.ts';
import { createFileBlobs } from './blobs/file-blobs.ts';
import { createSweeper } from './sweep.ts';
import { createUploads, MAX_UPLOAD_BYTES } from './uploads.ts';

const PNG = await sharp({ create: { width: 3, height: 2, channels: 3, background: '#f80' } })
  .png()
  .toBuffer();
const BASE64 = PNG.toString('base64');

describe('pictures that callers send', () => {
  const clock = createFakeClock(NOW_MS);
  let folder: string;
  let blobs: BlobStore;
  let uploads: Uploads;
  let store: Awaited<ReturnType<typeof openTestStore>>['store'];
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atelier-uploads-'));
    ({ store, dispose } = await openTestStore());
    blobs = createFileBlobs(folder);
    uploads = createUploads({ clock, ids: createIds(clock), store, blobs, keepMs: 1_000 });
  });
  afterEach(async () => {
    await dispose();
    await rm(folder, { recursive: true });
  });

  const keptFiles = async (): Promise<number> =>
    (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;

  test('are read as base64 or as a data URL, with line breaks; the type comes from the bytes', async () => {
    for (const text of [BASE64, `data:image/jpeg;base64,${BASE64}`, `data:;base64,${BASE64.replaceAll(/.{20}/g, '$&\r\n')}`]) {
      const { picture } = await uploads.read(text);
      assert.deepEqual([Buffer.from(picture.bytes), picture.contentType, picture.filename], [PNG, 'image/png', 'image.png']);
    }
    assert.equal(await keptFiles(), 0);
  });

  test('are refused unless they are a picture of a known type and size', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>').toString('base64');
    const large = Buffer.alloc(MAX_UPLOAD_BYTES + 1).toString('base64');
    const cases = [
      ['', /neither base64/],
      ['https://example.com/a.png', /neither base64/],
      ['data:image/png,abc', /neither base64/],
      ['aGVsbG8=', /not a picture/],
      [svg, /not a picture/],
      [large, /bytes, and it may have/],
    ] as const;
    for (const [text, message] of cases) await assert.rejects(uploads.read(text), { code: 'invalid-request', message });
  });

  test('are kept, read again, and deleted once no job of the batch needs them', async () => {
    const upload = await uploads.read(BASE64);
    const input = { verb: 'imagine', prompt: 'a fox', images: [{ source: upload.source, use: 'prompt' }] };
    const jobs = [await accept(store, { batchId: 'b', input }), await accept(store, { batchId: 'b', input })];
    await uploads.keep([upload], written(jobs[0]));
    assert.deepEqual(Buffer.from((await uploads.open(upload.source)).bytes), PNG);
    for (const [index, job] of jobs.entries()) {
      await uploads.release(job);
      assert.equal(await keptFiles(), 1, 'the job has not ended');
      const ended = await store.transition({ jobId: job.id, version: job.version, nowMs: NOW_MS, set: { status: 'cancelled' } });
      await uploads.release(written(ended));
      assert.equal(await keptFiles(), 1 - index);
    }
    await assert.rejects(uploads.open(upload.source), { name: 'UrlFetchError' });
  });

  test('a prompt that looks like a source deletes nothing', async () => {
    const upload = await uploads.read(BASE64);
    const job = await accept(store, { input: { verb: 'imagine', prompt: upload.source } });
    await uploads.keep([upload], job);
    await uploads.release({ ...job, status: 'completed' });
    assert.equal(await keptFiles(), 1);
  });

  test('are deleted by the sweeper when a crash kept their job from being released', async () => {
    const upload = await uploads.read(BASE64);
    await uploads.keep([upload], await accept(store));
    await clock.advance(1_001);
    assert.equal(await createSweeper({ clock, log: silentLog, store, blobs }).sweep(), 1);
    assert.equal(await keptFiles(), 0);
  });
});
