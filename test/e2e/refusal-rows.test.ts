import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { isFinal } from 'atelier/core/job';
import { objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import { createTestServer, type TestServer } from '../test-server.ts';
import { createFastTestServer } from '../run-jobs.ts';

/** One refusal of Midjourney or Discord, and its status and code in each dialect. */
interface Row {
  word: string;
  /** `error` of useapi, and the beginning of the error of the other two. */
  title: string;
  /** HTTP status of the POST where the refusal comes at once; always `code` of the callback. */
  useapi: 402 | 422 | 429 | 500 | 504 | 596;
  /** `errorCode` of the record. */
  kie: 402 | 422 | 429 | 455 | 501;
  /** The refusal comes after the POST was answered. */
  late?: true;
  /** The account is not used again until the operator resets it. */
  pauses?: true;
  /** The account is held for a time: the task of the dialects that let tasks wait stays in the queue. */
  holds?: true;
}

const ROWS: readonly Row[] = [
  { word: 'invalid-parameter', title: 'Invalid parameter', useapi: 422, kie: 422 },
  { word: 'invalid-parameter-content', title: 'Invalid parameter', useapi: 422, kie: 422, late: true },
  { word: 'invalid-link', title: 'Invalid link', useapi: 422, kie: 422 },
  { word: 'invalid-link-other-colour', title: 'Invalid link!', useapi: 422, kie: 422 },
  { word: 'invalid-prompt', title: 'Invalid prompt', useapi: 422, kie: 422 },
  { word: 'invalid-request', title: 'Invalid request', useapi: 422, kie: 422 },
  { word: 'empty-prompt', title: 'Empty prompt', useapi: 422, kie: 422 },
  { word: 'banned', title: 'Banned prompt detected', useapi: 422, kie: 422 },
  { word: 'banned-prompt', title: 'Banned prompt', useapi: 422, kie: 422 },
  { word: 'banned-image', title: 'Banned image prompt', useapi: 422, kie: 422 },
  { word: 'image-denied', title: 'Image denied', useapi: 422, kie: 422, late: true },
  { word: 'image-filter', title: 'Request cancelled due to image filters', useapi: 422, kie: 422, late: true },
  { word: 'output-filter', title: 'Request cancelled due to output filters', useapi: 422, kie: 422, late: true },
  { word: 'moderated', title: 'Action needed to continue', useapi: 422, kie: 422 },
  { word: 'decline', title: 'Sorry, something went wrong', useapi: 422, kie: 422, late: true },
  { word: 'duplicate', title: 'Duplicate images detected', useapi: 422, kie: 422 },
  { word: 'queue-full', title: 'Queue full', useapi: 504, kie: 429, holds: true },
  { word: 'slow-down', title: 'Slow Down!', useapi: 429, kie: 429, late: true },
  { word: 'restricted', title: 'Job action restricted', useapi: 500, kie: 501 },
  { word: 'dm', title: 'You are not allowed to DM with slash commands', useapi: 500, kie: 501 },
  { word: 'failed-content', title: 'Failed to process your command :c', useapi: 500, kie: 501 },
  { word: 'fail', title: 'Sorry! Could not complete the job!', useapi: 500, kie: 501, late: true },
  { word: 'credits', title: 'Credits exhausted', useapi: 402, kie: 402, holds: true },
  { word: 'subscription', title: 'Subscription required', useapi: 402, kie: 402, pauses: true },
  { word: 'subscription-paused', title: 'Subscription paused', useapi: 402, kie: 402, pauses: true },
  { word: 'plan-cancelled', title: 'Plan Cancelled', useapi: 402, kie: 402, pauses: true },
  { word: 'pending-mod', title: 'Pending mod message', useapi: 596, kie: 455, pauses: true },
  { word: 'blocked', title: 'Blocked', useapi: 596, kie: 455, pauses: true },
  { word: 'tos', title: 'Tos not accepted', useapi: 596, kie: 455, pauses: true },
  { word: 'captcha', title: 'Action required to continue', useapi: 596, kie: 455, pauses: true },
  { word: 'captcha-page', title: 'Please complete the task', useapi: 596, kie: 455, pauses: true },
  { word: 'interaction-failure', title: 'Midjourney did not answer', useapi: 504, kie: 501 },
  { word: 'rest-captcha', title: 'Discord /interactions failed with HTTP status 400', useapi: 596, kie: 455, pauses: true },
  { word: 'abuse', title: 'Discord /interactions failed with HTTP status 403', useapi: 596, kie: 455, pauses: true },
];

describe('every refusal of Midjourney, in each dialect', () => {
  let server: TestServer;
  before(async () => {
    // The bot has little time after "did not respond".
    server = await createFastTestServer({ discordLimits: { maxRateLimitWaits: 0 } }, { FIRST_ANSWER_TIMEOUT: '3s' });
  });
  after(() => server.close());

  const reset = async (): Promise<void> => {
    const { channelId, userId } = server.simulator.account;
    server.simulator.control.acknowledge(userId);
    assert.equal((await server.call('POST', `/v2/account/midjourney/${channelId}/reset`, {})).status, 204);
  };
  const pausedIn = async (): Promise<boolean> => (await server.atelier.store.listAccounts()).some(({ pause }) => pause !== null);
  beforeEach(reset);

  /** The tasks of kie and linkr go back to the queue and wait for the held account; nothing is left at Midjourney. */
  async function waitsInOthers(prompt: string): Promise<void> {
    const generated = await server.call('POST', '/api/v1/mj/generate', { taskType: 'mj_txt2img', prompt });
    const submitted = await server.call('POST', '/v1/imagine', { prompt });
    for (const id of [textAt(objectAt(generated.body, 'data'), 'taskId'), textAt(submitted.body, 'task_id')]) {
      const { status, failure } = await server.waitForJob(id, (job) => job.status === 'queued' && job.version > 1);
      assert.deepEqual([status, failure], ['queued', null]);
    }
    const [account] = await server.atelier.store.listAccounts();
    assert.ok(account?.hold);
    for (const job of await server.atelier.store.listJobs({ statuses: ['queued'], limit: 10 })) {
      await server.call('POST', `/jobs/${job.id}/cancel`);
    }
    assert.equal(server.simulator.control.jobs().length, 0, 'nothing goes on');
  }

  for (const { word, title, useapi, kie, late = false, pauses = false, holds = false } of ROWS) {
    test(`sim:${word}: ${title}`, async () => {
      const prompt = `a cat sim:${word}`;
      const reply = await server.call('POST', '/v2/jobs/imagine', { prompt, replyUrl: `${server.sink.url}/${word}` });
      assert.equal(reply.status, late ? 200 : useapi, reply.text);
      const { body: called } = await server.waitForCallback(`/${word}`, ({ status }) => status !== 'started' && status !== 'progress');
      assert.equal(called['jobid'], reply.body['jobid']);
      assert.deepEqual([called['code'], called['error'], called['status']], [useapi, title, useapi === 422 ? 'moderated' : 'failed']);
      if (!late) assert.deepEqual([reply.body['code'], reply.body['error']], [useapi, title]);
      assert.equal(await pausedIn(), pauses);
      await reset();
      if (holds) {
        await waitsInOthers(prompt);
        return;
      }

      const generated = await server.call('POST', '/api/v1/mj/generate', { taskType: 'mj_txt2img', prompt });
      const taskId = textAt(objectAt(generated.body, 'data'), 'taskId');
      await server.waitForJob(taskId, ({ status }) => isFinal(status));
      const record = objectAt((await server.call('GET', `/api/v1/mj/record-info?taskId=${taskId}`)).body, 'data');
      assert.deepEqual([record['errorCode'], record['resultInfoJson']], [kie, null]);
      assert.ok([2, 3].includes(Number(record['successFlag'])));
      assert.ok(textAt(record, 'errorMessage').startsWith(title), textAt(record, 'errorMessage'));
      await reset();

      const submitted = await server.call('POST', '/v1/imagine', { prompt });
      const id = textAt(submitted.body, 'task_id');
      await server.waitForJob(id, ({ status }) => isFinal(status));
      const task: JsonObject = (await server.call('GET', `/v1/fetch/${id}`)).body;
      assert.deepEqual([task['status'], task['image_url']], ['failed', null]);
      assert.ok(textAt(task, 'error').startsWith(title), textAt(task, 'error'));
      assert.equal(server.simulator.control.jobs().length, 0, 'nothing goes on');
    });
  }

  test('sim:queued: useapi ends the job with 504, the others wait for their picture', async () => {
    const reply = await server.call('POST', '/v2/jobs/imagine', { prompt: 'a cat sim:queued' });
    assert.deepEqual([reply.status, reply.body['error']], [504, 'Job queued']);
    const generated = await server.call('POST', '/api/v1/mj/generate', { taskType: 'mj_txt2img', prompt: 'a dog sim:queued' });
    const submitted = await server.call('POST', '/v1/imagine', { prompt: 'a bird sim:queued' });
    for (const id of [textAt(objectAt(generated.body, 'data'), 'taskId'), textAt(submitted.body, 'task_id')]) {
      assert.equal((await server.waitForJob(id, ({ status }) => isFinal(status))).status, 'completed');
    }
  });

  test('sim:429: useapi makes no job; the task of the others waits', async () => {
    server.simulator.control.setSwitches({ retryAfterMs: 10 });
    const reply = await server.call('POST', '/v2/jobs/imagine', { prompt: 'a cat sim:429', replyUrl: `${server.sink.url}/429` });
    assert.deepEqual([reply.status, reply.body['error']], [429, TOO_MANY]);
    assert.equal('jobid' in reply.body, false);
    await reset();
    await waitsInOthers('a cat sim:429');
  });
});

const TOO_MANY = 'Discord /interactions failed with HTTP status 429';

test('sim:hang: a Midjourney that never answers fails the job in time', async () => {
  const server = await createTestServer({ DISCORD_INTERACTION_INTERVAL: '0ms', FIRST_ANSWER_TIMEOUT: '2s' });
  try {
    const prompt = 'a cat sim:hang';
    const [useapi, kie, linkr] = await Promise.all([
      server.call('POST', '/v2/jobs/imagine', { prompt }),
      server.call('POST', '/api/v1/mj/generate', { taskType: 'mj_txt2img', prompt }),
      server.call('POST', '/v1/imagine', { prompt }),
    ]);
    assert.deepEqual([useapi.status, useapi.body['error'], useapi.body['status']], [504, 'Midjourney did not answer', 'failed']);
    for (const id of [textAt(objectAt(kie.body, 'data'), 'taskId'), textAt(linkr.body, 'task_id')]) {
      assert.equal((await server.waitForJob(id, ({ status }) => isFinal(status))).failure?.code, 'upstream-silent');
    }
  } finally {
    await server.close();
  }
});
