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
import { createEngineHouse, FIRST_ANSWER_MS, GRACE_MS, nonceOf, START_MS } from './testing/engine-house.ts';

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

/** As the history gives it: without nonce. */
function stored(message: JsonObject): JsonObject {
  const { nonce: _, ...rest } = message;
  return rest;
}

describe('after a restart', () => {
  test('a running job goes on with the message it is known by', async () => {
    const house = createEngineHouse();
    const job = house.toJob(IMAGINE, { status: 'progress' });
    const start = house.id();
    const operation = { ...JSON.parse(JSON.stringify(await house.plan(job))), messageIds: [start] } as JsonObject;
    house.session.history = [stored(progressMessage({ id: start, prompt: ECHO, percent: 62, uuid: uuidOf(1) }))];
    const resumed = await house.resume(job, operation);
    assert.equal(resumed.last('progress').percent, 62);
    assert.equal(house.session.posted.length, 0);
    await house.send('MESSAGE_CREATE', gridMessage({ id: house.id(), prompt: ECHO, uuid: uuidOf(1) }));
    resumed.last('completed');
  });

  test('a job that finished meanwhile is completed from the history: by its uuid, or by the start that is gone', async () => {
    for (const jobUuids of [[uuidOf(1)], []]) {
      const house = createEngineHouse();
      const job = house.toJob(IMAGINE, { status: 'started' });
      const operation = { ...JSON.parse(JSON.stringify(await house.plan(job))), messageIds: [house.id()], jobUuids } as JsonObject;
      house.session.history = [stored(gridMessage({ id: house.id(), prompt: ECHO, uuid: uuidOf(1) }))];
      const resumed = await house.resume(job, operation);
      await house.clock.advance(GRACE_MS + 1);
      assert.equal(resumed.last('completed').media.length, 1);
      assert.equal(house.session.posted.length, 0);
    }
  });

  test('a job that was planned and perhaps asked: its message is found by prompt, after the grace', async () => {
    const house = createEngineHouse();
    const job = house.toJob(IMAGINE);
    const planned = await house.plan(job);
    const start = house.id();
    house.session.history = [
      stored(progressMessage({ id: start, prompt: ECHO, percent: 15, uuid: uuidOf(1), interaction: { id: '77', name: 'imagine' } })),
    ];
    const resumed = await house.resume(job, planned);
    assert.deepEqual(resumed.updates, []);
    await house.clock.advance(GRACE_MS + 1);
    assert.equal(resumed.last('progress').message?.id, start);
    assert.equal(house.session.posted.length, 0);
    await house.send('MESSAGE_CREATE', gridMessage({ id: house.id(), prompt: ECHO, uuid: uuidOf(1) }));
    resumed.last('completed');
  });

  test('nothing found: asked once more, under a new nonce that is written before', async () => {
    const house = createEngineHouse();
    const job = house.toJob(IMAGINE);
    const resumed = await house.resume(job, await house.plan(job));
    const first = resumed.nonce;
    assert.equal(house.session.posted.length, 0);
    await house.clock.advance(GRACE_MS + 1);
    assert.equal(resumed.operation.attempts, 2);
    assert.notEqual(resumed.nonce, first);
    assert.deepEqual(house.session.posted.map(nonceOf), [resumed.nonce]);
    await resumed.stop();
    const last = await house.resume(job, resumed.operation);
    await house.clock.advance(GRACE_MS + 1);
    assert.equal(last.last('failed').failure.code, 'upstream-silent');
    assert.equal(house.session.posted.length, 1);
  });

  test('a confirmed interaction is given the time that an answer may take', async () => {
    const house = createEngineHouse();
    const job = house.toJob(IMAGINE);
    const operation = { ...JSON.parse(JSON.stringify(await house.plan(job))), interactionIds: [house.id()] } as JsonObject;
    const resumed = await house.resume(job, operation);
    await house.clock.advance(FIRST_ANSWER_MS - 1);
    assert.equal(house.session.posted.length, 0);
    await house.clock.advance(2);
    assert.equal(house.session.posted.length, 1);
    await resumed.stop();
  });

  test('a queued job is waited for, never asked for again', async () => {
    const house = createEngineHouse();
    const job = house.toJob(IMAGINE);
    const operation = { ...JSON.parse(JSON.stringify(await house.plan(job))), queued: true, queuedAtMs: START_MS } as JsonObject;
    const resumed = await house.resume(job, operation);
    await house.clock.advance(10 * 60_000);
    assert.equal(house.session.posted.length, 0);
    house.session.history = [stored(startMessage({ id: house.id(), prompt: ECHO }))];
    await house.clock.advance(3 * 60_000);
    assert.equal(resumed.last('started').message.content.includes(ECHO), true);
    await resumed.stop();
  });

  test('the picture of a finished job with the same prompt is not taken', async () => {
    const taken = snowflakeAt(START_MS + 1_000);
    const house = createEngineHouse({ recentResultIds: () => Promise.resolve([taken]) });
    house.session.history = [stored(gridMessage({ id: taken, prompt: ECHO, uuid: uuidOf(1) }))];
    const job = house.toJob(IMAGINE);
    const resumed = await house.resume(job, await house.plan(job));
    await house.clock.advance(GRACE_MS + 1);
    assert.equal(house.session.posted.length, 1);
    await resumed.stop();
  });

  test('three equal prompts, two of them found: each message to one job, the third is asked for', async () => {
    const house = createEngineHouse();
    const jobs = [house.toJob(IMAGINE), house.toJob(IMAGINE), house.toJob(IMAGINE)];
    const plans = [];
    for (const job of jobs) plans.push(await house.plan(job));
    house.session.history = [1, 2].map((n) => stored(progressMessage({ id: house.id(), prompt: ECHO, percent: 15, uuid: uuidOf(n) })));
    const resumed = [];
    for (const [n, job] of jobs.entries()) resumed.push(await house.resume(job, plans[n] ?? null));
    await house.clock.advance(GRACE_MS + 1);
    assert.deepEqual(
      resumed.map(({ operation }) => operation.jobUuids),
      [[uuidOf(1)], [uuidOf(2)], []],
    );
    assert.deepEqual(house.session.posted.map(nonceOf), [resumed[2]?.nonce]);
    for (const follower of resumed) await follower.stop();
  });

  test('a button: its result is found by its source', async () => {
    const house = createEngineHouse();
    const job = house.toJob(U2);
    house.session.history = [stored(singleMessage({ id: house.id(), prompt: ECHO, uuid: uuidOf(9), index: 2, referenceId: SOURCE }))];
    const resumed = await house.resume(job, await house.plan(job));
    await house.clock.advance(GRACE_MS + 1);
    assert.equal(resumed.last('completed').media[0]?.role, 'image');
    assert.equal(house.session.posted.length, 0);
  });

  test('small commands are asked again at once, switches never', async () => {
    const house = createEngineHouse();
    const info = house.toJob({ verb: 'info' });
    const resumed = await house.resume(info, await house.plan(info));
    assert.deepEqual(house.session.posted.map(nonceOf), [resumed.nonce]);
    await resumed.stop();
    const remix = house.toJob({ verb: 'remix' });
    assert.equal((await house.resume(remix, await house.plan(remix))).last('failed').failure.code, 'upstream-silent');
    assert.equal(house.session.posted.length, 1);
  });
});

describe('after a gap', () => {
  test('a result that was missed is read from the history at once', async () => {
    const house = createEngineHouse();
    const job = await house.start(IMAGINE);
    const start = house.id();
    await house.send('MESSAGE_CREATE', startMessage({ id: start, prompt: ECHO, nonce: job.nonce }));
    house.session.history = [stored(gridMessage({ id: house.id(), prompt: ECHO, uuid: uuidOf(1) }))];
    house.session.reconnect();
    await house.settle();
    assert.equal(job.last('completed').media.length, 1);
  });

  test('a start that was missed is found by its interaction, or by prompt after the grace', async () => {
    for (const known of [true, false]) {
      const house = createEngineHouse();
      const job = await house.start(IMAGINE);
      const interaction = house.id();
      if (known) await house.send('INTERACTION_CREATE', { id: interaction, nonce: job.nonce });
      const start = house.id();
      house.session.history = [
        stored(
          progressMessage({ id: start, prompt: ECHO, percent: 15, uuid: uuidOf(1), interaction: { id: interaction, name: 'imagine' } }),
        ),
      ];
      house.session.reconnect();
      await house.clock.advance(known ? 0 : GRACE_MS + 1);
      assert.equal(job.last('progress').message?.id, start);
      assert.equal(house.session.posted.length, 1);
      await job.stop();
    }
  });

  test('a button that was answered and shows nothing: its result is looked for although no loss is known', async () => {
    const house = createEngineHouse();
    const job = await house.start({ ...U2, label: 'V2', customId: `MJ::JOB::variation::2::${uuidOf(1)}` });
    const interaction = house.id();
    await house.send('INTERACTION_CREATE', { id: interaction, nonce: job.nonce });
    await house.send('INTERACTION_SUCCESS', { id: interaction, nonce: job.nonce });
    house.session.history = [
      stored(gridMessage({ id: house.id(), prompt: ECHO, action: 'Variations (Strong)', uuid: uuidOf(2), referenceId: U2.messageId })),
    ];
    await house.clock.advance(FIRST_ANSWER_MS + 1);
    assert.equal(job.last('completed').media.length, 1);
    assert.equal(house.session.posted.length, 1);
  });

  test('a running job stays, a vanished one is asked for again', async () => {
    const house = createEngineHouse();
    const stays = await house.start(IMAGINE);
    const vanishes = await house.start({ verb: 'imagine', prompt: 'a blue fox' });
    const [a, b] = [house.id(), house.id()];
    await house.send('MESSAGE_CREATE', startMessage({ id: a, prompt: ECHO, nonce: stays.nonce }));
    await house.send('MESSAGE_CREATE', startMessage({ id: b, prompt: 'a blue fox --v 7.0', nonce: vanishes.nonce }));
    house.session.history = [stored(progressMessage({ id: a, prompt: ECHO, percent: 46, uuid: uuidOf(1) }))];
    house.session.reconnect();
    await house.settle();
    assert.equal(stays.last('progress').percent, 46);
    await house.clock.advance(GRACE_MS + 1);
    assert.equal(vanishes.operation.attempts, 2);
    assert.equal(house.session.posted.length, 3);
    await stays.stop();
    await vanishes.stop();
  });

  test('small commands are asked again, switches fail, seeds wait', async () => {
    const house = createEngineHouse();
    house.session.history = [gridMessage({ id: SOURCE, prompt: ECHO, uuid: uuidOf(4) })];
    const info = await house.start({ verb: 'info' });
    const remix = await house.start({ verb: 'remix' });
    const seed = await house.start({ verb: 'seed', messageId: SOURCE });
    house.session.reconnect();
    await house.settle();
    assert.equal(house.session.posted.length, 3);
    assert.equal(nonceOf(house.session.posted.at(-1)), info.nonce);
    assert.equal(remix.last('failed').failure.code, 'upstream-silent');
    assert.ok(!seed.done);
    await house.send(
      'MESSAGE_CREATE',
      botMessage({ id: house.id(), nonce: info.nonce, flags: 64, embeds: [{ title: 'Your info - x', description: '**User ID**: 1' }] }),
    );
    assert.deepEqual(info.last('completed').data, { user_id: '1' });
    await seed.stop();
  });

  test('a session lost while Discord was being asked may have heard the answer: a form that never opens is asked for again', async () => {
    const house = createEngineHouse();
    const taken = Promise.withResolvers<void>();
    house.session.onInteract = () => taken.promise;
    const job = await house.start({ ...U2, label: 'Custom Zoom', customId: `MJ::CustomZoom::${uuidOf(1)}`, prompt: 'a fox --zoom 1.5' });
    house.session.reconnect();
    await house.settle();
    taken.resolve();
    await house.clock.advance(GRACE_MS + 1);
    assert.equal(job.operation.attempts, 2);
    assert.equal(house.session.posted.length, 2);
    await job.stop();
  });

  test('a resumed connection loses nothing, and nothing is asked', async () => {
    const house = createEngineHouse();
    const job = await house.start(IMAGINE);
    const start = house.id();
    await house.send('MESSAGE_CREATE', startMessage({ id: start, prompt: ECHO, nonce: job.nonce }));
    house.session.emit({ type: 'disconnected', code: 4000, reason: '' });
    await house.send('MESSAGE_CREATE', gridMessage({ id: house.id(), prompt: ECHO, uuid: uuidOf(1) }));
    await house.send('MESSAGE_DELETE', { id: start, channel_id: CHANNEL });
    house.session.emit({ type: 'resumed' });
    job.last('completed');
    assert.equal(house.session.historyReads, 0);
  });
});
