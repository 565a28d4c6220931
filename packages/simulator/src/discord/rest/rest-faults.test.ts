import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import sharp from 'sharp';
import { isJsonObject, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { attachmentsOf, embedOf, createTestSimulator, textAt, type TestSimulator } from '../../testing/client.ts';

const object = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});

describe('a fault of REST', () => {
  let harness: TestSimulator;
  let channel: string;
  before(async () => {
    harness = await createTestSimulator();
    channel = `/channels/${harness.simulator.account.channelId}`;
  });
  after(() => harness.close());
  beforeEach(() => {
    harness.simulator.control.reset();
    harness.simulator.control.setSwitches({ eventDelayMs: 0 });
  });

  const addFault = (fault: Parameters<typeof harness.simulator.control.addFault>[0]): void => harness.simulator.control.addFault(fault);
  const statusOf = async (path: string, token = harness.simulator.account.token): Promise<number> =>
    (await fetch(`${harness.simulator.restUrl}${path}`, { headers: { authorization: token } })).status;
  const breaks = (asked: Promise<unknown>): Promise<void> => assert.rejects(asked, (error: Error) => error.message === 'fetch failed');
  const imagineWith = (nonce: string): Promise<unknown> =>
    harness.rest('POST', '/interactions', {
      type: 2,
      application_id: '936929561302675456',
      channel_id: harness.simulator.account.channelId,
      session_id: 's',
      nonce,
      data: {
        id: '938956540159881230',
        version: '1237876415471554623',
        name: 'imagine',
        options: [{ type: 3, name: 'prompt', value: 'a fox' }],
      },
    });
  const lastStatus = (): number | undefined => harness.simulator.control.requests().at(-1)?.status;

  test('meets the requests of one account alone', async () => {
    const { token, userId } = harness.simulator.control.addAccount();
    addFault({ kind: 'serverError', path: '', userId });
    assert.equal(await statusOf('/users/@me'), 200);
    assert.equal(await statusOf('/users/@me', token), 500);
    assert.equal(await statusOf('/users/@me', token), 200);
    assert.deepEqual(
      harness.simulator.control.requests().map((request) => request.userId === userId),
      [false, true, true],
    );
  });

  test('meets the requests of one route alone; * stands for one segment', async () => {
    addFault({ kind: 'badGateway', route: '/channels/*', times: 9 });
    assert.equal(await statusOf(`${channel}/messages`), 200);
    assert.equal(await statusOf('/users/@me/channels'), 200);
    assert.equal(await statusOf(channel), 502);
  });

  test('drop-answer: Discord acted, and its events come though the connection was reset', async () => {
    addFault({ kind: 'drop-answer' });
    await breaks(imagineWith('lost-after'));
    await harness.socket.event('MESSAGE_CREATE', ({ nonce }) => nonce === 'lost-after');
    await harness.finished();
    assert.equal(lastStatus(), 0);
  });

  test('drop: the connection was cut before Discord acted', async () => {
    addFault({ kind: 'drop' });
    await breaks(imagineWith('lost-before'));
    await imagineWith('asked-again');
    await harness.finished();
    assert.ok(harness.socket.dispatches().every(({ d }) => object(d)['nonce'] !== 'lost-before'));
  });

  test('hang: no answer, and Discord does not act', async () => {
    addFault({ kind: 'hang', route: channel });
    await assert.rejects(
      fetch(`${harness.simulator.restUrl}${channel}`, {
        signal: AbortSignal.timeout(50),
        headers: { authorization: harness.simulator.account.token },
      }),
      { name: 'TimeoutError' },
    );
    assert.equal(await statusOf(channel), 200);
  });

  test('meets uploads and files of the CDN by their route alone', async () => {
    addFault({ kind: 'serverError', path: '/attachments' });
    addFault({ kind: 'serverError', route: '/attachments/*/*/*' });
    addFault({ kind: 'drop', route: '/uploads/*/*', method: 'PUT' });
    await harness.imagine('a fox');
    const url = textAt(attachmentsOf(await harness.finished())[0], 'url');
    assert.deepEqual([(await fetch(url)).status, (await fetch(url)).status], [500, 200]);
    await breaks(fetch(`${harness.simulator.url}/uploads/a/b.png`, { method: 'PUT', body: 'x' }));
    assert.equal((await harness.rest('POST', `${channel}/attachments`, {})).status, 500, 'the first fault still waited for REST');
  });

  test('consumes no upload and no form, so that the repeated request is accepted', async () => {
    const bytes = await sharp({ create: { width: 6, height: 4, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const upload = async (): Promise<JsonObject> => {
      const { body } = await harness.rest('POST', `${channel}/attachments`, { files: [{ filename: 'a.png', file_size: 9, id: '0' }] });
      const [given] = [object(body)['attachments']].flat().filter(isJsonObject);
      await fetch(textAt(given, 'upload_url'), { method: 'PUT', headers: { 'content-type': 'image/png' }, body: new Uint8Array(bytes) });
      return { id: '0', filename: 'a.png', uploaded_filename: textAt(given, 'upload_filename') };
    };
    const { userId } = harness.simulator.account;
    const attachment = await upload();
    const describeIt = (): ReturnType<TestSimulator['command']> =>
      harness.command('describe', [{ type: 11, name: 'image', value: '0' }], [attachment]);
    for (const word of ['429', '429-once', '500', 'rest-captcha']) {
      harness.simulator.control.queueScenario(userId, word);
      assert.notEqual((await describeIt()).status, 204);
    }
    const { status, nonce } = await describeIt();
    assert.equal(status, 204);
    const answer = await harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === nonce);
    const filled = await harness.socket.event('MESSAGE_UPDATE', (message) => message['id'] === answer['id']);
    assert.match(textAt(embedOf(filled), 'description'), /^1️⃣ /);
    assert.equal((await describeIt()).status, 400, 'an upload is used once');

    harness.simulator.control.setAccount(userId, { remix: true });
    await harness.imagine('a fox');
    const { nonce: opened } = await harness.press(await harness.finished(), 'V1');
    const modal = await harness.socket.event('INTERACTION_MODAL_CREATE', (event) => event['nonce'] === opened);
    assert.equal((await harness.submit(modal, 'a fox sim:429-once')).status, 429);
    assert.equal((await harness.submit(modal, 'a fox sim:429-once')).status, 204);
    await harness.finished();
  });
});
