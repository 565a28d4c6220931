import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTestGatewaySession, goLive, introduce, reconnect } from '../testing/gateway-harness.ts';
import { hello, resumed } from '../testing/scripted-gateway.ts';

const WANTED = { typing: true, activities: true, threads: true };
const subscriptions = (...ids: string[]) => ({ op: 37, d: { subscriptions: Object.fromEntries(ids.map((id) => [id, WANTED])) } });

describe('gateway: guild subscriptions', () => {
  test('follow READY, RESUMED and every new session; a later guild is subscribed to at once, a known one not again', async (t) => {
    const harness = await createTestGatewaySession(t);
    harness.session.watchGuilds(['10', '']);
    const peer = await goLive(harness);
    assert.deepEqual(await peer.received.next(), subscriptions('10'));
    harness.session.watchGuilds(['10', '20', '20']);
    assert.deepEqual(await peer.received.next(), subscriptions('20'));

    peer.drop();
    harness.session.watchGuilds(['30']);
    const second = await reconnect(harness);
    await second.send(hello);
    assert.equal((await second.received.next())['op'], 6);
    await second.send(resumed(2));
    assert.deepEqual(await harness.events.next(), { type: 'resumed' });
    assert.deepEqual(await second.received.next(), subscriptions('10', '20', '30'));

    second.close(4007);
    const third = await reconnect(harness);
    await introduce(harness, third, 'session-2');
    assert.deepEqual(await third.received.next(), subscriptions('10', '20', '30'));
  });

  test('no guild, no subscription', async (t) => {
    const harness = await createTestGatewaySession(t);
    const peer = await goLive(harness);
    await peer.send({ op: 1, d: null });
    assert.equal((await peer.received.next())['op'], 1);
  });

  test('many guilds take several payloads of at most 4096 bytes', async (t) => {
    const harness = await createTestGatewaySession(t);
    const ids = Array.from({ length: 100 }, (_, index) => `1234567890123456${String(index).padStart(3, '0')}`);
    harness.session.watchGuilds(ids);
    const peer = await goLive(harness);
    const heard: string[] = [];
    while (heard.length < ids.length) {
      const payload = await peer.received.next();
      assert.ok(JSON.stringify(payload).length <= 4_096);
      heard.push(...Object.keys((payload['d'] as { subscriptions: object }).subscriptions));
    }
    assert.deepEqual(heard.toSorted(), ids);
  });
});
