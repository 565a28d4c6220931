import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { textAt } from '@atelier/lib/json';
import { createTestServer, type TestServer } from '../test-server.ts';

interface Receiver {
  url: string;
  requests: { id: string; body: string }[];
  /** Resolves when this many requests have come. */
  reached(count: number): Promise<void>;
  close(): void;
}

/** A receiver that answers every callback with `status`, or never when it is undefined. */
async function startReceiver(status: number | undefined): Promise<Receiver> {
  const requests: Receiver['requests'] = [];
  let waiting: { count: number; resolve: () => void }[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      requests.push({ id: String(request.headers['webhook-id']), body });
      waiting = waiting.filter(({ count, resolve }) => (requests.length >= count ? resolve() : true));
      if (status !== undefined) response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/callback`,
    requests,
    reached: (count) => new Promise((resolve) => (requests.length >= count ? resolve() : waiting.push({ count, resolve }))),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('receivers that fail', () => {
  let server: TestServer;
  before(async () => {
    server = await createTestServer({ CALLBACK_RETRY_DELAYS: '10ms,20ms,30ms' });
  });
  after(() => server.close());

  test('a receiver that answers 500 gets exactly 4 attempts with one body and one id, all on record', async () => {
    const receiver = await startReceiver(500);
    try {
      const reply = await server.call('POST', '/v1/imagine', { prompt: 'a red fox', webhook_url: receiver.url });
      const jobId = textAt(reply.body, 'task_id');
      await receiver.reached(4);
      const delivery = await server.waitForDelivery(jobId);
      assert.equal(delivery.state, 'exhausted');
      assert.equal(delivery.attemptCount, 4);
      assert.equal(receiver.requests.length, 4);
      assert.equal(new Set(receiver.requests.map(({ id, body }) => `${id} ${body}`)).size, 1);
      const attempts = await server.atelier.store.listAttempts(delivery.id);
      assert.deepEqual(
        attempts.map(({ number, status, outcome }) => [number, status, outcome]),
        [1, 2, 3, 4].map((number) => [number, 500, 'refused']),
      );
      assert.equal((await server.call('GET', `/v1/fetch/${jobId}`)).body['status'], 'completed', 'the result stays');
    } finally {
      receiver.close();
    }
  });

  test('a receiver that hangs does not delay another', async () => {
    const hanging = await startReceiver(undefined);
    const healthy = await startReceiver(200);
    try {
      const hung = await server.call('POST', '/v1/imagine', { prompt: 'a hung one', webhook_url: hanging.url });
      await hanging.reached(1);
      await server.call('POST', '/v1/imagine', { prompt: 'a healthy one', webhook_url: healthy.url });
      await healthy.reached(1);
      const [delivery] = await server.atelier.store.listDeliveries({ jobId: textAt(hung.body, 'task_id'), limit: 1 });
      assert.equal(delivery?.state, 'pending');
    } finally {
      hanging.close();
      healthy.close();
    }
  });

  test('an address inside the network is refused at submit, in the shape of each dialect', async () => {
    const inside = 'http://169.254.169.254/latest/meta-data';
    const useapi = await server.call('POST', '/v2/jobs/imagine', { prompt: 'a cat', replyUrl: inside });
    assert.equal(useapi.status, 400);
    assert.equal(useapi.body['code'], 400);
    const kie = await server.call('POST', '/api/v1/mj/generate', { taskType: 'mj_txt2img', prompt: 'a cat', callBackUrl: inside });
    assert.equal(kie.status, 200);
    assert.notEqual(kie.body['code'], 200);
    const linkr = await server.call('POST', '/v1/imagine', { prompt: 'a cat', webhook_url: inside });
    assert.equal(linkr.status, 400);
    assert.equal(typeof linkr.body['detail'], 'string');
  });
});
