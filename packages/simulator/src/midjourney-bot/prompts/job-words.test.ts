import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { isJsonObject, type JsonObject } from '@atelier/lib/json';
import { attachmentsOf, buttonsOf, createTestSimulator, textAt, type TestSimulator } from '../../testing/client.ts';
import { JOB_WORDS } from './job-words.ts';

/** A dispatch in a few words: `create 19 reply picture 9`, with type, flags, links and the number of buttons. */
function summarise(dispatch: JsonObject): string {
  const name = textAt(dispatch, 't');
  const data = isJsonObject(dispatch['d']) ? dispatch['d'] : {};
  const hasPicture = attachmentsOf(data).some(({ content_type: type }) => type === 'image/png');
  const shown = [hasPicture ? 'picture' : '', hasPicture && buttonsOf(data).length > 0 ? String(buttonsOf(data).length) : ''];
  if (name === 'MESSAGE_UPDATE') return ['update', ...shown].filter(Boolean).join(' ');
  if (name !== 'MESSAGE_CREATE') return name.replace(/^(?:MESSAGE|INTERACTION)_/, '').toLowerCase();
  return [
    'create',
    JSON.stringify(data['type']),
    data['flags'] === 0 ? '' : `flags ${JSON.stringify(data['flags'])}`,
    data['nonce'] === undefined ? '' : 'nonce',
    data['interaction_metadata'] === undefined ? '' : 'interaction',
    data['message_reference'] === undefined ? '' : 'reply',
    ...shown,
  ]
    .filter(Boolean)
    .join(' ');
}

const START = ['create', 'create 20 nonce interaction', 'success', 'update'];
const LATE_START = ['create', 'failure', 'create 0', 'update'];

/** Words, and every event of the job; equal events one after another count once. */
const TIMELINES: readonly [words: string, events: readonly string[]][] = [
  ['gone-40', [...START, 'delete']],
  ['gone-93', [...START, 'delete']],
  ['gone-93 gone-words', [...START, 'create 19 flags 64 reply', 'delete']],
  ['gone-40 result-12s', [...START, 'delete', 'create 0 picture 9']],
  ['gone-40 result-12s result-reply', [...START, 'delete', 'create 19 reply picture 9']],
  ['gone-93 gone-words result-120s', [...START, 'create 19 flags 64 reply', 'delete', 'create 0 picture 9']],
  ['bulk-deletion result-60s', [...START, 'delete_bulk', 'create 0 picture 9']],
  ['result-bare', [...START, 'create 0 picture 9', 'delete']],
  ['result-interaction', [...START, 'create 0 interaction picture 9', 'delete']],
  ['result-edit', [...START, 'update picture 9']],
  ['result-reply', [...START, 'delete', 'create 19 reply picture 9']],
  ['result-no-buttons', [...START, 'create 0 picture', 'delete']],
  [
    'thinking',
    [
      'create',
      'create 20 flags 192 nonce interaction',
      'success',
      'create 20 interaction',
      'delete',
      'update',
      'create 0 picture 9',
      'delete',
    ],
  ],
  ['late-answer', [...LATE_START, 'create 0 picture 9', 'delete']],
  ['timed-out', [...START, 'create 19 reply']],
  ['content-removed', [...START, 'create 19 flags 64 reply']],
  ['fast-hours-content', ['create', 'create 20 flags 64 nonce interaction', 'success']],
  ['credits/thinking', ['create', 'create 20 flags 192 nonce interaction', 'success', 'update']],
  ['human-check', ['create', 'iframe_modal_create']],
];

describe('a word for one job', () => {
  let harness: TestSimulator;
  before(async () => {
    harness = await createTestSimulator();
  });
  after(() => harness.close());
  beforeEach(() => {
    harness.simulator.control.reset();
    harness.simulator.control.setSwitches({ eventDelayMs: 0, finalNonce: false });
  });

  const heard = (from: number): string[] =>
    harness.socket
      .dispatches()
      .slice(from)
      .map(summarise)
      .filter((event, index, all) => event !== all[index - 1]);

  for (const [words, events] of TIMELINES) {
    test(`${words}: ${events.join(', ')}`, async () => {
      const from = harness.socket.dispatches().length;
      await harness.imagine(`a fox ${words.replaceAll(/\S+/g, (word) => `sim:${word}`)}`);
      await harness.socket.next(() => heard(from).length >= events.length && heard(from).at(-1) === events.at(-1));
      assert.deepEqual(heard(from), events);
    });
  }

  const resultOf = (words: string): Promise<JsonObject> => harness.finished((message) => textAt(message, 'content').includes(words));
  const startOf = async ({ nonce }: { nonce: string }): Promise<JsonObject> =>
    harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === nonce);

  test('each sets switches, and holds for its own job alone', async () => {
    for (const positions of Object.values(JOB_WORDS)) harness.simulator.control.setSwitches(positions);
    harness.simulator.control.reset();
    await startOf(await harness.imagine('a hare sim:result-no-buttons'));
    await harness.imagine('a badger');
    await resultOf('a badger');
  });

  test('several are queued for a button', async () => {
    const { control, account } = harness.simulator;
    await harness.imagine('an owl');
    const grid = await resultOf('an owl');
    control.queueScenario(account.userId, 'gone-40 result-12s result-reply');
    const start = await startOf(await harness.press(grid, 'V1'));
    await harness.finished(({ message_reference: to }) => isJsonObject(to) && to['message_id'] === start['id']);
    assert.throws(() => control.queueScenario(account.userId, 'gone-40 no-such-word'), RangeError);
  });

  test('does the same as its switch, which holds for every job', async () => {
    harness.simulator.control.setSwitches({ startVanishes: '93', startForm: 'late' });
    const from = harness.socket.dispatches().length;
    await harness.imagine('a stoat');
    await harness.socket.next(() => heard(from).at(-1) === 'delete');
    assert.deepEqual(heard(from), [...LATE_START, 'delete']);
  });
});
