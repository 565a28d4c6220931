import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { isJsonObject, type JsonObject } from '@atelier/lib/json';
import { embedOf, createTestSimulator, textAt, type TestSimulator } from '../../testing/client.ts';
import { REFUSALS } from '../jobs/refusals.ts';
import { effectsOf, isScenarioWord, scenarioWords } from './scenario.ts';

describe('a scenario word with a place', () => {
  let harness: TestSimulator;
  before(async () => {
    harness = await createTestSimulator();
  });
  after(() => harness.close());
  beforeEach(() => {
    harness.simulator.control.reset();
    harness.simulator.control.setSwitches({ eventDelayMs: 0 });
  });

  const { title, text } = REFUSALS.banned;
  const startOf = async (prompt: string): Promise<JsonObject> => {
    const { nonce } = await harness.imagine(prompt);
    return harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === nonce);
  };
  const replyTo = (start: JsonObject): Promise<JsonObject> =>
    harness.socket.event('MESSAGE_CREATE', ({ message_reference: to }) => isJsonObject(to) && to['message_id'] === start['id']);

  test('shows an early refusal late, as a reply, a reply of plain text, or an edit', async () => {
    const start = await startOf('a fox sim:banned/reply');
    assert.match(textAt(start, 'content'), /\(Waiting to start\)$/);
    assert.deepEqual([embedOf(await replyTo(start))['title'], 'nonce' in (await harness.socket.event('MESSAGE_UPDATE'))], [title, false]);
    assert.equal((await replyTo(await startOf('a fox sim:banned/reply-content')))['content'], `${title}\n${text}`);
    const edited = await startOf('a fox sim:banned/edit');
    const update = await harness.socket.event(
      'MESSAGE_UPDATE',
      (message) => message['id'] === edited['id'] && embedOf(message)['title'] !== undefined,
    );
    assert.deepEqual([embedOf(update)['title'], update['components']], [title, []]);
  });

  test('shows a late refusal at once, as an embed or as plain text', async () => {
    assert.equal(embedOf(await startOf('a fox sim:fail/first'))['title'], REFUSALS.fail.title);
    assert.equal((await startOf('a fox sim:fail/first-content'))['content'], `${REFUSALS.fail.title}\n${REFUSALS.fail.text}`);
    assert.deepEqual(harness.simulator.control.jobs(), []);
  });

  test('can be queued for a button', async () => {
    await harness.imagine('a fox');
    const grid = await harness.finished();
    harness.simulator.control.queueScenario(harness.simulator.account.userId, 'banned/edit');
    const { nonce } = await harness.press(grid, 'V1');
    const start = await harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === nonce);
    await harness.socket.event('MESSAGE_UPDATE', (message) => message['id'] === start['id'] && embedOf(message)['title'] === title);
  });

  test('names a time one minute ahead', async () => {
    const reply = await replyTo(await startOf('a fox sim:slow-down'));
    const at = Number(/<t:(\d+):R>/.exec(textAt(embedOf(reply), 'description'))?.[1]) * 1_000 - Date.now();
    assert.ok(at > 50_000 && at < 62_000, String(at));
  });
});

describe('scenario words', () => {
  test('are read with their places; unknown words are ignored', () => {
    assert.deepEqual(scenarioWords('a sim:banned/reply fox sim:slow'), ['banned/reply', 'slow']);
    assert.deepEqual(effectsOf(['banned', 'slow', 'queued', 'queued/edit']), [
      { refusal: { name: 'banned', place: 'first' } },
      { job: 'queued' },
      { refusal: { name: 'queued', place: 'late-edit' } },
      { job: 'slow' },
    ]);
    assert.deepEqual(effectsOf(['banned/reply/edit', 'toString']), []);
    assert.deepEqual(['queued', 'slow', '429', 'queued/reply', 'toString', 'banned/x'].map(isScenarioWord), [
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
