import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { goLive, introduce, reconnect, setUp } from '../testing/scene.ts';
import { dispatch, type Peer } from '../testing/scripted-gateway.ts';

describe('gateway: frames', () => {
  test('unpacks messages that are split over frames, and large ones', async (t) => {
    const scene = await setUp(t);
    const peer = await goLive(scene);
    const words = Array.from({ length: 60_000 }, (_, index) => `wörd ${(index * 7_919) % 65_536} 🎨`);
    await peer.send(dispatch(2, 'MESSAGE_CREATE', { words }), 1_000);
    await peer.send(dispatch(3, 'MESSAGE_UPDATE', { small: true }), 3);
    assert.deepEqual(await scene.events.next(), { type: 'dispatch', name: 'MESSAGE_CREATE', data: { words } });
    assert.deepEqual(await scene.events.next(), { type: 'dispatch', name: 'MESSAGE_UPDATE', data: { small: true } });
  });

  test('takes uncompressed text frames too', async (t) => {
    const scene = await setUp(t);
    const peer = await goLive(scene);
    peer.sendFrame(JSON.stringify(dispatch(2, 'MESSAGE_DELETE', { id: '5' })));
    assert.deepEqual(await scene.events.next(), { type: 'dispatch', name: 'MESSAGE_DELETE', data: { id: '5' } });
  });

  const nonsense: Record<string, (peer: Peer) => void | Promise<void>> = {
    'text that is no JSON': (peer) => peer.sendFrame('hello?'),
    'JSON that is no payload': (peer) => peer.sendFrame('[1,2]'),
    'bytes that are no zlib stream': (peer) => peer.sendFrame(Buffer.from([1, 2, 3, 0, 0, 0xff, 0xff])),
    'Hello without an interval': (peer) => peer.send({ op: 10, d: {} }),
    'READY without a session': (peer) => peer.send(dispatch(1, 'READY', { user: {} })),
    'a frame beyond the limit': (peer) => peer.sendFrame(Buffer.alloc(17 * 1024 * 1024)),
  };
  for (const [what, say] of Object.entries(nonsense)) {
    test(`${what} ends the connection and nothing else`, async (t) => {
      const scene = await setUp(t);
      scene.session.ready().catch(() => undefined);
      const peer = await scene.gateway.connections.next();
      await say(peer);
      await introduce(scene, await reconnect(scene), 'session-1');
    });
  }

  test('what came just before the end counts', async (t) => {
    const scene = await setUp(t);
    const peer = await goLive(scene);
    const text = Array.from({ length: 20_000 }, (_, index) => index * 7_919).join();
    const numbered = [2, 3, 4].map((s) => dispatch(s, 'MESSAGE_CREATE', { s, text }));
    await Promise.all(numbered.map((payload) => peer.send(payload)));
    peer.close(4007);
    for (const s of [2, 3, 4]) assert.deepEqual(await scene.events.next(), { type: 'dispatch', name: 'MESSAGE_CREATE', data: { s, text } });
    assert.deepEqual(await scene.events.next(), { type: 'disconnected', code: 4007, reason: '' });
  });

  test('a peer that does not answer the close frame is not waited for', async (t) => {
    const scene = await setUp(t);
    const peer = await goLive(scene);
    peer.stopReading();
    await peer.send({ op: 7, d: null });
    assert.deepEqual(await scene.events.next(), { type: 'disconnected', code: 4000, reason: 'Discord asked us to reconnect' });
    await scene.clock.advance(1_000);
  });

  test('nor is one that sends too much', async (t) => {
    const scene = await setUp(t);
    const peer = await goLive(scene);
    peer.stopReading();
    peer.sendFrame(Buffer.alloc(17 * 1024 * 1024));
    assert.equal((await scene.events.next()).type, 'disconnected');
  });
});

describe('gateway: no WebSocket', () => {
  test('a server that never answers the handshake is given up', async (t) => {
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
    const scene = await setUp(t, { gatewayUrl: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` });
    scene.session.ready().catch(() => undefined);
    await asked;
    await scene.clock.advance(15_000);
    await scene.log.inbox.nextWhere((line) => line.includes('no connection in time'));
    assert.deepEqual(scene.events.waiting(), []);
  });

  test('a server that does not speak TLS is a failed connection', async (t) => {
    const scene = await setUp(t);
    const other = await setUp(t, { gatewayUrl: scene.gateway.url.replace('ws:', 'wss:') });
    other.session.ready().catch(() => undefined);
    await other.log.inbox.nextWhere((line) => line.includes('connecting again'));
  });
});
