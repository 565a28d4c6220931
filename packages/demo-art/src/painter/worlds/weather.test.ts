import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addFallingTo } from './weather.ts';

const SIDE = 128;

/** A dark frame with the rain or snow of a moment; the camera stands still. */
function frameAt(kind: 'rain' | 'snow', seconds: number): Uint8Array {
  const pixels = new Uint8Array(SIDE * SIDE * 3).fill(40);
  const target = { width: SIDE, height: SIDE, pixels, at: 0 };
  addFallingTo(target, { left: -0.5, top: 0, step: 1 / SIDE }, { kind, seed: 5, colour: [1, 1, 1] }, seconds);
  return pixels;
}

describe('addFallingTo', () => {
  for (const kind of ['rain', 'snow'] as const) {
    test(`${kind} lightens some of the frame, and darkens no pixel`, () => {
      const changed = frameAt(kind, 0).filter((value) => value !== 40);
      assert.ok(changed.length > 50 && changed.length < SIDE * SIDE * 2);
      assert.ok(changed.every((value) => value > 40));
    });
  }

  test('snow is the same a moment later, further down', () => {
    // 2 pixels at 0.11 of the height a second; it hardly wanders in that time.
    const [first, later] = [frameAt('snow', 0), frameAt('snow', 2 / SIDE / 0.11)];
    let apart = 0;
    let moved = 0;
    for (let at = 0; at < first.length - 2 * SIDE * 3; at++) {
      apart += Math.abs(first[at]! - later[at]!);
      moved += Math.abs(first[at]! - later[at + 2 * SIDE * 3]!);
    }
    assert.ok(moved < apart / 2, `${moved} against ${apart}`);
  });
});
