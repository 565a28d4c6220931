import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { isJsonObject, type JsonObject } from '@atelier/lib/json';
import { createTestSimulator, openTestSocket, textAt, type TestSimulator, type TestSocket } from '../../testing/client.ts';

describe('the gateway', () => {
  let harness: TestSimulator;
  const opened: TestSocket[] = [];
  before(async () => {
    harness = await createTestSimulator();
  });
  after(() => harness.close());
  beforeEach(() => {
    harness.simulator.control.reset();
    for (const socket of opened.splice(0)) socket.drop();
  });

  const open = async (query?: string): Promise<TestSocket> => {
    const socket = await openTestSocket(harness.simulator, query);
    opened.push(socket);
    return socket;
  };
  const identify = (socket: TestSocket, token: string = harness.simulator.account.token): Promise<JsonObject> => {
    socket.send(2, { token, capabilities: 0, properties: {} });
    return socket.event('READY');
  };
  const resume = (socket: TestSocket, session: JsonObject, seq: number): void =>
    socket.send(6, { token: harness.simulator.account.token, session_id: session['session_id'] ?? '', seq });
  const say = (number: number): void => harness.simulator.control.dispatch(harness.simulator.account.userId, 'TEST', { number });
  const numbers = (socket: TestSocket): unknown[] =>
    socket.dispatches().flatMap(({ t, d }) => (t === 'TEST' && isJsonObject(d) ? [d['number']] : []));

  test('sends Hello, acknowledges every heartbeat, and sends READY', async () => {
    const socket = await open('encoding=json&v=10');
    const hello = await socket.next(({ op }) => op === 10);
    assert.equal(isJsonObject(hello['d']) && hello['d']['heartbeat_interval'], 41_250);
    assert.deepEqual([hello['s'], hello['t']], [null, null]);
    socket.send(1, 9_999);
    await socket.next(({ op }) => op === 11);
    const ready = await identify(socket);
    assert.equal(ready['v'], 10);
    assert.equal(isJsonObject(ready['user']) && ready['user']['id'], harness.simulator.account.userId);
    assert.match(textAt(ready, 'session_id'), /^[0-9a-f]{32}$/);
    assert.equal(ready['resume_gateway_url'], harness.simulator.gatewayUrl);
    assert.equal(socket.dispatches()[0]?.['s'], 1);
  });

  test('splits READY for clients that ask for it', async () => {
    const socket = await open();
    socket.send(2, { token: harness.simulator.account.token, capabilities: 1 << 5, properties: {} });
    await socket.event('READY_SUPPLEMENTAL');
    const plain = await open();
    await identify(plain);
    say(1);
    await plain.event('TEST');
    assert.deepEqual(plain.names(), ['READY', 'TEST']);
  });

  test('answers op 8 with the members of the server', async () => {
    const { account } = harness.simulator;
    const socket = await open();
    await identify(socket);
    socket.send(8, { guild_id: account.guildId, query: '', limit: 0, nonce: 'n' });
    const chunk = await socket.event('GUILD_MEMBERS_CHUNK');
    assert.deepEqual([chunk['chunk_index'], chunk['chunk_count'], chunk['nonce']], [0, 1, 'n']);
    assert.match(JSON.stringify(chunk['members']), new RegExp(`^\\[\\{"user":\\{"id":"${account.userId}"`));
    socket.send(8, { guild_id: '1', query: '', limit: 0, nonce: 'other' });
    assert.deepEqual((await socket.event('GUILD_MEMBERS_CHUNK'))['members'], []);
  });

  test('sends messages of a server only after a subscription, while the switch wants it', async () => {
    const { control, account } = harness.simulator;
    control.setSwitches({ subscriptionsRequired: true });
    const said = async (content: string): Promise<void> =>
      assert.equal((await harness.rest('POST', `/channels/${account.channelId}/messages`, { content })).status, 200);
    const contents = (socket: TestSocket): unknown[] =>
      socket.dispatches().flatMap(({ t, d }) => (t === 'MESSAGE_CREATE' && isJsonObject(d) ? [d['content']] : []));
    const heartbeat = async (socket: TestSocket): Promise<void> => {
      socket.send(1, null);
      await socket.next(({ op }) => op === 11);
    };
    const socket = await open();
    const session = await identify(socket);
    await said('unheard');
    for (const [op, d] of [
      [14, { guild_id: account.guildId, typing: true }],
      [37, { subscriptions: { [account.guildId]: { typing: true } } }],
    ] satisfies [number, JsonObject][]) {
      socket.send(op, d);
      await heartbeat(socket);
      await said(`heard after op ${op}`);
    }
    await socket.event('MESSAGE_CREATE', ({ content }) => content === 'heard after op 37');
    assert.deepEqual(contents(socket), ['heard after op 14', 'heard after op 37']);

    socket.drop();
    await socket.closed;
    await said('missed');
    const again = await open();
    resume(again, session, 3);
    await again.event('RESUMED');
    await said('unheard after the resume');
    again.send(37, { subscriptions: { [account.guildId]: {} } });
    await heartbeat(again);
    await said('heard again');
    await again.event('MESSAGE_CREATE', ({ content }) => content === 'heard again');
    assert.deepEqual(contents(again), ['missed', 'heard again']);
  });

  const refused: [string, number, (socket: TestSocket) => void][] = [
    ['a wrong token', 4004, (socket) => socket.send(2, { token: 'nobody', properties: {} })],
    ['a resume with a wrong token', 4004, (socket) => socket.send(6, { token: 'nobody', session_id: 'x', seq: 1 })],
    ['talk before identify', 4003, (socket) => socket.send(3, {})],
    ['an unknown opcode', 4001, (socket) => socket.send(99, {})],
    ['a payload without an opcode', 4002, (socket) => socket.send(Number.NaN, {})],
    ['an identify without a body', 4002, (socket) => socket.send(2, null)],
    ['a payload that is too large', 4002, (socket) => socket.send(1, 'x'.repeat(16 * 1024))],
  ];
  for (const [what, code, act] of refused) {
    test(`closes with ${code} on ${what}`, async () => {
      const socket = await open();
      act(socket);
      assert.equal(await socket.closed, code);
    });
  }

  test('closes with 4005 on a second identify and with 4012 on an unknown version', async () => {
    const socket = await open();
    await identify(socket);
    socket.send(2, { token: harness.simulator.account.token, properties: {} });
    assert.equal(await socket.closed, 4005);
    assert.equal(await (await open('v=3')).closed, 4012);
  });

  test('closes with 4008 on the 121st event of a minute', async () => {
    const socket = await open();
    for (let count = 0; count < 120; count += 1) socket.send(1, null);
    for (let count = 0; count < 120; count += 1) await socket.next(({ op }) => op === 11);
    socket.send(1, null);
    assert.equal(await socket.closed, 4008);
  });

  test('replays the missed events in order, ends with RESUMED, and continues the numbers', async () => {
    const first = await open();
    const session = await identify(first);
    say(1);
    await first.event('TEST');
    first.drop();
    await first.closed;
    say(2);
    say(3);
    const second = await open();
    resume(second, session, 2);
    await second.event('RESUMED');
    assert.deepEqual(second.names(), ['TEST', 'TEST', 'RESUMED']);
    assert.deepEqual(
      second.dispatches().map(({ s }) => s),
      [3, 4, 5],
    );
    say(4);
    await second.event('TEST', ({ number }) => number === 4);
    second.drop();
    await second.closed;
    const third = await open();
    resume(third, session, 4);
    await third.event('RESUMED');
    assert.deepEqual(third.names(), ['TEST', 'RESUMED'], 'an old RESUMED is not replayed');
  });

  test('sends events to all sessions of the user and to no other user', async () => {
    const [one, two, other] = [await open(), await open(), await open()];
    await identify(one);
    await identify(two);
    await identify(other, harness.simulator.control.addAccount().token);
    say(7);
    await Promise.all([one.event('TEST'), two.event('TEST')]);
    harness.simulator.control.askForHeartbeat();
    await other.next(({ op }) => op === 1);
    assert.deepEqual(other.names(), ['READY']);
  });

  test('answers op 9 false to a resume of a session that was closed with 1000, forgotten, or outgrew its buffer', async () => {
    const sessionAfter = async (act: (socket: TestSocket) => void): Promise<JsonObject> => {
      const socket = await open();
      const session = await identify(socket);
      act(socket);
      await socket.closed;
      return session;
    };
    const closed = await sessionAfter((socket) => socket.close(1000));
    harness.simulator.control.setSwitches({ replayBufferEvents: 1 });
    const outgrown = await sessionAfter((socket) => socket.close(4999));
    say(1);
    say(2);
    const forgotten = await sessionAfter((socket) => socket.drop());
    for (const session of [closed, outgrown]) {
      const socket = await open();
      resume(socket, session, 1);
      assert.equal((await socket.next(({ op }) => op === 9))['d'], false);
      await identify(socket);
    }
    harness.simulator.control.forgetSessions();
    const socket = await open();
    resume(socket, forgotten, 1);
    assert.equal((await socket.next(({ op }) => op === 9))['d'], false);
  });

  test('forgotten sessions: connected clients of that user get op 9 false or a close code, and no resume works', async () => {
    const { control } = harness.simulator;
    const { token, userId } = control.addAccount();
    const bystander = await open();
    await identify(bystander);
    const resumed = async (socket: TestSocket, session: JsonObject): Promise<unknown> => {
      socket.send(6, { token, session_id: session['session_id'] ?? '', seq: 1 });
      return (await socket.next(({ op }) => op === 9))['d'];
    };
    const socket = await open();
    const session = await identify(socket, token);
    assert.equal(control.forgetSessions({ userId }), 1);
    assert.equal((await socket.next(({ op }) => op === 9))['d'], false);
    assert.equal(await resumed(socket, session), false);
    const anew = await identify(socket, token);
    assert.notEqual(anew['session_id'], session['session_id']);
    assert.equal(control.forgetSessions({ userId, code: 4006 }), 1);
    assert.equal(await socket.closed, 4006);
    assert.equal(await resumed(await open(), anew), false);
    say(1);
    await bystander.event('TEST');
  });

  test('closes with 4007 when the client names a sequence number that was not sent', async () => {
    const first = await open();
    const session = await identify(first);
    const second = await open();
    resume(second, session, 50);
    assert.equal(await second.closed, 4007);
  });

  test('a resume takes the session from its earlier connection', async () => {
    const first = await open();
    const session = await identify(first);
    const second = await open();
    resume(second, session, 1);
    await second.event('RESUMED');
    assert.equal(await first.closed, 4000);
    say(1);
    await second.event('TEST');
  });

  test('op 9 true keeps the session for a resume on the same connection, op 9 false ends it', async () => {
    const socket = await open();
    const session = await identify(socket);
    harness.simulator.control.invalidateSessions(true);
    assert.equal((await socket.next(({ op }) => op === 9))['d'], true);
    resume(socket, session, 1);
    await socket.event('RESUMED');
    harness.simulator.control.invalidateSessions(false);
    assert.equal((await socket.next(({ op }) => op === 9))['d'], false);
    assert.notEqual((await identify(socket))['session_id'], session['session_id']);
  });

  test('the control sends op 7, op 1 and a close code, and drops a socket; the session stays', async () => {
    for (const act of ['drop', 'close'] as const) {
      const socket = await open();
      const session = await identify(socket);
      const { control } = harness.simulator;
      control.askToReconnect();
      await socket.next(({ op }) => op === 7);
      control.askForHeartbeat();
      await socket.next(({ op }) => op === 1);
      if (act === 'drop') control.dropConnections();
      else control.closeConnections(4009);
      assert.equal(await socket.closed, act === 'drop' ? 1006 : 4009);
      const next = await open();
      resume(next, session, 1);
      await next.event('RESUMED');
    }
  });

  test('closes a client without heartbeats, and can leave heartbeats without acknowledgement', async () => {
    harness.simulator.control.setSwitches({ heartbeatIntervalMs: 10, swallowAcks: true });
    const socket = await open();
    const session = await identify(socket);
    socket.send(1, null);
    assert.equal(await socket.closed, 4000);
    harness.simulator.control.setSwitches({ heartbeatIntervalMs: 41_250 });
    const next = await open();
    resume(next, session, 1);
    await next.event('RESUMED');
    next.send(1, null);
    say(1);
    await next.event('TEST');
    const acknowledged = next.next(({ op }) => op === 11);
    next.close(1000);
    await assert.rejects(acknowledged, /closed/);
  });

  test('repeats and swaps replayed events by a switch', async () => {
    harness.simulator.control.setSwitches({ duplicateAfterResume: true, shuffleAfterResume: false });
    const first = await open();
    const session = await identify(first);
    first.drop();
    await first.closed;
    say(1);
    say(2);
    const second = await open();
    resume(second, session, 1);
    await second.event('RESUMED');
    assert.deepEqual(numbers(second), [1, 1, 2, 2]);
    harness.simulator.control.setSwitches({ duplicateAfterResume: false, shuffleAfterResume: true });
    const third = await open();
    resume(third, session, 1);
    await third.event('RESUMED');
    assert.deepEqual(numbers(third), [2, 1]);
  });

  test('can limit users to one identify in an interval', async () => {
    harness.simulator.control.setSwitches({ identifyIntervalMs: 60_000 });
    const socket = await open();
    socket.send(2, { token: harness.simulator.control.addAccount({ token: 'hasty' }).token, properties: {} });
    await socket.event('READY');
    const second = await open();
    second.send(2, { token: 'hasty', properties: {} });
    assert.equal((await second.next(({ op }) => op === 9))['d'], false);
  });

  test('forgets a session that is not resumed within its lifetime', async () => {
    harness.simulator.control.setSwitches({ sessionLifetimeMs: 0 });
    const first = await open();
    const session = await identify(first);
    first.drop();
    await first.closed;
    const second = await open();
    await identify(second);
    resume(await open(), session, 1);
    const third = opened.at(-1);
    assert.equal((await third?.next(({ op }) => op === 9))?.['d'], false);
  });
});
