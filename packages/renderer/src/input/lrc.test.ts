import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseLrc } from './lrc.ts';

describe('timed lyrics of an LRC file', () => {
  test('each line ends where the next begins, the last after five seconds', () => {
    assert.deepEqual(parseLrc('[ti:Rain]\n[ar:Ada]\n\n[00:01.50]First line\r\n[00:04.250] Second: [live]\n[01:02]Last'), [
      { startMs: 1_500, endMs: 4_250, text: 'First line' },
      { startMs: 4_250, endMs: 62_000, text: 'Second: [live]' },
      { startMs: 62_000, endMs: 67_000, text: 'Last' },
    ]);
  });

  test('a time without a text is a pause', () => {
    assert.deepEqual(parseLrc('[00:01.00]One\n[00:02.00]\n[00:05.00]Two\n[00:06.00]'), [
      { startMs: 1_000, endMs: 2_000, text: 'One' },
      { startMs: 5_000, endMs: 6_000, text: 'Two' },
    ]);
  });

  test('a refrain has several times, and the order of the file does not matter', () => {
    assert.deepEqual(
      parseLrc('[00:03.00][00:01.00]La\n[00:02.00]Between').map(({ startMs, text }) => [startMs, text]),
      [
        [1_000, 'La'],
        [2_000, 'Between'],
        [3_000, 'La'],
      ],
    );
  });

  test('a positive offset shows the lines earlier, and none before the start', () => {
    assert.deepEqual(
      parseLrc('\uFEFF[offset:+500]\n[00:00.20]A\n[00:01.00]B').map(({ startMs }) => startMs),
      [0, 500],
    );
    assert.deepEqual(
      parseLrc('[00:01.00]A\n[offset:-250]').map(({ startMs }) => startMs),
      [1_250],
    );
  });

  test('times of single words are left out', () => {
    assert.deepEqual(parseLrc('[00:01.00]<00:01.00>Hello <00:01.40>world')[0]?.text, 'Hello world');
  });

  test('two lines of one instant: the later one is shown', () => {
    assert.deepEqual(
      parseLrc('[00:01.00]One\n[00:01.00]Two').map(({ text }) => text),
      ['Two'],
    );
  });

  test('a file that is not LRC is refused with the number of the line', () => {
    assert.throws(() => parseLrc('[00:01.00]One\nplain words'), /^Error: line 2 has no time such as \[00:12\.50\]: "plain words"$/);
    assert.throws(() => parseLrc('[00:99.00]One'), /line 1 has no time/);
    assert.throws(() => parseLrc('[offset:soon]'), /line 1 has an offset that is no number/);
    assert.deepEqual(parseLrc(''), []);
  });
});
