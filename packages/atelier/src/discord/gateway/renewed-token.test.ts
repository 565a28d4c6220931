import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isJsonObject, type JsonObject } from '@atelier/lib/json';
import { createInbox } from '../testing/inbox.ts';
import { accept } from '../testing/rest-harness.ts';
import { createTestGatewaySession, passWait, reconnect, TOKEN } from '../testing/gateway-harness.ts';
import { hello, ready, resumed, type Peer } from '../testing/scripted-gateway.ts';
import { sendJson, startScriptedRest } from '../testing/scripted-rest.ts';

const FRESH = `fresh-${TOKEN}`;
type Harness = Awaited<ReturnType<typeof createTestGatewaySession>>;

/** A READY that brings a fresh token. */
function readyWithToken(harness: Harness): JsonObject {
  const plain = ready({ sessionId: 'session-1', resumeUrl: harness.gateway.url }) as JsonObject;
  return { ...plain, d: { ...(plain['d'] as JsonObject), auth_token: FRESH } };
}

/** Connects, and takes the fresh token over. */
async function renew(harness: Harness): Promise<Peer> {
  harness.session.ready().catch(() => undefined);
  const peer = await harness.gateway.connections.next();
  await peer.send(hello);
  await peer.received.next();
  await peer.send(readyWithToken(harness));
  assert.deepEqual(await harness.events.next(), { type: 'token', token: FRESH });
  assert.equal((await harness.events.next()).type, 'ready');
  return peer;
}

/** Operation and token of the next message of the client. */
async function introduction(peer: Peer): Promise<[unknown, unknown]> {
  await peer.send(hello);
  const { op, d } = await peer.received.next();
  return [op, isJsonObject(d) ? d['token'] : null];
}

describe('gateway: a token that READY renews', () => {
  test('is used for REST and for the next Resume and Identify', async (t) => {
    const rest = await startScriptedRest(accept);
    t.after(() => rest.close());
    const harness = await createTestGatewaySession(t, { restUrl: rest.url });
    const peer = await renew(harness);
    await harness.session.interact({});
    assert.equal(rest.seen[0]?.headers['authorization'], FRESH);
    peer.drop();
    const second = await reconnect(harness);
    assert.deepEqual(await introduction(second), [6, FRESH]);
    await second.send(resumed(2));
    assert.equal((await harness.events.next()).type, 'resumed');
    second.close(4007);
    assert.deepEqual(await introduction(await reconnect(harness)), [2, FRESH]);
  });

  test('is given up for the token before it if the gateway refuses it at once', async (t) => {
    const harness = await createTestGatewaySession(t);
    (await renew(harness)).drop();
    const second = await reconnect(harness);
    assert.deepEqual(await introduction(second), [6, FRESH]);
    second.close(4004);
    assert.deepEqual(await harness.events.next(), { type: 'token', token: TOKEN });
    const third = await reconnect(harness);
    assert.deepEqual(await introduction(third), [2, TOKEN]);
    third.close(4004);
    assert.equal((await harness.events.next()).type, 'disconnected');
    assert.equal((await harness.events.next()).type, 'fatal');
  });

  test('ends the session if the gateway refuses it after it was accepted', async (t) => {
    const harness = await createTestGatewaySession(t);
    (await renew(harness)).drop();
    const second = await reconnect(harness);
    await introduction(second);
    await second.send(resumed(2));
    assert.equal((await harness.events.next()).type, 'resumed');
    second.drop();
    const third = await reconnect(harness);
    assert.deepEqual(await introduction(third), [6, FRESH]);
    third.close(4004);
    assert.equal((await harness.events.next()).type, 'disconnected');
    assert.equal((await harness.events.next()).type, 'fatal');
  });

  test('is given up for the token before it if REST refuses it for certain', async (t) => {
    const asked = createInbox<string>();
    const rest = await startScriptedRest(({ headers, path }, response) => {
      const token = String(headers['authorization']);
      asked.put(`${token === FRESH ? 'fresh' : 'old'} ${path.slice('/api/v9'.length)}`);
      if (token === FRESH) sendJson(response, 401, { message: '401: Unauthorized', code: 0 });
      else response.writeHead(204).end();
    });
    t.after(() => rest.close());
    const harness = await createTestGatewaySession(t, { restUrl: rest.url, interactionIntervalMs: 0 });
    await renew(harness);
    await harness.session.interact({});
    assert.deepEqual(asked.waiting(), ['fresh /interactions', 'fresh /users/@me', 'old /interactions']);
    assert.deepEqual(await harness.events.next(), { type: 'token', token: TOKEN });
  });

  test('an empty token is none', async (t) => {
    const harness = await createTestGatewaySession(t);
    harness.session.ready().catch(() => undefined);
    const peer = await harness.gateway.connections.next();
    await introduction(peer);
    const plain = readyWithToken(harness);
    await peer.send({ ...plain, d: { ...(plain['d'] as JsonObject), auth_token: '' } });
    assert.equal((await harness.events.next()).type, 'ready');
    peer.drop();
    assert.equal((await harness.events.next()).type, 'disconnected');
    await passWait(harness);
    assert.deepEqual(await introduction(await harness.gateway.connections.next()), [6, TOKEN]);
  });
});
