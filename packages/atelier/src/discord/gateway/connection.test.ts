import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { goLive, introduce, passWait, reconnect, createTestGatewaySession, TOKEN } from '../testing/gateway-harness.ts';
import { dispatch, hello, HEARTBEAT_INTERVAL_MS, ready, resumed, type Peer } from '../testing/scripted-gateway.ts';

describe('gateway: heartbeat', () => {
  test('sends the first heartbeat after a random part of the interval, then one each interval, with the last number', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    await harness.clock.advance(HEARTBEAT_INTERVAL_MS / 2 - 1);
    await peer.send(dispatch(7, 'TYPING_START'));
    await harness.events.next();
    assert.equal(peer.received.waiting().length, 0);
    await harness.clock.advance(1);
    assert.deepEqual(await peer.received.next(), { op: 1, d: 7 });
    await peer.send({ op: 11 });
    await peer.send(dispatch(8, 'TYPING_START'));
    await harness.events.next();
    await harness.clock.advance(HEARTBEAT_INTERVAL_MS);
    assert.deepEqual(await peer.received.next(), { op: 1, d: 8 });
  });

  test('sends a heartbeat at once when the server asks', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    await peer.send({ op: 1, d: null });
    assert.deepEqual(await peer.received.next(), { op: 1, d: 1 });
  });

  test('answers no more often than Discord lets a client send', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    for (let count = 0; count < 200; count += 1) await peer.send({ op: 1, d: null });
    await peer.send(dispatch(2, 'END'));
    await harness.events.next();
    peer.close(4000);
    await peer.closed;
    // Identify was the first of 120 sends, and ten stay reserved for the client's own heartbeats.
    assert.equal(peer.received.waiting().length, 109);
  });

  test('a heartbeat without acknowledgement closes the connection, and the next one resumes', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    await harness.clock.advance(HEARTBEAT_INTERVAL_MS / 2);
    assert.equal((await peer.received.next())['op'], 1);
    await harness.clock.advance(HEARTBEAT_INTERVAL_MS);
    assert.equal((await peer.closed).code, 4000);
    const second = await reconnect(harness);
    await second.send(hello);
    assert.equal((await second.received.next())['op'], 6);
  });
});

describe('gateway: resume', () => {
  test('resumes at the resume address with the same query, drops repeated events, passes late events', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    await peer.send(dispatch(2, 'MESSAGE_CREATE', { n: 2 }));
    await harness.events.next();
    peer.drop();
    const second = await reconnect(harness);
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
    for (let event = await harness.events.next(); !(event.type === 'dispatch' && event.name === 'END');) {
      seen.push(event.type === 'dispatch' ? event.data : event.type);
      event = await harness.events.next();
    }
    assert.deepEqual(seen, [{ n: 4 }, { n: 3 }, { n: 5 }, 'resumed', { n: 8 }, { n: 7 }]);
    await second.send({ op: 1, d: null });
    assert.deepEqual(await second.received.next(), { op: 1, d: 9 });
  });

  test('after a replay that breaks with a missing event, the resume asks again from that event', async (t) => {
    const harness = await createTestGatewaySession(t);
    (await goLive(harness)).drop();
    const second = await reconnect(harness);
    await second.send(hello);
    await second.received.next();
    for (const n of [2, 4]) await second.send(dispatch(n, 'MESSAGE_CREATE', { n }));
    await harness.events.next();
    await harness.events.next();
    second.drop();
    const third = await reconnect(harness);
    await third.send(hello);
    assert.deepEqual(await third.received.next(), { op: 6, d: { token: TOKEN, session_id: 'session-1', seq: 2 } });
    for (const n of [3, 4]) await third.send(dispatch(n, 'MESSAGE_CREATE', { n }));
    await third.send(resumed(5));
    assert.deepEqual(await harness.events.next(), { type: 'dispatch', name: 'MESSAGE_CREATE', data: { n: 3 } });
    assert.deepEqual(await harness.events.next(), { type: 'resumed' });
  });

  test('Reconnect closes to resume', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    await peer.send({ op: 7, d: null });
    assert.equal((await peer.closed).code, 4000);
    const second = await reconnect(harness);
    await second.send(hello);
    assert.equal((await second.received.next())['op'], 6);
  });

  test('Invalid Session true resumes, false waits and opens a new session', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    await peer.send({ op: 9, d: true });
    assert.equal((await peer.closed).code, 4000);
    const second = await reconnect(harness);
    await second.send(hello);
    assert.equal((await second.received.next())['op'], 6);
    await second.send({ op: 9, d: false });
    assert.equal((await second.closed).code, 1000);
    const third = await reconnect(harness);
    assert.equal(third.url.pathname, '/');
    await introduce(harness, third, 'session-2');
    assert.equal((await harness.session.ready()).sessionId, 'session-2');
  });

  test('a new session after Invalid Session waits 1 to 5 s', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    await peer.send({ op: 9, d: false });
    // Half of the range; the reconnect delay alone would be 1.5 s.
    assert.equal(await passWait(harness), 3_000);
  });

  test('a session is given up after three failed resumes', async (t) => {
    const harness = await createTestGatewaySession(t);
    let peer = await goLive(harness);
    for (let tries = 0; tries < 3; tries += 1) {
      peer.close(4000);
      peer = await reconnect(harness);
      await peer.send(hello);
      assert.equal((await peer.received.next())['op'], 6);
    }
    peer.close(4000);
    await introduce(harness, await reconnect(harness), 'session-2');
  });

  test('a resume address without an answer is given up for the main address', async (t) => {
    const harness = await createTestGatewaySession(t);
    harness.session.ready().catch(() => undefined);
    const peer = await harness.gateway.connections.next();
    await peer.send(hello);
    await peer.send(ready({ sessionId: 'session-1', resumeUrl: 'ws://127.0.0.1:1' }));
    await harness.events.next();
    peer.drop();
    for (let tries = 0; tries < 3; tries += 1) await passWait(harness);
    const second = await harness.gateway.connections.next();
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
      const harness = await createTestGatewaySession(t);
      harness.session.ready().catch(() => undefined);
      const peer = await harness.gateway.connections.next();
      await peer.send(dispatch(1, 'WE_ARE_OPEN'));
      await harness.events.next();
      await say(peer);
      if (what === 'no READY') await peer.received.next();
      await harness.clock.advance(patienceMs);
      assert.equal((await peer.closed).code, 4000);
      await introduce(harness, await reconnect(harness), 'session-1');
    });
  }
});
