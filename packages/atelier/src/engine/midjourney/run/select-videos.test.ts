import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '@atelier/lib/json';
import { botMessage, button, progressMessage, row, snowflakeAt, uuidOf } from '../testing/bot-messages.ts';
import { createTestEngine, GRACE_MS, START_MS, type TestEngine } from '../testing/test-engine.ts';
import { dataOf } from '../testing/fake-session.ts';

const SOURCE = snowflakeAt(START_MS - 3_600_000);
const ANIMATE = {
  verb: 'button',
  label: 'Animate (High motion)',
  customId: `MJ::JOB::animate_high::1::${uuidOf(1)}::SOLO`,
  messageId: SOURCE,
  messageFlags: 0,
  prompt: null,
  mask: null,
} as const;
const ECHO = 'a red fox --motion high --video 1';
const JOB = uuidOf(2);
const choice = (n: number): string => `MJ::JOB::video_virtual_upscale::${n}::${JOB}`;
const file = (filename: string, contentType: string): JsonObject => ({
  id: '1',
  filename,
  content_type: contentType,
  width: 480,
  height: 320,
  url: `https://cdn.example/${filename}?ex=1&`,
});

/** The preview of all videos. */
const preview = (id: string): JsonObject =>
  botMessage({
    id,
    referenceId: SOURCE,
    content: `**${ECHO}** - <@1000000000000000001> [(Open on website for full quality)](<https://midjourney.com/jobs/${JOB}>) (fast)`,
    attachments: [file(`someone_a_red_fox_${JOB}.webp`, 'image/webp')],
    components: [row(button('U1', choice(1)), button('U2', choice(2)))],
  });

/** One video. It names the Midjourney job that made it. */
const video = (id: string, previewId: string, n: number): JsonObject =>
  botMessage({
    id,
    referenceId: previewId,
    content: `**${ECHO}** - <@1000000000000000001> (fast)`,
    attachments: [file(`${JOB}_${n}_720_N.mp4`, 'video/mp4')],
    components: [row(button('Extend (High motion)', `MJ::JOB::animate_high_extend::${n}::${JOB}`))],
  });

/** A job that has reached its preview. */
async function animated(harness: TestEngine) {
  const job = await harness.start(ANIMATE);
  const start = harness.id();
  await harness.send('MESSAGE_CREATE', progressMessage({ id: start, prompt: ECHO, percent: 15, uuid: JOB, nonce: job.nonce }));
  const previewId = harness.id();
  await harness.send('MESSAGE_CREATE', preview(previewId));
  await harness.send('MESSAGE_DELETE', { id: start, channel_id: '2000000000000000002' });
  return { job, previewId };
}

const pressed = (harness: TestEngine): unknown[] => harness.session.posted.map((payload) => dataOf(payload)['custom_id']);

describe('videos with one moving preview', () => {
  test('the engine requests each video in turn and completes the job with all videos and their buttons', async () => {
    const harness = createTestEngine();
    const { job, previewId } = await animated(harness);
    assert.deepEqual(pressed(harness), [ANIMATE.customId, choice(1)]);
    // The used button is marked; the update has no other news.
    await harness.send('MESSAGE_UPDATE', preview(previewId));
    const [first, second] = [harness.id(), harness.id()];
    await harness.send('MESSAGE_CREATE', video(first, previewId, 1));
    assert.deepEqual(pressed(harness), [ANIMATE.customId, choice(1), choice(2)]);
    assert.ok(!job.done);
    await harness.send('MESSAGE_CREATE', video(second, previewId, 2));
    const { media, buttons, message } = job.last('completed');
    assert.deepEqual(
      media.map(({ role, filename, width, height }) => [role, filename, width, height]),
      [1, 2].map((n) => ['video', `${JOB}_${n}_720_N.mp4`, 480, 320]),
    );
    assert.deepEqual(
      buttons.map(({ customId, messageId }) => [customId, messageId]),
      [
        [`MJ::JOB::animate_high_extend::1::${JOB}`, first],
        [`MJ::JOB::animate_high_extend::2::${JOB}`, second],
      ],
    );
    assert.equal(message?.id, second);
  });

  test('after a restart the video that was posted meanwhile is found, and the next is requested', async () => {
    const before = createTestEngine();
    const { job, previewId } = await animated(before);
    await job.stop();
    const harness = createTestEngine();
    harness.session.history = [video(before.id(), previewId, 1), preview(previewId)];
    const resumed = await harness.resume({ ...job.job, status: 'progress' }, job.operation);
    assert.deepEqual(pressed(harness), [choice(2)]);
    await resumed.stop();

    const last = createTestEngine();
    last.session.history = [video(before.id(), previewId, 2), ...harness.session.history];
    const again = await last.resume({ ...job.job, status: 'progress' }, resumed.operation);
    assert.deepEqual(
      again.last('completed').media.map(({ filename }) => filename),
      [1, 2].map((n) => `${JOB}_${n}_720_N.mp4`),
    );
  });

  test('after a restart the preview does not count as a video: the video is requested again', async () => {
    const before = createTestEngine();
    const { job, previewId } = await animated(before);
    await job.stop();
    const harness = createTestEngine();
    harness.session.history = [preview(previewId)];
    const resumed = await harness.resume({ ...job.job, status: 'progress' }, job.operation);
    await harness.clock.advance(GRACE_MS + 1);
    assert.deepEqual(pressed(harness), [choice(1)]);
    await harness.send('MESSAGE_CREATE', video(before.id(), previewId, 1));
    await harness.send('MESSAGE_CREATE', video(before.id(), previewId, 2));
    assert.equal(resumed.last('completed').media.length, 2);
  });

  test('if the message itself carries the videos, they are the result', async () => {
    const harness = createTestEngine();
    const job = await harness.start(ANIMATE);
    await harness.send('MESSAGE_CREATE', progressMessage({ id: harness.id(), prompt: ECHO, percent: 15, uuid: JOB, nonce: job.nonce }));
    await harness.send('MESSAGE_CREATE', video(harness.id(), SOURCE, 1));
    assert.equal(job.last('completed').media[0]?.role, 'video');
    assert.equal(harness.session.posted.length, 1);
  });
});
