import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UrlFetchError } from '../../core/url-guard.ts';
import { botMessage, button, gridMessage, row, snowflakeAt, startMessage, uuidOf } from './testing/bot-messages.ts';
import { createTestEngine, START_MS, type TestEngine } from './testing/test-engine.ts';
import { dataOf } from './testing/fake-session.ts';

const ECHO = 'a red fox --v 7.0';
const SOURCE = snowflakeAt(START_MS - 3_600_000);
const typesOf = (updates: readonly { type: string }[]): string[] => updates.map(({ type }) => type);

describe('small commands', () => {
  async function reply(harness: TestEngine, nonce: string, parts: Parameters<typeof botMessage>[0]): Promise<void> {
    await harness.send('MESSAGE_CREATE', botMessage({ id: parts.id, nonce, flags: 64 | 128 }));
    await harness.send('MESSAGE_UPDATE', botMessage({ flags: 64, ...parts, guildId: null }));
  }

  test('info returns its fields', async () => {
    const harness = createTestEngine();
    const job = await harness.start({ verb: 'info' });
    const description =
      '**User ID**: 9d1b\n**Subscription**: Mega (Active monthly, renews next on <t:1>)\n**Job Mode**: Fast\n**Visibility Mode**: Public\n**Fast Time Remaining**: 60.0/60.0 hours (100%)\n**Lifetime Usage**: 3 images\n**Relaxed Usage**: 0 images\n\n**Queued Jobs (fast)**: 0\n**Queued Jobs (relax)**: 0\n**Running Jobs**: None';
    await reply(harness, job.nonce, { id: harness.id(), embeds: [{ title: 'Your info - an error of nature', description, color: 0 }] });
    const { data, message } = job.last('completed');
    assert.deepEqual(data, {
      user_id: '9d1b',
      subscription: 'Mega (Active monthly, renews next on <t:1>)',
      job_mode: 'Fast',
      visibility_mode: 'Public',
      fast_time_remaining: '60.0/60.0 hours (100%)',
      lifetime_usage: '3 images',
      relaxed_usage: '0 images',
      queued_jobs_fast: '0',
      queued_jobs_relax: '0',
      running_jobs: 'None',
    });
    assert.equal(message?.content, '');
    assert.equal(message?.embeds.length, 1);
  });

  test('fast, prefer remix, settings', async () => {
    const harness = createTestEngine();
    const fast = await harness.start({ verb: 'fast' });
    await reply(harness, fast.nonce, { id: harness.id(), content: 'Done! Note that once you exhaust your fast hours, …' });
    assert.match(fast.last('completed').message?.content ?? '', /^Done!/);
    const remix = await harness.start({ verb: 'remix' });
    assert.deepEqual(dataOf(harness.session.posted[1])['options'], [{ type: 1, name: 'remix', options: [] }]);
    await reply(harness, remix.nonce, { id: harness.id(), content: 'Remix mode turned on! …' });
    assert.match(remix.last('completed').message?.content ?? '', /turned on/);
    const settings = await harness.start({ verb: 'settings' });
    await reply(harness, settings.nonce, {
      id: harness.id(),
      components: [
        row({ type: 3, custom_id: 'MJ::Settings::VersionSelector', options: [] }),
        row(button('Remix mode', 'MJ::Settings::RemixMode')),
      ],
    });
    assert.deepEqual(
      settings.last('completed').buttons.map(({ label }) => label),
      ['Remix mode'],
    );
  });

  test('describe uploads the picture and returns the prompts', async () => {
    const harness = createTestEngine();
    const job = await harness.start({ verb: 'describe', imageUrl: 'https://a.example/cat.png' });
    assert.deepEqual(harness.session.uploads, ['cat.png']);
    const { options, attachments } = dataOf(harness.session.posted[0]);
    assert.deepEqual(options, [{ type: 11, name: 'image', value: 0 }]);
    assert.deepEqual(attachments, [{ id: '0', filename: 'cat.png', uploaded_filename: 'uploaded/cat.png' }]);
    await reply(harness, job.nonce, {
      id: harness.id(),
      embeds: [
        { description: '1️⃣ a cat --ar 1:1\n\n2️⃣ two cats\n\n3️⃣ a denied cat\n\n4️⃣ cats', image: { url: 'https://cdn.example/x.png' } },
      ],
      components: [row(button('1️⃣', 'MJ::Job::PicReader::1'))],
    });
    assert.deepEqual(typesOf(job.updates), ['started', 'completed']);
    assert.deepEqual(job.last('completed').data, { prompts: ['a cat --ar 1:1', 'two cats', 'a denied cat', 'cats'] });
  });

  test('shorten', async () => {
    const harness = createTestEngine();
    const job = await harness.start({ verb: 'shorten', prompt: 'a very long prompt' });
    await reply(harness, job.nonce, {
      id: harness.id(),
      embeds: [{ title: 'Shortened prompts', description: 'Important words\n## Shortened prompts\n1️⃣ long\n\n2️⃣ prompt' }],
    });
    assert.deepEqual(job.last('completed').data, { prompts: ['long', 'prompt'] });
  });

  test('blend sends each picture in its own option, and the dimensions that the command names', async () => {
    const harness = createTestEngine();
    const job = await harness.start({
      verb: 'blend',
      imageUrls: ['https://a.example/1.png', 'https://a.example/2.png', 'https://a.example/3.png'],
      dimensions: 'portrait',
    });
    assert.deepEqual(dataOf(harness.session.posted[0])['options'], [
      { type: 11, name: 'image1', value: 0 },
      { type: 11, name: 'image2', value: 1 },
      { type: 11, name: 'image3', value: 2 },
      { type: 3, name: 'dimensions', value: '--ar 2:3' },
    ]);
    const start = harness.id();
    await harness.send(
      'MESSAGE_CREATE',
      startMessage({ id: start, prompt: 'https://cdn.example/ephemeral-attachments/1.png', nonce: job.nonce }),
    );
    await harness.send(
      'MESSAGE_CREATE',
      gridMessage({ id: harness.id(), prompt: '<https://s.mj.run/A> <https://s.mj.run/B> <https://s.mj.run/C> --ar 2:3', uuid: uuidOf(1) }),
    );
    await harness.send('MESSAGE_DELETE', { id: start, channel_id: '2000000000000000002' });
    assert.equal(job.last('completed').media[0]?.role, 'grid');
  });

  test('a picture that cannot be fetched fails the job before any request', async () => {
    const harness = createTestEngine({
      fetchImage: () => Promise.reject(new UrlFetchError('status', 'the server answered 404', { status: 404 })),
    });
    const job = await harness.start({ verb: 'describe', imageUrl: 'https://a.example/cat.png' });
    assert.deepEqual(job.last('failed').failure, {
      code: 'media-unavailable',
      title: 'A picture could not be fetched',
      details: 'the server answered 404',
    });
    assert.equal(harness.session.posted.length, 0);
  });

  test('seed: one reaction with an envelope, and the direct message answers all requests', async () => {
    const harness = createTestEngine();
    harness.session.history = [gridMessage({ id: SOURCE, prompt: ECHO, uuid: uuidOf(4) })];
    const jobs = [await harness.start({ verb: 'seed', messageId: SOURCE }), await harness.start({ verb: 'seed', messageId: SOURCE })];
    assert.deepEqual(harness.session.reactions[0], { messageId: SOURCE, emoji: '✉️' });
    const content = `**${ECHO}**\n**Job ID**: ${uuidOf(4)}\n**seed** 1234567890`;
    const direct = { id: harness.id(), guildId: null, channelId: '555' };
    await harness.send('MESSAGE_CREATE', botMessage({ ...direct, content: content.replace(uuidOf(4), uuidOf(5)) }));
    assert.ok(jobs.every((job) => !job.done));
    await harness.send('MESSAGE_CREATE', botMessage({ ...direct, id: harness.id(), content }));
    for (const job of jobs) assert.deepEqual(job.last('completed').data, { seed: 1_234_567_890, content });
  });
});
