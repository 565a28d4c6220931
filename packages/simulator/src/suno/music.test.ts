import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { request } from 'undici';
import { createFakeClock } from '@atelier/lib/clock';
import { isJsonObject, listAt, objectAt, parseJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import { createTestComposer } from '../testing/composer.ts';
import { createTestSunoVendor, type TestSunoVendor, type TestSunoVendorOptions } from '../testing/suno-vendor.ts';

const withVendor =
  (act: (vendor: TestSunoVendor) => Promise<void>, options: TestSunoVendorOptions = {}): (() => Promise<void>) =>
  async () => {
    const vendor = await createTestSunoVendor(options);
    try {
      await act(vendor);
    } finally {
      await vendor.close();
    }
  };

const recordOf = async ({ call }: TestSunoVendor, taskId: string): Promise<JsonObject> =>
  objectAt((await call('GET', `/generate/record-info?taskId=${taskId}`)).body, 'data');
const tracksOf = (record: JsonObject): JsonObject[] => listAt(objectAt(record, 'response'), 'sunoData').filter(isJsonObject);
/** The task's record as soon as `isIt` is true for it. Pictures take real time beside the manual clock. */
const statusOnce = async (
  vendor: TestSunoVendor,
  taskId: string,
  isIt: (status: string) => boolean | Promise<boolean>,
): Promise<string> => {
  let status = '';
  for (let turns = 0; turns < 2_000; turns++) {
    status = textAt(await recordOf(vendor, taskId), 'status');
    if (await isIt(status)) break;
  }
  return status;
};
const finalStatus = (vendor: TestSunoVendor, taskId: string): Promise<string> =>
  statusOnce(vendor, taskId, (status) => !/^(?:PENDING|TEXT_SUCCESS|FIRST_SUCCESS)$/.test(status));
const kinds = (vendor: TestSunoVendor): string[] =>
  vendor.sink.received().map(({ body }) => textAt(objectAt(parseJsonObject(body), 'data'), 'callbackType'));

describe('music of the simulated vendor', () => {
  test(
    'a task gives two tracks, with text, first and complete in this order',
    withVendor(async (vendor) => {
      const taskId = await vendor.generate({});
      assert.match(taskId, /^[0-9a-f]{32}$/);
      const text = await vendor.callback();
      assert.deepEqual(text, { code: 200, msg: 'Text generated successfully.', data: { callbackType: 'text', task_id: taskId, data: [] } });
      const first = await vendor.callback();
      assert.equal(first.data['callbackType'], 'first');
      assert.equal(listAt(first.data, 'data').length, 1);
      const complete = await vendor.callback();
      assert.equal(complete.msg, 'All generated successfully.');
      assert.equal(complete.data['callbackType'], 'complete');
      const items = listAt(complete.data, 'data').filter(isJsonObject);
      assert.equal(items.length, 2);
      assert.notEqual(items[0]?.['id'], items[1]?.['id']);
      for (const item of items) {
        assert.match(textAt(item, 'id'), /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
        assert.match(textAt(item, 'createTime'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
        assert.equal(item['model_name'], 'chirp-v4');
        assert.equal(item['duration'], 20);
        assert.match(textAt(item, 'prompt'), /^\[Verse 1\]\n/);
        for (const name of ['audio_url', 'stream_audio_url', 'image_url', 'title', 'tags']) assert.notEqual(textAt(item, name), '', name);
      }
      const record = await recordOf(vendor, taskId);
      assert.equal(record['status'], 'SUCCESS');
      assert.equal(record['operationType'], 'generate');
      assert.equal(parseJsonObject(textAt(record, 'param'))['prompt'], 'a song of the sea');
      assert.deepEqual(
        tracksOf(record).map(({ id, audioUrl, imageUrl }) => [id, audioUrl, imageUrl]),
        items.map((item) => [item['id'], item['audio_url'], item['image_url']]),
      );
    }),
  );

  test(
    'links lead to the two takes and to their covers, for every client',
    withVendor(async (vendor) => {
      const taskId = await vendor.generate({ duration: 33 });
      for (let stages = 0; stages < 3; stages++) await vendor.callback();
      const tracks = tracksOf(await recordOf(vendor, taskId));
      for (const [take, track] of tracks.entries()) {
        const audio = await request(textAt(track, 'audioUrl'));
        assert.equal(audio.headers['content-type'], 'audio/mpeg');
        const composed = parseJsonObject(await audio.body.text());
        assert.equal(composed['take'], take);
        assert.equal(composed['durationS'], 33);
        const cover = await request(textAt(track, 'imageUrl'));
        assert.equal(cover.headers['content-type'], 'image/png');
        assert.ok((await cover.body.arrayBuffer()).byteLength > 50);
      }
      const lost = await request(`${vendor.simulator.url}/suno/media/none.mp3`);
      assert.equal(lost.statusCode, 404);
      await lost.body.dump();
    }),
  );

  test(
    'custom mode sings the prompt, with title, style and voice as given; instrumental sings nothing',
    withVendor(async (vendor) => {
      const ordered = async (fields: JsonObject): Promise<JsonObject> => {
        const taskId = await vendor.generate({ customMode: true, title: 'My Song', style: 'dreamy pop', ...fields });
        for (let stages = 0; stages < 3; stages++) await vendor.callback();
        const [track] = tracksOf(await recordOf(vendor, taskId));
        const { body } = await request(textAt(track ?? {}, 'audioUrl'));
        return parseJsonObject(await body.text());
      };
      const lyrics = `[Verse]\n${'a line of ten words to be sung\n'.repeat(10)}`.trim();
      const sung = await ordered({ prompt: lyrics, vocalGender: 'f' });
      assert.equal(sung['lyrics'], lyrics);
      assert.equal(sung['title'], 'My Song');
      assert.equal(sung['style'], 'dreamy pop, female voice');
      // Ten lines take longer than the usual length at pace 0.
      assert.equal(sung['durationS'], 42);
      assert.equal((await ordered({ prompt: 'the sea', instrumental: true }))['lyrics'], '');
    }),
  );

  test('at pace 1 the stages come after 1.5, 5 and 8 seconds', async () => {
    const clock = createFakeClock();
    const vendor = await createTestSunoVendor({ clock, pace: 1 });
    try {
      const taskId = await vendor.generate({});
      const advance = async (ms: number, expected: string): Promise<void> => {
        await clock.advance(ms);
        assert.equal(await statusOnce(vendor, taskId, (status) => status === expected), expected);
      };
      const stillAfter = async (ms: number, expected: string): Promise<void> => {
        await clock.advance(ms);
        assert.equal((await recordOf(vendor, taskId))['status'], expected);
      };
      await stillAfter(1_400, 'PENDING');
      await advance(200, 'TEXT_SUCCESS');
      const early = tracksOf(await recordOf(vendor, taskId));
      assert.deepEqual(early.map(({ audioUrl, duration }) => [audioUrl, duration])[1], ['', null]);
      await stillAfter(3_300, 'TEXT_SUCCESS');
      await advance(200, 'FIRST_SUCCESS');
      assert.equal(tracksOf(await recordOf(vendor, taskId))[0]?.['duration'], 60);
      await stillAfter(2_800, 'FIRST_SUCCESS');
      await advance(200, 'SUCCESS');
    } finally {
      await vendor.close();
    }
    assert.equal(clock.pending(), 0);
  });

  test('links end after 14 days', async () => {
    const clock = createFakeClock();
    const vendor = await createTestSunoVendor({ clock });
    try {
      const taskId = await vendor.generate({});
      await clock.advance(10);
      for (let stages = 0; stages < 3; stages++) {
        await vendor.callback();
        await clock.advance(10);
      }
      const link = textAt(tracksOf(await recordOf(vendor, taskId))[0] ?? {}, 'audioUrl');
      const statusNow = async (): Promise<number> => {
        const { statusCode, body } = await request(link);
        await body.dump();
        return statusCode;
      };
      await clock.advance(14 * 86_400_000 - 1_000);
      assert.equal(await statusNow(), 200);
      await clock.advance(2_000);
      assert.equal(await statusNow(), 404);
    } finally {
      await vendor.close();
    }
  });

  test(
    'sung words have times, and an instrumental track has no words',
    withVendor(async (vendor) => {
      const timed = async (fields: JsonObject): Promise<JsonObject> => {
        const taskId = await vendor.generate(fields);
        for (let stages = 0; stages < 3; stages++) await vendor.callback();
        const audioId = tracksOf(await recordOf(vendor, taskId))[1]?.['id'] ?? null;
        const { body } = await vendor.call('POST', '/generate/get-timestamped-lyrics', { taskId, audioId });
        return objectAt(body, 'data');
      };
      const song = await timed({ customMode: true, title: 'T', style: 'pop', prompt: 'one two\nthree' });
      assert.deepEqual(listAt(song, 'alignedWords'), [
        { word: 'one ', success: true, startS: 0, endS: 0.9, palign: 0 },
        { word: 'two\n', success: true, startS: 0, endS: 0.9, palign: 0 },
        { word: 'three\n', success: true, startS: 1, endS: 1.9, palign: 0 },
      ]);
      assert.equal(listAt(song, 'waveformData').length, 200);
      assert.equal(song['isStreamed'], false);
      assert.deepEqual(listAt(await timed({ instrumental: true }), 'alignedWords'), []);
      const { body } = await vendor.call('POST', '/generate/get-timestamped-lyrics', { taskId: 'none', audioId: 'none' });
      assert.deepEqual(body, { code: 200, msg: 'success', data: null });
    }),
  );

  test(
    'scenario words that end a task: its state, and one error callback',
    withVendor(async (vendor) => {
      const expected = {
        'sim:fail': ['GENERATE_AUDIO_FAILED', 501, ['text', 'error']],
        'sim:refunded': ['GENERATE_AUDIO_FAILED', 531, ['text', 'error']],
        'sim:timeout': ['GENERATE_AUDIO_FAILED', 408, ['text', 'error']],
        'sim:moderated': ['SENSITIVE_WORD_ERROR', 400, ['error']],
        'sim:create-failed': ['CREATE_TASK_FAILED', 500, ['error']],
      } as const;
      for (const [word, [status, code, stages]] of Object.entries(expected)) {
        vendor.sink.clear();
        const taskId = await vendor.generate({ prompt: `a song ${word}` });
        let last = await vendor.callback();
        if (stages.length === 2) last = await vendor.callback();
        assert.equal(last.code, code);
        assert.deepEqual(last.data, { callbackType: 'error', task_id: taskId, data: null });
        const record = await recordOf(vendor, taskId);
        assert.equal(record['status'], status);
        assert.equal(record['errorCode'], code);
        assert.deepEqual(kinds(vendor), [...stages]);
      }
    }),
  );

  test(
    'scenario words about callbacks',
    withVendor(async (vendor) => {
      await vendor.generate({ prompt: 'x sim:complete-only' });
      assert.equal((await vendor.callback()).data['callbackType'], 'complete');
      vendor.sink.clear();
      await vendor.generate({ prompt: 'x sim:twice' });
      for (let stages = 0; stages < 6; stages++) await vendor.callback();
      assert.deepEqual(kinds(vendor), ['text', 'text', 'first', 'first', 'complete', 'complete']);
      vendor.sink.clear();
      const silent = await vendor.generate({ prompt: 'x sim:no-callback' });
      const loud = await vendor.generate({ prompt: 'x sim:callback-exception' });
      for (let stages = 0; stages < 3; stages++) assert.equal((await vendor.callback()).data['task_id'], loud);
      assert.equal((await recordOf(vendor, loud))['status'], 'CALLBACK_EXCEPTION');
      assert.equal(await finalStatus(vendor, silent), 'SUCCESS');
    }),
  );

  test('scenario words that stop a task half way, or slow it down', async () => {
    const clock = createFakeClock();
    const vendor = await createTestSunoVendor({ clock, pace: 0 });
    try {
      const ids = await Promise.all(
        ['hang', 'stall', 'first-only', 'slow', 'lost-media'].map((word) => vendor.generate({ prompt: `x sim:${word}` })),
      );
      const statuses = async (expected: string[]): Promise<void> => {
        for (let turns = 0; turns < 5; turns++) await clock.advance(1);
        for (const [index, status] of expected.entries())
          assert.equal(
            await statusOnce(vendor, ids[index] ?? '', async (seen) => {
              await clock.advance(1);
              return seen === status;
            }),
            status,
          );
      };
      await statuses(['PENDING', 'TEXT_SUCCESS', 'FIRST_SUCCESS', 'PENDING', 'SUCCESS']);
      const lost = tracksOf(await recordOf(vendor, ids[4] ?? ''));
      const answer = await request(textAt(lost[0] ?? {}, 'audioUrl'));
      await answer.body.dump();
      assert.equal(answer.statusCode, 404);
      await clock.advance(8_000);
      await statuses(['PENDING', 'TEXT_SUCCESS', 'FIRST_SUCCESS', 'TEXT_SUCCESS', 'SUCCESS']);
      await clock.advance(20_000);
      await statuses(['PENDING', 'TEXT_SUCCESS', 'FIRST_SUCCESS', 'SUCCESS', 'SUCCESS']);
    } finally {
      await vendor.close();
    }
  });

  test(
    'a song that cannot be made fails with an error callback',
    withVendor(
      async (vendor) => {
        const taskId = await vendor.generate({});
        assert.equal((await vendor.callback()).data['callbackType'], 'text');
        assert.equal((await vendor.callback()).code, 501);
        assert.equal((await recordOf(vendor, taskId))['status'], 'GENERATE_AUDIO_FAILED');
      },
      { composer: { ...createTestComposer(), compose: () => Promise.reject(new Error('no usable ffmpeg')) } },
    ),
  );

  test(
    'a receiver that redirects, drops or is missing does not change the task',
    withVendor(async (vendor) => {
      vendor.sink.behave('drop');
      const dropped = await vendor.generate({});
      for (let stages = 0; stages < 3; stages++) await vendor.callback();
      const absent = await vendor.generate({ callBackUrl: 'http://127.0.0.1:1/none' });
      vendor.sink.behave({ status: 302 });
      const last = await vendor.generate({});
      for (let stages = 0; stages < 3; stages++) await vendor.callback();
      for (const taskId of [dropped, absent, last]) assert.equal(await finalStatus(vendor, taskId), 'SUCCESS');
    }),
  );

  test(
    'a callback waits for the answer to the one before, while the task continues',
    withVendor(async (vendor) => {
      const { promise: firstPost, resolve: posted } = Promise.withResolvers<ServerResponse>();
      const { promise: third, resolve: allPosted } = Promise.withResolvers<void>();
      let count = 0;
      const slow = createServer((incoming, answer) => {
        incoming.resume();
        count += 1;
        if (count === 1) posted(answer);
        else answer.end();
        if (count === 3) allPosted();
      });
      await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
      const address = slow.address();
      assert.ok(typeof address === 'object' && address);
      try {
        const taskId = await vendor.generate({ callBackUrl: `http://127.0.0.1:${address.port}/` });
        const held = await firstPost;
        assert.equal(await finalStatus(vendor, taskId), 'SUCCESS');
        assert.equal(count, 1);
        held.end();
        await third;
      } finally {
        slow.closeAllConnections();
        await new Promise((resolve) => slow.close(resolve));
      }
    }),
  );
});
