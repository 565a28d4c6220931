import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import sharp from 'sharp';
import { createPainter } from './create-painter.ts';
import { SIMULATION_NOTE } from './engine/encode.ts';
import type { Painter, Picture, Scene } from '@atelier/simulator';

const MARK = 'job 018f, simulated';

interface Pixels {
  width: number;
  height: number;
  data: Uint8Array;
}

async function pixelsOf(picture: Picture): Promise<Pixels> {
  const { data, info } = await sharp(picture.bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

async function scaled(picture: Picture, width: number, height: number): Promise<Pixels> {
  const data = await sharp(picture.bytes).removeAlpha().resize(width, height, { fit: 'fill', kernel: 'cubic' }).raw().toBuffer();
  return { width, height, data };
}

async function cropped(picture: Picture, box: { left: number; top: number; width: number; height: number }): Promise<Pixels> {
  const data = await sharp(picture.bytes).removeAlpha().extract(box).raw().toBuffer();
  return { width: box.width, height: box.height, data };
}

/** Mean absolute difference of two pictures of one size, in steps of 255. */
function difference(first: Pixels, second: Pixels): number {
  assert.deepEqual([first.width, first.height], [second.width, second.height]);
  let sum = 0;
  for (const [index, value] of first.data.entries()) sum += Math.abs(value - (second.data[index] ?? 0));
  return sum / first.data.length;
}

/** One prompt for each world. */
const PROMPTS = [
  'mountains at sunset',
  'tropical island',
  'neon city in rain',
  'nebula',
  'lotus flower',
  'paper cut art',
  'golden silk',
  'coral reef',
  'a red fox',
  'desert dunes',
  'portrait of an astronaut',
  'spiral galaxy',
] as const;

describe('createPainter', () => {
  const painter: Painter = createPainter();
  after(() => painter.close());

  const scenesOf = (prompt: string, aspect = 1): [Scene, Scene, Scene, Scene] => {
    const [first, second, third, fourth] = painter.imagine(prompt, { seed: 7, aspect });
    assert.ok(first && second && third && fourth);
    return [first, second, third, fourth];
  };
  const small = (scene: Scene, tilePixels = 48): Promise<Picture> => painter.single(scene, { tilePixels, mark: MARK });

  test('paints the same bytes for the same scenes and size, on any painter', async () => {
    const other = createPainter({ threads: 2 });
    try {
      for (const prompt of PROMPTS) {
        const scenes = scenesOf(prompt);
        const options = { tilePixels: 24, mark: MARK };
        const [first, again] = await Promise.all([painter.grid(scenes, options), other.grid(scenes, options)]);
        assert.ok(Buffer.from(first.bytes).equals(Buffer.from(again.bytes)), prompt);
      }
    } finally {
      await other.close();
    }
  });

  test('four siblings are four pictures', async () => {
    for (const prompt of PROMPTS) {
      const pictures = await Promise.all(scenesOf(prompt).map(async (scene) => pixelsOf(await small(scene))));
      for (const [index, first] of pictures.entries()) {
        for (const second of pictures.slice(index + 1)) assert.ok(difference(first, second) > 4, `${prompt} ${index}`);
      }
    }
  });

  test('another seed is another picture', async () => {
    const [scene] = scenesOf('mountains at sunset');
    const other = { ...scene, seed: scene.seed + 1 };
    assert.ok(difference(await pixelsOf(await small(scene)), await pixelsOf(await small(other))) > 4);
  });

  test('a zoom-out holds the original in its middle', async () => {
    for (const prompt of PROMPTS) {
      const [scene] = scenesOf(prompt);
      const original = await scaled(await small(scene, 128), 64, 64);
      const wide = await small(painter.zoomOut(scene, 2), 128);
      const middle = await cropped(wide, { left: 32, top: 32, width: 64, height: 64 });
      assert.ok(difference(original, middle) < 7, `${prompt}: ${difference(original, middle)}`);
    }
  });

  test('a pan moves the window and keeps the old picture in it', async () => {
    const [scene] = scenesOf('mountains at sunset');
    const original = await pixelsOf(await small(scene, 96));
    for (const [direction, left, top] of [
      ['right', 0, 0],
      ['left', 48, 0],
      ['down', 0, 0],
      ['up', 0, 48],
    ] as const) {
      const panned = await small(painter.pan(scene, direction), 144);
      const across = direction === 'left' || direction === 'right';
      assert.deepEqual([panned.width, panned.height], across ? [144, 96] : [96, 144]);
      const kept = await cropped(panned, { left, top, width: 96, height: 96 });
      assert.ok(difference(original, kept) < 4, `${direction}: ${difference(original, kept)}`);
    }
  });

  test('the same window with more pixels is the same picture', async () => {
    for (const prompt of PROMPTS) {
      const [scene] = scenesOf(prompt);
      const original = await pixelsOf(await small(scene, 96));
      const upscaled = await scaled(await small(scene, 192), 96, 96);
      assert.ok(difference(original, upscaled) < 8, `${prompt}: ${difference(original, upscaled)}`);
    }
  });

  test('a subtle variation stays nearer to its parent than a strong one', async () => {
    let subtle = 0;
    let strong = 0;
    for (const prompt of PROMPTS.slice(0, 6)) {
      const [scene] = scenesOf(prompt);
      const parent = await pixelsOf(await small(scene));
      for (const near of painter.vary(scene, { strength: 'subtle', seed: 5 }))
        subtle += difference(parent, await pixelsOf(await small(near)));
      for (const far of painter.vary(scene, { strength: 'strong', seed: 5 }))
        strong += difference(parent, await pixelsOf(await small(far)));
    }
    assert.ok(subtle > 24 * 0.5, `subtle ones differ: ${subtle / 24}`);
    assert.ok(strong > subtle * 1.25, `${strong / 24} against ${subtle / 24}`);
  });

  test('the longer side of a tile has the requested length in every shape', async () => {
    for (const [aspect, width, height] of [
      [1, 32, 32],
      [16 / 9, 32, 18],
      [9 / 16, 18, 32],
      [2 / 3, 21, 32],
      [14, 32, 2],
    ] as const) {
      const scenes = scenesOf('a calm lake', aspect);
      const grid = await painter.grid(scenes, { tilePixels: 32, mark: MARK });
      const single = await small(scenes[0], 32);
      assert.deepEqual([grid.width, grid.height, grid.contentType], [2 * width, 2 * height, 'image/png']);
      assert.deepEqual([single.width, single.height, single.contentType], [width, height, 'image/png']);
      const { width: readWidth, height: readHeight } = await sharp(grid.bytes).metadata();
      assert.deepEqual([readWidth, readHeight], [grid.width, grid.height]);
    }
  });

  test('the grid shows its scenes left to right, top to bottom', async () => {
    const scenes = scenesOf('nebula');
    const grid = await painter.grid(scenes, { tilePixels: 32, mark: MARK });
    for (const [index, scene] of scenes.entries()) {
      const tile = await cropped(grid, { left: (index % 2) * 32, top: Math.floor(index / 2) * 32, width: 32, height: 32 });
      assert.equal(difference(tile, await pixelsOf(await small(scene, 32))), 0);
    }
  });

  test('a moving preview shows the whole of its videos side by side, as one animation', async () => {
    const [scene] = scenesOf('a red fox', 2);
    assert.ok(scene);
    const moving = { motion: 'high', seconds: 9, takes: [0, 1, 2], before: [] } as const;
    const preview = await painter.preview([scene, scene, scene], { tilePixels: 64, mark: MARK, percent: 93, moving });
    const { pages, delay, loop, exif } = await sharp(preview.bytes, { animated: true }).metadata();
    assert.deepEqual([preview.contentType, preview.width, preview.height], ['image/webp', 128, 64]);
    // Frames that are alike are merged by the encoder.
    assert.ok(pages !== undefined && pages > 30, String(pages));
    assert.deepEqual([delay?.reduce((sum, ms) => sum + ms, 0), loop], [9_000, 0]);
    assert.ok(exif?.includes(MARK));
    const page = async (number: number, left: number): Promise<Pixels> => {
      const data = await sharp(preview.bytes, { page: number })
        .removeAlpha()
        .extract({ left, top: 0, width: 64, height: 32 })
        .raw()
        .toBuffer();
      return { width: 64, height: 32, data };
    };
    assert.ok(difference(await page(0, 0), await page(0, 64)) < 4, 'they start alike');
    assert.ok(difference(await page(0, 0), await page(pages - 1, 0)) > 6, 'it moves');
    assert.ok(difference(await page(pages - 1, 0), await page(pages - 1, 64)) > 6, 'each its own way');
  });

  test('previews are WebP of one size that come nearer to the grid', async () => {
    const scenes = scenesOf('mountains at sunset');
    const options = { tilePixels: 128, mark: MARK };
    const grid = await pixelsOf(await painter.grid(scenes, options));
    let last = Infinity;
    for (const percent of [0, 31, 93]) {
      const preview = await painter.preview(scenes, { ...options, percent });
      assert.deepEqual([preview.contentType, preview.width, preview.height], ['image/webp', 256, 256]);
      const now = difference(grid, await pixelsOf(preview));
      assert.ok(now < last, `${percent} %: ${now}`);
      last = now;
    }
    const wide = await painter.preview(scenesOf('a calm lake', 2), { tilePixels: 1024, mark: MARK, percent: 15 });
    assert.deepEqual([wide.width, wide.height], [1024, 512]);
  });

  test('the file names its job and says that it is simulated', async () => {
    const scenes = scenesOf('a calm lake');
    const pictures = [
      await small(scenes[0], 16),
      await painter.grid(scenes, { tilePixels: 16, mark: MARK }),
      await painter.preview(scenes, { tilePixels: 16, mark: MARK, percent: 50 }),
    ];
    for (const picture of pictures) {
      const { exif } = await sharp(picture.bytes).metadata();
      assert.ok(exif?.includes(MARK) && exif.includes(SIMULATION_NOTE));
    }
  });

  test('hostile prompts and marks paint something', async () => {
    for (const prompt of [
      '',
      ' ',
      'x'.repeat(10_000),
      'sunset '.repeat(1_500),
      '🦊🎩'.repeat(50),
      '\0\u0001\u202e',
      '--ar 16:9',
      '\ud800',
      '<>&"\'\\%{}',
    ]) {
      const [scene] = painter.imagine(prompt, { seed: -1.5, aspect: Number.NaN });
      assert.ok(scene);
      const picture = await painter.single(scene, { tilePixels: 16, mark: prompt });
      const { data } = await pixelsOf(picture);
      assert.ok(
        data.some((value) => value !== data[0]),
        JSON.stringify(prompt.slice(0, 20)),
      );
    }
  });

  test('every world survives windows far out and far away', async () => {
    for (const prompt of PROMPTS) {
      let [scene] = scenesOf(prompt);
      for (let time = 0; time < 9; time++) scene = painter.zoomOut(scene, 2);
      assert.equal(scene.view.height, 64);
      const away = { ...scene, view: { x: 5_000, y: -3_000, width: 1, height: 1 } };
      const near = { ...scene, view: { x: 0, y: 0.5, width: 1e-4, height: 1e-4 } };
      for (const odd of [scene, away, near]) assert.equal((await small(odd, 16)).width, 16);
    }
  });

  test('a scene that cannot be painted rejects, and the painter goes on', async () => {
    const scenes = scenesOf('a calm lake');
    const far = { ...scenes[0], view: { x: Number.NaN, y: 0, width: 1, height: 1 } };
    await assert.rejects(painter.single(scenes[0], { tilePixels: 0, mark: MARK }), RangeError);
    await assert.rejects(painter.single(far, { tilePixels: 16, mark: MARK }), RangeError);
    await assert.rejects(painter.grid([], { tilePixels: 16, mark: MARK }), RangeError);
    assert.equal((await small(scenes[0], 16)).width, 16);
  });

  test('close rejects pending and later requests', async () => {
    const closing = createPainter();
    const pending = closing.single(scenesOf('a calm lake')[0], { tilePixels: 1024, mark: MARK });
    const rejected = assert.rejects(pending, /closed/);
    await closing.close();
    await rejected;
    await assert.rejects(closing.single(scenesOf('a calm lake')[0], { tilePixels: 16, mark: MARK }), /closed/);
    await closing.close();
  });
});
