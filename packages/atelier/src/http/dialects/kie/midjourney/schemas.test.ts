import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ERROR_CODES, JobError, type ErrorCode } from '../../../../core/errors.ts';
import { isJsonObject, type JsonObject } from '@atelier/lib/json';
import { createSchemaCheck, watchAnswers, type Answers } from '../../testing/answers.ts';
import { describedEverywhere } from '../../testing/described.ts';
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
import * as schemas from './schemas.ts';

const { Callback, ...routes } = schemas;

describe('kie schemas', () => {
  let harness: Harness;
  let answers: Answers;
  let app: Awaited<ReturnType<typeof createTestApp>>;
  /** The error that `submit` throws; undefined: it submits. */
  let trouble: JobError | undefined;
  before(async () => {
    harness = await createTestHarness();
    answers = watchAnswers(
      createKieDialect({
        ...harness.deps,
        submit: async (request) => (trouble ? Promise.reject(trouble) : harness.deps.submit(request)),
        options: { mirrorHttpStatus: true },
      }),
    );
    app = await createTestApp(answers.dialect);
  });
  after(async () => {
    await app.close();
    await harness.close();
  });

  const send = (path: string, payload?: JsonObject, key = 'ann') =>
    app.inject({
      method: payload ? 'POST' : 'GET',
      url: `/api/v1/${path}`,
      headers: { authorization: `Bearer ${key}` },
      ...(payload ? { payload } : {}),
    });
  const generate = async (): Promise<string> => (await send('mj/generate', { prompt: 'a fox' })).json().data.taskId;
  const finished = async (output = GRID_OUTPUT): Promise<string> => (await harness.complete(await generate(), output)).id;
  const followUps = async (): Promise<[string, JsonObject][]> => {
    const picture = await finished();
    return [
      ['mj/generateUpscale', { taskId: picture, imageIndex: 0 }],
      ['mj/generateVary', { taskId: picture, imageIndex: 1 }],
      ['mj/upscale', { taskId: picture, index: 1 }],
      ['mj/vary', { taskId: picture, index: 1 }],
      ['mj/generateVideoExtend', { taskId: await finished(VIDEO_OUTPUT), taskType: 'mj_video_extend_auto', index: 0 }],
    ];
  };

  test('every endpoint answers as declared, and every declared status is answered', async () => {
    const pages: [string, JsonObject | undefined][] = [
      ['mj/generate', { prompt: 'a fox' }],
      ...(await followUps()),
      [`mj/record-info?taskId=${await finished(SINGLE_OUTPUT)}`, undefined],
    ];
    const limited = new JobError('rate-limited', 'Too many requests', { facts: { retryAfterSeconds: 7 } });
    for (const [path, body] of pages) {
      assert.equal((await send(path, body)).json().code, 200, path);
      assert.equal((await send(path, body, 'nobody')).statusCode, 401, path);
      if (body) assert.equal((await send(path, {})).json().code, 422, path);
    }
    trouble = limited;
    for (const [path, body] of pages.filter(([, body]) => body !== undefined)) {
      const reply = await send(path, body);
      assert.equal(reply.statusCode, 429, path);
      assert.equal(reply.headers['retry-after'], '7');
    }
    trouble = undefined;
    const { authenticate } = harness.deps;
    harness.deps.authenticate = async () => Promise.reject(limited);
    const closed = watchAnswers(createKieDialect({ ...harness.deps, options: { mirrorHttpStatus: true } }));
    harness.deps.authenticate = authenticate;
    const closedApp = await createTestApp(closed.dialect);
    for (const [path] of pages.filter(([, body]) => body === undefined)) {
      assert.equal((await closedApp.inject({ url: `/api/v1/${path}` })).statusCode, 429, path);
    }
    await closedApp.close();
    assert.deepEqual([...answers.faults, ...closed.faults], []);
    const ofMidjourney = [...answers.declared].filter((answer) => answer.includes('/mj/'));
    assert.deepEqual(new Set([...answers.seen.keys(), ...closed.seen.keys()]), new Set(ofMidjourney));
  });

  test('every error code is answered as declared', async () => {
    for (const code of Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES)) {
      trouble = new JobError(code, 'Because');
      await send('mj/generate', { prompt: 'a fox' });
    }
    trouble = undefined;
    assert.deepEqual(answers.faults, []);
  });

  test('records at every stage, and callbacks at every end, are as declared', async () => {
    const check = createSchemaCheck();
    const recordOf = (taskId: string) => send(`mj/record-info?taskId=${taskId}`);
    const called = (taskId: string): void => {
      const job = harness.jobs.get(taskId) ?? assert.fail();
      const callback = answers.dialect.renderCallback(job) ?? assert.fail('no callback');
      assert.equal(check(Callback, JSON.parse(callback.body)), null, callback.body);
    };
    const running = await generate();
    for (const status of ['starting', 'started', 'progress'] as const) {
      await harness.move(running, { status });
      await recordOf(running);
    }
    await recordOf('unknown');
    for (const output of [
      GRID_OUTPUT,
      SINGLE_OUTPUT,
      VIDEO_OUTPUT,
      { ...GRID_OUTPUT, assets: [] },
      { ...GRID_OUTPUT, assets: [fakeAsset('grid', 0)] },
    ]) {
      const taskId = await finished(output);
      await recordOf(taskId);
      called(taskId);
    }
    for (const code of ['prompt-moderated', 'timeout'] as const) {
      const tasks = [await generate()];
      for (const [path, body] of await followUps()) tasks.push((await send(path, body)).json().data.taskId);
      for (const taskId of tasks) {
        await harness.fail(taskId, { code, title: 'Because', details: null });
        await recordOf(taskId);
        called(taskId);
      }
    }
    const [, extend] = (await followUps()).slice(-2);
    const { taskId } = (await send(...(extend ?? assert.fail()))).json().data;
    await harness.complete(taskId, VIDEO_OUTPUT);
    called(taskId);
    assert.deepEqual(answers.faults, []);
  });

  test('the check notices an answer that differs from its schema', () => {
    const check = createSchemaCheck();
    const { response } = routes.generateSchema;
    const good = { code: 200, msg: 'success', data: { taskId: '0'.repeat(32) } };
    assert.equal(check(response[200], good), null);
    assert.notEqual(check(response[200], { ...good, more: 1 }), null);
    assert.notEqual(check(response[200], { ...good, data: { taskId: 'short' } }), null);
    assert.notEqual(check(response[200], { code: 418, msg: 'no', data: null }), null);
    assert.notEqual(check(undefined, good), null);
  });

  test('every field is described, and every object that is answered is closed', () => {
    for (const [name, schema] of Object.entries({ ...routes, Callback: { response: Callback } })) {
      assert.deepEqual(describedEverywhere(schema), [], name);
      assert.ok(isJsonObject(schema));
    }
  });
});
