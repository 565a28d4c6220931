import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { isJsonObject, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { attachmentsOf, buttonsOf, createTestSimulator, textAt, type TestSimulator } from '../testing/client.ts';

const object = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});
const objects = (value: JsonValue | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);

describe('the control of a channel, the network and the record', () => {
  let harness: TestSimulator;
  let channelPath: string;
  beforeEach(async () => {
    harness = await createTestSimulator();
    channelPath = `/channels/${harness.simulator.account.channelId}/messages`;
  });
  afterEach(() => harness.close());
  const call = async (path: string, body?: JsonValue): Promise<{ status: number; body: JsonValue }> => {
    const { url, controlToken } = harness.simulator;
    const headers = { authorization: `Bearer ${controlToken}`, 'content-type': 'application/json' };
    const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${url}/control${path}`, init);
    return { status: response.status, body: (await response.json()) as JsonValue };
  };
  const history = async (): Promise<JsonObject[]> => objects((await harness.rest('GET', `${channelPath}?limit=100`)).body);

  test('a handwritten message has all members of a message, and those that were written', async () => {
    const component = { type: 17, components: [{ type: 10, content: '**a fox** - <@1> (46%)' }] };
    const message = { flags: 32_768, nonce: 'n-1', components: [component], content: '' };
    const { body } = await call(channelPath, { message });
    const event = await harness.socket.event('MESSAGE_CREATE', ({ id }) => id === object(body)['id']);
    assert.deepEqual([event['flags'], event['nonce'], event['components']], [32_768, 'n-1', [component]]);
    assert.deepEqual([object(event['author'])['username'], event['embeds'], event['tts']], ['Midjourney Bot', [], false]);
    const edited = { edits: textAt(object(body), 'id'), message: { content: 'other', embeds: [{ type: 'link', title: 'x' }] } };
    assert.equal((await call(channelPath, edited)).status, 200);
    const update = await harness.socket.event('MESSAGE_UPDATE');
    assert.deepEqual([update['content'], update['components'], update['nonce']], ['other', [component], undefined]);
    assert.deepEqual((await history())[0]?.['embeds'], [{ type: 'link', title: 'x' }]);
  });

  test('a message without an event stands in the history alone', async () => {
    const silent = await call(channelPath, { message: { content: 'silent' }, events: false });
    await call(channelPath, { message: { content: 'heard' } });
    await harness.socket.event('MESSAGE_CREATE');
    assert.deepEqual(
      harness.socket.names().filter((name) => name.startsWith('MESSAGE')),
      ['MESSAGE_CREATE'],
    );
    assert.deepEqual(
      (await history()).map(({ content }) => content),
      ['heard', 'silent'],
    );
    assert.equal((await history())[1]?.['id'], object(silent.body)['id']);
  });

  test('a private message is seen by its user alone, and is in no history', async () => {
    await call(channelPath, { message: { content: 'private', flags: 64 } });
    assert.equal((await harness.socket.event('MESSAGE_CREATE'))['guild_id'], undefined);
    assert.deepEqual(await history(), []);
  });

  test('somebody empties the channel', async () => {
    for (let count = 0; count < 120; count += 1) await call(channelPath, { message: { content: String(count) }, events: false });
    const ids = (await history()).map(({ id }) => id);
    harness.simulator.control.emptyChannel(harness.simulator.account.userId);
    const first = await harness.socket.event('MESSAGE_DELETE_BULK');
    const second = await harness.socket.event('MESSAGE_DELETE_BULK');
    const removed = [first, second].flatMap((event) => event['ids']);
    assert.deepEqual([removed.length, ids.every((id) => removed.includes(id ?? null))], [120, true]);
    assert.equal(first['guild_id'], harness.simulator.account.guildId);
    assert.deepEqual(await history(), []);
  });

  test('strangers ask for the same picture: starts, progress, results with buttons, deletions', async () => {
    assert.equal((await call('/strangers', { jobs: 300, prompt: 'a red fox' })).status, 200);
    const dispatches = harness.socket.dispatches();
    const messagesOf = (name: string): JsonObject[] => dispatches.filter(({ t }) => t === name).map(({ d }) => object(d));
    await harness.rest('GET', '/users/@me');
    const created = messagesOf('MESSAGE_CREATE');
    const results = created.filter((message) => buttonsOf(message).length > 0);
    const starts = created.filter((message) => textAt(message, 'content').endsWith('(Waiting to start)'));
    assert.deepEqual(
      [starts.length, results.length, messagesOf('MESSAGE_DELETE').length, messagesOf('MESSAGE_UPDATE').length],
      [300, 300, 300, 900],
    );
    assert.ok(created.every((message) => textAt(message, 'content').startsWith('**a red fox --v 7.0** - <@')));
    assert.equal(new Set(results.map((message) => textAt(attachmentsOf(message)[0] ?? {}, 'filename'))).size, 300);
    const { userId } = harness.simulator.account;
    assert.ok(starts.every((message) => object(object(message['interaction_metadata'])['user'])['id'] !== userId));
    const [file] = attachmentsOf(results[0] ?? {});
    assert.equal((await fetch(textAt(file, 'url'))).status, 200);
    assert.equal((await call('/strangers', { jobs: 1, channelId: '1' })).status, 400);
  });

  test('the interactions and jobs of a run are counted, also where the answer was lost', async () => {
    await harness.imagine('a fox');
    harness.simulator.control.addFault({ kind: 'drop-answer' });
    await assert.rejects(harness.imagine('a fox'));
    harness.simulator.control.addFault({ kind: 'serverError' });
    await harness.imagine('a fox');
    await harness.imagine('an owl sim:429');
    await harness.command('info');
    await harness.finished();
    await harness.finished();
    const counts = object((await call('/counts')).body);
    const interactions = object(counts['interactions']);
    assert.deepEqual([interactions['total'], interactions['accepted']], [4, 3]);
    assert.deepEqual(interactions['byPrompt'], { 'a fox': 2 });
    assert.deepEqual(interactions['byCommand'], { imagine: 2, info: 1 });
    assert.deepEqual(Object.values(object(interactions['byNonce'])), [1, 1, 1]);
    assert.deepEqual(counts['jobs'], { total: 2, byPrompt: { 'a fox --v 7.0': 2 } });
    assert.deepEqual(
      objects((await call('/interactions')).body).map(({ status }) => status),
      [204, 204, 429, 204],
    );
    assert.deepEqual(
      objects((await call('/asked')).body).map(({ outcome }) => outcome),
      ['started', 'started'],
    );
    await call('/reset', {});
    assert.deepEqual((await call('/interactions')).body, []);
  });

  test('an outage begins after the answer, and the control comes back with the rest', async () => {
    assert.equal((await call('/outage', {})).status, 400);
    assert.equal((await call('/outage', { forMs: 60_000 })).status, 200);
    assert.equal(await harness.socket.closed, 1006);
    await assert.rejects(call(''));
    await harness.simulator.control.endOutage();
    assert.equal((await call('')).status, 200);
  });

  for (const [path, body, says] of [
    ['/faults', { kind: 'drop', chance: 0 }, 'chance must be a number above 0 and up to 1, and is 0'],
    ['/faults', { kind: 'drop', forMs: 0 }, 'forMs must be a whole number of 1 or more, and is 0'],
    ['/channels/1/messages', { message: {} }, 'there is no channel 1'],
    ['/channels/1/messages', {}, 'message is missing: an object'],
    ['/strangers', {}, 'jobs is missing: a whole number of 1 or more'],
    ['/switches', { clockSkewMs: 0.5 }, /^clockSkewMs cannot be 0.5/],
    ['/switches', { unfurlTitle: 1 }, /^unfurlTitle cannot be 1/],
  ] satisfies [string, JsonObject, string | RegExp][]) {
    test(`POST ${path} ${JSON.stringify(body)} is refused with the fault`, async () => {
      const answer = await call(path, body);
      assert.equal(answer.status, 400);
      const error = textAt(object(answer.body), 'error');
      if (typeof says === 'string') assert.equal(error, says);
      else assert.match(error, says);
    });
  }
});
