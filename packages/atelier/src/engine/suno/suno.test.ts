import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { EMPTY_OUTPUT } from '../../core/job.ts';
import { textAt } from '@atelier/lib/json';
import type { EngineUpdate } from '../../core/engine.ts';
import { sunoJob, SONG, createTestSunoEngine, type TestRun, type TestSunoEngine } from './testing/test-suno-engine.ts';
import { musicRecord, silentTrack, track } from './testing/records.ts';

const ACCEPTED = { asked: true, taskId: 'task-1' };

describe('a song', () => {
  let engine: TestSunoEngine;
  const open = async (...options: Parameters<typeof createTestSunoEngine>): Promise<TestSunoEngine> =>
    (engine = await createTestSunoEngine(...options));
  afterEach(() => engine.close());

  /** The updates until the vendor has accepted the task. */
  const begin = async (run: TestRun): Promise<void> => {
    assert.deepEqual(await run.next(), { type: 'operation', operation: { asked: true } });
    assert.deepEqual(await run.next(), { type: 'progress', operation: ACCEPTED, percent: 1 });
  };
  const files = (update: EngineUpdate | undefined): string[] =>
    update && 'media' in update ? update.media.map(({ role, index, filename }) => `${role} ${index} ${filename}`) : [];
  const shape = (update: EngineUpdate | undefined): unknown =>
    update && 'data' in update ? [update.type, update.data['stage'], files(update)] : update;

  for (const style of ['kie', 'sunoapi'] as const) {
    test(`${style}: is submitted, reported in stages, and completed`, async () => {
      const { vendor, start } = await open({ style });
      const run = start(sunoJob(SONG));
      await begin(run);
      const [submit] = vendor.submits();
      assert.deepEqual([submit?.path, submit?.authorization], ['generate', 'Bearer suno-key']);
      const { callBackUrl: _url, ...request } = submit?.body ?? {};
      assert.deepEqual(request, SONG['request']);
      assert.match(textAt(submit?.body ?? {}, 'callBackUrl'), /^http:\/\/127\.0\.0\.1:\d+\/upstream\/suno\/[\w-]+\.[\w-]{43}$/);

      vendor.setRecord(musicRecord('TEXT_SUCCESS', [silentTrack(1), silentTrack(2)]));
      assert.deepEqual(shape(await run.next()), ['part', 'text', []]);
      vendor.setRecord(musicRecord('FIRST_SUCCESS', [silentTrack(1), track(2, style)]));
      assert.deepEqual(shape(await run.next()), ['part', 'first', ['audio 2 Iron Man-2.mp3', 'cover 2 Iron Man-2.jpeg']]);
      vendor.setRecord(musicRecord('SUCCESS', [track(1, style), track(2, style)]));
      const end = await run.next();
      assert.deepEqual(shape(end), ['completed', 'complete', ['audio 1 Iron Man-1.mp3', 'cover 1 Iron Man-1.jpeg']]);
      assert.equal(await run.next(), undefined);
      assert.deepEqual(end?.type === 'completed' && end.data, {
        upstreamTaskId: 'task-1',
        stage: 'complete',
        tracks: [1, 2].map((index) => ({
          index,
          id: `audio-${index}`,
          title: 'Iron Man',
          tags: 'electrifying, rock',
          prompt: '[Verse] La la',
          modelName: 'chirp-v3-5',
          duration: 198.44,
          createdAtMs: Date.UTC(2025, 0, 1),
        })),
      });
      assert.deepEqual(vendor.requests.at(-1)?.query, { taskId: 'task-1' });
    });
  }

  test('stages that no poll saw are skipped', async () => {
    const { vendor, start } = await open();
    vendor.setRecord(musicRecord('SUCCESS', [track(1), track(2)]));
    const updates = await start(sunoJob(SONG)).end();
    assert.deepEqual(
      updates.map(({ type }) => type),
      ['operation', 'progress', 'completed'],
    );
    assert.equal(files(updates.at(-1)).length, 4);
  });

  test('a callback causes a poll at once, also when its body reports an error', async () => {
    const { vendor, start, clock } = await open();
    vendor.setRecord(musicRecord('PENDING'));
    const run = start(sunoJob(SONG));
    await begin(run);
    const pending = run.next();
    await run.until(() => vendor.requests.length > 7);
    vendor.setRecord(musicRecord('SUCCESS', [track(1)]));
    const polls = vendor.requests.length;
    const beforeMs = clock.now();
    assert.equal(await vendor.callBack({ code: 501, data: { callbackType: 'error', task_id: 'another' } }), 200);
    assert.equal((await pending)?.type, 'completed');
    assert.equal(vendor.requests.length, polls + 1);
    assert.ok(clock.now() - beforeMs < 2_000, 'it did not wait for the next poll');
  });

  test('without callbacks the polls become rarer, down to one in 30 s', async () => {
    const { vendor, start, clock } = await open();
    vendor.setRecord(musicRecord('PENDING'));
    const run = start(sunoJob(SONG));
    await begin(run);
    const fromMs = clock.now();
    const pending = run.next();
    await run.until(() => clock.now() - fromMs > 150_000);
    const polls = vendor.requests.length - 1;
    assert.ok(polls >= 7 && polls <= 9, `${polls} polls`);
    vendor.setRecord(musicRecord('SUCCESS', [track(1)]));
    assert.equal((await pending)?.type, 'completed');
  });

  test('many callbacks cause at most three polls in a second', async () => {
    const { vendor, start, clock } = await open();
    vendor.setRecord(musicRecord('PENDING'));
    const run = start(sunoJob(SONG));
    await begin(run);
    const fromMs = clock.now();
    const pending = run.next();
    for (let calls = 0; calls < 20; calls += 1) {
      await vendor.callBack({});
      await run.until(() => true);
    }
    await run.until(() => clock.now() - fromMs >= 2_000);
    const [polls, maxPolls] = [vendor.requests.length - 1, 1 + (clock.now() - fromMs) / 333];
    assert.ok(polls <= maxPolls, `${polls} polls, at most ${maxPolls}`);
    vendor.setRecord(musicRecord('SUCCESS', [track(1)]));
    await pending;
  });

  test('a task without its sound after SUCCESS is polled for two minutes, then completed without the sound', async () => {
    const { vendor, start, clock } = await open();
    vendor.setRecord(musicRecord('SUCCESS', [track(1), silentTrack(2)]));
    const run = start(sunoJob(SONG));
    await begin(run);
    assert.deepEqual(shape(await run.next()), ['part', 'first', ['audio 1 Iron Man-1.mp3', 'cover 1 Iron Man-1.jpeg']]);
    const fromMs = clock.now();
    assert.deepEqual(shape(await run.next()), ['completed', 'complete', []]);
    assert.ok(clock.now() - fromMs > 100_000);
  });

  test('when the vendor could not call back, its record decides', async () => {
    const { vendor, start } = await open();
    vendor.setRecord(musicRecord('CALLBACK_EXCEPTION', [track(1), track(2)]));
    assert.equal((await start(sunoJob(SONG)).end()).at(-1)?.type, 'completed');
    vendor.setRecord(musicRecord('CALLBACK_EXCEPTION'));
    assert.equal((await start(sunoJob(SONG)).end()).at(-1)?.type, 'failed');
  });

  test('after a restart the task is polled at once, and no stage is reported twice', async () => {
    const { vendor, start, clock } = await open();
    const asset = {
      assetId: 'a',
      role: 'audio',
      index: 1,
      contentType: 'audio/mpeg',
      filename: '1.mp3',
      bytes: 1,
      width: 0,
      height: 0,
    } as const;
    const known = { index: 1, id: 'audio-2', title: 'Iron Man', tags: '', prompt: '', modelName: '', duration: 1, createdAtMs: 5 };
    const data = { upstreamTaskId: 'task-1', stage: 'first', tracks: [known] };
    const output = { ...EMPTY_OUTPUT, assets: [asset, { ...asset, role: 'cover' } as const], data };
    vendor.setRecord(musicRecord('FIRST_SUCCESS', [track(2)]));
    const run = start(sunoJob(SONG, output), { operation: ACCEPTED, resumed: true });
    const fromMs = clock.now();
    const pending = run.next();
    await run.until(() => vendor.requests.length === 1);
    assert.ok(clock.now() - fromMs < 1_000);
    vendor.setRecord(musicRecord('SUCCESS', [track(1), track(2)]));
    // The track that came first keeps its number, although the list has it in another place now.
    assert.deepEqual(shape(await pending), ['completed', 'complete', ['audio 2 Iron Man-2.mp3', 'cover 2 Iron Man-2.jpeg']]);
    assert.equal(vendor.submits().length, 0);
  });

  test('a restart between the submit and its answer submits again, because the task cannot be found', async () => {
    const { vendor, start } = await open();
    vendor.setRecord(musicRecord('SUCCESS', [track(1)]));
    const updates = await start(sunoJob(SONG), { operation: { asked: true }, resumed: true }).end();
    assert.deepEqual(
      updates.map(({ type }) => type),
      ['operation', 'progress', 'completed'],
    );
    assert.equal(vendor.submits().length, 1);
  });

  test('an aborted run ends without an update, after the answer of a request under way', async () => {
    const { vendor, start } = await open();
    const run = start(sunoJob(SONG));
    await run.next();
    const pending = run.next();
    run.abort();
    assert.deepEqual(await pending, { type: 'progress', operation: ACCEPTED, percent: 1 });
    assert.equal(await run.next(), undefined);
    assert.equal(vendor.requests.length, 1);
  });

  test('file names contain only harmless characters of the title', async () => {
    const { vendor, start } = await open();
    const titled = (place: number, title: string) => ({ ...track(place), title });
    vendor.setRecord(
      musicRecord('SUCCESS', [titled(1, '../a\u0000b/"c"\ud800'), titled(2, ''), titled(3, '夜の歌 🎵'), titled(4, 'x'.repeat(200))]),
    );
    const names = files((await start(sunoJob(SONG)).end()).at(-1)).filter((name) => name.startsWith('audio'));
    assert.deepEqual(names, ['audio 1 a b c-1.mp3', 'audio 2 track-2.mp3', 'audio 3 夜の歌 🎵-3.mp3', `audio 4 ${'x'.repeat(60)}-4.mp3`]);
  });
});
