import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FADE_MS, toLyricCues } from './lyric-cues.ts';

describe('toLyricCues', () => {
  test('every line is sung between its neighbours', () => {
    const cues = toLyricCues([
      { startMs: 4_000, endMs: 5_000, text: 'two' },
      { startMs: 1_000, endMs: 3_000, text: 'one' },
      { startMs: 6_000, endMs: 7_000, text: ' \n ' },
    ]);
    assert.deepEqual(
      cues.map(({ fromMs, previous, current, next, isSung }) => ({ fromMs, previous, current, next, isSung })),
      [
        { fromMs: 0, previous: '', current: 'one', next: 'two', isSung: false },
        { fromMs: 1_000, previous: '', current: 'one', next: 'two', isSung: true },
        { fromMs: 4_000, previous: 'one', current: 'two', next: '', isSung: true },
        { fromMs: 6_200, previous: 'two', current: '', next: '', isSung: false },
      ],
    );
  });

  test('a long pause announces the next line', () => {
    const cues = toLyricCues([
      { startMs: 0, endMs: 2_000, text: 'one' },
      { startMs: 9_000, endMs: 10_000, text: 'two' },
    ]);
    const pause = cues.find(({ fromMs }) => fromMs === 3_200);
    assert.deepEqual([pause?.current, pause?.isSung], ['two', false]);
  });

  test('a line is swept before the next one comes, even when their times overlap', () => {
    const cues = toLyricCues([
      { startMs: 1_000, endMs: 9_000, text: 'one' },
      { startMs: 3_000, endMs: 2_000, text: 'two' },
      { startMs: 3_000, endMs: 4_000, text: 'three' },
    ]).filter(({ isSung }) => isSung);
    assert.equal(cues[0]?.sweepToMs, 3_000 - FADE_MS);
    for (const cue of cues) assert.ok(cue.sweepToMs > cue.sweepFromMs, cue.current);
  });

  test('no lyrics give no cues; lines without finite times are left out', () => {
    assert.deepEqual(toLyricCues([]), []);
    assert.deepEqual(toLyricCues([{ startMs: Number.NaN, endMs: 1, text: 'x' }]), []);
  });
});
