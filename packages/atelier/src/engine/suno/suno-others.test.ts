import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { request } from 'undici';
import { JobError } from '../../core/errors.ts';
import { createFakeClock } from '@atelier/lib/clock';
import { textAt, type JsonObject } from '@atelier/lib/json';
import { SUNO_OPERATIONS, type SunoOperation } from './input.ts';
import { sunoJob, SONG, createTestSunoEngine, type TestSunoEngine } from './testing/test-suno-engine.ts';
import { musicRecord, track } from './testing/records.ts';
import { startFakeVendor } from './testing/fake-vendor.ts';
import { createSunoUpstream } from './upstream.ts';

let engine: TestSunoEngine;
const open = async (...options: Parameters<typeof createTestSunoEngine>): Promise<TestSunoEngine> =>
  (engine = await createTestSunoEngine(...options));
const close = (): Promise<void> => engine.close();

const jobOf = (operation: SunoOperation, request: JsonObject = {}) => sunoJob({ operation, request });

describe('operations that make no tracks', () => {
  afterEach(close);
  /** `data` of the vendor's record when it is done. Source: kie, generate/record-info; kie, lyrics/record-info; kie, wav/record-info; kie,
   * vocal-removal/record-info; kie, midi/record-info; kie, suno/cover/record-info; sunoapi, other record-info. */
  const DONE: readonly [operation: SunoOperation, record: JsonObject, media: string[], files: JsonObject[]][] = [
    ['lyrics', { status: 'SUCCESS', response: { data: [{ text: 'La', title: 'Song', status: 'complete', errorMessage: '' }] } }, [], []],
    [
      'wav',
      { successFlag: 'SUCCESS', response: { audioWavUrl: 'https://files.test/1.wav' } },
      ['audio 1 audioWavUrl-1.wav audio/wav'],
      [{ field: 'audioWavUrl', index: 1 }],
    ],
    [
      'vocal-removal',
      {
        successFlag: 'SUCCESS',
        response: { vocalUrl: 'https://files.test/v.mp3', drumsUrl: null, instrumentalUrl: 'https://files.test/i.mp3' },
      },
      ['audio 1 vocalUrl-1.mp3 audio/mpeg', 'audio 2 instrumentalUrl-2.mp3 audio/mpeg'],
      [
        { field: 'vocalUrl', index: 1 },
        { field: 'instrumentalUrl', index: 2 },
      ],
    ],
    ['midi', { successFlag: 1, midiData: { state: 'complete', instruments: [] } }, [], []],
    [
      'cover',
      { successFlag: 1, response: { images: ['https://files.test/a.png', 'https://files.test/b'] } },
      ['cover 1 images-0-1.png ', 'cover 2 images-1-2.jpeg '],
      [
        { field: 'images.0', index: 1 },
        { field: 'images.1', index: 2 },
      ],
    ],
  ];
  for (const [operation, record, media, files] of DONE) {
    test(`${operation} is completed with the vendor's own response, and its links copied`, async () => {
      const { vendor, start } = await open();
      const run = start(jobOf(operation, { taskId: 'task-0' }));
      vendor.setRecord({ data: { ...record, successFlag: 'PENDING' in record ? 'PENDING' : 0, status: 'PENDING' } });
      await run.next();
      await run.next();
      vendor.setRecord({ data: { taskId: 'task-1', ...record } });
      const end = await run.next();
      assert.ok(end?.type === 'completed');
      assert.deepEqual(
        end.media.map((one) => `${one.role} ${one.index} ${one.filename} ${one.contentType ?? ''}`),
        media,
      );
      const response = record['response'] ?? { midiData: record['midiData'] ?? null };
      assert.deepEqual(end.data, { upstreamTaskId: 'task-1', response, files });
      assert.deepEqual(vendor.submits()[0]?.path, SUNO_OPERATIONS[operation].submit);
      assert.equal(vendor.requests.at(-1)?.path, SUNO_OPERATIONS[operation].record);
    });
  }

  for (const failed of [
    { successFlag: 'GENERATE_WAV_FAILED', errorCode: 500, errorMessage: 'no' },
    { successFlag: 2, errorMessage: 'no' },
    { successFlag: 3, errorCode: 501, errorMessage: 'no' },
    { status: 'GENERATE_LYRICS_FAILED', errorMessage: 'no' },
    { successFlag: 'SUCCESS', response: null },
  ]) {
    test(`${JSON.stringify(failed)} is a failure`, async () => {
      const { vendor, start } = await open();
      vendor.setRecord({ data: failed });
      const end = (await start(jobOf('wav')).end()).at(-1);
      assert.equal(end?.type === 'failed' && end.failure.code, 'upstream-failed');
    });
  }

  test('every operation that makes tracks has the stages of a song', async () => {
    const { vendor, start } = await open();
    vendor.setRecord(musicRecord('SUCCESS', [track(1)]));
    for (const operation of ['extend', 'upload-cover', 'mashup', 'sounds', 'replace-section'] as const) {
      const end = (await start(jobOf(operation)).end()).at(-1);
      assert.equal(end?.type === 'completed' && end.data['stage'], 'complete');
      assert.equal(vendor.submits().at(-1)?.path, `generate/${operation}`);
    }
  });

  test('an operation that the simulator does not have fails with the settings to change, and is not submitted', async () => {
    const { vendor, start } = await open({ isSimulated: true });
    const [failed, ...others] = await start(jobOf('midi')).end();
    assert.ok(failed?.type === 'failed' && failed.failure.details?.includes('SUNO_UPSTREAM'));
    assert.deepEqual([failed.failure.code, others, vendor.requests], ['upstream-refused', [], []]);
    vendor.setRecord(musicRecord('SUCCESS', [track(1)]));
    assert.equal((await start(sunoJob(SONG)).end()).at(-1)?.type, 'completed');
  });
});

describe('the relay', () => {
  test('sends one request and returns the reply of the vendor', async () => {
    const vendor = await startFakeVendor();
    const upstream = createSunoUpstream({ baseUrl: vendor.url, apiKey: 'k', isSimulated: false, clock: createFakeClock() });
    vendor.answerPolls({ code: 200, msg: 'success', data: 5916.25 });
    assert.deepEqual(await upstream.ask('GET', 'chat/credit', { a: 'b c', n: 1 }), { code: 200, msg: 'success', data: 5916.25 });
    assert.deepEqual(vendor.requests[0]?.query, { a: 'b c', n: '1' });
    vendor.answerSubmits({ code: 422, msg: 'Record does not exist' });
    assert.deepEqual(await upstream.ask('POST', 'style/generate', { content: 'x' }), {
      code: 422,
      msg: 'Record does not exist',
      data: null,
    });
    vendor.answerSubmits('broken', { status: 200, text: 'hello' });
    await assert.rejects(
      upstream.ask('POST', 'style/generate', {}),
      (error) => error instanceof JobError && error.code === 'upstream-unreachable',
    );
    await assert.rejects(
      upstream.ask('POST', 'style/generate', {}),
      (error) => error instanceof JobError && error.code === 'upstream-failed',
    );
    assert.equal(vendor.requests.length, 4);
    await upstream.close();
    await vendor.close();
  });

  test('a silent vendor is unreachable after 30 s', async () => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    assert.ok(address !== null && typeof address === 'object');
    const clock = createFakeClock();
    const upstream = createSunoUpstream({ baseUrl: `http://127.0.0.1:${address.port}`, apiKey: 'k', isSimulated: false, clock });
    const answer = upstream.send('GET', 'chat/credit', {});
    await clock.advance(30_000);
    assert.deepEqual(await answer, { type: 'unreachable', reason: 'no answer within 30 s' });
    await upstream.close();
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe('the callback URL', () => {
  afterEach(close);
  test('accepts any body with a valid token, and answers 404 for other tokens', async () => {
    const { vendor, start } = await open();
    vendor.setRecord(musicRecord('PENDING'));
    const run = start(sunoJob(SONG));
    await run.next();
    await run.next();
    const url = textAt(vendor.submits()[0]?.body ?? {}, 'callBackUrl');
    const post = async (to: string, body: string | null, type: string): Promise<number> => {
      const answer = await request(to, { method: 'POST', headers: { 'content-type': type }, body });
      await answer.body.dump();
      return answer.statusCode;
    };
    for (const [body, type] of [
      ['{"code":200}', 'application/json'],
      ['{broken', 'application/json'],
      ['x'.repeat(2_000_000), 'text/plain'],
      ['', 'application/json'],
      [null, 'application/json'],
    ] as const) {
      assert.equal(await post(url, body, type), 200);
    }
    const [path, token] = [url.slice(0, url.lastIndexOf('/')), url.slice(url.lastIndexOf('/') + 1)];
    const [id = '', signature = ''] = token.split('.');
    for (const forged of [
      `${id}.`,
      id,
      `.${signature}`,
      `${id}.${signature.slice(1)}x`,
      `${Buffer.from('job-2').toString('base64url')}.${signature}`,
      'x',
    ]) {
      assert.equal(await post(`${path}/${forged}`, '{}', 'application/json'), 404, forged);
    }
    run.abort();
    assert.equal(await run.next(), undefined);
  });
});
