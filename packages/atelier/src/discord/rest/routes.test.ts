import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { createFakeClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { DiscordRestError, type DiscordSession } from '../discord.ts';
import { createDiscordSession } from '../session.ts';
import { hello, startScriptedGateway } from '../testing/scripted-gateway.ts';
import { sendJson, startScriptedRest, type Answer, type ScriptedRest } from '../testing/scripted-rest.ts';

const CHANNEL = '222222222222222222';
const message = { id: '5', channel_id: CHANNEL, content: 'hi', author: { id: '7', username: 'bot' } };

async function setUp(t: TestContext, answer: Answer): Promise<{ rest: ScriptedRest; session: DiscordSession }> {
  const rest = await startScriptedRest(answer);
  const session = createDiscordSession({
    token: 'token',
    endpoints: { restUrl: rest.url, gatewayUrl: null },
    clock: createFakeClock(),
    log: silentLog,
    limits: { maxRetries: 0 },
  });
  t.after(async () => {
    await session.close();
    await rest.close();
  });
  return { rest, session };
}

/** Answers every request with one document. */
const always =
  (document: unknown): Answer =>
  (_request, response) =>
    sendJson(response, 200, document);

describe('rest: routes', () => {
  const command = (id: string, name: string) => ({ id, application_id: '936929561302675456', version: '1', name, type: 1 });

  test('the command index of a server or a channel is joined with the index of the user; malformed entries are left out', async (t) => {
    const [imagine, describe, niji] = [command('1', 'imagine'), command('2', 'describe'), command('3', 'niji')];
    const { rest, session } = await setUp(t, ({ path }, response) => {
      const commands = path.includes('/users/@me/') ? [describe, niji] : [imagine, describe, { name: 'half' }, null];
      sendJson(response, 200, { applications: [], application_commands: commands, version: '9' });
    });
    assert.deepEqual(await session.commandIndex({ guildId: '1' }), { commands: [imagine, describe, niji] });
    await session.commandIndex({ channelId: '2' });
    assert.deepEqual(rest.seen.map(({ path }) => path).toSorted(), [
      '/api/v9/channels/2/application-command-index',
      '/api/v9/guilds/1/application-command-index',
      '/api/v9/users/@me/application-command-index',
      '/api/v9/users/@me/application-command-index',
    ]);
  });

  test('a user without a command index has no commands there; an index that cannot be read fails the call', async (t) => {
    let status = 404;
    const { session } = await setUp(t, ({ path }, response) => {
      if (path.includes('/users/@me/')) sendJson(response, status, { message: 'no', code: 0 });
      else sendJson(response, 200, { application_commands: [command('1', 'imagine')] });
    });
    assert.equal((await session.commandIndex({ guildId: '1' })).commands.length, 1);
    status = 503;
    await assert.rejects(session.commandIndex({ guildId: '1' }), { status: 503 });
  });

  test('messages, within the given bounds', async (t) => {
    const { rest, session } = await setUp(t, always([message, { id: 'no author' }]));
    assert.deepEqual(await session.listMessages(CHANNEL, { limit: 50, after: '4' }), [message]);
    assert.equal(rest.seen[0]?.path, `/api/v9/channels/${CHANNEL}/messages?limit=50&after=4`);
  });

  test('parameters cannot leave their place in the path', async (t) => {
    const { rest, session } = await setUp(t, always([]));
    await session.listMessages('../users/@me?x=', { limit: 1 });
    assert.equal(rest.seen[0]?.path, '/api/v9/channels/..%2Fusers%2F%40me%3Fx%3D/messages?limit=1');
  });

  test('sends a message with uploaded attachments', async (t) => {
    const { rest, session } = await setUp(t, always(message));
    const attachments = [{ filename: 'a.png', uploadFilename: 'u/a.png' }];
    assert.deepEqual(await session.sendMessage(CHANNEL, { content: 'hi', nonce: '9', attachments }), message);
    assert.deepEqual(JSON.parse(String(rest.seen[0]?.body)), {
      content: 'hi',
      nonce: '9',
      channel_id: CHANNEL,
      type: 0,
      sticker_ids: [],
      attachments: [{ id: '0', filename: 'a.png', uploaded_filename: 'u/a.png' }],
    });
  });

  test('adds a reaction', async (t) => {
    const { rest, session } = await setUp(t, (_request, response) => response.writeHead(204).end());
    await session.addReaction(CHANNEL, '5', '✉️');
    assert.equal(rest.seen[0]?.method, 'PUT');
    assert.equal(rest.seen[0]?.path, `/api/v9/channels/${CHANNEL}/messages/5/reactions/%E2%9C%89%EF%B8%8F/@me`);
  });

  test('fresh links in the given order; a link without a fresh one stays', async (t) => {
    const refreshed_urls = [
      { original: 'https://cdn/b', refreshed: 'https://cdn/b?ex=2' },
      { original: 'https://cdn/a', refreshed: 'https://cdn/a?ex=1' },
      { original: 'https://cdn/c', refreshed: null },
    ];
    const { rest, session } = await setUp(t, always({ refreshed_urls }));
    const fresh = await session.refreshUrls(['https://cdn/a', 'https://cdn/b', 'https://cdn/c']);
    assert.deepEqual(fresh, ['https://cdn/a?ex=1', 'https://cdn/b?ex=2', 'https://cdn/c']);
    assert.deepEqual(await session.refreshUrls([]), []);
    assert.equal(rest.seen.length, 1);
    await assert.rejects(session.refreshUrls(Array.from({ length: 51 }, () => 'https://cdn/a')), RangeError);
  });

  test('asks Discord for the gateway address when none is configured', async (t) => {
    const gateway = await startScriptedGateway();
    t.after(() => gateway.close());
    const { rest, session } = await setUp(t, always({ url: gateway.url }));
    session.ready().catch(() => undefined);
    const peer = await gateway.connections.next();
    await peer.send(hello);
    assert.equal((await peer.received.next())['op'], 2);
    assert.equal(rest.seen[0]?.path, '/api/v9/gateway');
  });
});

describe('rest: uploads', () => {
  const file = { filename: 'a.png', bytes: Buffer.from([1, 2, 3]), contentType: 'image/png' };

  test('reserves a place, then puts the bytes there without the token', async (t) => {
    const { rest, session } = await setUp(t, (request, response) => {
      if (request.method === 'PUT') response.end();
      else
        sendJson(response, 200, { attachments: [{ id: '0', upload_url: `${rest.origin}/store?sig=secret`, upload_filename: 'u/a.png' }] });
    });
    assert.deepEqual(await session.uploadAttachment(CHANNEL, file), { uploadFilename: 'u/a.png' });
    const [reserve, put] = rest.seen;
    assert.equal(reserve?.path, `/api/v9/channels/${CHANNEL}/attachments`);
    assert.deepEqual(JSON.parse(String(reserve?.body)), { files: [{ filename: 'a.png', file_size: 3, id: '0' }] });
    assert.equal(put?.path, '/store?sig=secret');
    assert.equal(put?.headers['authorization'], undefined);
    assert.equal(put?.headers['content-type'], 'image/png');
    assert.equal(put?.headers['content-length'], '3');
    assert.deepEqual(put?.body, file.bytes);
  });

  test('a refusal by the storage service is an error without the signature, and does not end the session', async (t) => {
    const { rest, session } = await setUp(t, (request, response) => {
      if (request.method === 'PUT') response.writeHead(401).end('signature expired');
      else sendJson(response, 200, { attachments: [{ id: 0, upload_url: `${rest.origin}/store?sig=secret`, upload_filename: 'u/a.png' }] });
    });
    await assert.rejects(session.uploadAttachment(CHANNEL, file), (error) => {
      assert.ok(error instanceof DiscordRestError);
      assert.deepEqual([error.status, error.path], [401, '/store']);
      return true;
    });
    await assert.rejects(session.uploadAttachment(CHANNEL, file), { status: 401, path: '/store' });
  });

  for (const [what, place] of Object.entries({
    'a file URL': { id: '0', upload_url: 'file:///etc/passwd', upload_filename: 'x' },
    'another file': { id: '1', upload_url: 'http://127.0.0.1:1/', upload_filename: 'x' },
    'no name': { id: '0', upload_url: 'http://127.0.0.1:1/' },
  })) {
    test(`a place with ${what} is not used`, async (t) => {
      const { rest, session } = await setUp(t, always({ attachments: [place] }));
      await assert.rejects(session.uploadAttachment(CHANNEL, file), { name: 'DiscordRestError', status: 200 });
      assert.equal(rest.seen.length, 1);
    });
  }
});
