import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { isJsonObject, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { SIMULATOR_ACCOUNT } from '../simulator.ts';
import { createTestSimulator, openTestSocket, textAt, type TestSimulator } from '../testing/client.ts';

const ACCOUNT_PATH = `/accounts/${SIMULATOR_ACCOUNT.userId}`;
const object = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});

describe('the control routes', () => {
  let harness: TestSimulator;
  beforeEach(async () => {
    harness = await createTestSimulator();
  });
  afterEach(() => harness.close());
  const request = async (path: string, init: { method?: string; body?: string } = {}): Promise<{ status: number; body: JsonObject }> => {
    const { url, controlToken } = harness.simulator;
    const response = await fetch(`${url}/control${path}`, {
      ...init,
      headers: { authorization: `Bearer ${controlToken}`, 'content-type': 'application/json' },
    });
    return { status: response.status, body: object((await response.json()) as JsonValue) };
  };
  const call = (path: string, body?: JsonValue): Promise<{ status: number; body: JsonObject }> =>
    request(path, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) });

  test('show the state and set switches', async () => {
    const { body } = await call('');
    assert.deepEqual(Object.keys(body), ['accounts', 'switches', 'connections', 'faults', 'jobs']);
    assert.equal((await call('/switches', { footer: false })).body['footer'], false);
    assert.equal(object((await call('/switches')).body['footer'])['value'], false);
    const wrong = await call('/switches', { footer: 'no' });
    assert.equal(wrong.status, 400);
    assert.match(textAt(wrong.body, 'error'), /^footer cannot be "no"/);
  });

  test('add and change accounts that work at once', async () => {
    const added = await call('/accounts', { token: 'second', slots: 1 });
    const userId = textAt(added.body, 'userId');
    const socket = await openTestSocket(harness.simulator);
    socket.send(2, { token: 'second', properties: {} });
    assert.equal(object((await socket.event('READY'))['user'])['id'], userId);
    assert.equal((await call(`/accounts/${userId}`, { standing: 'blocked', mode: 'relax' })).body['standing'], 'blocked');
    assert.equal((await call(`/accounts/${userId}`, { standing: 'unwell' })).status, 400);
    assert.equal((await call('/accounts/1', {})).status, 400);
    assert.equal((await call('/accounts', { token: 'second' })).status, 400);
    assert.equal((await call(`/accounts/${userId}/acknowledge`, {})).status, 200);
    socket.drop();
  });

  test('act on connections, REST, commands, links and scenarios', async () => {
    assert.deepEqual((await call('/gateway', { action: 'reconnect' })).body, { connections: 1 });
    await harness.socket.next(({ op }) => op === 7);
    assert.equal((await call('/gateway', { action: 'close', code: 4999 })).status, 200);
    assert.equal(await harness.socket.closed, 4999);
    assert.equal((await call('/gateway', { action: 'dance' })).status, 400);
    assert.equal((await call('/gateway', { action: 'close', code: 7 })).status, 400);
    assert.equal((await call('/faults', { kind: 'status', status: 503 })).status, 200);
    assert.equal((await harness.imagine('a fox')).status, 503);
    assert.equal((await call('/faults', { kind: 'nothing' })).status, 400);
    assert.equal((await call(`/accounts/${SIMULATOR_ACCOUNT.userId}/scenario`, { word: 'sim:429' })).status, 200);
    assert.equal((await harness.imagine('a fox')).status, 429);
    for (const path of ['/commands/bump', '/links/expire', '/reset']) assert.equal((await call(path, {})).status, 200);
  });

  for (const [path, body, says] of [
    ['/switches', { footer: 'no' }, 'footer cannot be "no". A finished picture has a second line of text, beginning with `-#`.'],
    ['/switches', { feet: 1 }, 'there is no switch feet'],
    ['/accounts', { slots: 0.5 }, 'slots must be a whole number of 1 or more, and is 0.5'],
    ['/accounts', { slot: 1 }, 'there is no field slot here; there is token, username, guildId, channelId, slots, queueLength'],
    ['/accounts/1', {}, 'there is no user 1'],
    [ACCOUNT_PATH, { standing: 'unwell' }, 'standing must be one of active, none, paused, cancelled, blocked, mute, and is "unwell"'],
    [ACCOUNT_PATH, { version: 'newest' }, 'version must be a version such as 7.0, 6.1 or niji 6, and is "newest"'],
    [`${ACCOUNT_PATH}/scenario`, {}, 'word is missing: a string that is not empty'],
    [`${ACCOUNT_PATH}/scenario`, { word: 'dance' }, 'there is no scenario word dance'],
    [`${ACCOUNT_PATH}/scenario`, { word: 'banned/nowhere' }, 'there is no scenario word banned/nowhere'],
    [`${ACCOUNT_PATH}/event`, { name: 'X', data: [] }, 'data must be an object, and is []'],
    ['/accounts/1/event', { name: 'X' }, 'there is no user 1'],
    ['/faults', {}, /^kind is missing: one of drop, drop-answer, hang, rate-limit, status, unauthorized/],
    ['/faults', { kind: 'drop', path: '/x', route: '/y' }, 'path and route exclude each other'],
    ['/faults', { kind: 'drop', userId: '1' }, 'there is no user 1'],
    ['/faults', { kind: 'status', status: 200 }, 'status must be a whole number from 400 to 599, and is 200'],
    ['/gateway', { action: 'dance' }, /^action must be one of drop, close/],
    ['/gateway', { action: 'close', code: 1006 }, 'no server may close with 1006: 1000, 1001, or 3000 to 4999'],
    ['/gateway', { action: 'drop', code: 4000 }, 'code does not go with drop'],
    ['/gateway', { action: 'drop', userId: '1' }, 'there is no user 1'],
    ['/reset', { hard: true }, 'there is no field hard here; there is none'],
  ] satisfies [string, JsonObject, string | RegExp][]) {
    test(`POST ${path} ${JSON.stringify(body)} is refused with the fault`, async () => {
      const answer = await call(path, body);
      assert.equal(answer.status, 400);
      if (typeof says === 'string') assert.equal(answer.body['error'], says);
      else assert.match(textAt(answer.body, 'error'), says);
    });
  }

  test('refuse a body that is not a JSON object', async () => {
    const post = (body: string): Promise<{ body: JsonObject }> => request('/switches', { method: 'POST', body });
    assert.equal((await post('{"footer":false}')).body['footer'], false);
    assert.equal((await post('{footer:false}')).body['error'], 'the body is not JSON');
    assert.equal((await post('[]')).body['error'], 'the body must be a JSON object');
  });

  test('answer an unknown route with the list of routes', async () => {
    const { status, body } = await call('/nothing');
    assert.deepEqual([status, body['error']], [404, 'there is no GET /control/nothing']);
    assert.equal(object(body['routes'])['POST /control/reset'], 'all as at the start');
    assert.deepEqual((await call('/help')).body['routes'], body['routes']);
  });

  test('send any event to the sessions of a user', async () => {
    assert.equal((await call(`${ACCOUNT_PATH}/event`, { name: 'TYPING_START', data: { user_id: '1' } })).status, 200);
    assert.deepEqual(await harness.socket.event('TYPING_START'), { user_id: '1' });
  });

  test('show the faults that wait, and forget them', async () => {
    const { userId } = SIMULATOR_ACCOUNT;
    await call('/faults', { kind: 'drop', route: '/channels/*/messages', userId, times: 2 });
    const waiting = [{ kind: 'drop', path: null, route: '/channels/*/messages', method: null, userId, times: 2, untilMs: null, chance: 1 }];
    assert.deepEqual((await call('/faults')).body['waiting'], waiting);
    await request('/faults', { method: 'DELETE' });
    assert.deepEqual((await call('/faults')).body['waiting'], []);
  });

  test('list every scenario word and the places of a refusal', async () => {
    const { body } = await call('/words');
    assert.deepEqual(body['places'], ['first', 'first-content', 'reply', 'reply-content', 'edit', 'private', 'thinking']);
    assert.match(JSON.stringify(body['words']), /"word":"banned","title":"Banned prompt detected".*"word":"stall"/);
  });

  test('reset gives each account its first plan', async () => {
    const { body } = await call('/accounts', { slots: 1, queueLength: 2 });
    const userId = textAt(body, 'userId');
    await call(`/accounts/${userId}`, { slots: 9, stealth: true });
    await call('/reset', {});
    const account = harness.simulator.control.accounts().find((candidate) => candidate.userId === userId);
    assert.deepEqual([account?.slots, account?.queueLength, account?.stealth], [1, 2, false]);
  });
});
