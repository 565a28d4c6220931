import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planesBytes, planesOver, type Planes } from '../frames/planes.ts';
import { createReveal, type Reveal } from './reveal.ts';

const FRAME = { width: 64, height: 32 } as const;
const AREA = { x: 16, y: 8, width: 32, height: 16 } as const;

const planesOf = (width: number, height: number, value: number): Planes => {
  const planes = planesOver(new ArrayBuffer(planesBytes(width, height)), width, height);
  for (const plane of [planes.luma, planes.blue, planes.red]) plane.fill(value);
  return planes;
};

/** Two tracks side by side, each uncovered upwards. */
const createBars = (slots = 1): Reveal =>
  createReveal({
    frameWidth: FRAME.width,
    area: AREA,
    base: planesOf(AREA.width, AREA.height, 40),
    lit: planesOf(AREA.width, AREA.height, 200),
    tracks: 2,
    slots,
    locate: (x, y) => ({ track: x < 32 ? 0 : 1, level: AREA.y + AREA.height - y }),
  });

const blank = (): Planes => planesOf(FRAME.width, FRAME.height, 40);
const pixel = (planes: Planes, x: number, y: number): number => planes.luma[y * FRAME.width + x] ?? -1;

describe('createReveal', () => {
  test('uncovers each track up to its level, with a soft edge', () => {
    const buffer = blank();
    createBars().paint(buffer, 0, [4.5, 0]);
    assert.equal(pixel(buffer, 20, 23), 200);
    assert.equal(pixel(buffer, 20, 19), 120, 'half of the fifth row');
    assert.equal(pixel(buffer, 20, 18), 40);
    assert.equal(pixel(buffer, 40, 20), 40, 'the other track');
    assert.equal(pixel(buffer, 15, 23), 40, 'outside');
  });

  test('any way to a level paints the same as going there at once', () => {
    const walked = blank();
    const bars = createBars();
    for (let step = 0; step < 200; step++) bars.paint(walked, 0, [8 + 9 * Math.sin(step), 8 + 8 * Math.cos(step * 1.7)]);
    bars.paint(walked, 0, [6.25, 11.75]);
    const direct = blank();
    createBars().paint(direct, 0, [6.25, 11.75]);
    assert.deepEqual(walked, direct);
  });

  test('each buffer is brought up to date by itself', () => {
    const buffers = [blank(), blank()] as const;
    const bars = createBars(2);
    for (const [slot, level] of [
      [0, 3],
      [1, 12],
      [0, 7],
      [1, 7],
    ] as const)
      bars.paint(buffers[slot], slot, [level, level]);
    assert.deepEqual(buffers[0], buffers[1]);
  });
});
