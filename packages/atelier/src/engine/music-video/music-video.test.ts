import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import sharp from 'sharp';
import { MediaError } from '@atelier/renderer';
import type { EngineUpdate } from '../../core/engine.ts';
import { toFileStem } from './music-video.ts';
import { createManualRender } from './testing/manual-render.ts';
import { newVideoJob, createTestVideoEngine, runToEnd } from './testing/test-video-engine.ts';

const percents = (updates: readonly EngineUpdate[]): number[] =>
  updates.flatMap((update) => (update.type === 'progress' ? [update.percent] : []));

/** The failure at the end of a run. A run that did not fail shows its updates. */
function failureIn(updates: readonly EngineUpdate[]) {
  const last = updates.at(-1);
  assert.ok(last?.type === 'failed', JSON.stringify(updates));
  return last.failure;
}

describe('the music video engine', () => {
  test('passes the input to the renderer, reports progress, and keeps the file until the queue has copied it', async () => {
    const hand = createManualRender();
    await using harness = await createTestVideoEngine(hand.render);
    harness.assets.set('asset-cover', 'the bytes of a picture');
    const job = newVideoJob({ cover: { assetId: 'asset-cover' }, template: 'halo' });
    let copied = '';
    const progressed = Promise.withResolvers<void>();
    const running = runToEnd(harness, job, {
      async onUpdate(update) {
        if (update.type === 'progress' && update.percent === 50) progressed.resolve();
        if (update.type !== 'completed') return;
        const [file] = update.media;
        assert.ok(file && 'path' in file.source);
        copied = await readFile(file.source.path, 'utf8');
      },
    });
    const run = await hand.next();
    assert.equal(await readFile(run.request.audioPath, 'utf8'), 'the bytes of a song');
    assert.equal(await readFile(run.request.coverPath, 'utf8'), 'the bytes of a picture');
    const { title, author, domain, template, lyrics } = run.request;
    assert.deepEqual(
      { title, author, domain, template, lyrics },
      {
        title: 'Harbour lights',
        author: 'Ada',
        domain: 'example.com',
        template: 'halo',
        lyrics: [{ startMs: 0, endMs: 900, text: 'la la' }],
      },
    );
    run.progress(0.5);
    await progressed.promise;
    run.progress(0.5);
    await run.finish();

    const updates = await running;
    assert.deepEqual(percents(updates), [2, 50]);
    const last = updates.at(-1);
    assert.ok(last?.type === 'completed');
    assert.deepEqual(last.data, { template: 'halo', durationMs: 20_000 });
    const [{ role, filename, width, height } = assert.fail('no file')] = last.media;
    assert.deepEqual([role, filename, width, height], ['video', 'Harbour-lights.mp4', 1280, 720]);
    assert.equal(copied, 'video');
    assert.deepEqual(await harness.leftovers(), []);
  });

  test('paints a missing cover from the title: always the same for one title', async () => {
    const hand = createManualRender();
    await using harness = await createTestVideoEngine(hand.render);
    const coverOf = async (title: string): Promise<Buffer> => {
      const running = runToEnd(harness, newVideoJob({ title }));
      const run = await hand.next();
      const bytes = await readFile(run.request.coverPath);
      await run.finish();
      await running;
      return bytes;
    };
    const first = await coverOf('<svg>"&');
    const { format, width, height } = await sharp(first).metadata();
    assert.deepEqual([format, width, height], ['png', 1024, 1024]);
    assert.deepEqual(await coverOf('<svg>"&'), first);
    assert.notDeepEqual(await coverOf('another'), first);
  });

  test('fails with the fault of a file, and leaves no file behind', async () => {
    const hand = createManualRender();
    await using harness = await createTestVideoEngine(hand.render, {
      checkAudio: async (path) => {
        if ((await readFile(path, 'utf8')) === 'noise') throw new MediaError('This is not a sound file.');
        return { format: 'mp3', durationMs: 1_000 };
      },
      checkPicture: async () => {
        throw new MediaError('The picture has too many pixels.');
      },
    });
    harness.assets.set('asset-noise', 'noise');
    const outcomes = [
      await runToEnd(harness, newVideoJob({ audio: { assetId: 'asset-noise' } })),
      await runToEnd(harness, newVideoJob({ audio: { assetId: 'asset-gone' } })),
      await runToEnd(harness, newVideoJob({ cover: { assetId: 'asset-noise' } })),
    ];
    assert.deepEqual(outcomes.map(failureIn), [
      { code: 'media-invalid', title: 'The audio cannot be used', details: 'This is not a sound file.' },
      { code: 'media-invalid', title: 'The audio is no longer kept', details: null },
      { code: 'media-invalid', title: 'The cover cannot be used', details: 'The picture has too many pixels.' },
    ]);
    assert.deepEqual(await harness.leftovers(), []);
    assert.deepEqual(harness.logLines, []);
  });

  test('logs the reason of a failed render, and does not show it to the caller', async () => {
    const hand = createManualRender();
    await using harness = await createTestVideoEngine(hand.render);
    const running = runToEnd(harness, newVideoJob());
    (await hand.next()).fail(new Error('ffmpeg ended with code 1: /srv/secret/place'));
    assert.deepEqual(failureIn(await running), { code: 'internal', title: 'The video could not be rendered', details: null });
    assert.match(harness.logLines.join(''), /ffmpeg ended with code 1/);
    assert.deepEqual(await harness.leftovers(), []);
  });

  test('stops without an update when its signal aborts, and stops the render', async () => {
    const hand = createManualRender();
    await using harness = await createTestVideoEngine(hand.render);
    const stop = new AbortController();
    const running = runToEnd(harness, newVideoJob(), { signal: stop.signal });
    const run = await hand.next();
    stop.abort(new Error('cancelled'));
    assert.deepEqual(percents(await running), [2]);
    assert.equal(run.request.signal?.aborted, true);
    assert.deepEqual(await harness.leftovers(), []);
    assert.deepEqual(harness.logLines, []);
  });

  test('stops the render when its updates are not read any more', async () => {
    const hand = createManualRender();
    await using harness = await createTestVideoEngine(hand.render);
    const job = newVideoJob();
    const updates = harness.engine.run(job, null, { resumed: false, signal: new AbortController().signal })[Symbol.asyncIterator]();
    await updates.next();
    const second = updates.next();
    const run = await hand.next();
    run.progress(0.3);
    assert.deepEqual(await second, { done: false, value: { type: 'progress', percent: 31 } });
    await updates.return?.();
    assert.equal(run.request.signal?.aborted, true);
    assert.deepEqual(await harness.leftovers(), []);
  });

  test('does nothing when its signal has aborted before it starts', async () => {
    await using harness = await createTestVideoEngine(createManualRender().render);
    assert.deepEqual(await runToEnd(harness, newVideoJob(), { signal: AbortSignal.abort(new Error('closing')) }), []);
    assert.deepEqual(await harness.leftovers(), []);
  });

  test('renders again after a restart, and removes the files of the killed process', async () => {
    const hand = createManualRender();
    await using harness = await createTestVideoEngine(hand.render);
    await mkdir(join(harness.folder, 'video-killed'));
    await writeFile(join(harness.folder, 'video-killed', 'track'), 'half a song');
    await harness.engine.sweep();
    assert.deepEqual(await harness.leftovers(), []);
    const run = harness.engine.run(newVideoJob(), null, { resumed: true, signal: new AbortController().signal });
    const updates = run[Symbol.asyncIterator]();
    assert.deepEqual((await updates.next()).value, { type: 'progress', percent: 2 });
    const last = updates.next();
    await (await hand.next()).finish();
    const { value } = await last;
    assert.equal(value?.type, 'completed');
    const [left] = await harness.leftovers();
    assert.ok(left !== undefined && existsSync(join(harness.folder, left, 'video.mp4')));
    await updates.next();
    assert.deepEqual(await harness.leftovers(), []);
  });

  test('refuses an input that no dialect writes', async () => {
    await using harness = await createTestVideoEngine(createManualRender().render);
    await assert.rejects(runToEnd(harness, { ...newVideoJob(), input: { audio: 'x' } }), /not the input of a music video/);
    assert.deepEqual(await harness.leftovers(), []);
  });

  test('names the file after the title', () => {
    assert.equal(toFileStem('Neon  rain: part 2!'), 'Neon-rain-part-2');
    assert.equal(toFileStem('東京の夜'), '東京の夜');
    assert.equal(toFileStem('../../etc/passwd'), 'etc-passwd');
    assert.equal(toFileStem('🎵'), 'music-video');
    assert.equal(toFileStem(''), 'music-video');
    assert.equal(toFileStem('𠮷'.repeat(80)), '𠮷'.repeat(30));
    assert.ok(toFileStem(`a${'𠮷'.repeat(80)}`).isWellFormed());
  });
});
