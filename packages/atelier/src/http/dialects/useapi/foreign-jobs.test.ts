import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { EMPTY_OUTPUT, type Job } from '../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import {
  CHANNEL,
  MASKED,
  NOW_MS,
  SERVER,
  configureAccount,
  gridOutput,
  createTestHarness,
  postStarted,
  type Harness,
} from './harness.fixture.ts';

const KIE_ID = 'b1e28dd42dbf9e4f6e5fbd5a4be6fd1d';

describe('useapi: jobs that came in through another dialect', { timeout: 20_000 }, () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await createTestHarness();
    await configureAccount(harness);
  });
  afterEach(() => harness.close());

  /** A job as the other dialects accept it: bound to no account before it starts. */
  async function accept(own: Partial<Job>): Promise<Job> {
    const job: Job = {
      id: KIE_ID,
      dialect: 'kie',
      engine: 'midjourney',
      verb: 'imagine',
      keyId: harness.admin.id,
      parentId: null,
      batchId: null,
      lateResult: null,
      input: { verb: 'imagine', prompt: 'a fox' },
      echo: { taskType: 'mj_txt2img', promptJson: '{}', channel: 'of another meaning', verb: 'none of yours' },
      callbackUrl: 'https://a.test/hook',
      accountId: null,
      usesSlot: true,
      maxJobs: null,
      status: 'queued',
      version: 1,
      progressPercent: 0,
      operation: null,
      output: EMPTY_OUTPUT,
      failure: null,
      createdAtMs: NOW_MS,
      updatedAtMs: NOW_MS,
      startedAtMs: null,
      finishedAtMs: null,
      ...own,
    };
    await harness.store.acceptJob({ job });
    return job;
  }
  /** Claimed for the configured account and finished as a grid. */
  async function finish(job: Job): Promise<void> {
    const claim = { jobId: job.id, accountId: CHANNEL, slots: null, operation: {}, owner: 'test', nowMs: NOW_MS, leaseUntilMs: NOW_MS + 1 };
    await harness.store.startJob({ ...claim, version: 1 });
    await harness.move(job.id, { status: 'completed', output: gridOutput('701') });
  }
  const read = async (id: string): Promise<JsonObject> => {
    const answer = await harness.call('GET', `/v2/jobs/?jobid=${id}`);
    assert.equal(answer.status, 200, answer.raw);
    return answer.body;
  };

  test('are read in the words of this one, before and after they have an account', async () => {
    const job = await accept({});
    assert.deepEqual(await read(job.id), {
      jobid: KIE_ID,
      verb: 'imagine',
      status: 'created',
      created: '2023-09-09T02:04:49.667Z',
      updated: '2023-09-09T02:04:49.667Z',
      prompt: 'a fox',
      replyUrl: 'https://a.test/hook',
      content: '',
      code: 200,
    });
    await finish(job);
    const body = await read(job.id);
    const place = [body['discord'], body['channel'], body['server'], body['maxJobs']];
    assert.deepEqual(place, [MASKED, CHANNEL, SERVER, 3]);
    assert.deepEqual(body['buttons'], ['U1', 'U2', 'U3', 'U4', '🔄', 'V1', 'V2', 'V3', 'V4']);
    assert.equal(Array.isArray(body['attachments']) && body['attachments'].length, 1);
  });

  test('have buttons that can be pressed, once where once is the rule, and name their children', async () => {
    const job = await accept({});
    await finish(job);
    const pressed = await postStarted(harness, '/v2/jobs/button', { jobid: job.id, button: 'U2' });
    assert.deepEqual(
      [pressed.status, pressed.body['parentJobId'], pressed.body['channel'], pressed.body['maxJobs']],
      [200, job.id, CHANNEL, 3],
    );
    const again = await harness.call('POST', '/v2/jobs/button', { jobid: job.id, button: 'U2' });
    assert.deepEqual([again.status, again.body['jobid']], [409, pressed.body['jobid']]);
    const children = [{ button: 'U2', jobid: pressed.body['jobid'], messageId: '1149' }];
    assert.deepEqual((await read(job.id))['children'], children);
    const seeded = await postStarted(harness, '/v2/jobs/seed_async', { jobid: job.id });
    assert.deepEqual([seeded.status, seeded.body['channel']], [200, CHANNEL]);
  });

  test('of every verb have the fields of that verb', async () => {
    const own: [Partial<Job>, JsonObject][] = [
      [
        { verb: 'button', parentId: null, input: { verb: 'button', label: '⬅', customId: 'x', prompt: 'a dog' } },
        { button: '⬅️', prompt: 'a dog' },
      ],
      [
        { verb: 'blend', input: { verb: 'blend', imageUrls: ['https://a.test/1', 'https://a.test/2'], dimensions: 'square' } },
        { blendUrls: ['https://a.test/1', 'https://a.test/2'], blendDimensions: 'Square' },
      ],
      [{ verb: 'describe', input: { verb: 'describe', imageUrl: 'https://a.test/1' } }, { describeUrl: 'https://a.test/1' }],
      [{ verb: 'shorten', usesSlot: false, input: { verb: 'shorten', prompt: 'a very long prompt' } }, { prompt: 'a very long prompt' }],
      [{ verb: 'settings', usesSlot: false, input: { verb: 'settings' }, dialect: 'native' }, {}],
    ];
    for (const [index, [job, fields]] of own.entries()) {
      const id = `native-job_${index}`;
      await accept({ id, ...job });
      const body = await read(id);
      assert.deepEqual([body['verb'], { ...body, ...fields }], [job.verb, body]);
    }
  });

  test('execute beside those of this one, and can be cancelled', async () => {
    const job = await accept({ dialect: 'linkr', id: '5f0c1c9e-6c53-4f0e-9f0e-0d1f3f3b1b11' });
    assert.deepEqual(JSON.parse((await harness.call('GET', '/v2/jobs')).raw), [job.id]);
    const cancelled = await harness.call('GET', `/v2/jobs/cancel/?jobid=${job.id}`);
    assert.deepEqual([cancelled.status, cancelled.body], [200, { jobid: job.id, status: 'cancelled', code: 200 }]);
  });

  test('are hidden from other keys, and from everyone where they are no pictures', async () => {
    const job = await accept({});
    const music = await accept({ id: 'music-1', engine: 'suno', verb: 'music', input: {} });
    const others = await accept({ id: 'guest-1', keyId: 'key-2' });
    for (const [id, as] of [
      [job.id, 'guest'],
      [music.id, undefined],
    ] as const) {
      const answer = await harness.call('GET', `/v2/jobs/?jobid=${id}`, undefined, as === undefined ? {} : { as });
      assert.deepEqual([answer.status, answer.body], [404, { error: `Unable to locate job ${id}`, code: 404 }]);
    }
    assert.equal((await read(others.id))['jobid'], others.id, 'an admin key sees all');
    assert.deepEqual(JSON.parse((await harness.call('GET', '/v2/jobs', undefined, { as: 'guest' })).raw), [others.id]);
    assert.deepEqual(JSON.parse((await harness.call('GET', '/v2/jobs')).raw).toSorted(), [job.id, others.id].toSorted());
  });
});
