import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { JsonObject } from '@atelier/lib/json';
import { type Harness, createTestHarness, policyOf } from '../../testing/harness.ts';
import { CUSTOM, HOOK, openKie, SIMPLE, UPSTREAM_ID } from '../testing/music.ts';

const URL = 'https://example.com/a.mp3';

/** The smallest valid body of each page except `generate`. */
const SIBLINGS: Record<string, JsonObject> = {
  'generate/extend': { defaultParamFlag: false, audioId: 'a', model: 'V5', callBackUrl: HOOK },
  'generate/upload-cover': { ...CUSTOM, uploadUrl: URL },
  'generate/upload-extend': { uploadUrl: URL, defaultParamFlag: false, continueAt: 30, model: 'V5', callBackUrl: HOOK },
  'generate/add-vocals': { prompt: 'la', title: 't', negativeTags: 'n', style: 's', uploadUrl: URL, callBackUrl: HOOK },
  'generate/add-instrumental': { uploadUrl: URL, title: 't', negativeTags: 'n', tags: 'g', callBackUrl: HOOK },
  'generate/mashup': { uploadUrlList: [URL, `${URL}?2`], customMode: true, style: 's', title: 't', model: 'V5', callBackUrl: HOOK },
  'generate/sounds': { prompt: 'rain', model: 'V5' },
};

describe('kie, music requests', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
  });
  after(() => harness.close());

  test('generate stores the task before the answer; the upstream gets the caller’s fields without the callback URL', async (context) => {
    const { submit } = await openKie(context, harness);
    const body = { ...CUSTOM, instrumental: true, vocalGender: 'f', styleWeight: 0.65, somethingNew: [1] };
    const job = harness.jobs.get(await submit('generate', body));
    const { callBackUrl, ...request } = body;
    assert.equal(job?.engine, 'suno');
    assert.equal(job.verb, 'music');
    assert.equal(job.dialect, 'kie');
    assert.equal(job.usesSlot, false);
    assert.equal(job.accountId, null);
    assert.equal(job.callbackUrl, callBackUrl);
    assert.deepEqual(job.input, { operation: 'generate', request });
    assert.equal(job.echo['paramJson'], JSON.stringify(body));
    assert.equal(harness.suppressedJobs.size, 0);
  });

  test('without customMode only the prompt counts: other options are neither checked nor sent', async (context) => {
    const { submit } = await openKie(context, harness);
    const taskId = await submit('generate', {
      ...SIMPLE,
      model: 'v4_5',
      style: 7,
      title: 'x'.repeat(500),
      duration: 1,
      vocalGender: 'robot',
    });
    assert.deepEqual(harness.jobs.get(taskId)?.input['request'], {
      prompt: SIMPLE.prompt,
      customMode: false,
      instrumental: false,
      model: 'V4_5',
    });
  });

  test('a missing callBackUrl is refused in the recorded words', async (context) => {
    const { post } = await openKie(context, harness);
    const { callBackUrl: _, ...body } = SIMPLE;
    for (const sent of [body, {}, { ...body, callBackUrl: ' ' }]) {
      assert.deepEqual(await post('generate', sent), { code: 422, msg: 'Please enter callBackUrl.', data: null });
    }
  });

  const WRONG: readonly [body: JsonObject, message: RegExp][] = [
    [{ ...SIMPLE, prompt: '' }, /^prompt is required$/],
    [{ ...SIMPLE, prompt: 'x'.repeat(3_001) }, /^prompt must not be longer than 3000 characters$/],
    [{ ...SIMPLE, customMode: null }, /^customMode is required$/],
    [{ ...SIMPLE, instrumental: 'perhaps' }, /^instrumental must be true or false$/],
    [{ ...SIMPLE, model: '' }, /^model is required$/],
    [{ ...SIMPLE, model: 'gpt' }, /^model must be one of V4/],
    [{ ...SIMPLE, callBackUrl: 'http://localhost/' }, /URL/],
    [{ ...CUSTOM, style: '' }, /^style is required$/],
    [{ ...CUSTOM, style: 'x'.repeat(1_001) }, /1000/],
    [{ ...CUSTOM, model: 'V4', style: 'x'.repeat(201) }, /200/],
    [{ ...CUSTOM, title: '' }, /^title is required$/],
    [{ ...CUSTOM, title: 'x'.repeat(81) }, /80/],
    [{ ...CUSTOM, prompt: '' }, /^prompt is required$/],
    [{ ...CUSTOM, prompt: 'x'.repeat(5_001) }, /5000/],
    [{ ...CUSTOM, model: 'V3_5', prompt: 'x'.repeat(3_001) }, /3000/],
    [{ ...CUSTOM, vocalGender: 'robot' }, /^vocalGender must be one of m, f$/],
    [{ ...CUSTOM, styleWeight: 1.01 }, /^styleWeight must be a number from 0 to 1$/],
    [{ ...CUSTOM, personaModel: 'x' }, /personaModel/],
    [{ ...CUSTOM, model: 'V5_5', duration: 361 }, /^duration must be a number from 10 to 360$/],
  ];
  for (const [body, message] of WRONG) {
    test(`generate refuses ${JSON.stringify(body).slice(0, 90)}: ${message.source}`, async (context) => {
      const { post } = await openKie(context, harness);
      const { msg, ...rest } = await post('generate', body);
      assert.deepEqual(rest, { code: 422, data: null });
      assert.match(msg, message);
    });
  }

  test('limits count Unicode characters and depend on the model', async (context) => {
    const { submit } = await openKie(context, harness);
    await submit('generate', { ...SIMPLE, prompt: '🎹'.repeat(3_000) });
    await submit('generate', { ...CUSTOM, style: 'x'.repeat(1_000), title: '雨'.repeat(80), prompt: 'x'.repeat(5_000) });
    await submit('generate', { ...CUSTOM, instrumental: 'true', prompt: null });
    const form = await submit('generate', {
      ...CUSTOM,
      model: 'V5_5',
      duration: '10',
      styleWeight: '0.5',
      audioWeight: '',
      vocalGender: null,
    });
    const { duration, styleWeight, ...sent } = Object(harness.jobs.get(form)?.input['request']);
    assert.deepEqual([duration, styleWeight, 'audioWeight' in sent, 'vocalGender' in sent], [10, 0.5, false, false], 'as forms send them');
    const older = await submit('generate', { ...CUSTOM, model: 'V5', duration: 5_000 });
    assert.equal('duration' in Object(harness.jobs.get(older)?.input['request']), false);
  });

  for (const [path, body] of Object.entries(SIBLINGS)) {
    test(`${path}: goes to the vendor; while Suno is simulated the refusal names the settings`, async (context) => {
      const { post, submit } = await openKie(context, harness);
      const refused = await post(path, body);
      assert.equal(refused.code, 505);
      assert.match(refused.msg, /SUNO_UPSTREAM .* SUNO_API_KEY/);
      harness.suno.set({ isSimulated: false });
      context.after(() => harness.suno.set({ isSimulated: true }));
      const { input, verb } = harness.jobs.get(await submit(path, body)) ?? assert.fail();
      assert.equal(verb, 'music');
      assert.equal(input['operation'], path.replace('generate/', ''));
      assert.equal('callBackUrl' in Object(input['request']), false);
      for (const field of Object.keys(body)) {
        const reply = await post(path, { ...body, [field]: null });
        // Only `instrumental` and the prompt are optional on some page; no page answers 500.
        if (reply.code !== 200) assert.equal(reply.code, 422, JSON.stringify([field, reply]));
      }
    });
  }

  test('URLs of sounds are checked and sent in their normal form', async (context) => {
    harness.suno.set({ isSimulated: false });
    context.after(() => harness.suno.set({ isSimulated: true }));
    const { post, submit } = await openKie(context, harness);
    for (const [path, field] of [
      ['generate/upload-cover', 'uploadUrl'],
      ['generate/upload-extend', 'uploadUrl'],
      ['generate/add-vocals', 'uploadUrl'],
      ['generate/add-instrumental', 'uploadUrl'],
    ] as const) {
      assert.match((await post(path, { ...SIBLINGS[path], [field]: 'http://localhost/a.mp3' })).msg, /URL may not be used/);
      const job = harness.jobs.get(await submit(path, { ...SIBLINGS[path], [field]: ' https://EXAMPLE.com/a.mp3 ' }));
      assert.equal(Object(job?.input['request'])[field], 'https://example.com/a.mp3');
    }
    const mashup = { ...SIBLINGS['generate/mashup'] };
    assert.equal((await post('generate/mashup', { ...mashup, uploadUrlList: [URL] })).msg, 'uploadUrlList must hold two URLs');
    assert.match((await post('generate/mashup', { ...mashup, uploadUrlList: [URL, 'http://localhost/'] })).msg, /URL/);
    assert.match((await post('generate/mashup', { ...mashup, uploadUrlList: [URL, 7] })).msg, /URL/);
  });

  test('an unknown audioId of extend is accepted: the vendor refuses it later', async (context) => {
    harness.suno.set({ isSimulated: false });
    context.after(() => harness.suno.set({ isSimulated: true }));
    const { submit } = await openKie(context, harness);
    const taskId = await submit('generate/extend', {
      ...CUSTOM,
      defaultParamFlag: true,
      audioId: 'nobody knows it',
      continueAt: 60,
    });
    assert.equal(Object(harness.jobs.get(taskId)?.input['request'])['audioId'], 'nobody knows it');
  });

  test('replace-section names a stored track and reaches the upstream with the upstream’s id', async (context) => {
    harness.suno.set({ isSimulated: false });
    context.after(() => harness.suno.set({ isSimulated: true }));
    const { post, submit, finished } = await openKie(context, harness);
    const taskId = await finished();
    const body = {
      taskId,
      audioId: 'e231aaaa-0000-4000-8000-000000000001',
      prompt: 'p',
      tags: 'g',
      title: 't',
      infillStartS: 5,
      infillEndS: 9,
    };
    const job = harness.jobs.get(await submit('generate/replace-section', body));
    assert.equal(job?.parentId, taskId);
    assert.equal(Object(job.input['request'])['taskId'], UPSTREAM_ID);
    assert.deepEqual(await post('generate/replace-section', { ...body, taskId: 'nope' }), {
      code: 422,
      msg: 'Record does not exist',
      data: null,
    });
    assert.match((await post('generate/replace-section', { ...body, infillEndS: 5 })).msg, /greater/);
  });

  test('the content policy, where it is on, checks every text that the caller wrote', async (context) => {
    const { policy } = harness.deps;
    harness.deps.policy = policyOf(['gore']);
    context.after(() => void (harness.deps.policy = policy));
    const { post } = await openKie(context, harness);
    for (const body of [
      { ...SIMPLE, prompt: 'gore' },
      { ...CUSTOM, style: 'gore' },
      { ...CUSTOM, title: 'gore' },
      { ...CUSTOM, prompt: 'songs of gore' },
    ]) {
      const reply = await post('generate', body);
      assert.equal(reply.code, 422);
      assert.match(reply.msg, /content policy/);
    }
    assert.equal((await post('generate', { ...SIMPLE, style: 'gore' })).code, 200, 'what is not sent is not looked at');
    assert.equal((await post('lyrics', { prompt: 'gore', callBackUrl: HOOK })).code, 422);
  });
});
