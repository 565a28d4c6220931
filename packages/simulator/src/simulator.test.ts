import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createFakeClock } from '@atelier/lib/clock';
import { isJsonObject, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { silentLog } from '@atelier/lib/log';
import { SIMULATOR_ACCOUNT, startSimulator } from './simulator.ts';
import { attachmentsOf, createTestSimulator, openTestSocket, textAt, type TestSimulator } from './testing/client.ts';
import { createTestPainter } from './testing/painter.ts';

const object = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});

describe('a switch of the simulator', () => {
  let harness: TestSimulator;
  beforeEach(async () => {
    harness = await createTestSimulator();
  });
  afterEach(() => harness.close());

  const set = (patch: Parameters<typeof harness.simulator.control.setSwitches>[0]): void => harness.simulator.control.setSwitches(patch);
  const isFinal = ({ t, d }: JsonObject): boolean => t === 'MESSAGE_CREATE' && attachmentsOf(object(d)).length === 1;
  const eventNamesOf = (nonce: string): string[] =>
    harness.socket.dispatches().flatMap((payload) => {
      const d = object(payload['d']);
      if (d['nonce'] === nonce && payload['t'] === 'MESSAGE_CREATE') return ['start'];
      if (isFinal(payload)) return ['final'];
      return payload['t'] === 'MESSAGE_DELETE' ? ['delete'] : [];
    });

  test('finalNonce and footer off: a finished message without nonce and second line', async () => {
    set({ finalNonce: false, footer: false });
    await harness.imagine('a fox');
    const final = await harness.finished();
    assert.deepEqual(['nonce' in final, final['content']], [false, `**a fox --v 7.0** - <@${SIMULATOR_ACCOUNT.userId}> (fast)`]);
  });

  for (const [startDeletion, names] of [
    ['before', ['start', 'delete', 'final']],
    ['after', ['start', 'final', 'delete']],
    ['late', ['start', 'final', 'delete']],
  ] as const) {
    test(`startDeletion ${startDeletion}`, async () => {
      set({ startDeletion });
      const { nonce } = await harness.imagine('a fox');
      await harness.finished();
      await harness.socket.event('MESSAGE_DELETE');
      assert.deepEqual(eventNamesOf(nonce), names);
    });
  }

  test('startDeletion never', async () => {
    set({ startDeletion: 'never' });
    await harness.imagine('a fox');
    await harness.finished();
    await harness.imagine('a fox');
    await harness.finished();
    assert.ok(!harness.socket.names().includes('MESSAGE_DELETE'));
  });

  test('startEmpty: the text comes with the first update', async () => {
    set({ startEmpty: true });
    const { nonce } = await harness.imagine('a fox');
    const start = await harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === nonce);
    const filled = await harness.socket.event('MESSAGE_UPDATE', (message) => message['id'] === start['id']);
    assert.deepEqual([start['content'], textAt(filled, 'content').endsWith('(Waiting to start)')], ['', true]);
    await harness.finished();
  });

  test('eventOrder before-204: the start message comes before the answer', async () => {
    set({ eventOrder: 'before-204', eventDelayMs: 100 });
    let answered = false;
    const asking = harness.imagine('a fox').then(() => {
      answered = true;
    });
    await harness.socket.event('INTERACTION_SUCCESS');
    assert.equal(answered, false);
    await asking;
    await harness.finished();
  });

  test('rewritePrompts and previews off', async () => {
    set({ rewritePrompts: false, previews: false });
    await harness.imagine('a  fox');
    const final = await harness.finished();
    assert.ok(textAt(final, 'content').startsWith('**a  fox** - '));
    assert.ok(harness.socket.dispatches().every(({ t, d }) => t !== 'MESSAGE_UPDATE' || attachmentsOf(object(d)).length === 0));
  });

  test('previewName: progress pictures with or without the id of the job', async () => {
    const namesOf = async (prompt: string): Promise<string[]> => {
      const before = harness.socket.dispatches().length;
      await harness.imagine(prompt);
      await harness.finished();
      const updates = harness.socket.dispatches().slice(before);
      return updates.flatMap(({ t, d }) =>
        t === 'MESSAGE_UPDATE' ? attachmentsOf(object(d)).map((file) => textAt(file, 'filename')) : [],
      );
    };
    const usual = await namesOf('a fox');
    assert.ok(usual.length > 0 && usual.every((name) => /^[0-9a-f-]{36}_grid_0\.webp$/.test(name)), usual.join());
    set({ previewName: 'grid_0.webp' });
    assert.deepEqual(new Set(await namesOf('a fox')), new Set(['grid_0.webp']));
  });

  test('reverseEqualPrompts: the last of equal prompts is done first', async () => {
    set({ reverseEqualPrompts: true, eventDelayMs: 0 });
    const first = await harness.imagine('a fox sim:x');
    const starts = [await harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === first.nonce)];
    const second = await harness.imagine('a fox sim:x');
    starts.push(await harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === second.nonce));
    const deleted = [await harness.socket.event('MESSAGE_DELETE'), await harness.socket.event('MESSAGE_DELETE')].map(({ id }) => id);
    assert.deepEqual(deleted, starts.map(({ id }) => id).toReversed());
  });

  test('with an unknown name or value is refused, and reset restores the defaults', () => {
    assert.throws(() => set(Object.fromEntries([['startDeletion', 'sometimes']])), /startDeletion cannot be "sometimes"/);
    assert.throws(() => set(Object.fromEntries([['nothing', true]])), /no switch nothing/);
    set({ footer: false });
    harness.simulator.control.reset();
    assert.equal(harness.simulator.control.switches().footer, true);
  });
});

describe('the simulator', () => {
  test('shows the pictures of two users to both, and ephemeral answers to one of them', async (t) => {
    const harness = await createTestSimulator();
    t.after(() => harness.close());
    const { guildId, channelId } = SIMULATOR_ACCOUNT;
    const { token } = harness.simulator.control.addAccount({ guildId, channelId });
    const neighbour = await openTestSocket(harness.simulator);
    neighbour.send(2, { token, properties: {} });
    await neighbour.event('READY');
    await harness.command('info');
    await harness.imagine('a fox');
    await neighbour.event('MESSAGE_CREATE', (message) => attachmentsOf(message).length === 1);
    assert.ok(!neighbour.names().some((name) => name.startsWith('INTERACTION')));
    assert.ok(neighbour.dispatches().every(({ d }) => object(d)['flags'] !== 64));
    neighbour.drop();
  });

  test('takes all time from the clock: three seconds a picture at pace 1, ten for sim:slow', async (t) => {
    for (const [prompt, wantedMs] of [
      ['a fox', 3_000],
      ['a fox sim:slow', 10_000],
    ] as const) {
      const clock = createFakeClock();
      const simulator = await startSimulator({
        host: '127.0.0.1',
        port: 0,
        pace: 1,
        clock,
        log: silentLog,
        painter: createTestPainter(),
        tilePixels: 8,
        seed: 1,
      });
      t.after(() => simulator.close());
      const { token, guildId, channelId } = simulator.account;
      simulator.control.setSwitches({ eventDelayMs: 0, previews: false });
      const socket = await openTestSocket(simulator);
      socket.send(2, { token, properties: {} });
      await socket.event('READY');
      await fetch(`${simulator.restUrl}/interactions`, {
        method: 'POST',
        headers: { authorization: token, 'content-type': 'application/json' },
        body: JSON.stringify({
          type: 2,
          application_id: '936929561302675456',
          guild_id: guildId,
          channel_id: channelId,
          session_id: 's',
          nonce: 'n',
          data: {
            id: '938956540159881230',
            version: '1237876415471554623',
            name: 'imagine',
            type: 1,
            options: [{ type: 3, name: 'prompt', value: prompt }],
          },
        }),
      });
      const startedAtMs = clock.now();
      // The event delay runs on the manual clock too: the clock must advance before the first event.
      for (let turn = 0; turn < 1_000 && !socket.names().includes('MESSAGE_CREATE'); turn += 1) await clock.advance(0);
      const isFinished = (): boolean =>
        socket.dispatches().some(({ d }) => attachmentsOf(object(d)).some(({ content_type: type }) => type === 'image/png'));
      await clock.advance(wantedMs * 0.95);
      simulator.control.dispatch(simulator.account.userId, 'MARK', {});
      await socket.event('MARK');
      assert.equal(isFinished(), false, `${prompt} was done after ${clock.now() - startedAtMs} ms`);
      await clock.advance(wantedMs * 0.1);
      await socket.event('MESSAGE_CREATE', (message) => attachmentsOf(message).length === 1);
    }
  });

  test('repeats itself from the same seed', async (t) => {
    const run = async (seed: number): Promise<unknown[]> => {
      const harness = await createTestSimulator({ seed });
      t.after(() => harness.close());
      await harness.imagine('a fox');
      const final = await harness.finished();
      return [attachmentsOf(final)[0]?.['filename'], attachmentsOf(final)[0]?.['size'], harness.ready['session_id']];
    };
    const [one, again, other] = [await run(3), await run(3), await run(4)];
    assert.deepEqual(one, again);
    assert.notDeepEqual(one, other);
  });
});
