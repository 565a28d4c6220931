import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gridMessage, progressMessage, startMessage, uuidOf } from './testing/bot-messages.ts';
import { createTestEngine, GRACE_MS } from './testing/test-engine.ts';
import { createFakeSession, dataOf } from './testing/fake-session.ts';

const IMAGINE = { verb: 'imagine', prompt: 'a red fox' } as const;
const ECHO = 'a red fox --v 7.0';
const typesOf = (updates: readonly { type: string }[]): string[] => updates.map(({ type }) => type);

describe('sessions', () => {
  test('accounts with one token share a session; it closes with the last account', async () => {
    let opened = 0;
    const harness = createTestEngine();
    const { session } = harness;
    const shared = createTestEngine({
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

  test('a running job continues after its account got a new token', async () => {
    const sessions = [createFakeSession(), createFakeSession()];
    let opened = 0;
    const harness = createTestEngine({ createSession: () => sessions[opened++] ?? assert.fail('a third session') });
    const [first, second] = sessions;
    const job = await harness.start(IMAGINE);
    const start = harness.id();
    first?.dispatch('MESSAGE_CREATE', startMessage({ id: start, prompt: ECHO, nonce: job.nonce }));
    await harness.runDue();
    await harness.engine.forget('account');
    await harness.runDue();
    assert.equal(first?.closed, true);
    assert.ok(!job.done);
    second?.dispatch('MESSAGE_UPDATE', progressMessage({ id: start, prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
    second?.dispatch('MESSAGE_CREATE', gridMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(1) }));
    await harness.runDue();
    job.last('completed');
    assert.deepEqual([first?.posted.length, second?.posted.length], [1, 0]);
    assert.deepEqual(typesOf(job.updates), ['started', 'progress', 'completed']);
  });

  test('the new session of a job stays open while its old session is still closing', async () => {
    let opened = 0;
    const slow = { ...createFakeSession(), close: () => new Promise<void>((resolve) => setImmediate(resolve)) };
    const harness = createTestEngine({
      createSession: () => [slow, createFakeSession()][opened++] ?? assert.fail('a third session'),
    });
    const job = await harness.start(IMAGINE);
    await harness.engine.forget('account');
    await harness.runDue();
    assert.deepEqual([opened, job.done], [2, false]);
  });

  test('cancel presses the Cancel button and never throws', async () => {
    const harness = createTestEngine();
    const job = await harness.start(IMAGINE);
    const start = harness.id();
    await harness.send('MESSAGE_CREATE', progressMessage({ id: start, prompt: ECHO, percent: 5, uuid: uuidOf(1), nonce: job.nonce }));
    await harness.engine.cancel({ ...job.job, operation: job.operation });
    const [, press] = harness.session.posted;
    assert.deepEqual([press?.['message_id'], dataOf(press)['custom_id']], [start, `MJ::CancelJob::ByJobid::${uuidOf(1)}`]);
    await harness.send('MESSAGE_UPDATE', startMessage({ id: start, prompt: ECHO, tag: 'Stopped' }));
    assert.equal(job.last('failed').failure.code, 'cancelled');
    harness.session.onInteract = () => Promise.reject(new Error('down'));
    await harness.engine.cancel({ ...job.job, operation: job.operation });
    await harness.engine.cancel(harness.toJob(IMAGINE));
  });

  test('close ends runs without a final update and leaves no timer', async () => {
    const harness = createTestEngine();
    const job = await harness.start(IMAGINE);
    await harness.engine.close();
    await harness.clock.advance(GRACE_MS);
    assert.ok(job.done);
    assert.deepEqual(job.updates, []);
    assert.equal(harness.session.closed, true);
    assert.equal(harness.clock.pending(), 0);
  });
});
