import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Job } from '../../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import {
  CHANNEL,
  MASKED,
  NOTICE,
  SERVER,
  STARTED,
  configureAccount,
  finishedGrid,
  gridOutput,
  createTestHarness,
  post,
  postStarted,
  start,
  type Harness,
} from '../harness.fixture.ts';

describe('useapi: POST jobs/button', { timeout: 20_000 }, () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await createTestHarness();
    await configureAccount(harness);
  });
  afterEach(() => harness.close());

  let parent: Job;
  beforeEach(async () => {
    parent = await finishedGrid(harness);
  });

  test('200 as the manual has it', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/button', { jobid: parent.id, button: 'V1', replyRef: 'r' });
    await start(harness, job);
    const { status, body } = await answer;
    assert.deepEqual(
      [status, body],
      [
        200,
        {
          jobid: job.id,
          verb: 'button',
          status: 'started',
          button: 'V1',
          parentJobId: parent.id,
          replyRef: 'r',
          created: '2023-09-09T02:04:49.667Z',
          updated: '2023-09-09T02:04:49.667Z',
          discord: MASKED,
          channel: CHANNEL,
          server: SERVER,
          maxJobs: 3,
          messageId: '1149',
          content: STARTED.content,
          timestamp: STARTED.timestamp,
          code: 200,
        },
      ],
    );
    const pressed = { label: 'V1', customId: 'MJ::JOB::V1', messageId: '701', messageFlags: 0, prompt: null, mask: null };
    assert.deepEqual(job.input, { verb: 'button', ...pressed });
  });

  const invalid: [JsonObject, string][] = [
    [{ button: 'U1' }, 'jobid is missing'],
    [{ jobid: 'PARENT' }, 'button is missing'],
    [{ jobid: 'PARENT', button: 'U5' }, 'button U5 not supported'],
    [{ jobid: 'PARENT', button: '❤️' }, 'button ❤️ not supported'],
    [{ jobid: 'PARENT', button: 'Custom Zoom' }, 'prompt is missing'],
    [{ jobid: 'PARENT', button: 'Vary (Region)', prompt: 'x' }, 'mask is missing'],
    [{ jobid: 'PARENT', button: 'V1', replyRef: 'r'.repeat(1025) }, 'replyRef is too long'],
    [{ jobid: 'PARENT', button: 'V1', replyUrl: `https://a.test/${'r'.repeat(1024)}` }, 'replyUrl is too long'],
    [{ jobid: 'PARENT', button: 'V1', maxJobs: 16 }, 'maxJobs 16 is not valid, 1 to 15 supported'],
    [
      { jobid: 'PARENT', button: 'Upscale (2x)' },
      'button Upscale (2x) not found in job PARENT buttons ["U1","U2","U3","U4","🔄","V1","V2","V3","V4"]',
    ],
  ];
  test('a wrong value: 400', async () => {
    for (const [body, error] of invalid) {
      const sent = { ...body, ...(body['jobid'] === 'PARENT' ? { jobid: parent.id } : {}) };
      const answer = await harness.call('POST', '/v2/jobs/button', sent);
      assert.deepEqual([answer.status, answer.body], [400, { error: error.replace('PARENT', parent.id), code: 400 }]);
    }
  });

  test('a parent that has not completed offers no buttons', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/imagine', { prompt: 'x' });
    await harness.move(job.id, { status: 'progress', output: { ...gridOutput('700'), assets: [] } });
    await answer;
    const { status, body } = await harness.call('POST', '/v2/jobs/button', { jobid: job.id, button: 'U1' });
    assert.deepEqual([status, body], [400, { error: `button U1 not found in job ${job.id} buttons []`, code: 400 }]);
  });

  test("404 for an unknown job, a malformed id and another key's job", async () => {
    for (const jobid of ['job:20230909020449999-user:1-channel:1-bot:midjourney', 'nonsense', 'job:\u0000']) {
      const { status, body } = await harness.call('POST', '/v2/jobs/button', { jobid, button: 'U1' });
      assert.deepEqual([status, body], [404, { error: `Unable to locate job ${jobid}`, code: 404 }]);
    }
    const guest = await harness.call('POST', '/v2/jobs/button', { jobid: parent.id, button: 'U1' }, { as: 'guest' });
    assert.deepEqual([guest.status, guest.body], [404, { error: `Unable to locate job ${parent.id}`, code: 404 }]);
  });

  test('409 names the job that has the button, and frees it when that job fails', async () => {
    const first = await post(harness, '/v2/jobs/button', { jobid: parent.id, button: 'U1' });
    await start(harness, first.job);
    await first.answer;
    const { status, body } = await harness.call('POST', '/v2/jobs/button', { jobid: parent.id, button: 'U1' });
    const error = `Button U1 already executed by job ${first.job.id}`;
    assert.deepEqual([status, body], [409, { error, button: 'U1', jobid: first.job.id, code: 409 }]);
    assert.equal((await harness.call('GET', `/v2/jobs/?jobid=${first.job.id}`)).status, 200);
    await harness.fail(first.job.id, { code: 'upstream-failed', title: 'Sorry!', details: null });
    assert.equal((await postStarted(harness, '/v2/jobs/button', { jobid: parent.id, button: 'U1' })).status, 200);
  });

  test('buttons other than U1–U4 may be pressed again', async () => {
    for (const button of ['V1', 'V1', '🔄']) {
      assert.equal((await postStarted(harness, '/v2/jobs/button', { jobid: parent.id, button })).status, 200);
    }
  });

  test('a prompt goes along only where a form opens', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/button', { jobid: parent.id, button: 'V2', prompt: 'a dog' });
    await start(harness, job);
    assert.deepEqual([job.input['prompt'], (await answer).body['prompt']], ['a dog', 'a dog']);
    const plain = await post(harness, '/v2/jobs/button', { jobid: parent.id, button: 'U2', prompt: 'a dog' });
    await start(harness, plain.job);
    await plain.answer;
    assert.equal(plain.job.input['prompt'], null);
  });

  test('arrows are found with and without U+FE0F, and written with it', async () => {
    await harness.move((await post(harness, '/v2/jobs/button', { jobid: parent.id, button: 'U1' })).job.id, {
      status: 'completed',
      output: gridOutput('702', ['⬅️', 'Custom Zoom']),
    });
    const [child] = await harness.store.listJobs({ parentId: parent.id, limit: 1 });
    const { body } = await postStarted(harness, '/v2/jobs/button', { jobid: child?.id ?? '', button: '⬅' });
    assert.equal(body['button'], '⬅️');
  });

  test('maxJobs: of the request, else of the parent', async () => {
    const wide = await finishedGrid(harness, { prompt: 'x', maxJobs: 7 });
    assert.equal((await postStarted(harness, '/v2/jobs/button', { jobid: wide.id, button: 'V1' })).body['maxJobs'], 7);
    assert.equal((await postStarted(harness, '/v2/jobs/button', { jobid: wide.id, button: 'V1', maxJobs: 9 })).body['maxJobs'], 9);
    const full = await harness.call('POST', '/v2/jobs/button', { jobid: wide.id, button: 'V1', maxJobs: 2 });
    assert.deepEqual([full.status, full.body['error']], [429, 'Maximum of 2 jobs executing in parallel supported']);
  });

  test('the token: of the request, else the configured one of today, else that of the parent', async () => {
    const pressed = async (body: JsonObject, jobid = parent.id): Promise<unknown> =>
      (await postStarted(harness, '/v2/jobs/button', { jobid, button: 'V1', maxJobs: 15, ...body })).body['discord'];
    assert.equal(await pressed({ discord: 'another-token-of-mine' }), 'ano…secured…ine');
    await configureAccount(harness, CHANNEL, 'changed-token-value');
    assert.equal(await pressed({}), 'cha…secured…lue');
    const brought = await finishedGrid(harness, {
      prompt: 'x',
      discord: 'brought-token-abc',
      server: SERVER,
      channel: '1316232391072944777',
    });
    assert.equal(await pressed({}, brought.id), 'bro…secured…abc');
    await configureAccount(harness, '1316232391072944777', 'configured-since-then');
    assert.equal(await pressed({}, brought.id), 'con…secured…hen');
  });

  test('596 after the first', async () => {
    await harness.pause(CHANNEL, 'pending-moderation');
    const { status, body } = await harness.call('POST', '/v2/jobs/button', { jobid: parent.id, button: 'U1' });
    const error = `${NOTICE} reset the /account pendingModMessage before making any new API calls.`;
    assert.deepEqual([status, body], [596, { error, code: 596 }]);
  });
});
