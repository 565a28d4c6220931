import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import { isJsonObject, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { createTestSimulator, embedOf, openTestSocket, textAt, type TestSimulator, type TestSocket } from '../../testing/client.ts';
import { createdAtMs } from '../ids.ts';

const objects = (value: JsonValue | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
const embedsOf = (message: JsonObject): JsonObject[] => objects(message['embeds']);

/** Switches of Discord itself, over real sockets. */
describe('a switch of Discord', () => {
  let harness: TestSimulator;
  let channel: string;
  let socket: TestSocket;
  before(async () => {
    harness = await createTestSimulator();
    channel = `/channels/${harness.simulator.account.channelId}`;
    socket = harness.socket;
  });
  after(() => harness.close());
  beforeEach(() => {
    harness.simulator.control.reset();
    harness.simulator.control.setSwitches({ eventDelayMs: 0 });
  });

  const say = async (content: string): Promise<JsonObject> => {
    const { body } = await harness.rest('POST', `${channel}/messages`, { content });
    return isJsonObject(body) ? body : {};
  };
  const history = async (): Promise<JsonObject[]> => objects((await harness.rest('GET', `${channel}/messages?limit=100`)).body);
  const commandsOf = async (path: string): Promise<number> => {
    const { body } = await harness.rest('GET', path);
    return objects(isJsonObject(body) ? body['application_commands'] : []).length;
  };

  test('messageEvents off: a message stands in the history, and no event tells of it', async () => {
    const { control } = harness.simulator;
    control.setSwitches({ messageEvents: false });
    const silent = await say('silent');
    control.setSwitches({ messageEvents: true });
    const heard = await say('heard');
    const event = await socket.event('MESSAGE_CREATE', ({ content }) => content === 'silent' || content === 'heard');
    assert.equal(event['id'], heard['id']);
    assert.equal((await history())[1]?.['id'], silent['id']);
  });

  for (const unfurl of ['link', 'article', 'image', 'video', 'gifv'] as const) {
    test(`unfurl ${unfurl}: Discord adds the page behind a link, and says nothing of an edit`, async () => {
      harness.simulator.control.setSwitches({ unfurl, unfurlDelayMs: 1, unfurlTitle: 'Subscription required' });
      const { id } = await say('see <https://shop.example/poster>.');
      const update = await socket.event('MESSAGE_UPDATE', (message) => message['id'] === id);
      assert.equal(update['edited_timestamp'], null);
      const [embed, ...others] = embedsOf(update);
      assert.deepEqual([embed?.['type'], embed?.['url'], others.length], [unfurl, 'https://shop.example/poster', 0]);
      if (unfurl !== 'image') assert.equal(embed?.['title'], 'Subscription required');
      assert.equal(embedsOf((await history())[0] ?? {}).length, 1);
    });
  }

  test('unfurl: what the bot writes later keeps the pages, beside its own embeds', async () => {
    harness.simulator.control.setSwitches({ unfurl: 'link', unfurlDelayMs: 0 });
    await harness.imagine('a fox like https://shop.example/poster sim:image-denied');
    const refused = await socket.event('MESSAGE_UPDATE', (message) => embedsOf(message).length === 2);
    assert.equal(textAt(embedOf(refused), 'title'), 'Image denied');
    assert.deepEqual(
      embedsOf(refused).map(({ type }) => type),
      ['rich', 'link'],
    );
  });

  test('botDelayMs: Discord says that the bot did not respond, and the bot answers later', async () => {
    harness.simulator.control.setSwitches({ botDelayMs: 30, interactionTimeoutMs: 10 });
    const { nonce } = await harness.imagine('a late fox');
    await harness.finished((message) => textAt(message, 'content').includes('late fox'));
    const names = socket.dispatches().flatMap(({ t, d }) => (isJsonObject(d) && d['nonce'] === nonce ? [t] : []));
    assert.deepEqual(names, ['INTERACTION_CREATE', 'INTERACTION_FAILURE', 'MESSAGE_CREATE']);
    harness.simulator.control.setSwitches({ botDelayMs: 5, interactionTimeoutMs: 3_000 });
    const { nonce: inTime } = await harness.imagine('a timely fox');
    await harness.finished((message) => textAt(message, 'content').includes('timely fox'));
    const others = socket.dispatches().flatMap(({ t, d }) => (isJsonObject(d) && d['nonce'] === inTime ? [t] : []));
    assert.deepEqual(others, ['INTERACTION_CREATE', 'MESSAGE_CREATE', 'INTERACTION_SUCCESS']);
  });

  for (const [place, guild, direct, user] of [
    ['guild', true, false, false],
    ['channel', false, true, false],
    ['user', false, false, true],
    ['everywhere', true, true, true],
  ] as const) {
    test(`commandPlaces ${place}: the commands stand there alone`, async () => {
      harness.simulator.control.setSwitches({ commandPlaces: place });
      const { guildId } = harness.simulator.account;
      assert.deepEqual(
        [
          (await commandsOf(`/guilds/${guildId}/application-command-index`)) > 0,
          (await commandsOf(`${channel}/application-command-index`)) > 0,
          (await commandsOf('/users/@me/application-command-index')) > 0,
        ],
        [guild, direct, user],
      );
    });
  }

  test('maxUploadBytes: a larger file is refused with 413 and 40005, when it is announced and when it comes', async () => {
    harness.simulator.control.setSwitches({ maxUploadBytes: 10 });
    const announce = (size: number): Promise<{ status: number; body: JsonValue }> =>
      harness.rest('POST', `${channel}/attachments`, { files: [{ filename: 'a.png', file_size: size, id: '0' }] });
    const refused = await announce(11);
    assert.deepEqual([refused.status, isJsonObject(refused.body) && refused.body['code']], [413, 40005]);
    const { body } = await announce(10);
    const [file] = objects(isJsonObject(body) ? body['attachments'] : []);
    const put = (bytes: number): Promise<Response> => fetch(textAt(file, 'upload_url'), { method: 'PUT', body: new Uint8Array(bytes) });
    assert.equal((await put(11)).status, 413);
    assert.equal((await put(10)).status, 200);
    const form = new FormData();
    form.append('payload_json', '{"content":"a file"}');
    form.append('files[0]', new Blob([new Uint8Array(11)]), 'a.png');
    const posted = await fetch(`${harness.simulator.restUrl}${channel}/messages`, {
      method: 'POST',
      headers: { authorization: harness.simulator.account.token },
      body: form,
    });
    assert.deepEqual([posted.status, await posted.json()], [413, { message: 'Request entity too large', code: 40005 }]);
  });

  test('requiredAction: READY names the action that Discord wants from the user', async () => {
    harness.simulator.control.setSwitches({ requiredAction: 'REQUIRE_VERIFIED_EMAIL' });
    const other = await openTestSocket(harness.simulator);
    other.send(2, { token: harness.simulator.account.token, capabilities: 0, properties: {} });
    assert.equal((await other.event('READY'))['required_action'], 'REQUIRE_VERIFIED_EMAIL');
    other.drop();
    assert.equal(harness.ready['required_action'], undefined);
  });

  test('readyBytes: READY has this size', async () => {
    harness.simulator.control.setSwitches({ readyBytes: 20_000_000 });
    const other = await openTestSocket(harness.simulator);
    other.send(2, { token: harness.simulator.account.token, capabilities: 0, properties: {} });
    const ready = await other.event('READY');
    assert.ok(JSON.stringify(ready).length >= 20_000_000);
    assert.equal(textAt(ready['user'] as JsonObject, 'id'), harness.simulator.account.userId);
    other.drop();
  });

  test('clockSkewMs: Date, ids and timestamps go by another clock, in both directions', async () => {
    for (const clockSkewMs of [120_000, -120_000, 0]) {
      harness.simulator.control.setSwitches({ clockSkewMs });
      const askedAtMs = Date.now();
      const { headers } = await harness.rest('GET', '/users/@me');
      const message = await say('what time is it?');
      for (const [name, atMs] of [
        ['Date', Date.parse(headers.get('date') ?? '')],
        ['id', createdAtMs(textAt(message, 'id'))],
        ['timestamp', Date.parse(textAt(message, 'timestamp'))],
      ] satisfies [string, number][])
        assert.ok(Math.abs(atMs - askedAtMs - clockSkewMs) < 5_000, `${name} with a skew of ${clockSkewMs}`);
      const { nonce } = await harness.imagine('a punctual fox');
      const created = await socket.event('INTERACTION_CREATE', (d) => d['nonce'] === nonce);
      assert.ok(Math.abs(createdAtMs(textAt(created, 'id')) - askedAtMs - clockSkewMs) < 5_000);
    }
  });
});

/** Faults that last, and tokens that end, under a clock that the test moves. */
describe('a condition that lasts', () => {
  let harness: TestSimulator;
  let clock: FakeClock;
  before(async () => {
    clock = createFakeClock(Date.now());
    harness = await createTestSimulator({ clock });
  });
  after(() => harness.close());
  beforeEach(() => harness.simulator.control.reset());
  const me = (token = harness.simulator.account.token): Promise<Response> =>
    fetch(`${harness.simulator.restUrl}/users/@me`, { headers: { authorization: token } });

  test('403 with 40333 on every route until its time is over', async () => {
    harness.simulator.control.addFault({ kind: 'networkBlocked', path: '/', forMs: 60_000 });
    for (const path of ['/users/@me', '/gateway', `/channels/${harness.simulator.account.channelId}/messages`]) {
      const { status, body } = await harness.rest('GET', path);
      assert.deepEqual([status, body], [403, { message: 'internal network error', code: 40333 }]);
    }
    await clock.advance(59_999);
    assert.equal((await me()).status, 403);
    assert.equal(harness.simulator.control.faults().length, 1);
    await clock.advance(1);
    assert.equal((await me()).status, 200);
    assert.deepEqual(harness.simulator.control.faults(), []);
  });

  test("Cloudflare's 1015 is 429 with a text that is no JSON", async () => {
    harness.simulator.control.addFault({ kind: 'cloudflare1015', path: '/', forMs: 1_000 });
    const limited = await me();
    assert.deepEqual([limited.status, await limited.text()], [429, 'error code: 1015']);
    assert.match(limited.headers.get('content-type') ?? '', /^text\/html/);
    assert.equal(limited.headers.get('retry-after'), null);
    harness.simulator.control.clearFaults();
    harness.simulator.control.addFault({ kind: 'cloudflare1015', path: '/', retryAfterMs: 90_000 });
    assert.equal((await me()).headers.get('retry-after'), '90');
    assert.equal((await me()).status, 200);
  });

  test('429 with a long wait', async () => {
    harness.simulator.control.addFault({ kind: 'rate-limit', path: '/', retryAfterMs: 45_000 });
    const limited = await me();
    assert.deepEqual(await limited.json(), { message: 'You are being rate limited.', retry_after: 45, global: false });
    assert.equal(limited.headers.get('retry-after'), '45');
    assert.equal(limited.headers.get('content-type'), 'application/json');
  });

  test('a share of requests on one route is answered with 401, while GET /users/@me is fine', async () => {
    const route = `/channels/${harness.simulator.account.channelId}`;
    harness.simulator.control.addFault({ kind: 'unauthorized', route, chance: 0.3, forMs: 1_000 });
    const statuses: number[] = [];
    for (let count = 0; count < 100; count += 1) statuses.push((await harness.rest('GET', route)).status);
    const refused = statuses.filter((status) => status === 401).length;
    assert.ok(refused > 15 && refused < 45, `${refused} of 100`);
    assert.equal((await me()).status, 200);
    assert.ok(statuses.every((status) => status === 401 || status === 200));
  });

  test('READY brings a fresh token; the old one ends after its time', async () => {
    const { simulator } = harness;
    const { token, userId } = simulator.account;
    const identify = async (withToken: string, capabilities: number): Promise<JsonObject | number> => {
      const socket = await openTestSocket(simulator);
      socket.send(2, { token: withToken, capabilities, properties: {} });
      const outcome = await Promise.race([socket.event('READY').catch(() => ({})), socket.closed]);
      socket.drop();
      return outcome;
    };
    simulator.control.setSwitches({ freshTokens: true, oldTokenLifetimeMs: 5_000 });
    const plain = await identify(token, 0);
    assert.ok(isJsonObject(plain) && plain['auth_token'] === undefined, 'without bit 8 the token stays');
    const ready = await identify(token, 8_189);
    const fresh = isJsonObject(ready) ? textAt(ready, 'auth_token') : '';
    assert.ok(fresh !== '' && fresh !== token);
    assert.equal(simulator.control.accounts()[0]?.token, fresh);
    assert.deepEqual([(await me()).status, (await me(fresh)).status], [200, 200]);
    await clock.advance(5_000);
    assert.deepEqual([(await me()).status, (await me(fresh)).status], [401, 200]);
    assert.equal(await identify(token, 0), 4004);
    const again = await identify(fresh, 8_189);
    assert.ok(isJsonObject(again) && textAt(again, 'auth_token') !== fresh);
    simulator.control.reset();
    assert.equal((await me()).status, 200);
    assert.equal(simulator.control.accounts().find((account) => account.userId === userId)?.token, token);
  });

  test('an outage: the port refuses connections and cuts the open ones; then it listens again and the session is resumed', async () => {
    const { simulator, ready } = harness;
    const { control, account } = simulator;
    const socket = await openTestSocket(simulator);
    socket.send(2, { token: account.token, capabilities: 0, properties: {} });
    const session = await socket.event('READY');
    await control.beginOutage(90_000);
    assert.equal(await socket.closed, 1006);
    for (let count = 0; count < 3; count += 1)
      await assert.rejects(me(), ({ cause }: { cause?: { code?: string } }) => cause?.code === 'ECONNREFUSED');
    await assert.rejects(openTestSocket(simulator), { code: 'ECONNREFUSED' });
    control.dispatch(account.userId, 'TEST', { missed: true });
    await clock.advance(90_000);
    await control.endOutage();
    const again = await openTestSocket(simulator);
    again.send(6, { token: account.token, session_id: textAt(session, 'session_id'), seq: 1 });
    assert.deepEqual(await again.event('TEST'), { missed: true });
    await again.event('RESUMED');
    assert.equal((await me()).status, 200);
    assert.notEqual(textAt(ready, 'session_id'), textAt(session, 'session_id'));
    again.drop();
  });

  test('a simulator in an outage closes, and stays closed', async () => {
    const other = await createTestSimulator({ clock });
    await other.simulator.control.beginOutage(1_000);
    await other.close();
    await clock.advance(2_000);
    await assert.rejects(fetch(other.simulator.url));
  });
});
