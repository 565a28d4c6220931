import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { isJsonObject, type JsonObject } from '@atelier/lib/json';
import { attachmentsOf, buttonsOf, createTestSimulator, embedOf, openTestSocket, textAt, type TestSimulator } from '../testing/client.ts';
import { COMMANDS, MIDJOURNEY, NIJI } from './commands.ts';

const UUID = /[0-9a-f]{8}-[0-9a-f-]{27}/;

describe('a bot of Midjourney', () => {
  let harness: TestSimulator;
  before(async () => {
    harness = await createTestSimulator();
  });
  after(() => harness.close());
  beforeEach(() => {
    harness.simulator.control.reset();
    harness.simulator.control.setSwitches({ eventDelayMs: 0 });
  });

  const answerTo = async ({ nonce }: { nonce: string }): Promise<JsonObject> =>
    harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === nonce);
  const show = async (jobId: string): Promise<JsonObject> =>
    answerTo(await harness.command('show', [{ type: 3, name: 'job_id', value: jobId }]));
  /** The id of a job by its Cancel button; resolves when its start message is gone. */
  const lose = async (prompt: string): Promise<string> => {
    const start = await answerTo(await harness.imagine(prompt));
    const progress = await harness.socket.event(
      'MESSAGE_UPDATE',
      ({ id, components }) => id === start['id'] && UUID.test(JSON.stringify(components)),
    );
    await harness.socket.event('MESSAGE_DELETE', ({ id }) => id === start['id']);
    return UUID.exec(JSON.stringify(progress['components']))?.[0] ?? '';
  };

  for (const words of ['sim:result-lost', 'sim:gone-40 sim:result-lost', 'sim:gone-93 sim:gone-words sim:result-lost']) {
    test(`/show has the lost result of "${words}", with its buttons`, async () => {
      const jobId = await lose(`a fox ${words}`);
      let shown = await show(jobId);
      // The picture is still being painted when its start message is gone.
      for (let asked = 0; shown['flags'] === 64 && asked < 50; asked++) shown = await show(jobId);
      assert.deepEqual([shown['flags'], attachmentsOf(shown).length, buttonsOf(shown).length], [0, 1, 9]);
      assert.ok(textAt(attachmentsOf(shown)[0], 'filename').includes(jobId));
      const { nonce } = await harness.press(shown, 'V1');
      assert.match(textAt(await answerTo({ nonce }), 'content'), /Making variations/);
    });
  }

  test('/show has a result whose message was deleted', async () => {
    await harness.imagine('a heron');
    const result = await harness.finished((message) => textAt(message, 'content').includes('a heron'));
    harness.simulator.control.emptyChannel(harness.simulator.account.userId);
    const jobId = UUID.exec(textAt(attachmentsOf(result)[0], 'filename'))?.[0] ?? '';
    assert.equal((await show(jobId))['content'], result['content']);
  });

  test('/show refuses in private an unknown job, and a job that moderation removed', async () => {
    const removed = await lose('a fox sim:gone-93');
    for (const jobId of [removed, '00000000-0000-4000-8000-000000000000', 'no-id']) {
      const refusal = await show(jobId);
      assert.deepEqual([embedOf(refusal)['title'], refusal['flags']], ['Invalid request', 64]);
    }
  });

  test('/show refuses the job of another user of the channel', async (t) => {
    const { simulator } = harness;
    await harness.imagine('a wren');
    const result = await harness.finished((message) => textAt(message, 'content').includes('a wren'));
    const value = UUID.exec(textAt(attachmentsOf(result)[0], 'filename'))?.[0] ?? '';
    const { guildId, channelId } = simulator.account;
    const { token } = simulator.control.addAccount({ guildId, channelId });
    const socket = await openTestSocket(simulator);
    t.after(() => socket.close());
    socket.send(2, { token, capabilities: 8189, properties: {} });
    await socket.event('READY');
    const command = COMMANDS.find(({ name }) => name === 'show');
    const { status } = await fetch(`${simulator.restUrl}/interactions`, {
      method: 'POST',
      headers: { authorization: token, 'content-type': 'application/json' },
      body: JSON.stringify({
        type: 2,
        nonce: 'of-another',
        application_id: MIDJOURNEY.id,
        guild_id: guildId,
        channel_id: channelId,
        session_id: 'any',
        data: { id: command?.id, version: command?.version, name: 'show', type: 1, options: [{ type: 3, name: 'job_id', value }] },
      }),
    });
    assert.equal(status, 204);
    const refusal = await socket.event('MESSAGE_CREATE', ({ nonce }) => nonce === 'of-another');
    assert.deepEqual([embedOf(refusal)['title'], refusal['flags']], ['Invalid request', 64]);
  });

  test('writes components v2: text, gallery, rows, and the last line beside a button', async () => {
    harness.simulator.control.setSwitches({ messageForm: 'containers' });
    const start = await answerTo(await harness.imagine('a lynx'));
    assert.deepEqual(
      [start['flags'], start['content'], JSON.stringify(start['components']).includes('(Waiting to start)')],
      [32_768, '', true],
    );
    const result = await harness.socket.event('MESSAGE_CREATE', (message) => /"type":12/.test(JSON.stringify(message['components'])));
    const [container] = Array.isArray(result['components']) ? result['components'].filter(isJsonObject) : [];
    const parts = Array.isArray(container?.['components']) ? container['components'].filter(isJsonObject) : [];
    assert.deepEqual(
      parts.map(({ type }) => type),
      [10, 12, 9, 1, 1],
    );
    assert.match(JSON.stringify(parts[2]), /-# Create, explore.*"accessory":\{"type":2.*reroll/);
    assert.deepEqual([result['content'], result['attachments'], result['embeds']], ['', [], []]);
    const refusal = await answerTo(await harness.imagine('a lynx sim:moderated'));
    assert.deepEqual([refusal['flags'], refusal['embeds']], [32_832, []]);
    assert.match(JSON.stringify(refusal['components']), /### Action needed to continue.*Appeal/);
  });

  test('Niji has commands of its own beside Midjourney, and answers as its own author', async () => {
    const { account, control } = harness.simulator;
    const indexOf = async (path: string): Promise<JsonObject[]> => {
      const { body } = await harness.rest('GET', `${path}/application-command-index`);
      return isJsonObject(body) && Array.isArray(body['application_commands']) ? body['application_commands'].filter(isJsonObject) : [];
    };
    const authorsOf = async (path: string): Promise<unknown[]> => [
      ...new Set((await indexOf(path)).map((command) => command['application_id'])),
    ];
    assert.deepEqual(await authorsOf(`/guilds/${account.guildId}`), [MIDJOURNEY.id]);
    control.setSwitches({ nijiBot: true });
    assert.deepEqual(await authorsOf(`/guilds/${account.guildId}`), [MIDJOURNEY.id, NIJI.id]);
    const [command] = (await indexOf(`/applications/${NIJI.id}`)).filter(({ name }) => name === 'imagine');
    const ask = (applicationId: string) =>
      harness.rest('POST', '/interactions', {
        type: 2,
        nonce: `niji-${applicationId}`,
        application_id: applicationId,
        guild_id: account.guildId,
        channel_id: account.channelId,
        session_id: textAt(harness.ready, 'session_id'),
        data: {
          id: command?.['id'] ?? '',
          version: command?.['version'] ?? '',
          name: 'imagine',
          type: 1,
          options: [{ type: 3, name: 'prompt', value: 'a moth' }],
        },
      });
    assert.equal((await ask(MIDJOURNEY.id)).status, 404, 'the command belongs to Niji');
    assert.equal((await ask(NIJI.id)).status, 204);
    const result = await harness.finished((message) => textAt(message, 'content').includes('a moth'));
    assert.match(textAt(result, 'content'), /--niji 6\*\*/);
    assert.deepEqual([isJsonObject(result['author']) && result['author']['id'], result['application_id']], [NIJI.id, NIJI.id]);
  });
});
