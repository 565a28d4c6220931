import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { JsonObject } from '@atelier/lib/json';
import type { ClipOptions, Moving } from '../art/painter.ts';
import { attachmentsOf, buttonsOf, labelOf, createTestSimulator, textAt, type TestSimulator } from '../testing/client.ts';
import { createTestPainter } from '../testing/painter.ts';

describe('videos', () => {
  let harness: TestSimulator;
  let clips: ClipOptions[];
  let previews: Moving[];
  beforeEach(async () => {
    clips = [];
    previews = [];
    const painter = createTestPainter();
    harness = await createTestSimulator({
      painter: {
        ...painter,
        preview(scenes, options) {
          if (options.moving) previews.push(options.moving);
          return painter.preview(scenes, options);
        },
        clip(scene, options) {
          clips.push(options);
          return painter.clip(scene, options);
        },
      },
    });
  });
  afterEach(() => harness.close());

  const fileOf = (message: JsonObject): JsonObject => attachmentsOf(message)[0] ?? {};
  const finished = (extension: string): Promise<JsonObject> =>
    harness.socket.event(
      'MESSAGE_CREATE',
      (message) => buttonsOf(message).length > 1 && textAt(fileOf(message), 'filename').endsWith(extension),
    );

  test('a job of several videos ends in one picture that shows all of them moving', async () => {
    await harness.imagine('a fox --video --motion high --bs 2');
    const message = await finished('.webp');
    assert.equal(fileOf(message)['content_type'], 'image/webp');
    assert.deepEqual(buttonsOf(message).map(labelOf).slice(0, 3), ['U1', 'U2', '🔄']);
    assert.deepEqual(
      previews.map(({ motion, seconds, takes }) => [motion, seconds, takes.length]),
      [['high', 5, 2]],
    );
  });

  test('Extend makes a video four seconds longer with the same beginning, up to 21 seconds', async () => {
    await harness.imagine('a fox --video --bs 1');
    await harness.press(await finished('.webp'), 'U1');
    let video = await finished('.mp4');
    const [first] = clips;
    for (const seconds of [9, 13, 17, 21]) {
      await harness.press(video, 'Extend (High motion)');
      await harness.press(await finished('.webp'), 'U1');
      video = await finished('.mp4');
      assert.equal(clips.at(-1)?.seconds, seconds);
    }
    const legs = clips.at(-1)?.before ?? [];
    assert.deepEqual(
      [clips.at(-1)?.motion, legs.map(({ motion, untilSeconds }) => [motion, untilSeconds])],
      [
        'high',
        [
          ['low', 5],
          ['high', 9],
          ['high', 13],
          ['high', 17],
        ],
      ],
    );
    assert.equal(legs[0]?.take, first?.take);
    assert.ok(!buttonsOf(video).map(labelOf).includes('Extend (High motion)'), 'no longer than that');
  });
});
