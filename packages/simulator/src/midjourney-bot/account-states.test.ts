import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { isJsonObject, type JsonObject } from '@atelier/lib/json';
import { buttonsOf, createTestSimulator, embedOf, labelOf, textAt, type TestSimulator } from '../testing/client.ts';
import { NOTICE_PLACES, type NoticePlace } from './notices.ts';

describe('the state of an account', () => {
  let harness: TestSimulator;
  let userId: string;
  before(async () => {
    harness = await createTestSimulator();
    ({ userId } = harness.simulator.account);
  });
  after(() => harness.close());
  beforeEach(() => {
    harness.simulator.control.reset();
    harness.simulator.control.setSwitches({ eventDelayMs: 0 });
  });

  const answerTo = async ({ nonce }: { nonce: string }): Promise<JsonObject> =>
    harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === nonce);
  const titleOf = async (asked: Promise<{ nonce: string }>): Promise<unknown> => embedOf(await answerTo(await asked))['title'];

  const STATES = [
    ['temporary-block', 'Blocked'],
    ['credits', 'Credits exhausted'],
    ['queue-full', 'Queue full'],
    ['slow-down', 'Slow Down!'],
  ] as const;
  for (const [accountState, title] of STATES) {
    test(`the switch accountState ${accountState} answers ${title}, at once and in private, until it is turned`, async () => {
      harness.simulator.control.setSwitches({ accountState });
      const answer = await answerTo(await harness.imagine('a fox'));
      assert.deepEqual([embedOf(answer)['title'], answer['flags']], [title, 64]);
      harness.simulator.control.setSwitches({ accountState: 'usual' });
      assert.match(textAt(await answerTo(await harness.imagine('a fox')), 'content'), /Waiting to start/);
    });
  }

  for (const accountState of ['credits', 'fast-hours-content'] as const) {
    test(`with accountState ${accountState} relax mode goes on`, async () => {
      harness.simulator.control.setSwitches({ accountState });
      assert.doesNotMatch(textAt(await answerTo(await harness.imagine('a fox')), 'content'), /Waiting to start/);
      await answerTo(await harness.command('relax'));
      assert.match(textAt(await answerTo(await harness.imagine('a fox')), 'content'), /Waiting to start/);
    });
  }

  test('accountState fast-hours-content answers in private plain text alone', async () => {
    harness.simulator.control.setSwitches({ accountState: 'fast-hours-content' });
    const answer = await answerTo(await harness.imagine('a fox'));
    assert.deepEqual(
      [answer['content'], answer['embeds'], answer['flags']],
      ['You have run out of fast hours. Buy more or switch to relax.', [], 64],
    );
  });

  test('accountState human-check shows a page of no interaction, and answers nothing', async () => {
    harness.simulator.control.setSwitches({ accountState: 'human-check' });
    await harness.imagine('a fox');
    const page = await harness.socket.event('INTERACTION_IFRAME_MODAL_CREATE', ({ title }) => title === 'Action required to continue');
    assert.ok(!('nonce' in page));
    assert.deepEqual(harness.simulator.control.jobs(), []);
  });

  test('sim:temporary-block names its end, holds for every command, and ends by itself', async () => {
    harness.simulator.control.setSwitches({ blockMs: 60_000 });
    const description = textAt(embedOf(await answerTo(await harness.imagine('a fox sim:temporary-block'))), 'description');
    const end = Number(/temporarily blocked.*<t:(\d+):R>/.exec(description)?.[1]) * 1_000;
    assert.ok(Math.abs(end - Date.now() - 60_000) < 5_000, description);
    assert.equal(await titleOf(harness.command('info')), 'Blocked');
    harness.simulator.control.reset();
    harness.simulator.control.setSwitches({ eventDelayMs: 0, blockMs: 0 });
    assert.equal(await titleOf(harness.imagine('a fox sim:temporary-block')), 'Blocked');
    assert.equal(await titleOf(harness.imagine('a fox')), undefined);
    assert.equal(harness.simulator.control.accounts()[0]?.blockedUntilMs, null);
  });

  test('a mute account hears nothing of the bot, only that it did not respond', async () => {
    for (const silence of [
      () => harness.simulator.control.setSwitches({ accountState: 'mute' }),
      () => harness.simulator.control.setAccount(userId, { standing: 'mute' }),
    ]) {
      silence();
      const from = harness.socket.names().length;
      const { nonce } = await harness.imagine('a fox');
      await harness.socket.event('INTERACTION_FAILURE', (event) => event['nonce'] === nonce);
      assert.deepEqual(harness.socket.names().slice(from), ['INTERACTION_CREATE', 'INTERACTION_FAILURE']);
      harness.simulator.control.reset();
      harness.simulator.control.setSwitches({ eventDelayMs: 0 });
    }
  });

  const SHAPES: Readonly<Record<NoticePlace, (event: JsonObject) => boolean>> = {
    channel: ({ channel_id: channel, content }) => channel === harness.simulator.account.channelId && content === '',
    mention: ({ content }) => content === `<@${userId}>`,
    private: ({ flags }) => flags === 64,
    direct: ({ channel_id: channel }) => channel !== harness.simulator.account.channelId,
    page: ({ custom_id: id }) => typeof id === 'string' && id.startsWith('MJ::iframe::'),
  };
  for (const place of NOTICE_PLACES) {
    test(`a notice of no job (${place}) has no nonce, no interaction and no reply`, async () => {
      const heard = place === 'page' ? 'INTERACTION_IFRAME_MODAL_CREATE' : 'MESSAGE_CREATE';
      const isNotice = (event: JsonObject): boolean =>
        (embedOf(event)['title'] === 'Pending mod message' || event['title'] === 'Pending mod message') && SHAPES[place](event);
      for (const way of ['control', 'word']) {
        if (way === 'control') harness.simulator.control.notify(userId, { name: 'pending-mod', place });
        else await harness.imagine(`a fox sim:notice-${place}`);
        const notice = await harness.socket.event(heard, isNotice);
        assert.deepEqual(
          ['nonce', 'interaction_metadata', 'message_reference'].filter((field) => field in notice),
          [],
        );
        assert.equal(await titleOf(harness.imagine('a fox')), 'Pending mod message');
        harness.simulator.control.acknowledge(userId);
      }
    });
  }

  test('the control empties a channel in one event while jobs go on', async () => {
    const start = await answerTo(await harness.imagine('a fox sim:slow'));
    const messages = harness.simulator.control.emptyChannel(userId);
    const { ids } = await harness.socket.event('MESSAGE_DELETE_BULK');
    assert.deepEqual([Array.isArray(ids) && ids.length, Array.isArray(ids) && ids.includes(textAt(start, 'id'))], [messages, true]);
    assert.equal(harness.simulator.control.jobs().length, 1);
  });
});

describe('a question before a batch', () => {
  let harness: TestSimulator;
  before(async () => {
    harness = await createTestSimulator();
  });
  after(() => harness.close());

  const ask = async (prompt: string): Promise<JsonObject> => {
    const { nonce } = await harness.imagine(prompt);
    return harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === nonce);
  };

  test('is private and has Yes and Cancel; Yes makes the jobs, once, with the words of the prompt', async () => {
    const question = await ask('a {red, blue} fox sim:result-bare');
    const { title, description, color } = embedOf(question);
    assert.deepEqual([title, description, color], ['Please confirm', 'This prompt makes 2 jobs. Go on?', 0]);
    assert.deepEqual([question['flags'], buttonsOf(question).map(labelOf)], [64, ['Yes', 'Cancel']]);
    assert.deepEqual(harness.simulator.control.jobs(), []);
    const { nonce } = await harness.press(question, 'Yes');
    const start = await harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === nonce);
    assert.match(textAt(start, 'content'), /^\*\*a red fox/);
    const results = [await harness.finished(), await harness.finished()];
    assert.deepEqual(results.map((result) => textAt(result, 'content').slice(2, 12)).toSorted(), ['a blue fox', 'a red fox ']);
    assert.deepEqual(
      results.map((result) => 'message_reference' in result),
      [false, false],
    );
    const again = await harness.press(question, 'Yes');
    assert.equal(again.status, 400, 'the buttons are gone');
  });

  test('is answered with Cancel, and nothing is made', async () => {
    const question = await ask('a fox --repeat 3');
    const { nonce } = await harness.press(question, 'Cancel');
    await harness.socket.event('INTERACTION_SUCCESS', (event) => event['nonce'] === nonce);
    assert.deepEqual(harness.simulator.control.jobs(), []);
  });

  test('comes for any prompt with sim:asks-back; too many jobs and relax mode are refused', async () => {
    const question = await ask('a fox sim:asks-back');
    assert.equal(embedOf(question)['description'], 'This prompt makes 1 job. Go on?');
    await harness.press(question, 'Yes');
    const result = await harness.finished();
    assert.ok(isJsonObject(result));
    assert.equal(embedOf(await ask('{a, b} {c, d} {e, f} {g, h} {i, j} {k, l}'))['title'], 'Invalid parameter');
    harness.simulator.control.setAccount(harness.simulator.account.userId, { mode: 'relax' });
    assert.equal(embedOf(await ask('a {red, blue} fox'))['title'], 'Job action restricted');
  });
});
