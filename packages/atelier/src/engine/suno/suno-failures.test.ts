import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import type { FailureCode, JobFailure } from '../../core/errors.ts';
import type { EngineUpdate } from '../../core/engine.ts';
import type { CodeStyle } from './codes.ts';
import { upstreamErrorOf } from './input.ts';
import { sunoJob, SONG, createTestSunoEngine, type TestSunoEngine } from './testing/test-suno-engine.ts';
import { musicRecord, track } from './testing/records.ts';
import type { VendorAnswer } from './testing/fake-vendor.ts';

let engine: TestSunoEngine;
const open = async (...options: Parameters<typeof createTestSunoEngine>): Promise<TestSunoEngine> =>
  (engine = await createTestSunoEngine(...options));
const close = (): Promise<void> => engine.close();

const failureOf = (updates: readonly EngineUpdate[]): JobFailure | undefined => {
  const last = updates.at(-1);
  return last?.type === 'failed' ? last.failure : undefined;
};

describe('a request that the vendor refuses', () => {
  afterEach(close);
  const REFUSED: readonly [code: number, style: CodeStyle, msg: string, failure: FailureCode][] = [
    [400, 'kie', 'Parameter error', 'prompt-invalid'],
    [401, 'kie', 'You do not have access permissions', 'account-unauthorized'],
    [402, 'kie', 'Insufficient credits', 'credits-exhausted'],
    [429, 'sunoapi', 'Insufficient credits', 'credits-exhausted'],
    [404, 'kie', 'Not found', 'upstream-refused'],
    [409, 'kie', 'The WAV record already exists', 'upstream-refused'],
    [413, 'sunoapi', 'The prompt is too long', 'prompt-invalid'],
    [422, 'kie', 'Please enter callBackUrl.', 'prompt-invalid'],
    [451, 'kie', 'The file could not be fetched', 'media-unavailable'],
    [501, 'kie', 'Generation failed', 'upstream-failed'],
    [505, 'kie', 'Feature disabled', 'upstream-refused'],
    [531, 'kie', 'Credits refunded', 'upstream-failed'],
  ];
  for (const [code, style, msg, failure] of REFUSED) {
    test(`${style} ${code} is ${failure}, at once, with the vendor's own words`, async () => {
      const { vendor, start } = await open({ style });
      vendor.answerSubmits({ code, msg });
      const found = failureOf(await start(sunoJob(SONG)).end());
      assert.deepEqual([found?.code, upstreamErrorOf(found ?? { details: null })], [failure, { code, msg }]);
      assert.equal(vendor.requests.length, 1);
    });
  }

  test('an HTTP status without an envelope is a code too', async () => {
    const { vendor, start } = await open();
    vendor.answerSubmits({ status: 403, text: '<html>no</html>' }, { status: 401, text: '{"error":"Unauthorized"}' });
    assert.equal(failureOf(await start(sunoJob(SONG)).end())?.code, 'upstream-refused');
    assert.deepEqual(failureOf(await start(sunoJob(SONG)).end()), {
      code: 'account-unauthorized',
      title: 'Suno does not accept SUNO_API_KEY',
      details: '401 Unauthorized',
    });
  });

  test('an answer without a task id is a failure', async () => {
    const { vendor, start } = await open();
    vendor.answerSubmits({ code: 200, msg: 'success', data: null });
    assert.equal(failureOf(await start(sunoJob(SONG)).end())?.code, 'upstream-failed');
  });
});

describe('a vendor in trouble', () => {
  afterEach(close);
  const TROUBLE: readonly [name: string, answer: VendorAnswer, failure: FailureCode][] = [
    ['a server error', { code: 500, msg: 'Server error' }, 'upstream-failed'],
    ['maintenance', { code: 455, msg: 'Maintenance' }, 'upstream-unreachable'],
    ['a gateway without its server', { status: 502, text: '<html>Bad gateway</html>' }, 'upstream-unreachable'],
    ['a connection that breaks', 'broken', 'upstream-unreachable'],
    ['an answer that is not JSON', { status: 200, text: '<html>Hello</html>' }, 'upstream-failed'],
    ['endless nesting', { status: 200, text: `${'['.repeat(5_000)}${']'.repeat(5_000)}` }, 'upstream-failed'],
    ['an endless answer', { status: 200, text: ' '.repeat(9 * 1024 * 1024) }, 'upstream-failed'],
  ];
  for (const [name, answer, failure] of TROUBLE) {
    test(`${name}: the task is submitted again, at most five times`, async () => {
      const { vendor, start } = await open();
      vendor.setRecord(musicRecord('SUCCESS', [track(1)]));
      vendor.answerSubmits(answer, answer);
      assert.equal((await start(sunoJob(SONG)).end()).at(-1)?.type, 'completed');
      assert.equal(vendor.submits().length, 3);
      vendor.answerSubmits(...Array.from({ length: 6 }, () => answer));
      assert.equal(failureOf(await start(sunoJob(SONG)).end())?.code, failure);
      assert.equal(vendor.submits().length, 9);
    });
  }

  for (const [style, code] of [
    ['kie', 429],
    ['sunoapi', 405],
    ['sunoapi', 430],
  ] as const) {
    test(`${style} ${code} is retried after the time that the vendor names, at most twenty times`, async () => {
      const { vendor, start, clock } = await open({ style });
      const slow: VendorAnswer = { code, msg: 'Too many requests', headers: { 'retry-after': '90' } };
      vendor.setRecord(musicRecord('SUCCESS', [track(1)]));
      vendor.answerSubmits(slow);
      const fromMs = clock.now();
      assert.equal((await start(sunoJob(SONG)).end()).at(-1)?.type, 'completed');
      assert.ok(clock.now() - fromMs >= 90_000);
      vendor.answerSubmits(...Array.from({ length: 21 }, () => ({ code, msg: 'Too many requests' })));
      assert.equal(failureOf(await start(sunoJob(SONG)).end())?.code, 'upstream-rate-limited');
      assert.equal(vendor.submits().length, 2 + 21);
    });
  }

  test('a run can be aborted while it waits for a retry', async () => {
    const { vendor, start } = await open();
    vendor.answerSubmits({ code: 429, headers: { 'retry-after': '3600' } });
    const run = start(sunoJob(SONG));
    await run.next();
    const pending = run.next();
    await run.until(() => vendor.requests.length === 1);
    run.abort();
    assert.equal(await pending, undefined);
  });
});

describe('a task that fails', () => {
  afterEach(close);
  const FAILED: readonly [state: string, errorCode: number | null, errorMessage: string | null, failure: FailureCode, details: string][] = [
    ['CREATE_TASK_FAILED', null, null, 'upstream-failed', '501 CREATE_TASK_FAILED'],
    ['GENERATE_AUDIO_FAILED', 501, 'Audio generation failed', 'upstream-failed', '501 Audio generation failed'],
    ['GENERATE_AUDIO_FAILED', 500, 'Internal Error', 'upstream-failed', '500 Internal Error'],
    ['GENERATE_AUDIO_FAILED', 531, 'Credits refunded', 'upstream-failed', '531 Credits refunded'],
    ['GENERATE_AUDIO_FAILED', 400, 'The lyrics are copyrighted', 'prompt-moderated', '400 The lyrics are copyrighted'],
    ['GENERATE_AUDIO_FAILED', 413, 'The audio matches an existing work', 'prompt-moderated', '413 The audio matches an existing work'],
    ['GENERATE_AUDIO_FAILED', 408, 'Timeout', 'upstream-silent', '408 Timeout'],
    ['GENERATE_AUDIO_FAILED', 451, 'No file', 'media-unavailable', '451 No file'],
    ['SENSITIVE_WORD_ERROR', null, 'Sensitive words', 'prompt-moderated', '400 Sensitive words'],
  ];
  for (const [state, errorCode, errorMessage, code, details] of FAILED) {
    test(`${state} ${errorCode} is ${code}`, async () => {
      const { vendor, start } = await open();
      vendor.setRecord(musicRecord(state, [], { errorCode, errorMessage }));
      const failure = failureOf(await start(sunoJob(SONG)).end());
      assert.deepEqual([failure?.code, failure?.details], [code, details]);
    });
  }

  test('a task that the vendor does not know is polled for two minutes, then it fails', async () => {
    const { vendor, start, clock } = await open();
    vendor.answerPolls({ code: 200, data: null }, { code: 422, msg: 'recordInfo is null' }, { code: 404, msg: 'not found' });
    vendor.setRecord(musicRecord('SUCCESS', [track(1)]));
    assert.equal((await start(sunoJob(SONG)).end()).at(-1)?.type, 'completed');
    vendor.setRecord({ data: null });
    const fromMs = clock.now();
    assert.equal(failureOf(await start(sunoJob(SONG)).end())?.code, 'upstream-failed');
    assert.ok(clock.now() - fromMs >= 120_000);
  });

  test('failed polls are repeated for ten minutes', async () => {
    const { vendor, start, clock } = await open();
    vendor.answerPolls('broken', { status: 503, text: '' }, { code: 500 }, { code: 429, headers: { 'retry-after': '40' } });
    vendor.setRecord(musicRecord('SUCCESS', [track(1)]));
    const fromMs = clock.now();
    assert.equal((await start(sunoJob(SONG)).end()).at(-1)?.type, 'completed');
    assert.ok(clock.now() - fromMs >= 40_000);
    vendor.setRecord('broken');
    assert.equal(failureOf(await start(sunoJob(SONG)).end())?.code, 'upstream-unreachable');
    assert.ok(clock.now() - fromMs >= 600_000);
  });

  test('a task fails at once when the vendor refuses the key', async () => {
    const { vendor, start } = await open();
    vendor.setRecord({ code: 401, msg: 'You do not have access permissions' });
    assert.equal(failureOf(await start(sunoJob(SONG)).end())?.code, 'account-unauthorized');
    assert.equal(vendor.requests.length, 2);
  });
});
