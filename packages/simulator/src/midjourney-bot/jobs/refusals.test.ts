import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { isJsonObject, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { attachmentsOf, buttonsOf, embedOf, labelOf, createTestSimulator, textAt, type TestSimulator } from '../../testing/client.ts';
import { REFUSALS, type BotRefusal } from './refusals.ts';

const object = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});

describe('a refusal', () => {
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

  const started = (nonce: string): Promise<JsonObject> => harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === nonce);
  const succeeded = (nonce: string): Promise<JsonObject> =>
    harness.socket.event('INTERACTION_SUCCESS', (event) => event['nonce'] === nonce);
  const ask = async (word: string): Promise<JsonObject> => started((await harness.imagine(`a fox sim:${word}`)).nonce);
  const named = (place: BotRefusal['place']): [string, BotRefusal][] =>
    Object.entries<BotRefusal>(REFUSALS).filter(
      ([name, refusal]) => refusal.place === place && !['queued', 'temporary-block'].includes(name),
    );

  for (const [name, refusal] of named('first')) {
    test(`sim:${name} is answered at once with an embed that only the user sees`, async () => {
      const answer = await ask(name);
      const embed = embedOf(answer);
      assert.deepEqual(
        [embed['title'], embed['description'], embed['color'], object(embed['footer'])['text']],
        [refusal.title, refusal.text, refusal.color, `/imagine a fox sim:${name}`],
      );
      assert.deepEqual([answer['flags'], answer['content'], answer['type']], [64, '', 20]);
      assert.deepEqual(buttonsOf(answer).map(labelOf), refusal.button ? [refusal.button.label] : []);
      await succeeded(textAt(answer, 'nonce'));
      assert.deepEqual(harness.simulator.control.jobs(), []);
    });
  }

  for (const [name, refusal] of named('first-content')) {
    test(`sim:${name} is answered at once with plain text`, async () => {
      const answer = await ask(name);
      assert.deepEqual([answer['content'], answer['embeds']], [refusal.text, []]);
    });
  }

  for (const [name, refusal] of [...named('late-reply'), ...named('late-reply-content')]) {
    test(`sim:${name} comes half way as a reply to the start message, without a nonce`, async () => {
      const start = await ask(name);
      assert.match(textAt(start, 'content'), /\(Waiting to start\)$/);
      await harness.socket.event(
        'MESSAGE_UPDATE',
        (message) => message['id'] === start['id'] && textAt(message, 'content').includes('(31%)'),
      );
      const reply = await harness.socket.event(
        'MESSAGE_CREATE',
        (message) => object(message['message_reference'])['message_id'] === start['id'],
      );
      assert.deepEqual(['nonce' in reply, reply['flags'], reply['type']], [false, 0, 19]);
      if (refusal.place === 'late-reply')
        assert.deepEqual([embedOf(reply)['title'], embedOf(reply)['color']], [refusal.title, refusal.color]);
      else assert.equal(reply['content'], refusal.text);
    });
  }

  for (const [name, refusal] of named('late-edit')) {
    test(`sim:${name} comes half way as an edit of the start message`, async () => {
      const start = await ask(name);
      const edited = await harness.socket.event(
        'MESSAGE_UPDATE',
        (message) => message['id'] === start['id'] && embedOf(message)['title'] === refusal.title,
      );
      assert.ok(!('nonce' in edited));
    });
  }

  test('sim:captcha-page opens an embedded page', async () => {
    const { nonce } = await harness.imagine('a fox sim:captcha-page');
    const page = await harness.socket.event('INTERACTION_IFRAME_MODAL_CREATE', (event) => event['nonce'] === nonce);
    assert.deepEqual([page['title'], /^MJ::iframe::\w{32}$/.test(textAt(page, 'custom_id'))], ['Please complete the task', true]);
  });

  test('sim:pending-mod stays until it is acknowledged; pressing its button changes nothing and is counted', async () => {
    const notice = await ask('pending-mod');
    const info = await harness.command('info');
    assert.equal(embedOf(await started(info.nonce))['title'], 'Pending mod message');
    const pressed = await harness.press(notice, 'Acknowledge');
    await succeeded(pressed.nonce);
    assert.equal(harness.simulator.control.accounts()[0]?.noticePresses, 1);
    assert.equal(embedOf(await ask('anything'))['title'], 'Pending mod message');
    harness.simulator.control.acknowledge(userId);
    await harness.imagine('a fox');
    await harness.finished();
  });

  const standings = [
    ['none', 'Subscription required'],
    ['paused', 'Subscription paused'],
    ['cancelled', 'Plan Cancelled'],
    ['blocked', 'Blocked'],
  ] as const;
  for (const [standing, title] of standings) {
    test(`an account that is ${standing} gets no pictures`, async () => {
      harness.simulator.control.setAccount(userId, { standing });
      assert.equal(embedOf(await started((await harness.imagine('a fox')).nonce))['title'], title);
      const info = await harness.command('info');
      assert.equal(embedOf(await started(info.nonce))['title'], standing === 'blocked' ? 'Blocked' : undefined);
    });
  }

  test('an account without fast hours is refused until it relaxes', async () => {
    harness.simulator.control.setAccount(userId, { fastHoursLeft: 0 });
    assert.equal(embedOf(await started((await harness.imagine('a fox')).nonce))['title'], 'Credits exhausted');
    await harness.command('relax');
    await harness.imagine('a fox');
    await harness.finished();
  });

  test('an unknown parameter and a dead link of the simulator are refused without a scenario word', async () => {
    const parameter = embedOf(await started((await harness.imagine('a fox --size 3')).nonce));
    assert.deepEqual([parameter['title'], parameter['description']], ['Invalid parameter', 'Unrecognized parameter(s): `size`']);
    const link = await harness.imagine(`${harness.simulator.url}/attachments/1/2/gone.png a fox`);
    assert.equal(embedOf(await started(link.nonce))['title'], 'Invalid link');
  });

  test('sim:429, sim:429-once, sim:500, sim:rest-captcha and sim:abuse are answered by REST', async () => {
    const limited = await harness.imagine('a fox sim:429');
    assert.deepEqual([limited.status, limited.body], [429, { message: 'You are being rate limited.', retry_after: 2, global: false }]);
    assert.deepEqual(
      [(await harness.imagine('a fox sim:429-once')).status, (await harness.imagine('a fox sim:429-once')).status],
      [429, 204],
    );
    await harness.finished();
    assert.equal((await harness.imagine('a fox sim:500')).status, 500);
    assert.ok('captcha_key' in object((await harness.imagine('a fox sim:rest-captcha')).body));
    assert.deepEqual([(await harness.imagine('a fox sim:abuse')).status], [403]);
  });

  test('sim:hang sends nothing and sim:interaction-failure fails the interaction', async () => {
    const hung = await harness.imagine('a fox sim:hang');
    const failed = await harness.imagine('a fox sim:interaction-failure');
    const failure = await harness.socket.event('INTERACTION_FAILURE', (event) => event['nonce'] === failed.nonce);
    assert.equal(failure['reason_code'], 2);
    assert.ok(!JSON.stringify(harness.socket.dispatches()).includes(`"${hung.nonce}"`));
  });

  test('a queued scenario meets the next interaction of that user, also a button', async () => {
    await harness.imagine('a fox');
    const grid = await harness.finished();
    harness.simulator.control.queueScenario(userId, 'queue-full');
    const pressed = await harness.press(grid, 'U1');
    const answer = await started(pressed.nonce);
    assert.deepEqual([embedOf(answer)['title'], object(answer['message_reference'])['message_id']], ['Queue full', grid['id']]);
    await harness.press(grid, 'V1');
    await harness.finished();
  });
});

describe('the queue', () => {
  test('runs as many jobs as the plan has slots, queues as many as it may, and refuses the rest', async (t) => {
    const harness = await createTestSimulator();
    t.after(() => harness.close());
    const { control, account } = harness.simulator;
    control.setSwitches({ eventDelayMs: 0 });
    control.setAccount(account.userId, { slots: 1, queueLength: 1 });
    const first = await harness.imagine('one sim:stall');
    const start = await harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === first.nonce);
    const second = await harness.imagine('two');
    const queued = await harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === second.nonce);
    const third = await harness.imagine('three');
    const full = await harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === third.nonce);
    assert.deepEqual([embedOf(queued)['title'], embedOf(full)['title']], ['Job queued', 'Queue full']);
    assert.deepEqual(
      control.accounts().map(({ runningJobs, queuedJobs }) => [runningJobs, queuedJobs]),
      [[1, 1]],
    );
    const progress = await harness.socket.event(
      'MESSAGE_UPDATE',
      (message) => message['id'] === start['id'] && textAt(message, 'content').includes('(31%)'),
    );
    await harness.press(progress, 'Cancel Job');
    const later = await harness.socket.event('MESSAGE_CREATE', (message) =>
      /^\*\*two .*\(Waiting to start\)$/.test(textAt(message, 'content')),
    );
    assert.ok(!('nonce' in later), 'a queued job starts without a nonce');
    assert.equal(object(later['interaction'])['id'], object(queued['interaction'])['id']);
    await harness.finished((message) => attachmentsOf(message).length === 1 && textAt(message, 'content').startsWith('**two '));
  });

  test('sim:queued waits first, though slots are free', async (t) => {
    const harness = await createTestSimulator();
    t.after(() => harness.close());
    const { nonce } = await harness.imagine('a fox sim:queued');
    const queued = await harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === nonce);
    assert.equal(embedOf(queued)['title'], 'Job queued');
    await harness.finished();
  });
});
