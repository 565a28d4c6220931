import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { JobError, type ErrorCode } from '../../../core/errors.ts';
import { EMPTY_OUTPUT } from '../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import { createSchemaCheck, watchAnswers, type Answers } from '../testing/answers.ts';
import { describedEverywhere } from '../testing/described.ts';
import { GRID_OUTPUT, type Harness, createTestApp, createTestHarness, SINGLE_OUTPUT, VIDEO_OUTPUT } from '../testing/harness.ts';
import { STATUS } from './errors.ts';
import { createLinkrDialect } from './linkr.ts';
import * as schemas from './schemas.ts';

const { Task, ...routes } = schemas;

/** Refusals that other parts of the server throw, so no request alone causes them. */
const TROUBLE: readonly ErrorCode[] = [
  'url-refused',
  'content-policy',
  'unauthorized',
  'key-expired',
  'key-suspended',
  'account-paused',
  'idempotency-in-flight',
  'idempotency-mismatch',
  'body-too-large',
  'unsupported-media-type',
  'rate-limited',
  'internal',
  'upstream-silent',
];

describe('linkr schemas', () => {
  let harness: Harness;
  let answers: Answers;
  let app: Awaited<ReturnType<typeof createTestApp>>;
  /** The error that every dependency throws; undefined: it works. */
  let trouble: JobError | undefined;
  before(async () => {
    harness = await createTestHarness();
    const { authenticate, submit } = harness.deps;
    answers = watchAnswers(
      createLinkrDialect({
        ...harness.deps,
        authenticate: async (request) => (trouble ? Promise.reject(trouble) : authenticate(request)),
        submit: async (request) => {
          const job = await submit(request);
          return request.verb === 'info' ? harness.complete(job.id, { ...EMPTY_OUTPUT, data: { subscription: 'Mega (Active)' } }) : job;
        },
      }),
    );
    app = await createTestApp(answers.dialect);
  });
  after(async () => {
    await app.close();
    await harness.close();
  });

  const send = (path: string, payload?: JsonObject) =>
    app.inject({ method: payload ? 'POST' : 'GET', url: path, headers: { authorization: 'Bearer ann' }, ...(payload ? { payload } : {}) });
  const imagine = async (): Promise<string> => (await send('/v1/imagine', { prompt: 'a fox' })).json().task_id;
  const finished = async (output = GRID_OUTPUT): Promise<string> => (await harness.complete(await imagine(), output)).id;

  test('every endpoint answers as declared, and every declared status is answered', async () => {
    const taskId = await finished();
    for (const prefix of ['', '/api']) {
      const pages: [string, JsonObject | undefined, readonly number[]][] = [
        [`${prefix}/v1/imagine`, { prompt: 'a fox' }, []],
        [`${prefix}/v1/action`, { task_id: taskId, action: 'upsample1' }, []],
        [`${prefix}/v1/fetch/${taskId}`, undefined, [400, 409, 413, 415, 422, 502]],
        [`${prefix}/v1/info`, undefined, [400, 409, 413, 415, 422]],
      ];
      for (const [path, body, never] of pages) {
        assert.equal((await send(path, body)).statusCode, 200, path);
        if (body) assert.equal((await send(path, {})).statusCode, 400, path);
        for (const code of TROUBLE) {
          trouble = new JobError(code, 'Because', { facts: { retryAfterSeconds: 7 } });
          const { statusCode } = never.includes(STATUS[code]) ? { statusCode: 0 } : await send(path, body);
          if (statusCode === 429) assert.equal((await send(path, body)).headers['retry-after'], '7');
        }
        trouble = undefined;
      }
      await send(`${prefix}/v1/fetch/nope`);
      await send(`${prefix}/v1/action`, { task_id: 'nope', action: 'upsample1' });
    }
    assert.deepEqual(answers.faults, []);
    assert.deepEqual(new Set(answers.seen.keys()), answers.declared);
  });

  test('tasks at every stage and end match the schema, in fetch and in callbacks', async () => {
    const check = createSchemaCheck();
    const called = (taskId: string): void => {
      const callback = answers.dialect.renderCallback(harness.jobs.get(taskId) ?? assert.fail()) ?? assert.fail('no callback');
      assert.equal(check(Task, JSON.parse(callback.body)), null, callback.body);
    };
    const running = await imagine();
    for (const status of ['starting', 'started', 'progress'] as const) {
      await harness.move(running, { status });
      await send(`/v1/fetch/${running}`);
    }
    for (const output of [GRID_OUTPUT, SINGLE_OUTPUT, VIDEO_OUTPUT, EMPTY_OUTPUT]) {
      const taskId = await finished(output);
      await send(`/v1/fetch/${taskId}`);
      called(taskId);
    }
    for (const code of ['prompt-moderated', 'timeout', 'cancelled'] as const) {
      const { id } = await harness.fail(await imagine(), { code, title: 'Because', details: null });
      await send(`/v1/fetch/${id}`);
      called(id);
    }
    assert.deepEqual(answers.faults, []);
  });

  test('every field is described, and every object that is answered is closed', () => {
    for (const [name, schema] of Object.entries({ ...routes, Task: { response: Task } }))
      assert.deepEqual(describedEverywhere(schema), [], name);
  });
});
