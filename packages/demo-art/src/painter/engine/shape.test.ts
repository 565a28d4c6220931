import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFrame } from './frame.ts';
import { fillShape } from './shape.ts';

const white = { top: [1, 1, 1], bottom: [1, 1, 1] } as const;

describe('fillShape', () => {
  test('covers exactly the area of the outline', () => {
    for (const [outline, area] of [
      [[1, 1, 5, 1, 5, 4, 1, 4], 12],
      [[1.25, 1.5, 3.75, 1.5, 3.75, 4.25, 1.25, 4.25], 2.5 * 2.75],
      [[1, 1, 7, 1, 1, 7], 18],
      [[1, 7, 7, 1, 1, 1], 18],
    ] as const) {
      const frame = createFrame({ width: 8, height: 8, left: 0, top: 0, step: 1 });
      fillShape(frame, outline, white);
      const sum = frame.light.reduce((total, value) => total + value, 0) / 3;
      assert.ok(Math.abs(sum - area) < 0.05, `${sum} is not ${area}`);
    }
  });

  test('the part outside the frame is cut off', () => {
    const frame = createFrame({ width: 4, height: 4, left: 0, top: 0, step: 1 });
    fillShape(frame, [-100, -50, 2, -50, 2, 90, -100, 90], white);
    const row = Array.from(frame.light.subarray(0, 12)).filter((_, index) => index % 3 === 0);
    assert.deepEqual(row, [1, 1, 0, 0]);
    fillShape(frame, [50, 50, 60, 50, 60, 60], white);
    fillShape(frame, [], white);
    fillShape(frame, [Number.NaN, 0, 1, 1, 2, 0], white);
  });
});
