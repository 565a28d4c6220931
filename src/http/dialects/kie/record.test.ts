import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FailureCode } from '../../../job/errors.ts';
import { EMPTY_OUTPUT, type Job, type JobOutput } from '../../../job/job.ts';
import { createFakeHouse, fakeAsset, GRID_OUTPUT, openApp, SINGLE_OUTPUT, VIDEO_OUTPUT } from '../testing/fake-house.ts';
import { createKieDialect } from './kie.ts';

/** A task of this body, in a house of its own. */
async function createTask(body: object, options: { stateAliases?: boolean } = {}) {
  const house = createFakeHouse();
  const dialect = createKieDialect({ ...house.deps, options });
  const app = await openApp(dialect);
  const headers = { authorization: 'Bearer ann' };
  const taskId: string = (await app.inject({ method: 'POST', url: '/api/v1/mj/generate', headers, payload: body })).json().data.taskId;
  const callback = (job: Job | undefined) => {
    assert.ok(job);
    const rendered = dialect.renderCallback(job);
    return rendered && { kieTaskId: rendered.kieTaskId, body: JSON.parse(rendered.body) };
  };
  const record = async () => (await app.inject({ url: `/api/v1/mj/record-info?taskId=${taskId}`, headers })).json();
  return { house, app, taskId, record, callback };
}

const URLS = [1, 2, 3, 4].map((number) => `https://atelier.test/assets/image${number}/${number}.png`);

describe('kie record-info', () => {
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

  test('while it runs and when it is done, in the documented shape', async () => {
    const { house, app, taskId, record } = await createTask(body, { stateAliases: false });
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
    assert.deepEqual(await record(), { code: 200, msg: 'success', data: running });
    assert.deepEqual(Object.keys((await record()).data), Object.keys(running), 'in the order of the manual');
    house.move(taskId, { status: 'starting' });
    house.move(taskId, { status: 'progress', progressPercent: 50, output: { ...GRID_OUTPUT, assets: [] } });
    assert.deepEqual((await record()).data, running);
    await house.clock.advance(90_000);
    house.complete(taskId);
    const done = {
      ...running,
      completeTime: '2025-02-26T10:31:30Z',
      resultInfoJson: { resultUrls: URLS.map((resultUrl) => ({ resultUrl })) },
      successFlag: 1,
    };
    assert.deepEqual((await record()).data, done);
    await app.close();
  });

  test('state and resultJson stand beside it unless switched off', async () => {
    const { house, app, taskId, record } = await createTask(body);
    assert.equal((await record()).data.state, 'waiting');
    assert.equal((await record()).data.resultJson, null);
    house.move(taskId, { status: 'starting' });
    assert.equal((await record()).data.state, 'generating');
    house.complete(taskId);
    const { state, resultJson } = (await record()).data;
    assert.equal(state, 'success');
    assert.equal(resultJson, JSON.stringify({ resultUrls: URLS }));
    await app.close();
  });

  test('the result is the single pictures, else the video, and the grid only when there is nothing else', async () => {
    const cases: [JobOutput, string[]][] = [
      [GRID_OUTPUT, URLS],
      [SINGLE_OUTPUT, URLS.slice(0, 1)],
      [VIDEO_OUTPUT, ['https://atelier.test/assets/video1/1.mp4', 'https://atelier.test/assets/video2/2.mp4']],
      [{ ...EMPTY_OUTPUT, assets: [fakeAsset('grid', 0)] }, ['https://atelier.test/assets/grid0/0.png']],
      [EMPTY_OUTPUT, []],
    ];
    for (const [output, urls] of cases) {
      const { house, app, taskId, record, callback } = await createTask(body);
      const job = house.complete(taskId, output);
      assert.deepEqual((await record()).data.resultInfoJson, { resultUrls: urls.map((resultUrl) => ({ resultUrl })) });
      assert.deepEqual(callback(job)?.body.data.resultUrls, urls);
      await app.close();
    }
  });

  test('failures: 2 before Midjourney took it, 3 after, with code and reason', async () => {
    const cases: [FailureCode, number, number][] = [
      ['prompt-moderated', 2, 422],
      ['subscription-required', 2, 402],
      ['account-paused', 2, 455],
      ['cancelled', 2, 501],
      ['upstream-failed', 3, 501],
      ['timeout', 3, 501],
      ['internal', 3, 500],
    ];
    for (const [code, successFlag, errorCode] of cases) {
      const { house, app, taskId, record } = await createTask(body);
      house.fail(taskId, { code, title: 'Banned prompt', details: 'Be kind.' });
      const { data } = await record();
      assert.deepEqual(
        { ...data, paramJson: '', createTime: '' },
        {
          taskId,
          taskType: 'mj_txt2img',
          paramJson: '',
          completeTime: '2025-02-26T10:30:00Z',
          resultInfoJson: null,
          successFlag,
          createTime: '',
          errorCode,
          errorMessage: 'Banned prompt: Be kind.',
          state: 'fail',
          resultJson: null,
        },
      );
      await app.close();
    }
  });

  test('paramJson takes what clients send beyond the manual', async () => {
    const { app, record } = await createTask({
      prompt: 'x',
      watermark: 'me',
      fileUrl: 'https://example.com/a.png',
      extra: { b: 1, a: [null] },
    });
    assert.equal(
      (await record()).data.paramJson,
      '{"extra":{"a":[null],"b":1},"fileUrl":"https://example.com/a.png","prompt":"x","taskType":"mj_txt2img","waterMark":"me","watermark":"me"}',
    );
    await app.close();
  });
});

describe('kie callback', () => {
  const body = { prompt: 'a beautiful landscape', model: 'midjourney' };

  test('success, as the manual shows it', async () => {
    const { house, app, taskId, callback } = await createTask(body);
    assert.equal(callback(house.jobs.get(taskId)), null, 'nothing before the end');
    assert.deepEqual(callback(house.complete(taskId)), {
      kieTaskId: taskId,
      body: {
        code: 200,
        msg: 'success',
        data: { taskId, promptJson: '{"prompt":"a beautiful landscape","model":"midjourney"}', resultUrls: URLS },
      },
    });
    await app.close();
  });

  test('failure: 500, no URLs, the reason behind the manual’s words', async () => {
    for (const [details, msg] of [
      [null, 'Image generation failed: Banned prompt'],
      ['Be kind.', 'Image generation failed: Banned prompt: Be kind.'],
    ] as const) {
      const { house, app, taskId, callback } = await createTask(body);
      assert.deepEqual(callback(house.fail(taskId, { code: 'prompt-moderated', title: 'Banned prompt', details })), {
        kieTaskId: taskId,
        body: { code: 500, msg, data: { taskId, promptJson: JSON.stringify(body), resultUrls: [] } },
      });
      await app.close();
    }
  });

  test('promptJson is the body as it was sent, to the letter', async () => {
    const sent = { z: 1, prompt: ' «a» \u2028 😀 "quoted" \\ ', a: { y: null, x: [1.5, true] }, callBackUrl: 'https://example.com/hook' };
    const { house, app, taskId, callback } = await createTask(sent);
    assert.equal(callback(house.complete(taskId))?.body.data.promptJson, JSON.stringify(sent));
    await app.close();
  });

  test('a video extension has the fields of both documented shapes', async () => {
    const extend = async () => {
      const task = await createTask(body);
      task.house.complete(task.taskId, VIDEO_OUTPUT);
      const payload = { taskId: task.taskId, taskType: 'mj_video_extend_auto', index: 0 };
      const headers = { authorization: 'Bearer ann' };
      const reply = await task.app.inject({ method: 'POST', url: '/api/v1/mj/generateVideoExtend', headers, payload });
      await task.app.close();
      return { ...task, taskId: String(reply.json().data.taskId), promptJson: JSON.stringify(payload) };
    };
    const well = await extend();
    const url = 'https://atelier.test/assets/video1/1.mp4';
    const data = { taskId: well.taskId, promptJson: well.promptJson, taskType: 'mj_video_extend_auto' };
    assert.deepEqual(well.callback(well.house.complete(well.taskId, { ...EMPTY_OUTPUT, assets: [fakeAsset('video', 1)] }))?.body, {
      code: 200,
      msg: 'success',
      data: { ...data, resultUrls: [url], successFlag: 1, resultInfoJson: { resultUrls: [{ resultUrl: url }] } },
    });
    const ill = await extend();
    assert.deepEqual(ill.callback(ill.house.fail(ill.taskId, { code: 'upstream-failed', title: 'Sorry', details: null }))?.body, {
      code: 500,
      msg: 'Image generation failed: Sorry',
      data: {
        ...data,
        taskId: ill.taskId,
        promptJson: ill.promptJson,
        resultUrls: [],
        successFlag: 3,
        errorCode: 'VIDEO_EXTEND_FAILED',
        errorMessage: 'Sorry',
      },
    });
  });
});
