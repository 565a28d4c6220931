import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { goLive, introduce, reconnect, createTestGatewaySession } from '../testing/gateway-harness.ts';
import { dispatch, type Peer } from '../testing/scripted-gateway.ts';

describe('gateway: frames', () => {
  test('inflates large messages, and messages that are split over frames', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    const words = Array.from({ length: 60_000 }, (_, index) => `wörd ${(index * 7_919) % 65_536} 🎨`);
    await peer.send(dispatch(2, 'MESSAGE_CREATE', { words }), 1_000);
    await peer.send(dispatch(3, 'MESSAGE_UPDATE', { small: true }), 3);
    assert.deepEqual(await harness.events.next(), { type: 'dispatch', name: 'MESSAGE_CREATE', data: { words } });
    assert.deepEqual(await harness.events.next(), { type: 'dispatch', name: 'MESSAGE_UPDATE', data: { small: true } });
  });

  test('accepts uncompressed text frames too', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    peer.sendFrame(JSON.stringify(dispatch(2, 'MESSAGE_DELETE', { id: '5' })));
    assert.deepEqual(await harness.events.next(), { type: 'dispatch', name: 'MESSAGE_DELETE', data: { id: '5' } });
  });

  const unreadable: Record<string, (peer: Peer) => void | Promise<void>> = {
    'text that is not JSON': (peer) => peer.sendFrame('hello?'),
    'JSON that is not a payload': (peer) => peer.sendFrame('[1,2]'),
    'bytes that are not a zlib stream': (peer) => peer.sendFrame(Buffer.from([1, 2, 3, 0, 0, 0xff, 0xff])),
    'Hello without an interval': (peer) => peer.send({ op: 10, d: {} }),
    'READY without a session': (peer) => peer.send(dispatch(1, 'READY', { user: {} })),
    'a frame beyond the limit': (peer) => peer.sendFrame(Buffer.alloc(17 * 1024 * 1024)),
  };
  for (const [what, say] of Object.entries(unreadable)) {
    test(`${what} ends the connection alone`, async (t) => {
      const harness = await createTestGatewaySession(t);
      harness.session.ready().catch(() => undefined);
      const peer = await harness.gateway.connections.next();
      await say(peer);
      await introduce(harness, await reconnect(harness), 'session-1');
    });
  }

  test('messages just before the end are delivered', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    const text = Array.from({ length: 20_000 }, (_, index) => index * 7_919).join();
    const numbered = [2, 3, 4].map((s) => dispatch(s, 'MESSAGE_CREATE', { s, text }));
    await Promise.all(numbered.map((payload) => peer.send(payload)));
    peer.close(4007);
    for (const s of [2, 3, 4])
      assert.deepEqual(await harness.events.next(), { type: 'dispatch', name: 'MESSAGE_CREATE', data: { s, text } });
    assert.deepEqual(await harness.events.next(), { type: 'disconnected', code: 4007, reason: '' });
  });

  test('the end does not wait for a peer that ignores the close frame', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    peer.stopReading();
    await peer.send({ op: 7, d: null });
    assert.deepEqual(await harness.events.next(), { type: 'disconnected', code: 4000, reason: 'Discord asked us to reconnect' });
    await harness.clock.advance(1_000);
  });

  test('the end does not wait for a peer that sends too much', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    peer.stopReading();
    peer.sendFrame(Buffer.alloc(17 * 1024 * 1024));
    assert.equal((await harness.events.next()).type, 'disconnected');
  });
});

describe('gateway: servers that do not speak WebSocket', () => {
  test('a handshake without an answer is given up', async (t) => {
    const sockets: Socket[] = [];
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.once('data', () => resolve());
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    t.after(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const harness = await createTestGatewaySession(t, { gatewayUrl: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` });
    harness.session.ready().catch(() => undefined);
    await asked;
    await harness.clock.advance(15_000);
    await harness.log.inbox.nextWhere((line) => line.includes('no connection in time'));
    assert.deepEqual(harness.events.waiting(), []);
  });

  test('a server that does not speak TLS is a failed connection', async (t) => {
    const harness = await createTestGatewaySession(t);
    const other = await createTestGatewaySession(t, { gatewayUrl: harness.gateway.url.replace('ws:', 'wss:') });
    other.session.ready().catch(() => undefined);
    await other.log.inbox.nextWhere((line) => line.includes('connecting again'));
  });
});
