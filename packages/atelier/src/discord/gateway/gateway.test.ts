import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SessionEvent } from '../discord.ts';
import { createInbox } from '../testing/inbox.ts';
import { goLive, introduce, passWait, reconnect, setUp, TOKEN } from '../testing/scene.ts';
import { dispatch, hello, HEARTBEAT_INTERVAL_MS, ready, startScriptedGateway } from '../testing/scripted-gateway.ts';

describe('gateway: opening', () => {
  test('connects at the first ready and not before, and identifies as ourselves', async (t) => {
    const scene = await setUp(t);
    assert.equal(scene.gateway.connections.waiting().length, 0);
    const whoWeAre = scene.session.ready();
    const peer = await scene.gateway.connections.next();
    assert.equal(peer.url.search, '?v=9&encoding=json&compress=zlib-stream');
    await peer.send(hello);
    assert.deepEqual(await peer.received.next(), {
      op: 2,
      d: {
        token: TOKEN,
        capabilities: 16_381,
        properties: { os: process.platform, browser: 'Atelier', device: 'Atelier' },
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
    await peer.send(ready({ sessionId: 'session-1', resumeUrl: scene.gateway.url }));
    const info = { userId: '111111111111111111', username: 'ada', sessionId: 'session-1' };
    assert.deepEqual(await whoWeAre, info);
    assert.deepEqual(await scene.session.ready(), info);
  });

  test('a listener that throws does not keep others from hearing', async (t) => {
    const scene = await setUp(t);
    scene.session.subscribe(() => {
      throw new Error('listener broke');
    });
    const heard = createInbox<SessionEvent>();
    const stop = scene.session.subscribe((event) => heard.put(event));
    await goLive(scene);
    assert.equal((await heard.next()).type, 'ready');
    stop();
    assert.ok(scene.log.lines.some((line) => line.includes('listener broke')));
  });

  test('ready rejects when aborted, and the connection goes on', async (t) => {
    const scene = await setUp(t);
    const impatient = new AbortController();
    const first = scene.session.ready(impatient.signal);
    impatient.abort(new Error('enough'));
    await assert.rejects(first, /enough/);
    await goLive(scene);
  });

  test('close ends the session with 1000 and rejects who waits', async (t) => {
    const scene = await setUp(t);
    const peer = await goLive(scene);
    peer.drop();
    const second = await reconnect(scene);
    await second.send(hello);
    await second.received.next();
    const waiting = assert.rejects(scene.session.ready(), { name: 'AbortError' });
    await scene.session.close();
    assert.equal((await second.closed).code, 1000);
    await waiting;
    await assert.rejects(scene.session.ready(), { name: 'AbortError' });
  });
});

describe('gateway: bad days', () => {
  test('a refused connection is tried again, ever more slowly, until somebody listens', async (t) => {
    const gone = await startScriptedGateway();
    await gone.close();
    const scene = await setUp(t, { gateway: gone });
    const live = scene.session.ready();
    const waitsMs: number[] = [];
    for (let tries = 0; tries < 7; tries += 1) waitsMs.push(await passWait(scene));
    assert.deepEqual(waitsMs, [1_500, 3_000, 6_000, 12_000, 24_000, 45_000, 45_000]);
    const gateway = await startScriptedGateway(gone.port);
    t.after(() => gateway.close());
    await passWait(scene);
    const peer = await gateway.connections.next();
    await introduce({ ...scene, gateway }, peer, 'session-1');
    assert.equal((await live).sessionId, 'session-1');
  });

  test('a connection that was good for long makes the next wait short again', async (t) => {
    const scene = await setUp(t);
    const peer = await goLive(scene);
    await scene.clock.advance(HEARTBEAT_INTERVAL_MS / 2);
    await peer.send({ op: 11 });
    await peer.send(dispatch(2, 'END'));
    await scene.events.next();
    await scene.clock.advance(30_000);
    peer.drop();
    await scene.events.next();
    await scene.clock.advance(750);
    await scene.gateway.connections.next();
  });

  test('sends one Identify in five seconds', async (t) => {
    const scene = await setUp(t);
    const peer = await goLive(scene);
    peer.close(4007);
    await scene.events.next();
    await scene.clock.advance(4_999);
    assert.equal(scene.gateway.connections.waiting().length, 0);
    await scene.clock.advance(1);
    await scene.gateway.connections.next();
  });

  test('an address that is none is tried again, not thrown', async (t) => {
    const scene = await setUp(t, { gatewayUrl: 'https://127.0.0.1:1' });
    scene.session.ready().catch(() => undefined);
    await scene.log.inbox.nextWhere((line) => line.includes('not a WebSocket URL'));
  });
});
