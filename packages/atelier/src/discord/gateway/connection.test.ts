import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { goLive, introduce, passWait, reconnect, setUp, TOKEN } from '../testing/scene.ts';
import { dispatch, hello, HEARTBEAT_INTERVAL_MS, ready, resumed, type Peer } from '../testing/scripted-gateway.ts';

describe('gateway: heartbeat', () => {
  test('beats after a random part of the interval, then once an interval, with the last number', async (t) => {
    const scene = await setUp(t);
    const peer = await goLive(scene);
    await scene.clock.advance(HEARTBEAT_INTERVAL_MS / 2 - 1);
    await peer.send(dispatch(7, 'TYPING_START'));
    await scene.events.next();
    assert.equal(peer.received.waiting().length, 0);
    await scene.clock.advance(1);
    assert.deepEqual(await peer.received.next(), { op: 1, d: 7 });
    await peer.send({ op: 11 });
    await peer.send(dispatch(8, 'TYPING_START'));
    await scene.events.next();
    await scene.clock.advance(HEARTBEAT_INTERVAL_MS);
    assert.deepEqual(await peer.received.next(), { op: 1, d: 8 });
  });

  test('beats at once when asked', async (t) => {
    const scene = await setUp(t);
    const peer = await goLive(scene);
    await peer.send({ op: 1, d: null });
    assert.deepEqual(await peer.received.next(), { op: 1, d: 1 });
  });

  test('answers no more often than Discord lets a client speak', async (t) => {
    const scene = await setUp(t);
    const peer = await goLive(scene);
    for (let count = 0; count < 200; count += 1) await peer.send({ op: 1, d: null });
    await peer.send(dispatch(2, 'END'));
    await scene.events.next();
    peer.close(4000);
    await peer.closed;
    // Identify was the first of 120, and ten are kept back for our own beats.
    assert.equal(peer.received.waiting().length, 109);
  });

  test('a beat without an answer is a dead connection: closed to resume, and resumed', async (t) => {
    const scene = await setUp(t);
    const peer = await goLive(scene);
    await scene.clock.advance(HEARTBEAT_INTERVAL_MS / 2);
    assert.equal((await peer.received.next())['op'], 1);
    await scene.clock.advance(HEARTBEAT_INTERVAL_MS);
    assert.equal((await peer.closed).code, 4000);
    const second = await reconnect(scene);
    await second.send(hello);
    assert.equal((await second.received.next())['op'], 6);
  });
});

describe('gateway: resume', () => {
  test('goes on at the resume address with the same query, drops repeats, lets late ones through', async (t) => {
    const scene = await setUp(t);
    const peer = await goLive(scene);
    await peer.send(dispatch(2, 'MESSAGE_CREATE', { n: 2 }));
    await scene.events.next();
    peer.drop();
    const second = await reconnect(scene);
    assert.equal(second.url.pathname, '/resume-here');
    assert.equal(second.url.search, '?v=9&encoding=json&compress=zlib-stream');
    await second.send(hello);
    assert.deepEqual(await second.received.next(), { op: 6, d: { token: TOKEN, session_id: 'session-1', seq: 2 } });
    for (const n of [1, 2, 4, 3, 4, 5, 3]) await second.send(dispatch(n, 'MESSAGE_CREATE', { n }));
    await second.send(resumed(6));
    await second.send(dispatch(8, 'MESSAGE_CREATE', { n: 8 }));
    await second.send(dispatch(7, 'MESSAGE_CREATE', { n: 7 }));
    await second.send(dispatch(8, 'MESSAGE_CREATE', { n: 8 }));
    await second.send(dispatch(9, 'END'));
    const seen: unknown[] = [];
    for (let event = await scene.events.next(); !(event.type === 'dispatch' && event.name === 'END');) {
      seen.push(event.type === 'dispatch' ? event.data : event.type);
      event = await scene.events.next();
    }
    assert.deepEqual(seen, [{ n: 4 }, { n: 3 }, { n: 5 }, 'resumed', { n: 8 }, { n: 7 }]);
    await second.send({ op: 1, d: null });
    assert.deepEqual(await second.received.next(), { op: 1, d: 9 });
  });

  test('a replay that breaks with a hole is asked for again from the hole', async (t) => {
    const scene = await setUp(t);
    (await goLive(scene)).drop();
    const second = await reconnect(scene);
    await second.send(hello);
    await second.received.next();
    for (const n of [2, 4]) await second.send(dispatch(n, 'MESSAGE_CREATE', { n }));
    await scene.events.next();
    await scene.events.next();
    second.drop();
    const third = await reconnect(scene);
    await third.send(hello);
    assert.deepEqual(await third.received.next(), { op: 6, d: { token: TOKEN, session_id: 'session-1', seq: 2 } });
    for (const n of [3, 4]) await third.send(dispatch(n, 'MESSAGE_CREATE', { n }));
    await third.send(resumed(5));
    assert.deepEqual(await scene.events.next(), { type: 'dispatch', name: 'MESSAGE_CREATE', data: { n: 3 } });
    assert.deepEqual(await scene.events.next(), { type: 'resumed' });
  });

  test('Reconnect closes to resume', async (t) => {
    const scene = await setUp(t);
    const peer = await goLive(scene);
    await peer.send({ op: 7, d: null });
    assert.equal((await peer.closed).code, 4000);
    const second = await reconnect(scene);
    await second.send(hello);
    assert.equal((await second.received.next())['op'], 6);
  });

  test('Invalid Session true resumes, false waits and opens a new session', async (t) => {
    const scene = await setUp(t);
    const peer = await goLive(scene);
    await peer.send({ op: 9, d: true });
    assert.equal((await peer.closed).code, 4000);
    const second = await reconnect(scene);
    await second.send(hello);
    assert.equal((await second.received.next())['op'], 6);
    await second.send({ op: 9, d: false });
    assert.equal((await second.closed).code, 1000);
    const third = await reconnect(scene);
    assert.equal(third.url.pathname, '/');
    await introduce(scene, third, 'session-2');
    assert.equal((await scene.session.ready()).sessionId, 'session-2');
  });

  test('a new session after Invalid Session waits 1 to 5 s', async (t) => {
    const scene = await setUp(t);
    const peer = await goLive(scene);
    await peer.send({ op: 9, d: false });
    // Half way; the back-off alone would be 1.5 s.
    assert.equal(await passWait(scene), 3_000);
  });

  test('a session that cannot be resumed three times over is given up', async (t) => {
    const scene = await setUp(t);
    let peer = await goLive(scene);
    for (let tries = 0; tries < 3; tries += 1) {
      peer.close(4000);
      peer = await reconnect(scene);
      await peer.send(hello);
      assert.equal((await peer.received.next())['op'], 6);
    }
    peer.close(4000);
    await introduce(scene, await reconnect(scene), 'session-2');
  });

  test('a resume address that nobody answers is left for the main one', async (t) => {
    const scene = await setUp(t);
    scene.session.ready().catch(() => undefined);
    const peer = await scene.gateway.connections.next();
    await peer.send(hello);
    await peer.send(ready({ sessionId: 'session-1', resumeUrl: 'ws://127.0.0.1:1' }));
    await scene.events.next();
    peer.drop();
    for (let tries = 0; tries < 3; tries += 1) await passWait(scene);
    const second = await scene.gateway.connections.next();
    await second.send(hello);
    assert.equal((await second.received.next())['op'], 6);
  });
});

describe('gateway: silence', () => {
  const silences: Record<string, { say: (peer: Peer) => Promise<void>; patienceMs: number }> = {
    'no Hello': { say: () => Promise.resolve(), patienceMs: 20_000 },
    'no READY': { say: (peer) => peer.send({ op: 10, d: { heartbeat_interval: 600_000 } }), patienceMs: 60_000 },
  };
  for (const [what, { say, patienceMs }] of Object.entries(silences)) {
    test(`${what} in time ends the connection`, async (t) => {
      const scene = await setUp(t);
      scene.session.ready().catch(() => undefined);
      const peer = await scene.gateway.connections.next();
      await peer.send(dispatch(1, 'WE_ARE_OPEN'));
      await scene.events.next();
      await say(peer);
      if (what === 'no READY') await peer.received.next();
      await scene.clock.advance(patienceMs);
      assert.equal((await peer.closed).code, 4000);
      await introduce(scene, await reconnect(scene), 'session-1');
    });
  }
});
