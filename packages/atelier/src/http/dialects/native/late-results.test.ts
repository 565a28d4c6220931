import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { request } from 'undici';
import { listAt, objectAt, parseJsonObject, textAt } from '@atelier/lib/json';
import { DIALECT_NAMES, type Job } from '../../../core/job.ts';
import { createDialects, toDeliveries } from '../../dialects.ts';
import { GRID_OUTPUT } from '../testing/outputs.ts';
import { createTestHarness, type Harness } from './harness.fixture.ts';

describe('a late result in the native API', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await createTestHarness();
  });
  afterEach(() => harness.close());

  /** A job that timed out and got its picture afterwards. */
  async function lateJob(): Promise<Job> {
    const id = await harness.imagine({ callbackUrl: 'https://example.com/cb' });
    await harness.fail(id, { code: 'timeout', title: 'too late', details: null });
    const lateResult = { output: GRID_OUTPUT, atMs: harness.clock.now() };
    const job = await harness.store.attachLateResult({ jobId: id, lateResult, assets: [], deliveries: [] });
    assert.ok(job);
    return job;
  }

  test('stands beside the failure, and its buttons can be pressed', async () => {
    const { id } = await lateJob();
    const { body } = await harness.call('GET', `/jobs/${id}`);
    assert.deepEqual([body['status'], objectAt(body, 'error')['code'], body['assets'], body['buttons']], ['failed', 'timeout', [], []]);
    const late = objectAt(body, 'lateResult');
    assert.equal(listAt(late, 'assets').length, GRID_OUTPUT.assets.length);
    assert.match(JSON.stringify(late['assets']), /https:\/\/atelier\.test\/assets\//);
    const { status, body: press } = await harness.call('POST', '/jobs', { verb: 'button', jobId: id, button: 'U2' });
    assert.equal(status, 202, JSON.stringify(press));
    assert.equal((await harness.store.getJob(textAt(press, 'id')))?.parentId, id);
    assert.equal((await harness.call('POST', '/jobs', { verb: 'seed', jobId: id })).status, 202);
  });

  test('has its own event, on the stream of all jobs', async () => {
    const url = await harness.app.listen({ host: '127.0.0.1', port: 0 });
    const stream = await request(`${url}/events`, { headers: { authorization: 'Bearer ann' } });
    const chunks = stream.body[Symbol.asyncIterator]();
    await chunks.next();
    harness.deps.watch.publish(await lateJob());
    let text = '';
    while (!text.includes('lateResult":{')) text += String((await chunks.next()).value);
    assert.match(text, /event: late-result\nid: /);
    stream.body.destroy();
  });

  test('gives one more callback in the native dialect, and none in a vendor’s', async () => {
    const job = await lateJob();
    const dialects = createDialects({ kieMirrorStatus: false, kieRateLimit: 0, sunoDialect: 'kie' }, harness.deps);
    const { ids, clock } = harness.deps;
    for (const dialect of DIALECT_NAMES) {
      const [delivery, ...more] = toDeliveries(
        { ...job, dialect },
        dialects.find(({ name }) => name === dialect),
        ids,
        clock,
      );
      assert.equal(more.length, 0);
      assert.equal(delivery === undefined, dialect !== 'native', dialect);
      if (!delivery) continue;
      const body = parseJsonObject(delivery.body);
      assert.equal(body['type'], 'job.late-result');
      assert.equal(objectAt(objectAt(body, 'data'), 'lateResult')['at'], new Date(clock.now()).toISOString());
    }
  });
});
