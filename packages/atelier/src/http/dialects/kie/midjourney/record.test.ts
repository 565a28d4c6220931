import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { FailureCode } from '../../../../core/errors.ts';
import { EMPTY_OUTPUT, type Job, type JobOutput } from '../../../../core/job.ts';
import {
  fakeAsset,
  GRID_OUTPUT,
  type Harness,
  createTestApp,
  createTestHarness,
  SINGLE_OUTPUT,
  VIDEO_OUTPUT,
} from '../../testing/harness.ts';
import { createKieDialect } from '../kie.ts';

/** The dialect in a harness, its server closed with the test. */
async function openKie(context: TestContext, harness: Harness, options: { stateAliases?: boolean } = {}) {
  const dialect = createKieDialect({ ...harness.deps, options });
  const app = await createTestApp(dialect);
  context.after(() => app.close());
  const headers = { authorization: 'Bearer ann' };
  const submit = async (path: string, payload: object): Promise<string> =>
    (await app.inject({ method: 'POST', url: `/api/v1/mj/${path}`, headers, payload })).json().data.taskId;
  return {
    submit,
    record: async (taskId: string) => (await app.inject({ url: `/api/v1/mj/record-info?taskId=${taskId}`, headers })).json(),
    callback(job: Job | undefined) {
      const rendered = dialect.renderCallback(job ?? assert.fail('no job'));
      return rendered && { kieTaskId: rendered.kieTaskId, body: JSON.parse(rendered.body) };
    },
  };
}

const URLS = [1, 2, 3, 4].map((number) => `https://atelier.test/assets/image${number}/${number}.png`);

describe('kie record-info', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
  });
  after(() => harness.close());

  const body = {
    weirdness: 1,
    version: '7',
    taskType: 'mj_txt2img',
    stylization: 1,
    speed: 'relaxed',
    prompt: 'a sci-fi jet',
    callBackUrl: 'https://api.example.com/callback',
    aspectRatio: '16:9',
  };

  test('while it runs and when it is done, in the documented shape', async (context) => {
    const { submit, record } = await openKie(context, harness, { stateAliases: false });
    const taskId = await submit('generate', body);
    const paramJson =
      '{"aspectRatio":"16:9","callBackUrl":"https://api.example.com/callback","fileUrl":"","prompt":"a sci-fi jet","speed":"Relax","stylization":1,"taskType":"mj_txt2img","version":"7","waterMark":"","weirdness":1}';
    const running = {
      taskId,
      taskType: 'mj_txt2img',
      paramJson,
      completeTime: null,
      resultInfoJson: null,
      successFlag: 0,
      createTime: '2025-02-26T10:30:00Z',
      errorCode: null,
      errorMessage: null,
    };
    assert.deepEqual(await record(taskId), { code: 200, msg: 'success', data: running });
    assert.deepEqual(Object.keys((await record(taskId)).data), Object.keys(running), 'in the order of the manual');
    await harness.move(taskId, { status: 'starting' });
    await harness.move(taskId, { status: 'progress', progressPercent: 50, output: { ...GRID_OUTPUT, assets: [] } });
    assert.deepEqual((await record(taskId)).data, running);
    await harness.clock.advance(90_000);
    await harness.complete(taskId);
    const done = {
      ...running,
      completeTime: '2025-02-26T10:31:30Z',
      resultInfoJson: { resultUrls: URLS.map((resultUrl) => ({ resultUrl })) },
      successFlag: 1,
    };
    assert.deepEqual((await record(taskId)).data, done);
  });

  test('state and resultJson are added unless switched off', async (context) => {
    const { submit, record } = await openKie(context, harness);
    const taskId = await submit('generate', body);
    assert.equal((await record(taskId)).data.state, 'waiting');
    assert.equal((await record(taskId)).data.resultJson, null);
    await harness.move(taskId, { status: 'starting' });
    assert.equal((await record(taskId)).data.state, 'generating');
    await harness.complete(taskId);
    const { state, resultJson } = (await record(taskId)).data;
    assert.equal(state, 'success');
    assert.equal(resultJson, JSON.stringify({ resultUrls: URLS }));
  });

  test('the result is the videos, else the single pictures, else the grid', async (context) => {
    const cases: [JobOutput, string[]][] = [
      [GRID_OUTPUT, URLS],
      [SINGLE_OUTPUT, URLS.slice(0, 1)],
      [VIDEO_OUTPUT, ['https://atelier.test/assets/video1/1.mp4', 'https://atelier.test/assets/video2/2.mp4']],
      [{ ...EMPTY_OUTPUT, assets: [fakeAsset('grid', 0)] }, ['https://atelier.test/assets/grid0/0.png']],
      [EMPTY_OUTPUT, []],
    ];
    const { submit, record, callback } = await openKie(context, harness);
    for (const [output, urls] of cases) {
      const taskId = await submit('generate', body);
      const job = await harness.complete(taskId, output);
      assert.deepEqual((await record(taskId)).data.resultInfoJson, { resultUrls: urls.map((resultUrl) => ({ resultUrl })) });
      assert.deepEqual(callback(job)?.body.data.resultUrls, urls);
    }
  });

  test('failures: 2 before Midjourney accepted the task, 3 after, with code and reason', async (context) => {
    const cases: [FailureCode, number, number][] = [
      ['prompt-moderated', 2, 422],
      ['subscription-required', 2, 402],
      ['account-paused', 2, 455],
      ['cancelled', 2, 501],
      ['upstream-failed', 3, 501],
      ['timeout', 3, 501],
      ['internal', 3, 500],
    ];
    const { submit, record } = await openKie(context, harness);
    for (const [code, successFlag, errorCode] of cases) {
      const taskId = await submit('generate', body);
      await harness.fail(taskId, { code, title: 'Banned prompt', details: 'Be kind.' });
      const { data } = await record(taskId);
      assert.deepEqual(
        { ...data, paramJson: '', createTime: '', completeTime: '' },
        {
          taskId,
          taskType: 'mj_txt2img',
          paramJson: '',
          completeTime: '',
          resultInfoJson: null,
          successFlag,
          createTime: '',
          errorCode,
          errorMessage: 'Banned prompt: Be kind.',
          state: 'fail',
          resultJson: null,
        },
      );
    }
  });

  test('paramJson takes what clients send beyond the manual', async (context) => {
    const { submit, record } = await openKie(context, harness);
    const taskId = await submit('generate', {
      prompt: 'x',
      watermark: 'me',
      fileUrl: 'https://example.com/a.png',
      extra: { b: 1, a: [null] },
    });
    assert.equal(
      (await record(taskId)).data.paramJson,
      '{"extra":{"a":[null],"b":1},"fileUrl":"https://example.com/a.png","prompt":"x","taskType":"mj_txt2img","waterMark":"me","watermark":"me"}',
    );
  });
});

describe('kie callback', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
  });
  after(() => harness.close());

  const body = { prompt: 'a beautiful landscape', model: 'midjourney' };

  test('success, as the manual shows it', async (context) => {
    const { submit, callback } = await openKie(context, harness);
    const taskId = await submit('generate', body);
    assert.equal(callback(harness.jobs.get(taskId)), null, 'nothing before the end');
    assert.deepEqual(callback(await harness.complete(taskId)), {
      kieTaskId: taskId,
      body: {
        code: 200,
        msg: 'success',
        data: { taskId, promptJson: '{"prompt":"a beautiful landscape","model":"midjourney"}', resultUrls: URLS },
      },
    });
  });

  test('failure: 500, no URLs, the reason behind the manual’s words', async (context) => {
    const { submit, callback } = await openKie(context, harness);
    for (const [details, msg] of [
      [null, 'Image generation failed: Banned prompt'],
      ['Be kind.', 'Image generation failed: Banned prompt: Be kind.'],
    ] as const) {
      const taskId = await submit('generate', body);
      assert.deepEqual(callback(await harness.fail(taskId, { code: 'prompt-moderated', title: 'Banned prompt', details })), {
        kieTaskId: taskId,
        body: { code: 500, msg, data: { taskId, promptJson: JSON.stringify(body), resultUrls: [] } },
      });
    }
  });

  test('promptJson is the body as it was sent, to the letter', async (context) => {
    const sent = { z: 1, prompt: ' «a» \u2028 😀 "quoted" \\ ', a: { y: null, x: [1.5, true] }, callBackUrl: 'https://example.com/hook' };
    const { submit, callback } = await openKie(context, harness);
    const taskId = await submit('generate', sent);
    assert.equal(callback(await harness.complete(taskId))?.body.data.promptJson, JSON.stringify(sent));
  });

  test('a video extension has the fields of both documented shapes', async (context) => {
    const { submit, callback } = await openKie(context, harness);
    const source = await submit('generate', body);
    await harness.complete(source, VIDEO_OUTPUT);
    const request = { taskId: source, taskType: 'mj_video_extend_auto', index: 0 };
    const common = { promptJson: JSON.stringify(request), taskType: 'mj_video_extend_auto' };
    const url = 'https://atelier.test/assets/video1/1.mp4';

    const well = await submit('generateVideoExtend', request);
    assert.deepEqual(callback(await harness.complete(well, { ...EMPTY_OUTPUT, assets: [fakeAsset('video', 1)] }))?.body, {
      code: 200,
      msg: 'success',
      data: { ...common, taskId: well, resultUrls: [url], successFlag: 1, resultInfoJson: { resultUrls: [{ resultUrl: url }] } },
    });
    const ill = await submit('generateVideoExtend', request);
    const reason = { errorCode: 'VIDEO_EXTEND_FAILED', errorMessage: 'Sorry' };
    assert.deepEqual(callback(await harness.fail(ill, { code: 'upstream-failed', title: 'Sorry', details: null }))?.body, {
      code: 500,
      msg: 'Image generation failed: Sorry',
      data: { ...common, taskId: ill, resultUrls: [], successFlag: 3, ...reason },
    });
  });
});
