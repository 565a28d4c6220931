import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gridMessage, progressMessage, startMessage, uuidOf } from './testing/bot-messages.ts';
import { createEngineHouse, GRACE_MS } from './testing/engine-house.ts';
import { createFakeSession, dataOf } from './testing/fake-session.ts';

const IMAGINE = { verb: 'imagine', prompt: 'a red fox' } as const;
const ECHO = 'a red fox --v 7.0';
const typesOf = (updates: readonly { type: string }[]): string[] => updates.map(({ type }) => type);

describe('sessions', () => {
  test('accounts with one token share a session; the last to go closes it', async () => {
    let opened = 0;
    const house = createEngineHouse();
    const { session } = house;
    const shared = createEngineHouse({
      createSession: () => {
        opened += 1;
        return session;
      },
    });
    await shared.engine.warm('one');
    await shared.engine.warm('two');
    assert.equal(opened, 1);
    await shared.engine.forget('one');
    assert.equal(session.closed, false);
    await shared.engine.forget('two');
    assert.equal(session.closed, true);
  });

  test('a job under way follows its account to a new token', async () => {
    const sessions = [createFakeSession(), createFakeSession()];
    let opened = 0;
    const house = createEngineHouse({ createSession: () => sessions[opened++] ?? assert.fail('a third session') });
    const [first, second] = sessions;
    const job = await house.start(IMAGINE);
    const start = house.id();
    first?.dispatch('MESSAGE_CREATE', startMessage({ id: start, prompt: ECHO, nonce: job.nonce }));
    await house.settle();
    await house.engine.forget('account');
    await house.settle();
    assert.equal(first?.closed, true);
    assert.ok(!job.done);
    second?.dispatch('MESSAGE_UPDATE', progressMessage({ id: start, prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
    second?.dispatch('MESSAGE_CREATE', gridMessage({ id: house.id(), prompt: ECHO, uuid: uuidOf(1) }));
    await house.settle();
    job.last('completed');
    assert.deepEqual([first?.posted.length, second?.posted.length], [1, 0]);
    assert.deepEqual(typesOf(job.updates), ['started', 'progress', 'completed']);
  });

  test('the session that a job takes while its old one is still closing is left alone', async () => {
    let opened = 0;
    const slow = { ...createFakeSession(), close: () => new Promise<void>((resolve) => setImmediate(resolve)) };
    const house = createEngineHouse({ createSession: () => [slow, createFakeSession()][opened++] ?? assert.fail('a third session') });
    const job = await house.start(IMAGINE);
    await house.engine.forget('account');
    await house.settle();
    assert.deepEqual([opened, job.done], [2, false]);
  });

  test('cancel presses the button that the message offered, and never throws', async () => {
    const house = createEngineHouse();
    const job = await house.start(IMAGINE);
    const start = house.id();
    await house.send('MESSAGE_CREATE', progressMessage({ id: start, prompt: ECHO, percent: 5, uuid: uuidOf(1), nonce: job.nonce }));
    await house.engine.cancel({ ...job.job, operation: job.operation });
    const [, press] = house.session.posted;
    assert.deepEqual([press?.['message_id'], dataOf(press)['custom_id']], [start, `MJ::CancelJob::ByJobid::${uuidOf(1)}`]);
    await house.send('MESSAGE_UPDATE', startMessage({ id: start, prompt: ECHO, tag: 'Stopped' }));
    assert.equal(job.last('failed').failure.code, 'cancelled');
    house.session.onInteract = () => Promise.reject(new Error('down'));
    await house.engine.cancel({ ...job.job, operation: job.operation });
    await house.engine.cancel(house.toJob(IMAGINE));
  });

  test('closing ends runs without a final update, and leaves no timer', async () => {
    const house = createEngineHouse();
    const job = await house.start(IMAGINE);
    await house.engine.close();
    await house.clock.advance(GRACE_MS);
    assert.ok(job.done);
    assert.deepEqual(job.updates, []);
    assert.equal(house.session.closed, true);
    assert.equal(house.clock.pending(), 0);
  });
});
