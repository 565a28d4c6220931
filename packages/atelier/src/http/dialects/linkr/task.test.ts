import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { FailureCode } from '../../../core/errors.ts';
import type { Job } from '../../../core/job.ts';
import { GRID_OUTPUT, type Harness, createTestApp, createTestHarness, SINGLE_OUTPUT, VIDEO_OUTPUT } from '../testing/harness.ts';
import { createLinkrDialect } from './linkr.ts';

/** The dialect in a harness, closed with the test; shows tasks as `fetch` and the webhook do. */
async function openLinkr(context: TestContext, harness: Harness) {
  const dialect = createLinkrDialect({ ...harness.deps });
  const app = await createTestApp(dialect);
  context.after(() => app.close());
  const headers = { authorization: 'Bearer ann' };
  return {
    async imagine() {
      const reply = await app.inject({ method: 'POST', url: '/v1/imagine', headers, payload: { prompt: 'a fox --ar 16:9' } });
      const taskId: string = reply.json().task_id;
      return {
        taskId,
        fetchTask: async () => (await app.inject({ url: `/api/v1/fetch/${taskId}`, headers })).json(),
        webhook: () => dialect.renderCallback(harness.jobs.get(taskId) ?? assert.fail('no job')),
        pending: { ...PENDING, task_id: taskId, created_at: new Date(harness.clock.now()).toISOString().slice(0, 19) },
      };
    },
  };
}

const PENDING = {
  task_id: '',
  action: 'imagine',
  status: 'pending',
  progress: 0,
  prompt: 'a fox --ar 16:9',
  image_url: null,
  images: null,
  grid_url: null,
  cdn_url: null,
  message_id: null,
  components: null,
  error: null,
  created_at: '',
};

const parse = (rendered: { body: string } | null) => rendered && JSON.parse(rendered.body);

describe('linkr task', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
  });
  after(() => harness.close());

  test('pending, processing, completed, in the documented shape', async (context) => {
    const { imagine } = await openLinkr(context, harness);
    const { taskId, fetchTask, webhook, pending } = await imagine();
    assert.deepEqual(await fetchTask(), pending);
    assert.equal(pending.created_at, '2025-02-26T10:30:00', 'without a zone');
    await harness.move(taskId, { status: 'starting' });
    assert.deepEqual(await fetchTask(), { ...pending, status: 'processing' });
    await harness.move(taskId, { status: 'progress', progressPercent: 46, output: GRID_OUTPUT });
    assert.deepEqual(await fetchTask(), { ...pending, status: 'processing', progress: 46 }, 'no result before the end');
    assert.equal(webhook(), null);

    await harness.clock.advance(60_000);
    await harness.complete(taskId);
    const done = {
      ...pending,
      status: 'completed',
      progress: 100,
      image_url: 'https://atelier.test/assets/grid0/0.png',
      images: [1, 2, 3, 4].map((number) => `https://atelier.test/assets/image${number}/${number}.png`),
      grid_url: 'https://atelier.test/assets/grid0/0.png',
      cdn_url: 'https://atelier.test/assets/grid0/0.png',
      message_id: '1234567890123456789',
      components: GRID_OUTPUT.buttons.map(({ customId, label, style }) => ({ custom_id: customId, label, style })),
    };
    assert.deepEqual(await fetchTask(), done);
    assert.deepEqual(done.components[0], { custom_id: 'MJ::JOB::upsample::1::uuid', label: 'U1', style: 2 });
    assert.deepEqual(parse(webhook()), done, 'the webhook is the fetch object');
    assert.equal(webhook()?.kieTaskId, null);
  });

  test('a single picture or a video has no grid', async (context) => {
    const { imagine } = await openLinkr(context, harness);
    for (const [output, imageUrl] of [
      [SINGLE_OUTPUT, 'https://atelier.test/assets/image1/1.png'],
      [VIDEO_OUTPUT, 'https://atelier.test/assets/video1/1.mp4'],
    ] as const) {
      const { taskId, fetchTask } = await imagine();
      await harness.complete(taskId, output);
      const task = await fetchTask();
      assert.equal(task.image_url, imageUrl);
      assert.equal(task.grid_url, null);
    }
  });

  test('every end without a result carries its reason, and the webhook is sent', async (context) => {
    const cases: [FailureCode, Job['status'], string][] = [
      ['upstream-failed', 'failed', 'failed'],
      ['prompt-moderated', 'moderated', 'failed'],
      ['cancelled', 'cancelled', 'failed'],
      ['timeout', 'failed', 'timeout'],
    ];
    const { imagine } = await openLinkr(context, harness);
    for (const [code, jobStatus, status] of cases) {
      const { taskId, fetchTask, webhook, pending } = await imagine();
      assert.equal((await harness.fail(taskId, { code, title: 'Subscription required', details: 'Please /subscribe.' })).status, jobStatus);
      const task = { ...pending, status, error: 'Subscription required: Please /subscribe.' };
      assert.deepEqual(await fetchTask(), task);
      assert.deepEqual(parse(webhook()), task);
    }
  });
});
