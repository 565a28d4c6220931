import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import type { SessionEvent } from '../discord.ts';
import { USER_AGENT } from '../user-agent.ts';
import { createInbox } from '../testing/inbox.ts';
import { goLive, introduce, passWait, reconnect, createTestGatewaySession, TOKEN } from '../testing/gateway-harness.ts';
import { dispatch, hello, HEARTBEAT_INTERVAL_MS, ready, startScriptedGateway } from '../testing/scripted-gateway.ts';

describe('gateway: opening', () => {
  test('connects at the first ready and not before, and identifies under its own name', async (t) => {
    const harness = await createTestGatewaySession(t);
    assert.equal(harness.gateway.connections.waiting().length, 0);
    const connected = harness.session.ready();
    const peer = await harness.gateway.connections.next();
    assert.equal(peer.url.search, '?v=9&encoding=json&compress=zlib-stream');
    await peer.send(hello);
    assert.deepEqual(await peer.received.next(), {
      op: 2,
      d: {
        token: TOKEN,
        capabilities: 16_381,
        properties: { os: process.platform, browser: 'Atelier', device: 'Atelier' },
        presence: { status: 'online', since: 0, activities: [], afk: false },
        compress: false,
        client_state: {
          guild_versions: {},
          highest_last_message_id: '0',
          read_state_version: 0,
          user_guild_settings_version: -1,
          user_settings_version: -1,
          private_channels_version: '0',
          api_code_version: 0,
        },
      },
    });
    await peer.send(ready({ sessionId: 'session-1', resumeUrl: harness.gateway.url }));
    const info = { userId: '111111111111111111', username: 'ada', sessionId: 'session-1' };
    assert.deepEqual(await connected, info);
    assert.deepEqual(await harness.session.ready(), info);
  });

  test('appears as it is told to', async (t) => {
    const harness = await createTestGatewaySession(t, { presence: 'invisible' });
    harness.session.ready().catch(() => undefined);
    const peer = await harness.gateway.connections.next();
    await peer.send(hello);
    const identify = (await peer.received.next())['d'] as { presence: { status: string } };
    assert.equal(identify.presence.status, 'invisible');
    assert.equal(peer.headers['user-agent'], USER_AGENT);
  });

  test('takes a READY of 20 MB', async (t) => {
    const harness = await createTestGatewaySession(t);
    harness.session.ready().catch(() => undefined);
    const peer = await harness.gateway.connections.next();
    await peer.send(hello);
    await peer.received.next();
    const plain = ready({ sessionId: 'session-1', resumeUrl: harness.gateway.url }) as { d: object };
    // Random, so that it stays large when it is packed.
    const guilds = Array.from({ length: 20 }, (_, id) => ({ id: String(id), name: randomBytes(512 * 1024).toString('hex') }));
    await peer.send({ ...plain, d: { ...plain.d, guilds } });
    assert.equal((await harness.events.next()).type, 'ready');
  });

  test('a listener that throws does not keep events from the others', async (t) => {
    const harness = await createTestGatewaySession(t);
    harness.session.subscribe(() => {
      throw new Error('listener broke');
    });
    const heard = createInbox<SessionEvent>();
    const stop = harness.session.subscribe((event) => heard.put(event));
    await goLive(harness);
    assert.equal((await heard.next()).type, 'ready');
    stop();
    assert.ok(harness.log.lines.some((line) => line.includes('listener broke')));
  });

  test('ready rejects when aborted, and the connection continues', async (t) => {
    const harness = await createTestGatewaySession(t);
    const impatient = new AbortController();
    const first = harness.session.ready(impatient.signal);
    impatient.abort(new Error('enough'));
    await assert.rejects(first, /enough/);
    await goLive(harness);
  });

  test('close ends the session with 1000 and rejects a waiting ready', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    peer.drop();
    const second = await reconnect(harness);
    await second.send(hello);
    await second.received.next();
    const waiting = assert.rejects(harness.session.ready(), { name: 'AbortError' });
    await harness.session.close();
    assert.equal((await second.closed).code, 1000);
    await waiting;
    await assert.rejects(harness.session.ready(), { name: 'AbortError' });
  });
});

describe('gateway: failed connections', () => {
  test('a refused connection is tried again with growing delays until the server listens', async (t) => {
    const gone = await startScriptedGateway();
    await gone.close();
    const harness = await createTestGatewaySession(t, { gateway: gone });
    const live = harness.session.ready();
    const waitsMs: number[] = [];
    for (let tries = 0; tries < 7; tries += 1) waitsMs.push(await passWait(harness));
    assert.deepEqual(waitsMs, [1_500, 3_000, 6_000, 12_000, 24_000, 45_000, 45_000]);
    const gateway = await startScriptedGateway(gone.port);
    t.after(() => gateway.close());
    await passWait(harness);
    const peer = await gateway.connections.next();
    await introduce({ ...harness, gateway }, peer, 'session-1');
    assert.equal((await live).sessionId, 'session-1');
  });

  test('a stable connection makes the next delay short again', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    await harness.clock.advance(HEARTBEAT_INTERVAL_MS / 2);
    await peer.send({ op: 11 });
    await peer.send(dispatch(2, 'END'));
    await harness.events.next();
    await harness.clock.advance(30_000);
    peer.drop();
    await harness.events.next();
    await harness.clock.advance(750);
    await harness.gateway.connections.next();
  });

  test('sends at most one Identify in five seconds', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    peer.close(4007);
    await harness.events.next();
    await harness.clock.advance(4_999);
    assert.equal(harness.gateway.connections.waiting().length, 0);
    await harness.clock.advance(1);
    await harness.gateway.connections.next();
  });

  test('an invalid gateway address is logged and tried again, not thrown', async (t) => {
    const harness = await createTestGatewaySession(t, { gatewayUrl: 'https://127.0.0.1:1' });
    harness.session.ready().catch(() => undefined);
    await harness.log.inbox.nextWhere((line) => line.includes('not a WebSocket URL'));
  });
});
