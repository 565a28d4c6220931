import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planFootage } from './footage.ts';
import type { ClipOptions, Scene } from '@atelier/simulator';
import { createStudio } from '../studio.ts';
import { scenePlanner } from '../scene-planner.ts';

const OPTIONS = { tilePixels: 96, mark: '', motion: 'high', framesPerSecond: 24 } as const satisfies ClipOptions;

describe('createStage', () => {
  const studio = createStudio();
  const frame = async (scene: Scene, options: ClipOptions, index: number): Promise<Uint8Array> => {
    const painted = await studio.paint({ kind: 'frames', footage: planFootage(scene, options), from: index, count: 1 });
    return painted.bytes;
  };
  const sceneOf = (prompt: string): Scene => {
    const [scene] = scenePlanner.imagine(prompt, { seed: 7, aspect: 1 });
    assert.ok(scene);
    return scene;
  };
  const difference = (first: Uint8Array, second: Uint8Array): number =>
    first.reduce((sum, value, index) => sum + Math.abs(value - (second[index] ?? 0)), 0) / first.length;

  test('paints one instant alike in two clips, but for the grain', async () => {
    for (const prompt of ['mountains at sunset', 'tropical island', 'spiral galaxy', 'neon city in rain', 'lotus flower']) {
      const scene = sceneOf(prompt);
      const last = await frame(scene, OPTIONS, 119);
      const first = await frame(scene, { ...OPTIONS, startSeconds: 119 / 24 }, 0);
      assert.ok(difference(first, last) < 0.6, `${prompt}: ${difference(first, last)}`);
      assert.ok(difference(await frame(scene, OPTIONS, 0), last) > 4, prompt);
    }
  });

  test('a batch holds its frames one after the other', async () => {
    const footage = planFootage(sceneOf('golden silk'), OPTIONS);
    const { bytes } = await studio.paint({ kind: 'frames', footage, from: 40, count: 3 });
    const size = footage.width * footage.height * 3;
    assert.equal(bytes.length, 3 * size);
    for (const index of [0, 1, 2]) {
      assert.deepEqual(bytes.slice(index * size, (index + 1) * size), await frame(sceneOf('golden silk'), OPTIONS, 40 + index));
    }
  });

  test('a continuation equals the first clip until its end, and moves differently afterwards', async () => {
    const scene = sceneOf('a red fox');
    const first = { ...OPTIONS, motion: 'low', take: 1, seconds: 9 } as const;
    const longer = { ...OPTIONS, take: 2, seconds: 9, before: [{ motion: 'low', take: 1, untilSeconds: 5 }] } as const;
    for (const index of [0, 60, 119])
      assert.ok(difference(await frame(scene, longer, index), await frame(scene, first, index)) < 0.6, `${index}`);
    assert.ok(difference(await frame(scene, longer, 215), await frame(scene, first, 215)) > 4);
    assert.ok(difference(await frame(scene, longer, 119), await frame(scene, longer, 121)) < 4, 'no jump where it goes on');
    assert.ok(difference(await frame(scene, longer, 215), await frame(scene, { ...OPTIONS, take: 2, seconds: 9 }, 215)) < 0.6);
  });

  test('keeps the subject in view for as long as clips may go on', async () => {
    // Rust against sand and sky: the fox is where red is far above blue and everything is dark.
    const scene = sceneOf('a red fox');
    const fox = (pixels: Uint8Array): number => {
      let count = 0;
      for (let at = 0; at < pixels.length; at += 3) if (pixels[at]! > 2.5 * pixels[at + 2]! && pixels[at]! + pixels[at + 1]! < 180) count++;
      return count;
    };
    const start = fox(await frame(scene, OPTIONS, 0));
    assert.ok(start > 100);
    for (const startSeconds of [5, 10, 15, 20]) {
      for (const take of [0, 1, 2, 3]) {
        const seen = fox(await frame(scene, { ...OPTIONS, startSeconds, take, seconds: 0.1 }, 0));
        assert.ok(seen > start * 0.75, `take ${take} at ${startSeconds} s: ${seen} of ${start}`);
      }
    }
  });
});
