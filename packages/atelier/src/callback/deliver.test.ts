import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '@atelier/lib/clock';
import type { Resolve } from '../net/resolve.ts';
import { OK_ANSWER, startReceiver } from '../net/testing/receiver.ts';
import { createUrlGuard } from '../net/url-guard.ts';
import { createDeliver } from './deliver.ts';

const never = new AbortController().signal;

/** `allow` stands in for the public internet: nothing here leaves loopback. */
function createTestDispatcher(options: { allow?: string[]; resolve?: Resolve } = {}) {
  const clock = createFakeClock();
  const guard = createUrlGuard({ allow: options.allow ?? ['127.0.0.1'], clock, resolve: options.resolve ?? (async () => ['127.0.0.1']) });
  const { deliver, close } = createDeliver({ guard, clock });
  return {
    clock,
    post: (url: string, signal = never) => deliver({ url, body: '{"ok":true}', headers: { 'webhook-id': 'msg_1' } }, signal),
    [Symbol.dispose]: close,
  };
}

describe('one attempt', () => {
  test('is a POST of the body as it is, with identity encoding', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.write(OK_ANSWER) });
    using sender = createTestDispatcher();
    const result = await sender.post(`${receiver.origin}/hook?a=b`);
    assert.deepEqual(result, {
      startedAtMs: sender.clock.now(),
      durationMs: 0,
      outcome: 'delivered',
      status: 200,
      responseBody: '{"status":"received"}',
      error: null,
      retryAfter: null,
    });
    const [request] = receiver.requests;
    assert.equal(request?.line, 'POST /hook?a=b HTTP/1.1');
    assert.equal(request?.body, '{"ok":true}');
    assert.equal(request?.headers['host'], `127.0.0.1:${receiver.port}`);
    assert.equal(request?.headers['content-type'], 'application/json');
    assert.equal(request?.headers['accept-encoding'], 'identity');
    assert.equal(request?.headers['webhook-id'], 'msg_1');
    assert.equal(sender.clock.pending(), 0);
  });
  test('is delivered by any 2xx and refused by any other status', async () => {
    await using receiver = await startReceiver({
      onRequest: (socket, { line }) =>
        socket.end(`HTTP/1.1 ${/\d{3}/.exec(line)?.[0]} X\r\nconnection: close\r\ncontent-length: 0\r\nretry-after: 7\r\n\r\n`),
    });
    using sender = createTestDispatcher();
    for (const status of [200, 201, 202, 204, 205, 206, 299])
      assert.equal((await sender.post(`${receiver.origin}/${status}`))?.outcome, 'delivered');
    for (const status of [300, 304, 400, 404, 410, 429, 500, 503, 599]) {
      const result = await sender.post(`${receiver.origin}/${status}`);
      assert.deepEqual([result?.outcome, result?.status, result?.retryAfter], ['refused', status, '7']);
    }
  });
  test('follows no redirect, and names its target', async () => {
    await using inner = await startReceiver({ onRequest: (socket) => socket.write(OK_ANSWER) });
    for (const status of [301, 302, 303, 307, 308]) {
      await using receiver = await startReceiver({
        onRequest: (socket) => socket.write(`HTTP/1.1 ${status} Moved\r\nlocation: ${inner.origin}/x\r\ncontent-length: 0\r\n\r\n`),
      });
      using sender = createTestDispatcher();
      const result = await sender.post(receiver.origin);
      assert.deepEqual([result?.outcome, result?.status], ['refused', status]);
      assert.ok(result?.error?.includes(`${inner.origin}/x`));
    }
    assert.equal(inner.connectionCount(), 0);
  });
  test('keeps the beginning of the answer as text that every store takes', async () => {
    await using receiver = await startReceiver({
      onRequest: (socket, { line }) => {
        const body = line.includes('/long') ? Buffer.from('👍'.repeat(5_000)) : Buffer.from([0, 0xff, 0xed, 0xa0, 0x80, 0x41]);
        socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 500 X\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`), body]));
      },
    });
    using sender = createTestDispatcher();
    assert.equal((await sender.post(`${receiver.origin}/long`))?.responseBody, '👍'.repeat(512));
    assert.match((await sender.post(`${receiver.origin}/bytes`))?.responseBody ?? '', /^\uFFFD+A$/);
  });
  test('ends without a result when it is stopped, before or after the request', async () => {
    await using receiver = await startReceiver({ onRequest: () => {} });
    using sender = createTestDispatcher();
    const stop = new AbortController();
    const posting = sender.post(receiver.origin, stop.signal);
    await receiver.received(1);
    stop.abort();
    assert.equal(await posting, undefined);
    assert.equal(await sender.post(receiver.origin, AbortSignal.abort()), undefined);
    await receiver.drained();
    assert.equal(sender.clock.pending(), 0);
  });
});

describe('addresses of an attempt', () => {
  test('are checked again each time: rebinding is blocked, with no byte sent, and passes when the name is back', async () => {
    await using outer = await startReceiver({ host: '127.0.0.2', onRequest: (socket) => socket.write(OK_ANSWER) });
    await using inner = await startReceiver({ host: '127.0.0.1', port: outer.port, onRequest: (socket) => socket.write(OK_ANSWER) });
    let answer = '127.0.0.1';
    using sender = createTestDispatcher({ allow: ['127.0.0.2'], resolve: async () => [answer] });
    const url = `http://name.example:${outer.port}/`;
    const blocked = await sender.post(url);
    assert.deepEqual([blocked?.outcome, blocked?.status], ['blocked', null]);
    assert.match(blocked?.error ?? '', /CALLBACK_ALLOW/);
    assert.ok(!blocked?.error?.includes('127.0.0.1'));
    answer = '127.0.0.2';
    await sender.clock.advance(60_000);
    assert.equal((await sender.post(url))?.outcome, 'delivered');
    // The connection is still open, but policy says no now.
    answer = '127.0.0.1';
    await sender.clock.advance(1_000);
    assert.equal((await sender.post(url))?.outcome, 'blocked');
    assert.equal(outer.requests.length, 1);
    assert.equal(inner.connectionCount(), 0);
  });
  test('decide whether an idle connection is used: an address that the name has lost is not used again', async () => {
    await using former = await startReceiver({ host: '127.0.0.2', onRequest: (socket) => socket.write(OK_ANSWER) });
    await using latter = await startReceiver({ host: '127.0.0.3', port: former.port, onRequest: (socket) => socket.write(OK_ANSWER) });
    let answer = '127.0.0.2';
    using sender = createTestDispatcher({ allow: ['127.0.0.0/8'], resolve: async () => [answer] });
    const url = `http://name.example:${former.port}/`;
    await sender.post(url);
    answer = '127.0.0.3';
    await sender.clock.advance(1_000);
    assert.equal((await sender.post(url))?.outcome, 'delivered');
    assert.deepEqual([former.requests.length, latter.requests.length], [1, 1]);
    await former.drained();
  });
  test('that do not exist are a network failure', async () => {
    using sender = createTestDispatcher({
      resolve: () => Promise.reject(Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' })),
    });
    const result = await sender.post('http://name.example/');
    assert.deepEqual([result?.outcome, result?.error], ['network', 'no answer: ENOTFOUND']);
  });
});

describe('keep-alive', () => {
  test('serves one attempt after the other on one connection', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.write(OK_ANSWER) });
    using sender = createTestDispatcher();
    for (let count = 0; count < 20; count += 1) assert.equal((await sender.post(receiver.origin))?.outcome, 'delivered');
    assert.equal(receiver.connectionCount(), 1);
  });
  test('opens a new connection if the receiver closes each one, announced or not', async () => {
    for (const isAnnounced of [true, false]) {
      const answer = isAnnounced ? OK_ANSWER.replace('\r\n', '\r\nconnection: close\r\n') : OK_ANSWER;
      await using receiver = await startReceiver({ onRequest: (socket) => socket.end(answer) });
      using sender = createTestDispatcher();
      for (let count = 0; count < 5; count += 1) {
        assert.equal((await sender.post(receiver.origin))?.outcome, 'delivered');
        if (!isAnnounced) await receiver.drained();
      }
      assert.equal(receiver.connectionCount(), 5);
    }
  });
  test('ends with close', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.write(OK_ANSWER) });
    const sender = createTestDispatcher();
    await sender.post(receiver.origin);
    assert.equal(receiver.openCount(), 1);
    sender[Symbol.dispose]();
    await receiver.drained();
  });
});
