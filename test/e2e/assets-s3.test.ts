import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { request } from 'undici';
import { S3_CREDENTIALS, startS3Server, type S3Server } from 'atelier/asset/blobs/s3-server.fixture';
import { createAtelierClient, must, type AtelierClient } from 'atelier-client';
import { systemClock, type Cancel, type Clock } from '@atelier/lib/clock';
import { waitFor, createTestServer, type TestServer } from '../test-server.ts';

const DAY_MS = 86_400_000;

/** The system's clock with a method that moves it forward; due timers then fire at once. */
function createLeapingClock(): Clock & { leap(ms: number): void } {
  const timers = new Map<() => void, { dueAtMs: number; cancel: Cancel }>();
  let aheadMs = 0;
  const now = (): number => systemClock.now() + aheadMs;
  return {
    now,
    after(delayMs, task) {
      const fire = (): void => {
        timers.get(fire)?.cancel();
        if (timers.delete(fire)) task();
      };
      timers.set(fire, { dueAtMs: now() + delayMs, cancel: systemClock.after(delayMs, fire) });
      return () => {
        timers.get(fire)?.cancel();
        timers.delete(fire);
      };
    },
    leap(ms) {
      aheadMs += ms;
      const due = [...timers].filter(([, { dueAtMs }]) => dueAtMs <= now());
      for (const [fire] of due) fire();
    },
  };
}

describe('a server with ASSET_STORE=s3://…', () => {
  const clock = createLeapingClock();
  let bucket: S3Server;
  let server: TestServer;
  let client: AtelierClient;
  before(async () => {
    bucket = await startS3Server();
    const settings = {
      ASSET_STORE: 's3://media/pictures',
      S3_ENDPOINT: bucket.url,
      AWS_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
    };
    server = await createTestServer(settings, { clock });
    client = createAtelierClient({ url: server.atelier.url, key: server.atelier.apiKey });
  });
  after(async () => {
    await server.close();
    await bucket.close();
  });

  const imagine = async (prompt: string) => {
    const { id } = await must(client.api.POST('/jobs', { body: { verb: 'imagine', prompt } }));
    return client.waitForJob(id);
  };

  test('a picture is stored in the bucket, has a link, is read in ranges, and is deleted after 14 days', async () => {
    const job = await imagine('a fox in the snow');
    assert.equal(job.status, 'completed');
    assert.deepEqual((await bucket.keys()).toSorted(), job.assets.map(({ id }) => `pictures/${id}`).toSorted());
    const url = job.assets[0]?.url ?? '';
    const whole = await request(url);
    const bytes = Buffer.from(await whole.body.arrayBuffer());
    assert.deepEqual([whole.statusCode, whole.headers['content-type'], String(bytes.subarray(1, 4))], [200, 'image/png', 'PNG']);
    const part = await request(url, { headers: { range: 'bytes=1-3' } });
    assert.deepEqual([part.statusCode, await part.body.text()], [206, 'PNG']);

    clock.leap(14 * DAY_MS + 1_000);
    const late = await request(url);
    assert.equal(late.statusCode, 410);
    await late.body.dump();
    await waitFor(async () => {
      const records = await Promise.all(job.assets.map(({ id }) => server.atelier.store.getAsset(id)));
      return records.every((record) => record === undefined) ? true : undefined;
    });
    assert.deepEqual(await bucket.keys(), []);
  });

  test('while the bucket is away, jobs fail with media-unavailable and links with 503; the server stays up', async () => {
    const kept = await imagine('a fox that stays');
    await bucket.stop();
    const link = await request(kept.assets[0]?.url ?? '');
    assert.equal(link.statusCode, 503);
    await link.body.dump();
    const lost = await imagine('a fox that is lost');
    assert.deepEqual([lost.status, lost.error?.code], ['failed', 'media-unavailable']);
    assert.equal((await server.call('GET', '/healthz')).status, 200);
  });
});
