import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isJsonObject, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { createTestSimulator, type TestSimulator } from '../testing/client.ts';

describe('POST /interactions', () => {
  let harness: TestSimulator;
  before(async () => {
    harness = await createTestSimulator();
  });
  after(() => harness.close());

  const place = (): JsonObject => {
    const { guildId, channelId } = harness.simulator.account;
    return { application_id: '936929561302675456', guild_id: guildId, channel_id: channelId, session_id: 'any', nonce: 'n' };
  };
  const imagine = {
    id: '938956540159881230',
    version: '1237876415471554623',
    name: 'imagine',
    type: 1,
    options: [{ type: 3, name: 'prompt', value: 'a fox' }],
    attachments: [],
  };
  const post = (more: JsonObject): ReturnType<TestSimulator['rest']> =>
    harness.rest('POST', '/interactions', { type: 2, ...place(), data: imagine, ...more });
  const codeOf = (body: JsonValue): unknown => (isJsonObject(body) ? body['code'] : body);

  test('accepts the same command as JSON and as a form', async () => {
    assert.equal((await post({ nonce: 'json' })).status, 204);
    const form = new FormData();
    form.set('payload_json', JSON.stringify({ type: 2, ...place(), nonce: 'form', data: imagine }));
    const response = await fetch(`${harness.simulator.restUrl}/interactions`, {
      method: 'POST',
      headers: { authorization: harness.simulator.account.token },
      body: form,
    });
    assert.equal(response.status, 204);
    for (const wanted of ['json', 'form']) await harness.socket.event('MESSAGE_CREATE', ({ nonce }) => nonce === wanted);
    assert.deepEqual(
      harness.simulator.control
        .requests()
        .filter(({ path }) => path.endsWith('/interactions'))
        .map(({ nonce }) => nonce),
      ['json', 'form'],
    );
  });

  const wrong: [string, JsonObject, number, number][] = [
    ['another application', { application_id: '1' }, 404, 10005],
    ['an unknown channel', { channel_id: '1' }, 404, 10003],
    ['an unknown command', { data: { ...imagine, id: '1' } }, 404, 10063],
    ['an unknown type', { type: 9 }, 400, 50035],
    ['no session', { session_id: null }, 400, 50035],
    ['a nonce that is too long', { nonce: 'x'.repeat(26) }, 400, 50035],
    ['a missing option', { data: { ...imagine, options: [] } }, 400, 50035],
    ['an unknown option', { data: { ...imagine, options: [{ type: 3, name: 'words', value: 'x' }] } }, 400, 50035],
    [
      'a file that was not uploaded',
      {
        data: {
          id: '1092492867185950852',
          version: '1237876415471554625',
          name: 'describe',
          type: 1,
          options: [{ type: 11, name: 'image', value: 0 }],
          attachments: [{ id: '0', filename: 'a', uploaded_filename: 'x/y' }],
        },
      },
      400,
      50035,
    ],
    ['a button of an unknown message', { type: 3, message_id: '1', data: { component_type: 2, custom_id: 'x' } }, 404, 10008],
    ['a form nobody opened', { type: 5, data: { id: '1', custom_id: 'x', components: [] } }, 404, 10062],
  ];
  for (const [what, more, status, code] of wrong) {
    test(`refuses ${what}`, async () => {
      const answer = await post(more);
      assert.deepEqual([answer.status, codeOf(answer.body)], [status, code]);
    });
  }

  test('refuses a button that the message does not have, and buttons in channels of other users', async () => {
    const message = await harness.rest('POST', `/channels/${harness.simulator.account.channelId}/messages`, { content: 'plain' });
    const answer = await post({
      type: 3,
      message_id: isJsonObject(message.body) ? (message.body['id'] ?? '') : '',
      data: { component_type: 2, custom_id: 'MJ::JOB::upsample::1::x' },
    });
    assert.deepEqual([answer.status, codeOf(answer.body)], [400, 50035]);
    const other = harness.simulator.control.addAccount();
    assert.equal((await post({ channel_id: other.channelId, guild_id: other.guildId })).status, 403);
  });

  test('announces new command versions, and refuses an old version in the recorded words', async () => {
    harness.simulator.control.bumpCommands();
    await harness.socket.event(
      'GUILD_APPLICATION_COMMAND_INDEX_UPDATE',
      ({ guild_id: guildId }) => guildId === harness.simulator.account.guildId,
    );
    const { status, body } = await post({});
    assert.equal(status, 400);
    assert.deepEqual(body, {
      message: 'Invalid Form Body',
      code: 50035,
      errors: {
        data: {
          _errors: [
            {
              code: 'INTERACTION_APPLICATION_COMMAND_INVALID_VERSION',
              message: 'This command is outdated, please try again in a few minutes',
            },
          ],
        },
      },
    });
    assert.equal((await harness.imagine('a fox')).status, 204, 'the version in the index is the new one');
  });
});
