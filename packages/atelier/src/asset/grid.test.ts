import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { measurePicture, splitGrid } from './collect.ts';

/** A picture with four quarters, each in one colour. */
async function quarters(width: number, height: number): Promise<Buffer> {
  const colours = ['#ff0000', '#00ff00', '#0000ff', '#ffff00'];
  const halfWidth = Math.floor(width / 2);
  const halfHeight = Math.floor(height / 2);
  const layers = colours.map((background, index) => ({
    input: { create: { width: width - halfWidth, height: height - halfHeight, channels: 3 as const, background } },
    left: index % 2 === 0 ? 0 : halfWidth,
    top: index < 2 ? 0 : halfHeight,
  }));
  return sharp({ create: { width, height, channels: 3, background: '#000000' } })
    .composite(layers)
    .png()
    .toBuffer();
}

test('cuts a grid into its four pictures in order', async () => {
  const tiles = await splitGrid(await quarters(64, 48));
  assert.deepEqual(
    tiles.map(({ index, width, height }) => [index, width, height]),
    [
      [1, 32, 24],
      [2, 32, 24],
      [3, 32, 24],
      [4, 32, 24],
    ],
  );
  const colours = await Promise.all(tiles.map(async ({ bytes }) => [...(await sharp(bytes).removeAlpha().raw().toBuffer()).subarray(-3)]));
  assert.deepEqual(colours, [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 0],
  ]);
});

test('loses no pixel of an odd grid', async () => {
  const tiles = await splitGrid(await quarters(65, 49));
  assert.deepEqual(
    tiles.map(({ width, height }) => [width, height]),
    [
      [32, 24],
      [33, 24],
      [32, 25],
      [33, 25],
    ],
  );
});

test('refuses bytes that are not a picture', async () => {
  await assert.rejects(splitGrid(Buffer.from('not a picture')));
  await assert.rejects(measurePicture(Buffer.from('')));
});
