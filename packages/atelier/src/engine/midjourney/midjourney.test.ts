import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ButtonInput } from './input.ts';
import {
  botMessage,
  button,
  gridMessage,
  progressMessage,
  row,
  singleMessage,
  snowflakeAt,
  startMessage,
  USER,
  uuidOf,
} from './testing/bot-messages.ts';
import { createTestEngine, nonceOf, START_MS } from './testing/test-engine.ts';
import { dataOf } from './testing/fake-session.ts';

const IMAGINE = { verb: 'imagine', prompt: 'a red fox' } as const;
const ECHO = 'a red fox --v 7.0';
const SOURCE = snowflakeAt(START_MS - 3_600_000);

const pressOf = (label: string, customId: string, rest: Partial<ButtonInput> = {}): ButtonInput => ({
  verb: 'button',
  label,
  customId,
  messageId: SOURCE,
  messageFlags: 0,
  prompt: null,
  mask: null,
  ...rest,
});
const U2 = pressOf('U2', `MJ::JOB::upsample::2::${uuidOf(1)}`);
const V3 = pressOf('V3', `MJ::JOB::variation::3::${uuidOf(1)}`);

const typesOf = (updates: readonly { type: string }[]): string[] => updates.map(({ type }) => type);

describe('imagine', () => {
  test('sends the ids of the command index and the session, and reports each step', async () => {
    const harness = createTestEngine();
    const job = await harness.start(IMAGINE);
    const [payload] = harness.session.posted;
    assert.deepEqual(payload, {
      type: 2,
      application_id: '936929561302675456',
      guild_id: '3000000000000000003',
      channel_id: '2000000000000000002',
      session_id: 'session-1',
      nonce: job.nonce,
      analytics_location: 'slash_ui',
      data: {
        version: 'version-of-imagine',
        id: 'id-of-imagine',
        name: 'imagine',
        type: 1,
        options: [{ type: 3, name: 'prompt', value: 'a red fox' }],
        attachments: [],
      },
    });
    const [interaction, start] = [harness.id(), harness.id()];
    await harness.send('INTERACTION_CREATE', { id: interaction, nonce: job.nonce });
    await harness.send(
      'MESSAGE_CREATE',
      startMessage({ id: start, prompt: ECHO, nonce: job.nonce, interaction: { id: interaction, name: 'imagine' } }),
    );
    await harness.send('INTERACTION_SUCCESS', { id: interaction, nonce: job.nonce });
    assert.equal(job.last('started').message.id, start);
    await harness.send('MESSAGE_UPDATE', progressMessage({ id: start, prompt: ECHO, percent: 31, uuid: uuidOf(1) }));
    assert.equal(job.last('progress').percent, 31);
    assert.deepEqual(
      [job.operation.messageIds, job.operation.interactionIds, job.operation.jobUuids],
      [[start], [interaction], [uuidOf(1)]],
    );
    const final = harness.id();
    await harness.send('MESSAGE_CREATE', gridMessage({ id: final, prompt: ECHO, uuid: uuidOf(1) }));
    const { message, buttons, media } = job.last('completed');
    assert.equal(message?.id, final);
    assert.equal(message?.timestamp, '2026-01-01T00:00:00.000000+00:00');
    assert.equal(buttons.length, 9);
    assert.deepEqual(
      media.map(({ role, filename }) => [role, filename]),
      [['grid', `someone_a_red_fox_${uuidOf(1)}.png`]],
    );
    assert.deepEqual(typesOf(job.updates), ['operation', 'started', 'progress', 'completed']);
    assert.ok(job.done);
    assert.equal(harness.clock.pending(), 0);
  });

  test('accepts events before the 204, an empty start message, and partial updates', async () => {
    const harness = createTestEngine();
    const start = harness.id();
    harness.session.onInteract = (payload) => {
      harness.session.dispatch('MESSAGE_CREATE', botMessage({ id: start, nonce: nonceOf(payload) }));
    };
    const job = await harness.start(IMAGINE);
    assert.deepEqual(typesOf(job.updates), ['operation']);
    await harness.send('MESSAGE_UPDATE', {
      id: start,
      channel_id: '2000000000000000002',
      content: `**${ECHO}** - <@${USER}> (Waiting to start)`,
    });
    assert.equal(job.last('started').message.content, `**${ECHO}** - <@${USER}> (Waiting to start)`);
    await harness.send('MESSAGE_UPDATE', {
      id: start,
      channel_id: '2000000000000000002',
      content: `**${ECHO}** - <@${USER}> (62%) (fast)`,
    });
    assert.equal(job.last('progress').percent, 62);
    await harness.send('MESSAGE_UPDATE', {
      id: start,
      channel_id: '2000000000000000002',
      content: `**${ECHO}** - <@${USER}> (46%) (fast)`,
    });
    assert.equal(job.last('progress').percent, 62, 'the percentage never falls');
    // No message showed the uuid, so the deletion decides.
    const final = harness.id();
    await harness.send('MESSAGE_CREATE', gridMessage({ id: final, prompt: ECHO, uuid: uuidOf(1) }));
    assert.ok(!job.done);
    await harness.send('MESSAGE_DELETE', { id: start, channel_id: '2000000000000000002' });
    assert.equal(job.last('completed').message?.id, final);
  });

  test('a result is delivered although its start message is never deleted', async () => {
    const harness = createTestEngine();
    const job = await harness.start(IMAGINE);
    const start = harness.id();
    harness.session.history = [startMessage({ id: start, prompt: ECHO })];
    await harness.send('MESSAGE_CREATE', startMessage({ id: start, prompt: ECHO, nonce: job.nonce }));
    await harness.send('MESSAGE_CREATE', gridMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(1) }));
    await harness.clock.advance(4_000);
    assert.equal(job.updates.at(-1)?.type, 'completed');
  });

  test('a slow reader gets only the latest progress and every other update', async () => {
    const harness = createTestEngine();
    const job = harness.toJob(IMAGINE);
    const planned = await harness.plan(job);
    const stopping = new AbortController();
    const updates = harness.engine.run(job, planned, { resumed: false, signal: stopping.signal })[Symbol.asyncIterator]();
    const first = updates.next();
    await harness.runDue();
    const nonce = nonceOf(harness.session.posted[0]);
    const start = harness.id();
    await harness.send('MESSAGE_CREATE', startMessage({ id: start, prompt: ECHO, nonce }));
    assert.equal((await first).value?.type, 'started');
    for (const percent of [10, 20, 30])
      await harness.send('MESSAGE_UPDATE', progressMessage({ id: start, prompt: ECHO, percent, uuid: uuidOf(1) }));
    await harness.send('MESSAGE_CREATE', gridMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(1) }));
    const next = (await updates.next()).value;
    assert.ok(next?.type === 'progress');
    assert.equal(next.percent, 30);
    assert.ok(next.operation !== undefined, 'the operation that was learned at 10 % is included');
    assert.equal((await updates.next()).value?.type, 'completed');
    assert.ok((await updates.next()).done);
  });

  test('ten equal prompts at once, finished in reverse: each job gets its own picture', async () => {
    const harness = createTestEngine();
    const jobs = [];
    for (let n = 0; n < 10; n++) jobs.push(await harness.start(IMAGINE));
    const starts = jobs.map(() => harness.id());
    for (const [n, job] of jobs.entries())
      await harness.send('MESSAGE_CREATE', startMessage({ id: starts[n] ?? '', prompt: ECHO, nonce: job.nonce }));
    for (const [n, start] of starts.entries())
      await harness.send('MESSAGE_UPDATE', progressMessage({ id: start, prompt: ECHO, percent: 15, uuid: uuidOf(n) }));
    for (let n = 9; n >= 0; n--) await harness.send('MESSAGE_CREATE', gridMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(n) }));
    for (const [n, job] of jobs.entries()) {
      const [media] = job.last('completed').media;
      assert.equal(media?.filename, `someone_a_red_fox_${uuidOf(n)}.png`);
    }
  });

  test('the result of a stopped job is not delivered to another job', async () => {
    const harness = createTestEngine();
    const first = await harness.start(IMAGINE);
    const second = await harness.start(IMAGINE);
    const [a, b] = [harness.id(), harness.id()];
    await harness.send('MESSAGE_CREATE', startMessage({ id: a, prompt: ECHO, nonce: first.nonce }));
    await harness.send('MESSAGE_CREATE', startMessage({ id: b, prompt: ECHO, nonce: second.nonce }));
    await first.stop();
    await harness.send('MESSAGE_CREATE', gridMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(1) }));
    await harness.send('MESSAGE_DELETE', { id: a, channel_id: '2000000000000000002' });
    assert.ok(!second.done);
  });
});

describe('buttons', () => {
  test('U2 answers with the picture alone', async () => {
    const harness = createTestEngine();
    const job = await harness.start(U2);
    assert.deepEqual(dataOf(harness.session.posted[0]), { component_type: 2, custom_id: U2.customId });
    assert.deepEqual([harness.session.posted[0]?.['message_id'], harness.session.posted[0]?.['message_flags']], [SOURCE, 0]);
    await harness.send('INTERACTION_SUCCESS', { id: harness.id(), nonce: job.nonce });
    await harness.send('MESSAGE_CREATE', singleMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(8), index: 3, referenceId: SOURCE }));
    assert.ok(!job.done, 'Image #3 is not the result of U2');
    await harness.send('MESSAGE_CREATE', singleMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(9), index: 2, referenceId: SOURCE }));
    assert.deepEqual(
      job.last('completed').media.map(({ role }) => role),
      ['image'],
    );
  });

  test('an answered upscale may take a long time', async () => {
    const harness = createTestEngine();
    const job = await harness.start(U2);
    await harness.send('INTERACTION_SUCCESS', { id: harness.id(), nonce: job.nonce });
    await harness.clock.advance(10 * 60_000);
    assert.ok(!job.done);
    await harness.send('MESSAGE_CREATE', singleMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(9), index: 2, referenceId: SOURCE }));
    assert.equal(job.last('completed').media.length, 1);
  });

  test('V3 and V1 of one grid at once', async () => {
    const harness = createTestEngine();
    const v3 = await harness.start(V3);
    const v1 = await harness.start(pressOf('V1', `MJ::JOB::variation::1::${uuidOf(1)}`));
    for (const [n, job] of [v3, v1].entries()) {
      const start = harness.id();
      await harness.send(
        'MESSAGE_CREATE',
        startMessage({ id: start, prompt: ECHO, nonce: job.nonce, action: 'Variations (Strong)', referenceId: SOURCE }),
      );
      await harness.send(
        'MESSAGE_UPDATE',
        progressMessage({ id: start, prompt: ECHO, percent: 15, uuid: uuidOf(20 + n), action: 'Variations (Strong)', referenceId: SOURCE }),
      );
    }
    for (const n of [1, 0]) {
      await harness.send(
        'MESSAGE_CREATE',
        gridMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(20 + n), action: 'Variations (Strong)', referenceId: SOURCE }),
      );
    }
    assert.match(v3.last('completed').media[0]?.filename ?? '', new RegExp(uuidOf(20)));
    assert.match(v1.last('completed').media[0]?.filename ?? '', new RegExp(uuidOf(21)));
  });

  const FORM = (id: string, nonce: string) => ({
    id,
    nonce,
    channel_id: '2000000000000000002',
    custom_id: `MJ::OutpaintCustomZoomModal::${uuidOf(1)}`,
    title: 'Zoom Out',
    application: { id: '936929561302675456' },
    components: [
      {
        type: 1,
        components: [{ type: 4, custom_id: 'MJ::OutpaintCustomZoomModal::prompt', style: 2, label: 'p', value: 'a red fox --zoom 2' }],
      },
    ],
  });
  const ZOOM = pressOf('Custom Zoom', `MJ::CustomZoom::${uuidOf(1)}`, { prompt: 'a red fox --zoom 1.8' });

  test('Custom Zoom sends the form with a second nonce that is written first', async () => {
    const harness = createTestEngine();
    const job = await harness.start(ZOOM);
    const pressed = job.nonce;
    const form = harness.id();
    await harness.send('INTERACTION_MODAL_CREATE', FORM(form, pressed));
    const [, submitted] = harness.session.posted;
    assert.equal(submitted?.['type'], 5);
    assert.deepEqual(dataOf(submitted), {
      id: form,
      custom_id: `MJ::OutpaintCustomZoomModal::${uuidOf(1)}`,
      components: [{ type: 1, components: [{ type: 4, custom_id: 'MJ::OutpaintCustomZoomModal::prompt', value: 'a red fox --zoom 1.8' }] }],
    });
    assert.notEqual(nonceOf(submitted), pressed);
    assert.equal(job.operation.modalNonce, nonceOf(submitted));
    const start = harness.id();
    await harness.send('MESSAGE_CREATE', startMessage({ id: start, prompt: ECHO, nonce: nonceOf(submitted), action: 'Zoom Out' }));
    await harness.send('MESSAGE_UPDATE', progressMessage({ id: start, prompt: ECHO, percent: 15, uuid: uuidOf(5), action: 'Zoom Out' }));
    await harness.send(
      'MESSAGE_CREATE',
      gridMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(5), action: 'Zoom Out', referenceId: SOURCE }),
    );
    assert.equal(job.last('completed').media[0]?.role, 'grid');
  });

  test('without a prompt a form is sent with its proposed text, and Custom Zoom is refused', async () => {
    const harness = createTestEngine();
    const job = await harness.start(V3);
    await harness.send('INTERACTION_MODAL_CREATE', { ...FORM(harness.id(), job.nonce), custom_id: 'MJ::RemixModal::x::3::1' });
    assert.match(JSON.stringify(dataOf(harness.session.posted[1])), /"value":"a red fox --zoom 2"/);
    await job.stop();
    const zoom = await harness.start({ ...ZOOM, prompt: null });
    assert.equal(zoom.last('failed').failure.code, 'prompt-invalid');
    assert.equal(harness.session.posted.length, 2);
  });

  test('the message with a settings button is its answer', async () => {
    const harness = createTestEngine();
    const job = await harness.start(pressOf('Remix mode', 'MJ::Settings::RemixMode', { messageFlags: 64 }));
    assert.equal(harness.session.posted[0]?.['message_flags'], 64);
    await harness.send(
      'MESSAGE_UPDATE',
      botMessage({
        id: SOURCE,
        flags: 64,
        content: 'Adjust your settings here.',
        components: [row(button('Remix mode', 'MJ::Settings::RemixMode'))],
      }),
    );
    assert.equal(job.last('completed').buttons[0]?.label, 'Remix mode');
    const refused = await harness.start(pressOf('Remix mode', 'MJ::Settings::RemixMode', { messageFlags: 64 }));
    const embeds = [{ title: 'Blocked', description: 'No.', color: 16_711_680 }];
    await harness.send('MESSAGE_CREATE', botMessage({ id: harness.id(), nonce: refused.nonce, flags: 64, embeds }));
    assert.equal(refused.last('failed').failure.code, 'account-blocked');
  });
});
