import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UrlFetchError } from '../../net/url-policy.ts';
import type { ButtonInput } from './input.ts';
import { botMessage, button, gridMessage, progressMessage, row, singleMessage, snowflakeAt, startMessage, USER, uuidOf } from './testing/bot-messages.ts';
import { createEngineHouse, GRACE_MS, nonceOf, START_MS, type EngineHouse } from './testing/engine-house.ts';
import { dataOf } from './testing/fake-session.ts';

const IMAGINE = { verb: 'imagine', prompt: 'a red fox' } as const;
const ECHO = 'a red fox --v 7.0';
const SOURCE = snowflakeAt(START_MS - 3_600_000);

const pressOf = (label: string, customId: string, rest: Partial<ButtonInput> = {}): ButtonInput => ({
  verb: 'button', label, customId, messageId: SOURCE, messageFlags: 0, prompt: null, mask: null, ...rest,
});
const U2 = pressOf('U2', `MJ::JOB::upsample::2::${uuidOf(1)}`);
const V3 = pressOf('V3', `MJ::JOB::variation::3::${uuidOf(1)}`);

const typesOf = (updates: readonly { type: string }[]): string[] => updates.map(({ type }) => type);

describe('imagine', () => {
  test('asks with the ids of the command index and the session, and reports each step', async () => {
    const house = createEngineHouse();
    const job = await house.start(IMAGINE);
    const [payload] = house.session.posted;
    assert.deepEqual(payload, {
      type: 2, application_id: '936929561302675456', guild_id: '3000000000000000003', channel_id: '2000000000000000002',
      session_id: 'session-1', nonce: job.nonce, analytics_location: 'slash_ui',
      data: { version: 'version-of-imagine', id: 'id-of-imagine', name: 'imagine', type: 1, options: [{ type: 3, name: 'prompt', value: 'a red fox' }], attachments: [] },
    });
    const [interaction, start] = [house.id(), house.id()];
    await house.send('INTERACTION_CREATE', { id: interaction, nonce: job.nonce });
    await house.send('MESSAGE_CREATE', startMessage({ id: start, prompt: ECHO, nonce: job.nonce, interaction: { id: interaction, name: 'imagine' } }));
    await house.send('INTERACTION_SUCCESS', { id: interaction, nonce: job.nonce });
    assert.equal(job.last('started').message.id, start);
    await house.send('MESSAGE_UPDATE', progressMessage({ id: start, prompt: ECHO, percent: 31, uuid: uuidOf(1) }));
    assert.equal(job.last('progress').percent, 31);
    assert.deepEqual([job.operation.messageIds, job.operation.interactionIds, job.operation.jobUuids], [[start], [interaction], [uuidOf(1)]]);
    const final = house.id();
    await house.send('MESSAGE_CREATE', gridMessage({ id: final, prompt: ECHO, uuid: uuidOf(1) }));
    const { message, buttons, media } = job.last('completed');
    assert.equal(message?.id, final);
    assert.equal(message?.timestamp, '2026-01-01T00:00:00.000000+00:00');
    assert.equal(buttons.length, 9);
    assert.deepEqual(media.map(({ role, filename }) => [role, filename]), [['grid', `someone_a_red_fox_${uuidOf(1)}.png`]]);
    assert.deepEqual(typesOf(job.updates), ['operation', 'started', 'progress', 'completed']);
    assert.ok(job.done);
    assert.equal(house.clock.pending(), 0);
  });

  test('does not mind events before the 204, an empty start, or partial updates', async () => {
    const house = createEngineHouse();
    const start = house.id();
    house.session.onInteract = (payload) => {
      house.session.dispatch('MESSAGE_CREATE', botMessage({ id: start, nonce: nonceOf(payload) }));
    };
    const job = await house.start(IMAGINE);
    assert.deepEqual(typesOf(job.updates), ['operation']);
    await house.send('MESSAGE_UPDATE', { id: start, channel_id: '2000000000000000002', content: `**${ECHO}** - <@${USER}> (Waiting to start)` });
    assert.equal(job.last('started').message.content, `**${ECHO}** - <@${USER}> (Waiting to start)`);
    await house.send('MESSAGE_UPDATE', { id: start, channel_id: '2000000000000000002', content: `**${ECHO}** - <@${USER}> (62%) (fast)` });
    assert.equal(job.last('progress').percent, 62);
    // No uuid was shown: the deletion decides.
    const final = house.id();
    await house.send('MESSAGE_CREATE', gridMessage({ id: final, prompt: ECHO, uuid: uuidOf(1) }));
    assert.ok(!job.done);
    await house.send('MESSAGE_DELETE', { id: start, channel_id: '2000000000000000002' });
    assert.equal(job.last('completed').message?.id, final);
  });

  test('a deletion that never comes is not waited for', async () => {
    const house = createEngineHouse();
    const job = await house.start(IMAGINE);
    const start = house.id();
    house.session.history = [startMessage({ id: start, prompt: ECHO })];
    await house.send('MESSAGE_CREATE', startMessage({ id: start, prompt: ECHO, nonce: job.nonce }));
    await house.send('MESSAGE_CREATE', gridMessage({ id: house.id(), prompt: ECHO, uuid: uuidOf(1) }));
    await house.clock.advance(4_000);
    assert.equal(job.updates.at(-1)?.type, 'completed');
  });

  test('progress that is read slowly is the latest; everything else is kept', async () => {
    const house = createEngineHouse();
    const job = house.toJob(IMAGINE);
    const planned = await house.plan(job);
    const stopping = new AbortController();
    const updates = house.engine.run(job, planned, { resumed: false, signal: stopping.signal })[Symbol.asyncIterator]();
    const first = updates.next();
    await house.settle();
    const nonce = nonceOf(house.session.posted[0]);
    const start = house.id();
    await house.send('MESSAGE_CREATE', startMessage({ id: start, prompt: ECHO, nonce }));
    assert.equal((await first).value?.type, 'started');
    for (const percent of [10, 20, 30]) await house.send('MESSAGE_UPDATE', progressMessage({ id: start, prompt: ECHO, percent, uuid: uuidOf(1) }));
    await house.send('MESSAGE_CREATE', gridMessage({ id: house.id(), prompt: ECHO, uuid: uuidOf(1) }));
    const next = (await updates.next()).value;
    assert.ok(next?.type === 'progress');
    assert.equal(next.percent, 30);
    assert.ok(next.operation !== undefined, 'what was learnt at 10 % goes along');
    assert.equal((await updates.next()).value?.type, 'completed');
    assert.ok((await updates.next()).done);
  });

  test('ten equal prompts at once, finishing in reverse: each its own picture', async () => {
    const house = createEngineHouse();
    const jobs = [];
    for (let n = 0; n < 10; n++) jobs.push(await house.start(IMAGINE));
    const starts = jobs.map(() => house.id());
    for (const [n, job] of jobs.entries()) await house.send('MESSAGE_CREATE', startMessage({ id: starts[n] ?? '', prompt: ECHO, nonce: job.nonce }));
    for (const [n, start] of starts.entries()) await house.send('MESSAGE_UPDATE', progressMessage({ id: start, prompt: ECHO, percent: 15, uuid: uuidOf(n) }));
    for (let n = 9; n >= 0; n--) await house.send('MESSAGE_CREATE', gridMessage({ id: house.id(), prompt: ECHO, uuid: uuidOf(n) }));
    for (const [n, job] of jobs.entries()) {
      const [media] = job.last('completed').media;
      assert.equal(media?.filename, `someone_a_red_fox_${uuidOf(n)}.png`);
    }
  });

  test('what a stopped job left behind is not given to another', async () => {
    const house = createEngineHouse();
    const first = await house.start(IMAGINE);
    const second = await house.start(IMAGINE);
    const [a, b] = [house.id(), house.id()];
    await house.send('MESSAGE_CREATE', startMessage({ id: a, prompt: ECHO, nonce: first.nonce }));
    await house.send('MESSAGE_CREATE', startMessage({ id: b, prompt: ECHO, nonce: second.nonce }));
    await first.stop();
    await house.send('MESSAGE_CREATE', gridMessage({ id: house.id(), prompt: ECHO, uuid: uuidOf(1) }));
    await house.send('MESSAGE_DELETE', { id: a, channel_id: '2000000000000000002' });
    assert.ok(!second.done);
  });
});

describe('buttons', () => {
  test('U2 answers with the picture alone', async () => {
    const house = createEngineHouse();
    const job = await house.start(U2);
    assert.deepEqual(dataOf(house.session.posted[0]), { component_type: 2, custom_id: U2.customId });
    assert.deepEqual([house.session.posted[0]?.['message_id'], house.session.posted[0]?.['message_flags']], [SOURCE, 0]);
    await house.send('INTERACTION_SUCCESS', { id: house.id(), nonce: job.nonce });
    await house.send('MESSAGE_CREATE', singleMessage({ id: house.id(), prompt: ECHO, uuid: uuidOf(8), index: 3, referenceId: SOURCE }));
    assert.ok(!job.done, 'Image #3 is not what U2 gives');
    await house.send('MESSAGE_CREATE', singleMessage({ id: house.id(), prompt: ECHO, uuid: uuidOf(9), index: 2, referenceId: SOURCE }));
    assert.deepEqual(job.last('completed').media.map(({ role }) => role), ['image']);
  });

  test('an answered upscale that takes its time is waited for', async () => {
    const house = createEngineHouse();
    const job = await house.start(U2);
    await house.send('INTERACTION_SUCCESS', { id: house.id(), nonce: job.nonce });
    await house.clock.advance(10 * 60_000);
    assert.ok(!job.done);
    await house.send('MESSAGE_CREATE', singleMessage({ id: house.id(), prompt: ECHO, uuid: uuidOf(9), index: 2, referenceId: SOURCE }));
    assert.equal(job.last('completed').media.length, 1);
  });

  test('V3 and V1 of one grid at once', async () => {
    const house = createEngineHouse();
    const v3 = await house.start(V3);
    const v1 = await house.start(pressOf('V1', `MJ::JOB::variation::1::${uuidOf(1)}`));
    for (const [n, job] of [v3, v1].entries()) {
      const start = house.id();
      await house.send('MESSAGE_CREATE', startMessage({ id: start, prompt: ECHO, nonce: job.nonce, action: 'Variations (Strong)', referenceId: SOURCE }));
      await house.send('MESSAGE_UPDATE', progressMessage({ id: start, prompt: ECHO, percent: 15, uuid: uuidOf(20 + n), action: 'Variations (Strong)', referenceId: SOURCE }));
    }
    for (const n of [1, 0]) {
      await house.send('MESSAGE_CREATE', gridMessage({ id: house.id(), prompt: ECHO, uuid: uuidOf(20 + n), action: 'Variations (Strong)', referenceId: SOURCE }));
    }
    assert.match(v3.last('completed').media[0]?.filename ?? '', new RegExp(uuidOf(20)));
    assert.match(v1.last('completed').media[0]?.filename ?? '', new RegExp(uuidOf(21)));
  });

  const FORM = (id: string, nonce: string) => ({
    id, nonce, channel_id: '2000000000000000002', custom_id: `MJ::OutpaintCustomZoomModal::${uuidOf(1)}`, title: 'Zoom Out', application: { id: '936929561302675456' },
    components: [{ type: 1, components: [{ type: 4, custom_id: 'MJ::OutpaintCustomZoomModal::prompt', style: 2, label: 'p', value: 'a red fox --zoom 2' }] }],
  });
  const ZOOM = pressOf('Custom Zoom', `MJ::CustomZoom::${uuidOf(1)}`, { prompt: 'a red fox --zoom 1.8' });

  test('Custom Zoom fills the form in under a second nonce that is written first', async () => {
    const house = createEngineHouse();
    const job = await house.start(ZOOM);
    const pressed = job.nonce;
    const form = house.id();
    await house.send('INTERACTION_MODAL_CREATE', FORM(form, pressed));
    const [, submitted] = house.session.posted;
    assert.equal(submitted?.['type'], 5);
    assert.deepEqual(dataOf(submitted), {
      id: form, custom_id: `MJ::OutpaintCustomZoomModal::${uuidOf(1)}`,
      components: [{ type: 1, components: [{ type: 4, custom_id: 'MJ::OutpaintCustomZoomModal::prompt', value: 'a red fox --zoom 1.8' }] }],
    });
    assert.notEqual(nonceOf(submitted), pressed);
    assert.equal(job.operation.modalNonce, nonceOf(submitted));
    const start = house.id();
    await house.send('MESSAGE_CREATE', startMessage({ id: start, prompt: ECHO, nonce: nonceOf(submitted), action: 'Zoom Out' }));
    await house.send('MESSAGE_UPDATE', progressMessage({ id: start, prompt: ECHO, percent: 15, uuid: uuidOf(5), action: 'Zoom Out' }));
    await house.send('MESSAGE_CREATE', gridMessage({ id: house.id(), prompt: ECHO, uuid: uuidOf(5), action: 'Zoom Out', referenceId: SOURCE }));
    assert.equal(job.last('completed').media[0]?.role, 'grid');
  });

  test('without a prompt of the caller a form is sent as it stands, and Custom Zoom is refused', async () => {
    const house = createEngineHouse();
    const job = await house.start(V3);
    await house.send('INTERACTION_MODAL_CREATE', { ...FORM(house.id(), job.nonce), custom_id: 'MJ::RemixModal::x::3::1' });
    assert.match(JSON.stringify(dataOf(house.session.posted[1])), /"value":"a red fox --zoom 2"/);
    await job.stop();
    const zoom = await house.start({ ...ZOOM, prompt: null });
    assert.equal(zoom.last('failed').failure.code, 'prompt-invalid');
    assert.equal(house.session.posted.length, 2);
  });

  test('a settings button is answered by the message that it stands on', async () => {
    const house = createEngineHouse();
    const job = await house.start(pressOf('Remix mode', 'MJ::Settings::RemixMode', { messageFlags: 64 }));
    assert.equal(house.session.posted[0]?.['message_flags'], 64);
    await house.send('MESSAGE_UPDATE', botMessage({ id: SOURCE, flags: 64, content: 'Adjust your settings here.', components: [row(button('Remix mode', 'MJ::Settings::RemixMode'))] }));
    assert.equal(job.last('completed').buttons[0]?.label, 'Remix mode');
  });
});

describe('small commands', () => {
  async function reply(house: EngineHouse, nonce: string, parts: Parameters<typeof botMessage>[0]): Promise<void> {
    await house.send('MESSAGE_CREATE', botMessage({ id: parts.id, nonce, flags: 64 | 128 }));
    await house.send('MESSAGE_UPDATE', botMessage({ flags: 64, ...parts, guildId: null }));
  }

  test('info hands its fields on', async () => {
    const house = createEngineHouse();
    const job = await house.start({ verb: 'info' });
    const description = '**User ID**: 9d1b\n**Subscription**: Mega (Active monthly, renews next on <t:1>)\n**Job Mode**: Fast\n**Visibility Mode**: Public\n**Fast Time Remaining**: 60.0/60.0 hours (100%)\n**Lifetime Usage**: 3 images\n**Relaxed Usage**: 0 images\n\n**Queued Jobs (fast)**: 0\n**Queued Jobs (relax)**: 0\n**Running Jobs**: None';
    await reply(house, job.nonce, { id: house.id(), embeds: [{ title: 'Your info - an error of nature', description, color: 0 }] });
    const { data, message } = job.last('completed');
    assert.deepEqual(data, {
      user_id: '9d1b', subscription: 'Mega (Active monthly, renews next on <t:1>)', job_mode: 'Fast', visibility_mode: 'Public',
      fast_time_remaining: '60.0/60.0 hours (100%)', lifetime_usage: '3 images', relaxed_usage: '0 images',
      queued_jobs_fast: '0', queued_jobs_relax: '0', running_jobs: 'None',
    });
    assert.equal(message?.content, '');
    assert.equal(message?.embeds.length, 1);
  });

  test('fast, prefer remix, settings', async () => {
    const house = createEngineHouse();
    const fast = await house.start({ verb: 'fast' });
    await reply(house, fast.nonce, { id: house.id(), content: 'Done! Note that once you exhaust your fast hours, …' });
    assert.match(fast.last('completed').message?.content ?? '', /^Done!/);
    const remix = await house.start({ verb: 'remix' });
    assert.deepEqual(dataOf(house.session.posted[1])['options'], [{ type: 1, name: 'remix', options: [] }]);
    await reply(house, remix.nonce, { id: house.id(), content: 'Remix mode turned on! …' });
    assert.match(remix.last('completed').message?.content ?? '', /turned on/);
    const settings = await house.start({ verb: 'settings' });
    await reply(house, settings.nonce, { id: house.id(), components: [row({ type: 3, custom_id: 'MJ::Settings::VersionSelector', options: [] }), row(button('Remix mode', 'MJ::Settings::RemixMode'))] });
    assert.deepEqual(settings.last('completed').buttons.map(({ label }) => label), ['Remix mode']);
  });

  test('describe uploads the picture and hands the prompts on', async () => {
    const house = createEngineHouse();
    const job = await house.start({ verb: 'describe', imageUrl: 'https://a.example/cat.png' });
    assert.deepEqual(house.session.uploads, ['cat.png']);
    const { options, attachments } = dataOf(house.session.posted[0]);
    assert.deepEqual(options, [{ type: 11, name: 'image', value: 0 }]);
    assert.deepEqual(attachments, [{ id: '0', filename: 'cat.png', uploaded_filename: 'uploaded/cat.png' }]);
    await reply(house, job.nonce, {
      id: house.id(),
      embeds: [{ description: '1️⃣ a cat --ar 1:1\n\n2️⃣ two cats\n\n3️⃣ a denied cat\n\n4️⃣ cats', image: { url: 'https://cdn.example/x.png' } }],
      components: [row(button('1️⃣', 'MJ::Job::PicReader::1'))],
    });
    assert.deepEqual(typesOf(job.updates), ['started', 'completed']);
    assert.deepEqual(job.last('completed').data, { prompts: ['a cat --ar 1:1', 'two cats', 'a denied cat', 'cats'] });
  });

  test('shorten', async () => {
    const house = createEngineHouse();
    const job = await house.start({ verb: 'shorten', prompt: 'a very long prompt' });
    await reply(house, job.nonce, { id: house.id(), embeds: [{ title: 'Shortened prompts', description: 'Important words\n## Shortened prompts\n1️⃣ long\n\n2️⃣ prompt' }] });
    assert.deepEqual(job.last('completed').data, { prompts: ['long', 'prompt'] });
  });

  test('blend puts every picture into its option, and the shape that the command names', async () => {
    const house = createEngineHouse();
    const job = await house.start({ verb: 'blend', imageUrls: ['https://a.example/1.png', 'https://a.example/2.png', 'https://a.example/3.png'], dimensions: 'portrait' });
    assert.deepEqual(dataOf(house.session.posted[0])['options'], [
      { type: 11, name: 'image1', value: 0 },
      { type: 11, name: 'image2', value: 1 },
      { type: 11, name: 'image3', value: 2 },
      { type: 3, name: 'dimensions', value: '--ar 2:3' },
    ]);
    const start = house.id();
    await house.send('MESSAGE_CREATE', startMessage({ id: start, prompt: 'https://cdn.example/ephemeral-attachments/1.png', nonce: job.nonce }));
    await house.send('MESSAGE_CREATE', gridMessage({ id: house.id(), prompt: '<https://s.mj.run/A> <https://s.mj.run/B> <https://s.mj.run/C> --ar 2:3', uuid: uuidOf(1) }));
    await house.send('MESSAGE_DELETE', { id: start, channel_id: '2000000000000000002' });
    assert.equal(job.last('completed').media[0]?.role, 'grid');
  });

  test('a picture that cannot be fetched ends the job before Midjourney is asked', async () => {
    const house = createEngineHouse({ fetchImage: () => Promise.reject(new UrlFetchError('status', 'the server answered 404', { status: 404 })) });
    const job = await house.start({ verb: 'describe', imageUrl: 'https://a.example/cat.png' });
    assert.deepEqual(job.last('failed').failure, { code: 'media-unavailable', title: 'A picture could not be fetched', details: 'the server answered 404' });
    assert.equal(house.session.posted.length, 0);
  });

  test('seed: an envelope, and the answer in private, for all who asked', async () => {
    const house = createEngineHouse();
    house.session.history = [gridMessage({ id: SOURCE, prompt: ECHO, uuid: uuidOf(4) })];
    const jobs = [await house.start({ verb: 'seed', messageId: SOURCE }), await house.start({ verb: 'seed', messageId: SOURCE })];
    assert.deepEqual(house.session.reactions[0], { messageId: SOURCE, emoji: '✉️' });
    const content = `**${ECHO}**\n**Job ID**: ${uuidOf(4)}\n**seed** 1234567890`;
    const direct = { id: house.id(), guildId: null, channelId: '555' };
    await house.send('MESSAGE_CREATE', botMessage({ ...direct, content: content.replace(uuidOf(4), uuidOf(5)) }));
    assert.ok(jobs.every((job) => !job.done));
    await house.send('MESSAGE_CREATE', botMessage({ ...direct, id: house.id(), content }));
    for (const job of jobs) assert.deepEqual(job.last('completed').data, { seed: 1_234_567_890, content });
  });
});

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
