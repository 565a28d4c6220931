import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import sharp from 'sharp';
import { isJsonObject, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { attachmentsOf, createTestSimulator, textAt, type TestSimulator } from '../../testing/client.ts';

describe('REST', () => {
  let harness: TestSimulator;
  let channel: string;
  before(async () => {
    harness = await createTestSimulator();
    channel = `/channels/${harness.simulator.account.channelId}`;
  });
  after(() => harness.close());
  beforeEach(() => harness.simulator.control.reset());

  const object = (value: JsonValue | undefined): JsonObject => {
    assert.ok(isJsonObject(value), JSON.stringify(value));
    return value;
  };
  const list = (value: JsonValue | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
  const post = async (content: string, more: JsonObject = {}): Promise<JsonObject> =>
    object((await harness.rest('POST', `${channel}/messages`, { content, ...more })).body);
  const picture = (): Promise<Buffer> =>
    sharp({ create: { width: 6, height: 4, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
  const upload = async (id: JsonValue = '0', filename = 'a b.png'): Promise<{ answer: JsonObject; name: string }> => {
    const bytes = await picture();
    const { body } = await harness.rest('POST', `${channel}/attachments`, { files: [{ filename, file_size: bytes.byteLength, id }] });
    const answer = object(list(object(body)['attachments'])[0]);
    const put = await fetch(textAt(answer, 'upload_url'), {
      method: 'PUT',
      headers: { 'content-type': 'image/png' },
      body: new Uint8Array(bytes),
    });
    assert.equal(put.status, 200);
    return { answer, name: textAt(answer, 'upload_filename') };
  };

  test('requires a token without a prefix, and answers 401 without a token', async () => {
    for (const authorization of [
      undefined,
      'nobody',
      `Bot ${harness.simulator.account.token}`,
      `Bearer ${harness.simulator.account.token}`,
    ]) {
      const response = await fetch(`${harness.simulator.restUrl}/users/@me`, {
        headers: authorization === undefined ? {} : { authorization },
      });
      assert.equal(response.status, 401);
      assert.deepEqual(await response.json(), { message: '401: Unauthorized', code: 0 });
    }
    assert.equal(object((await harness.rest('GET', '/users/@me')).body)['id'], harness.simulator.account.userId);
  });

  test('sends JSON without a charset, and the state of a rate limit to bot libraries alone', async () => {
    const me = `${harness.simulator.restUrl}/users/@me`;
    const { token } = harness.simulator.account;
    const user = await fetch(me, { headers: { authorization: token } });
    assert.equal(user.headers.get('content-type'), 'application/json');
    assert.equal(user.headers.get('x-ratelimit-bucket'), null);
    assert.ok(Math.abs(Date.parse(user.headers.get('date') ?? '') - Date.now()) < 2_000);
    for (const path of ['/users/@me', '/nothing']) {
      const refused = await fetch(`${harness.simulator.restUrl}${path}`);
      assert.equal(refused.headers.get('content-type'), 'application/json', path);
    }
    const library = { authorization: `Bot ${token}`, 'user-agent': 'DiscordBot (https://example.com, 1.0)' };
    const bot = await fetch(me, { headers: library });
    assert.equal(bot.status, 200);
    assert.equal(bot.headers.get('x-ratelimit-remaining'), '49');
  });

  test('names the gateway, under v9 and v10', async () => {
    const open = await fetch(`${harness.simulator.url}/api/v10/gateway`);
    assert.deepEqual(await open.json(), { url: harness.simulator.gatewayUrl });
    const bot = await fetch(`${harness.simulator.url}/api/v10/gateway/bot`, {
      headers: { authorization: `Bot ${harness.simulator.account.token}` },
    });
    assert.equal(object((await bot.json()) as JsonValue)['shards'], 1);
  });

  test('shows the channel, server and direct messages of the account, and no others', async () => {
    assert.equal(object((await harness.rest('GET', channel)).body)['guild_id'], harness.simulator.account.guildId);
    assert.equal(
      object((await harness.rest('GET', `/guilds/${harness.simulator.account.guildId}`)).body)['id'],
      harness.simulator.account.guildId,
    );
    const other = harness.simulator.control.addAccount();
    assert.deepEqual((await harness.rest('GET', `/channels/${other.channelId}`)).body, { message: 'Missing Access', code: 50001 });
    assert.deepEqual((await harness.rest('GET', '/channels/1')).body, { message: 'Unknown Channel', code: 10003 });
    assert.deepEqual((await harness.rest('GET', '/guilds/1')).body, { message: 'Unknown Guild', code: 10004 });
    const opened = object((await harness.rest('POST', '/users/@me/channels', { recipients: ['936929561302675456'] })).body);
    assert.equal(opened['type'], 1);
    assert.deepEqual((await harness.rest('POST', '/users/@me/channels', { recipients: ['936929561302675456'] })).body, opened);
    assert.deepEqual((await harness.rest('GET', '/users/@me/channels')).body, [opened]);
  });

  test('lists the commands in four places, imagine first, with their options, and finds one by name', async () => {
    const { guildId } = harness.simulator.account;
    for (const path of [`/guilds/${guildId}`, channel, '/users/@me', '/applications/936929561302675456']) {
      const commands = list(object((await harness.rest('GET', `${path}/application-command-index`)).body)['application_commands']);
      assert.equal(commands[0]?.['name'], 'imagine');
      assert.deepEqual(
        list(commands[0]?.['options']).map(({ name, type, required }) => [name, type, required]),
        [['prompt', 3, true]],
      );
      assert.equal(commands.length, 11);
    }
    const found = object(
      (await harness.rest('GET', `${channel}/application-commands/search?type=1&query=blend&limit=1&include_applications=true`)).body,
    );
    assert.deepEqual(
      list(found['application_commands']).map(({ name }) => name),
      ['blend'],
    );
  });

  test('stores messages and pages through them, newest first', async () => {
    const ids: string[] = [];
    for (const text of ['one', 'two', 'three', 'four']) ids.push(textAt(await post(text), 'id'));
    const page = async (query: string): Promise<unknown[]> =>
      list((await harness.rest('GET', `${channel}/messages?${query}`)).body).map(({ content }) => content);
    assert.deepEqual(await page('limit=2'), ['four', 'three']);
    assert.deepEqual(await page(`limit=2&before=${ids[2]}`), ['two', 'one']);
    assert.deepEqual(await page(`limit=2&after=${ids[0]}`), ['three', 'two']);
    assert.deepEqual(await page(`limit=1&around=${ids[1]}`), ['two']);
    assert.deepEqual(await page(`limit=3&around=${ids[1]}`), ['three', 'two', 'one']);
    assert.equal((await harness.rest('GET', `${channel}/messages?limit=101`)).status, 400);
    assert.equal((await harness.rest('GET', `${channel}/messages?after=soon`)).status, 400);
  });

  test('announces a posted message with its nonce, and posts an enforced nonce once', async () => {
    const first = await post('once', { nonce: 'n-1', enforce_nonce: true });
    const again = await post('twice', { nonce: 'n-1', enforce_nonce: true });
    assert.equal(again['id'], first['id']);
    const event = await harness.socket.event('MESSAGE_CREATE', ({ nonce }) => nonce === 'n-1');
    assert.equal(event['content'], 'once');
    assert.notEqual((await post('free', { nonce: 'n-1' }))['id'], first['id']);
    assert.equal((await harness.rest('POST', `${channel}/messages`, { content: '' })).status, 400);
  });

  test('accepts an upload, repeats its id unchanged, and attaches it once', async () => {
    const { answer, name } = await upload(7);
    assert.strictEqual(answer['id'], 7);
    assert.match(name, /^[0-9a-f-]{36}\/a_b\.png$/);
    const attachments = [{ id: '0', filename: 'a b.png', uploaded_filename: name }];
    const [file] = attachmentsOf(await post('', { attachments }));
    assert.deepEqual([file?.['width'], file?.['height'], file?.['filename']], [6, 4, 'a_b.png']);
    const download = await fetch(textAt(file, 'url'));
    assert.equal(download.headers.get('content-type'), 'image/png');
    assert.deepEqual(Buffer.from(await download.arrayBuffer()), await picture());
    assert.equal((await harness.rest('POST', `${channel}/messages`, { content: '', attachments })).status, 400);
  });

  test('refuses uploads that were not reserved, forgets deleted ones, and accepts files in a form', async () => {
    assert.equal((await fetch(`${harness.simulator.url}/uploads/x/y.png`, { method: 'PUT', body: 'x' })).status, 404);
    const { name } = await upload();
    assert.equal((await harness.rest('DELETE', `/attachments/${name}`)).status, 204);
    assert.equal((await harness.rest('DELETE', `/attachments/${name}`)).status, 404);
    const form = new FormData();
    form.set('payload_json', JSON.stringify({ content: 'form' }));
    form.set('files[0]', new Blob([new Uint8Array(await picture())], { type: 'image/png' }), 'form.png');
    const response = await fetch(`${harness.simulator.restUrl}${channel}/messages`, {
      method: 'POST',
      headers: { authorization: harness.simulator.account.token },
      body: form,
    });
    assert.equal(attachmentsOf(object((await response.json()) as JsonValue))[0]?.['filename'], 'form.png');
  });

  test('signs links for a day, refuses changed links, and renews a signature on request', async () => {
    const { name } = await upload();
    const message = await post('', { attachments: [{ id: '0', filename: 'a.png', uploaded_filename: name }] });
    const url = textAt(attachmentsOf(message)[0], 'url');
    const query = new URL(url).searchParams;
    assert.ok(url.endsWith('&'));
    assert.equal(Number.parseInt(query.get('ex') ?? '', 16) - Number.parseInt(query.get('is') ?? '', 16), 86_400);
    assert.match(query.get('hm') ?? '', /^[0-9a-f]{64}$/);
    const status = async (link: string, method = 'GET'): Promise<number> => (await fetch(link, { method })).status;
    assert.equal(await status(url, 'HEAD'), 200);
    assert.equal(await status(textAt(attachmentsOf(message)[0], 'proxy_url')), 200);
    const unsigned = await fetch(url.split('?')[0] ?? '');
    assert.deepEqual([unsigned.status, await unsigned.text()], [404, 'This content is no longer available.']);
    assert.equal(await status(url.replace(/ex=./, 'ex=7')), 404, 'a changed time is refused');
    const refreshed = list(
      object((await harness.rest('POST', '/attachments/refresh-urls', { attachment_urls: [url, 'https://example.org/x.png'] })).body)[
        'refreshed_urls'
      ],
    );
    assert.equal(await status(textAt(refreshed[0], 'refreshed')), 200);
    assert.equal(refreshed[1]?.['refreshed'], 'https://example.org/x.png');
    assert.equal((await harness.rest('POST', '/attachments/refresh-urls', { attachment_urls: [] })).status, 400);
    harness.simulator.control.setSwitches({ urlLifetimeMs: 0 });
    const expired = list((await harness.rest('GET', `${channel}/messages?limit=1`)).body)[0] ?? {};
    assert.equal(await status(textAt(attachmentsOf(expired)[0], 'url')), 404);
    harness.simulator.control.setSwitches({ signedUrls: false });
    assert.equal(await status(url.split('?')[0] ?? ''), 200);
  });

  test('accepts read marks and announces reactions', async () => {
    const id = textAt(await post('hello'), 'id');
    assert.deepEqual((await harness.rest('POST', `${channel}/messages/${id}/ack`, { token: null })).body, { token: null });
    assert.equal((await harness.rest('PUT', `${channel}/messages/${id}/reactions/${encodeURIComponent('👍')}/@me`)).status, 204);
    await harness.socket.event('MESSAGE_REACTION_ADD', ({ message_id: messageId }) => messageId === id);
    assert.deepEqual((await harness.rest('PUT', `${channel}/messages/1/reactions/x/@me`)).body, {
      message: 'Unknown Message',
      code: 10008,
    });
  });

  test('answers requests with the added faults, as many times as each fault says', async () => {
    const { control } = harness.simulator;
    control.addFault({ kind: 'rate-limit', path: '/users/@me', retryAfterMs: 1_337, scope: 'shared' });
    const limited = await harness.rest('GET', '/users/@me');
    assert.deepEqual(
      [limited.status, limited.body],
      [429, { message: 'The resource is being rate limited.', retry_after: 1.337, global: false }],
    );
    assert.deepEqual([limited.headers.get('retry-after'), limited.headers.get('x-ratelimit-scope')], ['2', 'shared']);
    assert.equal((await harness.rest('GET', '/users/@me')).status, 200);
    control.addFault({ kind: 'status', status: 502, path: '', times: 2 });
    assert.deepEqual(
      [
        (await harness.rest('GET', channel)).status,
        (await harness.rest('GET', channel)).status,
        (await harness.rest('GET', channel)).status,
      ],
      [502, 502, 200],
    );
    control.addFault({ kind: 'captcha', path: '/users/@me' });
    assert.ok('captcha_key' in object((await harness.rest('GET', '/users/@me')).body));
    control.addFault({ kind: 'drop', path: '/users/@me' });
    await assert.rejects(harness.rest('GET', '/users/@me'));
    assert.deepEqual(
      control.requests().map(({ status }) => status),
      [429, 200, 502, 502, 200, 400, 0],
    );
  });

  test('answers 404 for an unknown route and 400 for a body that is not JSON', async () => {
    assert.deepEqual((await harness.rest('GET', '/nowhere')).body, { message: '404: Not Found', code: 0 });
    const response = await fetch(`${harness.simulator.restUrl}/interactions`, {
      method: 'POST',
      headers: { authorization: harness.simulator.account.token, 'content-type': 'application/json' },
      body: '{',
    });
    assert.equal(response.status, 400);
  });
});
