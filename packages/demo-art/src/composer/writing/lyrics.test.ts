import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CompositionRequest } from '@atelier/simulator';
import { planForm } from './form.ts';
import { writeLyrics } from './lyrics-writer.ts';
import { readLyrics } from './read-lyrics.ts';
import { writeScore } from './write-score.ts';

const requestOf = (lyrics: string, durationS: number): CompositionRequest => ({
  prompt: 'a song',
  style: 'pop',
  title: 'Song',
  lyrics,
  durationS,
  take: 0,
});

const HOSTILE = {
  emoji: '🌊🌊 waves 👨‍👩‍👧 roll\n🔥🔥🔥\nthe end 🎉',
  chinese: '[Verse]\n月亮代表我的心\n你问我爱你有多深',
  arabic: 'يا ليل يا عين\nطال الليل',
  controls: 'one\u0000two\u2028three\r\nfour\tfive\u202e',
  brackets: '[[[\n[]\n[Verse\n]x[\n[Chorus] sung on one line',
  'one long word': 'a'.repeat(10_000),
  'a long line': 'la '.repeat(3_500),
  'many lines': 'sing it once\n'.repeat(800),
  'lone surrogates': '\ud800 tone \udfff',
  'many marks': '[Verse]\n'.repeat(500),
  'open brackets': '[\n'.repeat(5_000),
  'empty lines': `${'\n'.repeat(10_000)}la`,
};

test('marks begin sections; in a text without marks, empty lines do', () => {
  const marked = readLyrics('[Verse 1]\na b\nc d\n\n[Pre-Chorus]\ne\n[Chorus: loud]\nf\n[Guitar Solo]\n[Outro]\ng');
  assert.deepEqual(
    marked.map(({ kind, lines }) => [kind, lines.length]),
    [
      ['verse', 2],
      ['verse', 1],
      ['chorus', 1],
      ['solo', 0],
      ['outro', 1],
    ],
  );
  assert.deepEqual(
    readLyrics('a\nb\n\nc\nd\n\ne').map(({ kind, lines }) => [kind, lines.length]),
    [
      ['verse', 2],
      ['chorus', 2],
      ['verse', 1],
    ],
  );
});

test('words are cut at spaces, and inside scripts without spaces', () => {
  const [section] = readLyrics('Hello, wide - world\n月亮代表我的心');
  assert.deepEqual(
    section?.lines[0]?.words.map(({ text }) => text),
    ['Hello,', 'wide -', 'world'],
  );
  assert.ok((section?.lines[1]?.words.length ?? 0) > 2);
  assert.equal(section?.lines[1]?.text, '月亮代表我的心');
});

test('a song is exactly as long as its bars, with any lyrics', () => {
  for (const bars of [1, 2, 3, 5, 8, 13, 21, 40, 77, 150])
    for (const lyrics of ['', '[Verse]\na\nb\nc\n[Chorus]\nd\ne', 'x\n'.repeat(100), HOSTILE['many marks']]) {
      const sections = planForm(bars, readLyrics(lyrics));
      assert.equal(
        sections.reduce((sum, section) => sum + section.bars, 0),
        bars,
        `${bars} bars of ${lyrics.slice(0, 20)}`,
      );
      let next = 0;
      for (const { firstBar, bars: own } of sections) {
        assert.equal(firstBar, next);
        next += own;
      }
    }
});

test('lines and words come in order, inside the song and one after another', () => {
  for (const [name, lyrics] of Object.entries({ ...HOSTILE, plain: writeLyrics({ prompt: 'the sea', title: '', take: 0 }).text }))
    for (const durationS of [4, 30, 120]) {
      const { lines } = writeScore(requestOf(lyrics, durationS));
      if (durationS === 120 && name !== 'many marks' && name !== 'open brackets') assert.ok(lines.length > 0, name);
      let beforeMs = 0;
      for (const { startMs, endMs, text, words } of lines) {
        assert.ok(startMs >= beforeMs && endMs > startMs && endMs <= durationS * 1_000, `${name}: ${startMs}–${endMs}`);
        assert.ok(text.length > 0 && words.length > 0);
        let wordMs = startMs;
        for (const word of words) {
          assert.ok(
            word.startMs >= wordMs && word.endMs >= word.startMs && word.startMs < endMs && word.endMs <= endMs,
            `${name}: ${word.text}`,
          );
          wordMs = word.startMs;
        }
        beforeMs = endMs;
      }
    }
});

test('all lines of a usual song are sung within a minute and a half', () => {
  const { text } = writeLyrics({ prompt: 'a lighthouse in the storm', title: '', take: 1 });
  const expected = text.split('\n').filter((line) => line !== '' && !line.startsWith('['));
  const sung = writeScore(requestOf(text, 90)).lines.map((line) => line.text);
  assert.deepEqual(sung.slice(0, expected.length), expected);
});

test('lyrics name the things of the prompt, are marked, and differ from take to take', () => {
  const takes = [0, 1, 2].map((take) =>
    writeLyrics({ prompt: 'a dreamy synth pop song about the ocean and a lighthouse', title: '', take }),
  );
  assert.equal(new Set(takes.map(({ text }) => text)).size, 3);
  for (const { title, text } of takes) {
    assert.equal(title, 'Dreamy Ocean');
    assert.match(text, /^\[Verse 1\]\n[A-Z]/);
    assert.match(text, /\n\n\[Chorus\]\n/);
    assert.match(text, /ocean/);
    assert.match(text, /lighthouse/);
    assert.doesNotMatch(text, /[{}]|undefined|synth pop song/);
  }
  assert.deepEqual(writeLyrics({ prompt: 'x', title: '', take: 0 }), writeLyrics({ prompt: 'x', title: '', take: 0 }));
});

test('hostile prompts and titles give plain lyrics', () => {
  for (const prompt of ['', '🌊', '月亮', '$& $1 $$', '[Chorus]\n[Verse]', 'sim:fail https://x.test/a', '\u0000', 'word '.repeat(2_000)]) {
    const { title, text } = writeLyrics({ prompt, title: prompt, take: 0 });
    assert.ok(title.length > 0 && title.length <= 40);
    assert.ok(text.length < 2_000);
    assert.equal(text.match(/\[/g)?.length, 5);
  }
});
