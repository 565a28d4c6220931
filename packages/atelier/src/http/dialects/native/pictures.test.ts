import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import sharp from 'sharp';
import { listAt, objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import { createTestHarness, type Answer, type Harness } from './harness.fixture.ts';

const PNG = await sharp({ create: { width: 3, height: 2, channels: 3, background: '#f80' } })
  .png()
  .toBuffer();
const BASE64 = PNG.toString('base64');

describe('pictures in POST /jobs', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await createTestHarness();
  });
  afterEach(() => harness.close());

  const post = (body: JsonObject, headers: Record<string, string> = {}) => harness.call('POST', '/jobs', body, { headers });
  const inputOf = async ({ body }: Answer): Promise<JsonObject> => (await harness.store.getJob(textAt(body, 'id')))?.input ?? {};
  const open = (source: unknown) => harness.deps.uploads.open(String(source));
  /** The sources of the uploads that an answer shows. */
  const sourcesOf = (text: string): string[] => text.match(/upload:[0-9a-f-]{36}/g) ?? [];

  test('are kept before the answer, with the use that the caller wants', async () => {
    const answer = await post({
      verb: 'imagine',
      prompt: 'a fox',
      images: [BASE64, { data: `data:image/png;base64,${BASE64}`, use: 'sref' }],
    });
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    const images = listAt(await inputOf(answer), 'images').map((image) => Object(image));
    assert.deepEqual(
      images.map(({ use }) => use),
      ['prompt', 'sref'],
    );
    for (const { source } of images) assert.deepEqual(Buffer.from((await open(source)).bytes), PNG);
    assert.ok(!JSON.stringify(answer.body).includes(BASE64));
    assert.deepEqual(objectAt(answer.body, 'input')['images'], images);
  });

  test('every job of a batch has them', async () => {
    const { body } = await post({ verb: 'imagine', prompt: 'a {red, green} fox', images: [BASE64] });
    const jobs = await harness.store.listJobs({ batchId: textAt(body, 'id'), limit: 10 });
    assert.equal(new Set(jobs.map(({ input }) => JSON.stringify(input['images']))).size, 1);
    assert.equal(jobs.length, 2);
  });

  test('go to /blend and /describe too', async () => {
    const blend = await post({ verb: 'blend', images: [BASE64], imageUrls: ['https://example.com/a.png'] });
    const [url, source] = listAt(await inputOf(blend), 'imageUrls');
    assert.equal(url, 'https://example.com/a.png');
    assert.ok(await open(source));
    const describe = await post({ verb: 'describe', image: BASE64 });
    assert.ok(await open((await inputOf(describe))['imageUrl']));
    for (const body of [
      { verb: 'blend', images: [BASE64] },
      { verb: 'describe' },
      { verb: 'describe', image: BASE64, imageUrl: 'https://example.com/a.png' },
    ])
      assert.equal((await post(body)).status, 400);
  });

  test('that cannot be used are named, and none is kept', async () => {
    const { status, body } = await post({ verb: 'imagine', prompt: 'a fox', images: [BASE64, 'aGVsbG8='] });
    assert.equal(status, 400);
    assert.deepEqual(
      listAt(body, 'errors').map((error) => Object(error).path),
      ['/images/1'],
    );
    assert.equal((await post({ verb: 'imagine', prompt: 'a fox', images: Array.from({ length: 9 }, () => BASE64) })).status, 400);
    const long = await post({ verb: 'imagine', prompt: 'x'.repeat(5_900), images: [BASE64] });
    assert.match(textAt(long.body, 'detail'), /5700 characters with 1 images/);
    assert.equal((await harness.store.listJobs({ limit: 10 })).length, 0);
  });

  test('a caller cannot name the upload of another request', async () => {
    const { body } = await post({ verb: 'imagine', prompt: 'a fox', images: [BASE64] });
    const [source = ''] = sourcesOf(JSON.stringify(body));
    assert.notEqual(source, '');
    for (const wanted of [
      { verb: 'describe', imageUrl: source },
      { verb: 'blend', imageUrls: [source, source] },
      { verb: 'imagine', prompt: 'x', images: [source] },
    ])
      assert.equal((await post(wanted)).status, 400);
  });

  test('of a refused or a repeated request are deleted', async () => {
    const kept = async (): Promise<number> => (await harness.store.expiredAssets(Number.MAX_SAFE_INTEGER, 100)).length;
    await harness.store.updateKey('key_ann', { limits: { requestsPerMinute: null, jobsPerDay: null, runningJobs: 1 } });
    const headers = { 'idempotency-key': 'once' };
    const body = { verb: 'imagine', prompt: 'a fox', images: [BASE64] };
    const [first, second] = await Promise.all([post(body, headers), post(body, headers)]);
    assert.deepEqual([first?.status, second?.body['id']], [202, first?.body['id']]);
    assert.equal((await post(body)).status, 429);
    assert.equal(await kept(), 1);
  });

  test('come as files of a multipart form', async () => {
    const form = new FormData();
    form.set('verb', 'imagine');
    form.set('prompt', 'a fox');
    form.set('maxJobs', '2');
    form.set('images', new Blob([PNG], { type: 'application/octet-stream' }), '../../evil.svg');
    const request = new Request('http://x', { method: 'POST', body: form });
    const headers = { authorization: 'Bearer ann', 'content-type': request.headers.get('content-type') ?? '' };
    const payload = Buffer.from(await request.arrayBuffer());
    const answer = await harness.inject({ method: 'POST', url: '/jobs', headers, payload });
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    const input = await inputOf(answer);
    const picture = await open(Object(listAt(input, 'images')[0]).source);
    assert.deepEqual([picture.filename, picture.contentType, Buffer.from(picture.bytes)], ['image.png', 'image/png', PNG]);
    assert.equal(answer.body['maxJobs'], 2);
  });

  test('a form with too large or too many files is refused with 413; other routes take no files', async () => {
    const send = async (url: string, files: Blob[]): Promise<number> => {
      const form = new FormData();
      form.set('verb', 'imagine');
      form.set('prompt', 'a fox');
      for (const file of files) form.append('images', file, 'a.png');
      const request = new Request('http://x', { method: 'POST', body: form });
      const headers = { authorization: 'Bearer ann', 'content-type': request.headers.get('content-type') ?? '' };
      return (await harness.inject({ method: 'POST', url, headers, payload: Buffer.from(await request.arrayBuffer()) })).status;
    };
    const png = new Blob([PNG]);
    assert.equal(await send('/jobs', [new Blob([Buffer.alloc(10 * 1024 * 1024 + 1)])]), 413);
    assert.equal(
      await send(
        '/jobs',
        Array.from({ length: 9 }, () => png),
      ),
      413,
    );
    assert.equal(
      await send(
        '/jobs',
        Array.from({ length: 4 }, () => new Blob([Buffer.alloc(9 * 1024 * 1024)])),
      ),
      413,
    );
    assert.equal(await send('/jobs', [png, png]), 202);
    assert.notEqual(await send('/jobs/x/cancel', [png]), 202);
  });
});
