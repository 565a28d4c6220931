import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '@atelier/lib/json';
import {
  botMessage,
  gridMessage,
  progressMessage,
  singleMessage,
  snowflakeAt,
  startMessage,
  uuidOf,
  CHANNEL,
} from './testing/bot-messages.ts';
import { createTestEngine, FIRST_ANSWER_MS, GRACE_MS, nonceOf, START_MS, VANISHED_MS } from './testing/test-engine.ts';

const IMAGINE = { verb: 'imagine', prompt: 'a red fox' } as const;
const ECHO = 'a red fox --v 7.0';
const SOURCE = snowflakeAt(START_MS - 3_600_000);
const U2 = {
  verb: 'button',
  label: 'U2',
  customId: `MJ::JOB::upsample::2::${uuidOf(1)}`,
  messageId: SOURCE,
  messageFlags: 0,
  prompt: null,
  mask: null,
} as const;

/** The message as the history returns it: without nonce. */
function stored(message: JsonObject): JsonObject {
  const { nonce: _, ...rest } = message;
  return rest;
}

describe('after a restart', () => {
  test('a running job continues with its start message', async () => {
    const harness = createTestEngine();
    const job = harness.toJob(IMAGINE, { status: 'progress' });
    const start = harness.id();
    const operation = { ...JSON.parse(JSON.stringify(await harness.plan(job))), messageIds: [start] } as JsonObject;
    harness.session.history = [stored(progressMessage({ id: start, prompt: ECHO, percent: 62, uuid: uuidOf(1) }))];
    const resumed = await harness.resume(job, operation);
    assert.equal(resumed.last('progress').percent, 62);
    assert.equal(harness.session.posted.length, 0);
    await harness.send('MESSAGE_CREATE', gridMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(1) }));
    resumed.last('completed');
  });

  test('a job that finished meanwhile is completed from the history: by its uuid, or by its deleted start message', async () => {
    for (const jobUuids of [[uuidOf(1)], []]) {
      const harness = createTestEngine();
      const job = harness.toJob(IMAGINE, { status: 'started' });
      const operation = { ...JSON.parse(JSON.stringify(await harness.plan(job))), messageIds: [harness.id()], jobUuids } as JsonObject;
      harness.session.history = [stored(gridMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(1) }))];
      const resumed = await harness.resume(job, operation);
      await harness.clock.advance(GRACE_MS + 1);
      assert.equal(resumed.last('completed').media.length, 1);
      assert.equal(harness.session.posted.length, 0);
    }
  });

  test('a planned job that may have reached Midjourney: its message matches by prompt after the grace time', async () => {
    const harness = createTestEngine();
    const job = harness.toJob(IMAGINE);
    const planned = await harness.plan(job);
    const start = harness.id();
    harness.session.history = [
      stored(progressMessage({ id: start, prompt: ECHO, percent: 15, uuid: uuidOf(1), interaction: { id: '77', name: 'imagine' } })),
    ];
    const resumed = await harness.resume(job, planned);
    assert.deepEqual(resumed.updates, []);
    await harness.clock.advance(GRACE_MS + 1);
    assert.equal(resumed.last('progress').message?.id, start);
    assert.equal(harness.session.posted.length, 0);
    await harness.send('MESSAGE_CREATE', gridMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(1) }));
    resumed.last('completed');
  });

  test('nothing found: the request is repeated once, under a new nonce that is written first', async () => {
    const harness = createTestEngine();
    const job = harness.toJob(IMAGINE);
    const resumed = await harness.resume(job, await harness.plan(job));
    const first = resumed.nonce;
    assert.equal(harness.session.posted.length, 0);
    await harness.clock.advance(GRACE_MS + 1);
    assert.equal(resumed.operation.attempts, 2);
    assert.notEqual(resumed.nonce, first);
    assert.deepEqual(harness.session.posted.map(nonceOf), [resumed.nonce]);
    await resumed.stop();
    const last = await harness.resume(job, resumed.operation);
    await harness.clock.advance(GRACE_MS + 1);
    assert.equal(last.last('failed').failure.code, 'upstream-silent');
    assert.equal(harness.session.posted.length, 1);
  });

  test('a job whose interaction Discord has confirmed is searched for minutes and never ordered again', async () => {
    const harness = createTestEngine();
    const job = harness.toJob(IMAGINE);
    const operation = { ...JSON.parse(JSON.stringify(await harness.plan(job))), interactionIds: [harness.id()] } as JsonObject;
    const resumed = await harness.resume(job, operation);
    await harness.clock.advance(VANISHED_MS - 1);
    assert.ok(!resumed.done);
    await harness.clock.advance(2);
    assert.equal(resumed.last('failed').failure.code, 'upstream-silent');
    assert.equal(harness.session.posted.length, 0);
  });

  test('a job that Midjourney has queued is never requested again', async () => {
    const harness = createTestEngine();
    const job = harness.toJob(IMAGINE);
    const operation = { ...JSON.parse(JSON.stringify(await harness.plan(job))), queued: true, queuedAtMs: START_MS } as JsonObject;
    const resumed = await harness.resume(job, operation);
    await harness.clock.advance(10 * 60_000);
    assert.equal(harness.session.posted.length, 0);
    harness.session.history = [stored(startMessage({ id: harness.id(), prompt: ECHO }))];
    await harness.clock.advance(3 * 60_000);
    assert.equal(resumed.last('started').message.content.includes(ECHO), true);
    await resumed.stop();
  });

  test('the picture of a finished job with the same prompt does not match', async () => {
    const taken = snowflakeAt(START_MS + 1_000);
    const harness = createTestEngine({ recentResultIds: () => Promise.resolve([taken]) });
    harness.session.history = [stored(gridMessage({ id: taken, prompt: ECHO, uuid: uuidOf(1) }))];
    const job = harness.toJob(IMAGINE);
    const resumed = await harness.resume(job, await harness.plan(job));
    await harness.clock.advance(GRACE_MS + 1);
    assert.equal(harness.session.posted.length, 1);
    await resumed.stop();
  });

  test('three equal prompts, two of them found: each message matches one job, and the third is requested again', async () => {
    const harness = createTestEngine();
    const jobs = [harness.toJob(IMAGINE), harness.toJob(IMAGINE), harness.toJob(IMAGINE)];
    const plans = [];
    for (const job of jobs) plans.push(await harness.plan(job));
    harness.session.history = [1, 2].map((n) => stored(progressMessage({ id: harness.id(), prompt: ECHO, percent: 15, uuid: uuidOf(n) })));
    const resumed = [];
    for (const [n, job] of jobs.entries()) resumed.push(await harness.resume(job, plans[n] ?? null));
    await harness.clock.advance(GRACE_MS + 1);
    assert.deepEqual(
      resumed.map(({ operation }) => operation.jobUuids),
      [[uuidOf(1)], [uuidOf(2)], []],
    );
    assert.deepEqual(harness.session.posted.map(nonceOf), [resumed[2]?.nonce]);
    for (const followed of resumed) await followed.stop();
  });

  test('the result of a button matches by its source', async () => {
    const harness = createTestEngine();
    const job = harness.toJob(U2);
    harness.session.history = [stored(singleMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(9), index: 2, referenceId: SOURCE }))];
    const resumed = await harness.resume(job, await harness.plan(job));
    await harness.clock.advance(GRACE_MS + 1);
    assert.equal(resumed.last('completed').media[0]?.role, 'image');
    assert.equal(harness.session.posted.length, 0);
  });

  test('small commands are repeated at once, switches never', async () => {
    const harness = createTestEngine();
    const info = harness.toJob({ verb: 'info' });
    const resumed = await harness.resume(info, await harness.plan(info));
    assert.deepEqual(harness.session.posted.map(nonceOf), [resumed.nonce]);
    await resumed.stop();
    const remix = harness.toJob({ verb: 'remix' });
    assert.equal((await harness.resume(remix, await harness.plan(remix))).last('failed').failure.code, 'upstream-silent');
    assert.equal(harness.session.posted.length, 1);
  });
});

describe('after events were lost', () => {
  test('a lost result is read from the history at once', async () => {
    const harness = createTestEngine();
    const job = await harness.start(IMAGINE);
    const start = harness.id();
    await harness.send('MESSAGE_CREATE', startMessage({ id: start, prompt: ECHO, nonce: job.nonce }));
    harness.session.history = [stored(gridMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(1) }))];
    harness.session.reconnect();
    await harness.runDue();
    assert.equal(job.last('completed').media.length, 1);
  });

  test('a lost start message matches by its interaction, or by prompt after the grace time', async () => {
    for (const known of [true, false]) {
      const harness = createTestEngine();
      const job = await harness.start(IMAGINE);
      const interaction = harness.id();
      if (known) await harness.send('INTERACTION_CREATE', { id: interaction, nonce: job.nonce });
      const start = harness.id();
      harness.session.history = [
        stored(
          progressMessage({ id: start, prompt: ECHO, percent: 15, uuid: uuidOf(1), interaction: { id: interaction, name: 'imagine' } }),
        ),
      ];
      harness.session.reconnect();
      await harness.clock.advance(known ? 0 : GRACE_MS + 1);
      assert.equal(job.last('progress').message?.id, start);
      assert.equal(harness.session.posted.length, 1);
      await job.stop();
    }
  });

  test('a button that was answered and shows nothing: the history is searched although no loss is known', async () => {
    const harness = createTestEngine();
    const job = await harness.start({ ...U2, label: 'V2', customId: `MJ::JOB::variation::2::${uuidOf(1)}` });
    const interaction = harness.id();
    await harness.send('INTERACTION_CREATE', { id: interaction, nonce: job.nonce });
    await harness.send('INTERACTION_SUCCESS', { id: interaction, nonce: job.nonce });
    harness.session.history = [
      stored(gridMessage({ id: harness.id(), prompt: ECHO, action: 'Variations (Strong)', uuid: uuidOf(2), referenceId: U2.messageId })),
    ];
    await harness.clock.advance(FIRST_ANSWER_MS + 1);
    assert.equal(job.last('completed').media.length, 1);
    assert.equal(harness.session.posted.length, 1);
  });

  test('a running job continues, a vanished job is searched for minutes and never ordered again', async () => {
    const harness = createTestEngine();
    const stays = await harness.start(IMAGINE);
    const vanishes = await harness.start({ verb: 'imagine', prompt: 'a blue fox' });
    const [a, b] = [harness.id(), harness.id()];
    await harness.send('MESSAGE_CREATE', startMessage({ id: a, prompt: ECHO, nonce: stays.nonce }));
    await harness.send('MESSAGE_CREATE', startMessage({ id: b, prompt: 'a blue fox --v 7.0', nonce: vanishes.nonce }));
    harness.session.history = [stored(progressMessage({ id: a, prompt: ECHO, percent: 46, uuid: uuidOf(1) }))];
    harness.session.reconnect();
    await harness.runDue();
    assert.equal(stays.last('progress').percent, 46);
    await harness.clock.advance(VANISHED_MS + 1);
    assert.equal(vanishes.last('failed').failure.code, 'upstream-failed');
    assert.equal(harness.session.posted.length, 2);
    await stays.stop();
  });

  test('small commands are repeated, switches fail, seed requests wait', async () => {
    const harness = createTestEngine();
    harness.session.history = [gridMessage({ id: SOURCE, prompt: ECHO, uuid: uuidOf(4) })];
    const info = await harness.start({ verb: 'info' });
    const remix = await harness.start({ verb: 'remix' });
    const seed = await harness.start({ verb: 'seed', messageId: SOURCE });
    harness.session.reconnect();
    await harness.runDue();
    assert.equal(harness.session.posted.length, 3);
    assert.equal(nonceOf(harness.session.posted.at(-1)), info.nonce);
    assert.equal(remix.last('failed').failure.code, 'upstream-silent');
    assert.ok(!seed.done);
    await harness.send(
      'MESSAGE_CREATE',
      botMessage({ id: harness.id(), nonce: info.nonce, flags: 64, embeds: [{ title: 'Your info - x', description: '**User ID**: 1' }] }),
    );
    assert.deepEqual(info.last('completed').data, { user_id: '1' });
    await seed.stop();
  });

  test('a session that was lost during the request may have received the answer: the request is repeated if no form opens', async () => {
    const harness = createTestEngine();
    const taken = Promise.withResolvers<void>();
    harness.session.onInteract = () => taken.promise;
    const job = await harness.start({ ...U2, label: 'Custom Zoom', customId: `MJ::CustomZoom::${uuidOf(1)}`, prompt: 'a fox --zoom 1.5' });
    harness.session.reconnect();
    await harness.runDue();
    taken.resolve();
    await harness.clock.advance(FIRST_ANSWER_MS + 1);
    assert.equal(job.operation.attempts, 2);
    assert.equal(harness.session.posted.length, 2);
    await job.stop();
  });

  test('a resumed connection loses no events: the history is not read', async () => {
    const harness = createTestEngine();
    const job = await harness.start(IMAGINE);
    const start = harness.id();
    await harness.send('MESSAGE_CREATE', startMessage({ id: start, prompt: ECHO, nonce: job.nonce }));
    harness.session.emit({ type: 'disconnected', code: 4000, reason: '' });
    await harness.send('MESSAGE_CREATE', gridMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(1) }));
    await harness.send('MESSAGE_DELETE', { id: start, channel_id: CHANNEL });
    harness.session.emit({ type: 'resumed' });
    job.last('completed');
    assert.equal(harness.session.historyReads, 0);
  });
});

describe('while the gateway is down', () => {
  test('no wait for an answer ends: the replay may bring it', async () => {
    const harness = createTestEngine();
    const job = await harness.start(IMAGINE);
    harness.session.emit({ type: 'disconnected', code: 4000, reason: '' });
    await harness.clock.advance(3 * FIRST_ANSWER_MS);
    assert.ok(!job.done);
    await harness.send('MESSAGE_CREATE', startMessage({ id: harness.id(), prompt: ECHO, nonce: job.nonce }));
    harness.session.emit({ type: 'resumed' });
    await harness.runDue();
    job.last('started');
    await job.stop();
  });

  test('after the replay the wait ends as usual', async () => {
    const harness = createTestEngine();
    const job = await harness.start(IMAGINE);
    harness.session.emit({ type: 'disconnected', code: 4000, reason: '' });
    await harness.clock.advance(3 * FIRST_ANSWER_MS);
    harness.session.emit({ type: 'resumed' });
    await harness.clock.advance(1_000);
    assert.equal(job.last('failed').failure.code, 'upstream-silent');
  });
});
