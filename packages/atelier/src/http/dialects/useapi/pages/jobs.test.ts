import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Job } from '../../../../core/job.ts';
import {
  CHANNEL,
  MASKED,
  SERVER,
  configureAccount,
  finishedGrid,
  gridOutput,
  message,
  createTestHarness,
  type Harness,
} from '../harness.fixture.ts';

describe('useapi: GET jobs', { timeout: 20_000 }, () => {
  let harness: Harness;
  let grid: Job;
  beforeEach(async () => {
    harness = await createTestHarness();
    await configureAccount(harness);
    grid = await finishedGrid(harness);
  });
  afterEach(() => harness.close());

  test('a completed job has its grid, its buttons and its children', async () => {
    const next = harness.nextJob();
    await harness.clock.advance(870_589);
    const pressed = harness.call('POST', '/v2/jobs/button', { jobid: grid.id, button: 'U1' });
    const child = await next;
    const unseen = await harness.call('GET', `/v2/jobs/?jobid=${grid.id}`);
    assert.equal(unseen.body['children'], undefined, 'a child without a message is not shown');
    await harness.move(child.id, { status: 'started', output: { ...child.output, message: message('901', 'U1') } });
    await pressed;
    const { status, body } = await harness.call('GET', `/v2/jobs/?jobid=${grid.id}`);
    const url = 'https://files.test/1150000000000000000/cat_0.png?s=1';
    assert.deepEqual(
      [status, body],
      [
        200,
        {
          jobid: grid.id,
          verb: 'imagine',
          status: 'completed',
          prompt: 'Steampunk cat',
          maxJobs: 3,
          code: 200,
          created: '2023-09-09T02:04:49.667Z',
          updated: '2023-09-09T02:19:20.256Z',
          children: [{ button: 'U1', jobid: child.id, messageId: '901' }],
          buttons: ['U1', 'U2', 'U3', 'U4', '🔄', 'V1', 'V2', 'V3', 'V4'],
          discord: MASKED,
          channel: CHANNEL,
          server: SERVER,
          messageId: '701',
          content: '**Steampunk cat --s 750 --v 5.2** - <@42> (fast)',
          timestamp: '2023-09-09T02:04:51.926000+00:00',
          attachments: [
            {
              url,
              proxy_url: url,
              width: 2048,
              height: 2048,
              content_type: 'image/png',
              id: '1150000000000000000',
              filename: 'cat_0.png',
              size: 7204115,
            },
          ],
        },
      ],
    );
  });

  test('raw, percent-encoded, doubled, with and without the slash, v2 and v1: the same job', async () => {
    const encoded = encodeURIComponent(grid.id);
    for (const path of ['/v2/jobs/', '/v2/jobs', '/v1/jobs/', '/v1/jobs']) {
      for (const query of [`jobid=${grid.id}`, `jobid=${encoded}`, `jobid=${encoded}&jobid=${grid.id}`]) {
        const headers = { 'content-type': 'application/json' };
        const { status, body } = await harness.inject({ method: 'GET', url: `${path}?${query}`, headers });
        assert.deepEqual([status, body['jobid']], [200, grid.id], `${path}?${query}`);
      }
    }
  });

  test('before its message is found a job is created; while it runs it shows neither buttons nor files', async () => {
    const next = harness.nextJob();
    const posted = harness.call('POST', '/v2/jobs/imagine', { prompt: 'x' });
    const { id } = await next;
    assert.equal((await harness.call('GET', `/v2/jobs/?jobid=${id}`)).body['status'], 'created');
    await harness.move(id, {
      status: 'progress',
      progressPercent: 31,
      output: { ...gridOutput('700'), message: message('700', 'x (31%) (fast)') },
    });
    await posted;
    const { body } = await harness.call('GET', `/v2/jobs/?jobid=${id}`);
    assert.deepEqual(
      [body['status'], body['content'], body['buttons'], body['attachments']],
      ['progress', 'x (31%) (fast)', undefined, undefined],
    );
  });

  test('a failed job is read with 200 and its error', async () => {
    const next = harness.nextJob();
    const posted = harness.call('POST', '/v2/jobs/imagine', { prompt: 'x' });
    const { id } = await next;
    await harness.move(id, { status: 'started', output: { ...gridOutput('700'), assets: [] } });
    await posted;
    await harness.fail(id, { code: 'timeout', title: 'Job timed out', details: 'More than 30 minutes' });
    const { status, body } = await harness.call('GET', `/v2/jobs/?jobid=${id}`);
    const seen = [status, body['status'], body['error'], body['errorDetails'], body['code']];
    assert.deepEqual(seen, [200, 'failed', 'Job timed out', 'More than 30 minutes', 200]);
  });

  test('400 without a jobid, 404 for one that is not there or not ours', async () => {
    for (const url of ['/v2/jobs/', '/v2/jobs/?jobid=', '/v2/jobs?jobid=', '/v2/jobs/cancel/', '/v2/jobs/cancel']) {
      const { status, body } = await harness.call('GET', url);
      assert.deepEqual([status, body], [400, { error: 'Query param jobid not provided', code: 400 }], url);
    }
    for (const path of ['/v2/jobs/', '/v2/jobs/cancel/']) {
      const unknown = await harness.call('GET', `${path}?jobid=job:1`);
      assert.deepEqual([unknown.status, unknown.body], [404, { error: 'Unable to locate job job:1', code: 404 }]);
      const foreign = await harness.call('GET', `${path}?jobid=${grid.id}`, undefined, { as: 'guest' });
      assert.deepEqual([foreign.status, foreign.body], [404, { error: `Unable to locate job ${grid.id}`, code: 404 }]);
      assert.equal((await harness.call('GET', `${path}?jobid=${grid.id}`, undefined, { as: 'nobody' })).status, 401);
    }
  });

  test('jobs lists the ids that execute, oldest first', async () => {
    assert.equal((await harness.call('GET', '/v2/jobs')).raw, '[]');
    const ids: string[] = [];
    for (const prompt of ['1', '2']) {
      const next = harness.nextJob();
      void harness.call('POST', '/v2/jobs/imagine', { prompt });
      ids.push((await next).id);
    }
    assert.deepEqual(JSON.parse((await harness.call('GET', '/v2/jobs')).raw), ids);
    assert.equal((await harness.call('GET', '/v2/jobs', undefined, { as: 'guest' })).raw, '[]');
    await harness.clock.advance(90_000);
  });

  test('an admin key sees the jobs and children of all, another key its own alone', async () => {
    const byGuest = { as: 'guest' } as const;
    const next = harness.nextJob();
    const posted = harness.call('POST', '/v2/jobs/imagine', { prompt: 'x' }, byGuest);
    const { id } = await next;
    assert.deepEqual(JSON.parse((await harness.call('GET', '/v2/jobs')).raw), [id]);
    await harness.move(id, { status: 'completed', output: gridOutput('801') });
    await posted;
    const press = async (options?: typeof byGuest): Promise<string> => {
      const pressed = harness.nextJob();
      const answer = harness.call('POST', '/v2/jobs/button', { jobid: id, button: 'U1' }, options);
      const child = await pressed;
      await harness.move(child.id, { status: 'started', output: { ...child.output, message: message('901', 'U1') } });
      assert.equal((await answer).status, 200);
      return child.id;
    };
    const childrenOf = async (options?: typeof byGuest): Promise<unknown> =>
      (await harness.call('GET', `/v2/jobs/?jobid=${id}`, undefined, options)).body['children'];
    const ofAdmin = { button: 'U1', jobid: await press(), messageId: '901' };
    assert.deepEqual([await childrenOf(), await childrenOf(byGuest)], [[ofAdmin], undefined]);
    // What another has pressed keeps nobody from pressing it: the 409 would name a job that they cannot read.
    const ofGuest = { button: 'U1', jobid: await press(byGuest), messageId: '901' };
    assert.deepEqual([await childrenOf(), await childrenOf(byGuest)], [[ofAdmin, ofGuest], [ofGuest]]);
  });

  test('a paused account keeps nobody from reading', async () => {
    await harness.pause(CHANNEL, 'pending-moderation');
    for (const url of [`/v2/jobs/?jobid=${grid.id}`, '/v2/jobs', `/v2/jobs/cancel/?jobid=${grid.id}`]) {
      assert.equal((await harness.call('GET', url)).status, 200, url);
    }
  });
});
