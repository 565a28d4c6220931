import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { JobError } from '../../../../core/errors.ts';
import type { JsonObject, JsonValue } from '@atelier/lib/json';
import { type Harness, createTestHarness, policyOf } from '../../testing/harness.ts';
import { AUDIO_IDS, HOOK, openKie, SIMPLE, UPSTREAM_ID } from '../testing/music.ts';

const [audioId] = AUDIO_IDS;

describe('kie: pages that Suno answers at once', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
  });
  beforeEach(() => {
    harness.suno.set({ isSimulated: false, answer: async (path) => ({ code: 200, msg: 'success', data: { path } }) });
  });
  after(() => harness.close());

  const answers = (code: number, msg: string, data: JsonValue = null) => harness.suno.set({ answer: async () => ({ code, msg, data }) });

  test('timestamped lyrics and personas reach the upstream by its own ids, and its answer comes back', async (context) => {
    const kie = await openKie(context, harness);
    const taskId = await kie.finished();
    for (const [path, more] of [
      ['generate/get-timestamped-lyrics', {}],
      ['generate/generate-persona', { name: 'Rain', description: 'A soft voice', vocalStart: 12 }],
    ] as const) {
      const body = { taskId, audioId, ...more };
      assert.deepEqual(await kie.post(path, body), { code: 200, msg: 'success', data: { path } });
      assert.deepEqual(harness.suno.asked.at(-1), { method: 'POST', path, body: { ...body, taskId: UPSTREAM_ID } });
      assert.deepEqual(await kie.post(path, { ...body, taskId: 'nope' }), { code: 422, msg: 'Record does not exist', data: null });
      assert.equal((await kie.post(path, body, { authorization: 'Bearer bob' })).msg, 'Record does not exist');
    }
  });

  test('styles and voices are passed on as they are, their URLs checked', async (context) => {
    const { post, get } = await openKie(context, harness);
    const cases: [string, JsonObject][] = [
      ['style/generate', { content: 'Pop, mysterious' }],
      ['voice/validate', { voiceUrl: 'https://example.com/v.mp3', callBackUrl: HOOK }],
      ['voice/generate', { taskId: 't', callBackUrl: HOOK }],
      ['voice/regenerate', { taskId: 't', calBackUrl: HOOK }],
      ['voice/check-voice', { taskId: 't' }],
    ];
    for (const [path, body] of cases) {
      assert.deepEqual(await post(path, body), { code: 200, msg: 'success', data: { path } });
      assert.deepEqual(harness.suno.asked.at(-1), { method: 'POST', path, body });
    }
    for (const field of ['callBackUrl', 'calBackUrl', 'voiceUrl', 'uploadUrl']) {
      assert.match((await post('voice/regenerate', { [field]: 'http://localhost/' })).msg, /URL/, field);
    }
    for (const path of ['voice/validate-info', 'voice/record-info']) {
      assert.deepEqual(await get(`${path}?taskId=abc`), { code: 200, msg: 'success', data: { path } });
      assert.deepEqual(harness.suno.asked.at(-1), { method: 'GET', path, body: { taskId: 'abc' } });
      assert.equal((await get(path)).msg, 'taskId is required');
    }
    assert.equal((await post('style/generate', {})).msg, 'content is required');
  });

  test('the upstream’s refusal is passed on in its own words; a refused upstream key names only the setting to correct', async (context) => {
    const { post } = await openKie(context, harness);
    answers(455, 'We are upgrading');
    assert.deepEqual(await post('style/generate', { content: 'Pop' }), { code: 455, msg: 'We are upgrading', data: null });
    answers(500, '');
    assert.equal((await post('style/generate', { content: 'Pop' })).msg, 'The upstream refused the request');
    answers(401, 'You do not have access permissions');
    assert.deepEqual(await post('style/generate', { content: 'Pop' }), {
      code: 505,
      msg: 'The Suno upstream refused the key in SUNO_API_KEY',
      data: null,
    });
    harness.suno.set({ answer: async () => Promise.reject(new JobError('upstream-unreachable', 'Suno cannot be reached')) });
    assert.deepEqual(await post('style/generate', { content: 'Pop' }), { code: 500, msg: 'Suno cannot be reached', data: null });
  });

  test('with the simulator only timestamped lyrics work; the refusal of the other pages names the settings', async (context) => {
    harness.suno.set({ isSimulated: true });
    const kie = await openKie(context, harness);
    const body = { taskId: await kie.finished(), audioId };
    assert.equal((await kie.post('generate/get-timestamped-lyrics', body)).code, 200);
    const asked = harness.suno.asked.length;
    const posts = [
      'generate/generate-persona',
      'style/generate',
      'voice/validate',
      'voice/generate',
      'voice/regenerate',
      'voice/check-voice',
    ];
    const replies = await Promise.all([
      ...posts.map((path) => kie.post(path, body)),
      kie.get('voice/record-info?taskId=a'),
      kie.get('voice/validate-info?taskId=a'),
    ]);
    for (const { code, msg } of replies) {
      assert.equal(code, 505);
      assert.match(msg, /SUNO_UPSTREAM .* SUNO_API_KEY/);
    }
    assert.equal(harness.suno.asked.length, asked);
  });

  test('credit comes from the upstream, by either path; while Suno is simulated it is a fixed number', async (context) => {
    const { get } = await openKie(context, harness);
    harness.suno.set({
      answer: async (path) =>
        path === 'generate/credit' ? { code: 200, msg: 'success', data: 5_916.25 } : { code: 404, msg: 'Not found', data: null },
    });
    for (const path of ['chat/credit', 'generate/credit']) assert.deepEqual(await get(path), { code: 200, msg: 'success', data: 5_916.25 });
    answers(200, 'success', 7);
    assert.equal((await get('chat/credit')).data, 7);
    harness.suno.set({ isSimulated: true });
    for (const path of ['chat/credit', 'generate/credit']) assert.equal((await get(path)).data, 1_000_000);
  });

  test('the content policy checks styles and personas too', async (context) => {
    const { policy } = harness.deps;
    harness.deps.policy = policyOf(['gore']);
    context.after(() => void (harness.deps.policy = policy));
    const { post } = await openKie(context, harness);
    assert.match((await post('style/generate', { content: 'gore' })).msg, /content policy/);
  });

  test('sunoapi.org has other codes for limits and lengths', async (context) => {
    const rateLimit = 1;
    const kie = await openKie(context, harness, { rateLimit });
    const sunoapi = await openKie(context, harness, { rateLimit, sunoVendor: 'sunoapi' });
    await kie.generate();
    await sunoapi.generate();
    assert.equal((await kie.post('generate', SIMPLE)).code, 429);
    assert.equal((await sunoapi.post('generate', SIMPLE)).code, 430);
    const long = { ...SIMPLE, prompt: 'x'.repeat(3_001) };
    assert.equal((await kie.post('generate', long)).code, 422);
    assert.equal((await sunoapi.post('generate', long)).code, 413);
    for (const [error, code] of [
      [new JobError('rate-limited', 'Daily', { facts: { limit: 'jobsPerDay' } }), 405],
      [new JobError('credits-exhausted', 'None left'), 429],
      [new JobError('upstream-rate-limited', 'Too fast'), 405],
    ] as const) {
      harness.suno.set({ answer: async () => Promise.reject(error) });
      assert.equal((await sunoapi.post('style/generate', { content: 'Pop' })).code, code);
    }
  });
});
