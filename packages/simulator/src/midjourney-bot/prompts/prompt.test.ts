import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readPrompt, type Prompt } from './prompt.ts';
import { scenarioWords } from './scenario.ts';

const settings = { rewrite: true, version: '7.0', suffix: '' };

const read = (text: string, more: Partial<typeof settings> = {}): Prompt => {
  const result = readPrompt(text, { ...settings, ...more });
  assert.ok(result.ok, `refused: ${JSON.stringify(result)}`);
  return result.prompt;
};

describe('a prompt', () => {
  test('is repeated with single blanks and a version', () => {
    assert.equal(read('  a   red\nfox  --ar 3:2 ').echo, 'a red fox --ar 3:2 --v 7.0');
  });

  test('is repeated with short links, two dashes for one long one, and a point in the version', () => {
    const { echo, imageUrls } = read('https://example.org/a.png a fox —v 7');
    assert.match(echo, /^<https:\/\/s\.mj\.run\/\w{11}> a fox --v 7\.0$/);
    assert.deepEqual(imageUrls, ['https://example.org/a.png']);
    assert.equal(read('https://example.org/a.png a fox —v 7').echo, echo, 'the same link has the same short form');
  });

  test('keeps its version and gets the suffix of the account', () => {
    assert.equal(read('a fox --niji 6', { suffix: '--s 50' }).echo, 'a fox --niji 6 --s 50');
    assert.equal(read('a fox --aspect 2:1 --version 6.1').echo, 'a fox --ar 2:1 --v 6.1');
  });

  test('is repeated as sent when rewriting is off', () => {
    assert.equal(read('a   fox', { rewrite: false }).echo, 'a   fox');
  });

  test('gives its subject, links and parameters', () => {
    const prompt = read('a fox sim:slow --ar 16:9 --seed 42 --relax sim:fail');
    assert.deepEqual([prompt.words, prompt.aspect, prompt.seed, prompt.mode], ['a fox', 16 / 9, 42, 'relax']);
    assert.match(prompt.echo, /sim:slow .*sim:fail/, 'scenario words are repeated like all others');
    assert.deepEqual(scenarioWords('sim:slow a fox --ar 16:9 sim:fail notsim:x'), ['slow', 'fail']);
  });

  test('with an unknown parameter is refused in Midjourney’s words', () => {
    assert.deepEqual(readPrompt('a fox --size 3', settings), {
      ok: false,
      refusal: 'invalid-parameter',
      description: 'Unrecognized parameter(s): `size`',
    });
    assert.deepEqual(readPrompt('a fox --size 3 --ar 1:1 --foo', settings), {
      ok: false,
      refusal: 'invalid-parameter',
      description: 'Unrecognized parameter(s): `size`, `foo`',
    });
  });

  for (const text of [
    'a --s 1001',
    'a --chaos 1.5',
    'a --ar 3',
    'a --ar 0:1',
    'a --v 99',
    'a --tile yes',
    'a --seed',
    'a --seed -1',
    'a --iw 4',
    'a --no',
  ]) {
    test(`with an invalid value is refused: ${text}`, () => {
      const result = readPrompt(text, settings);
      assert.equal(result.ok ? 'accepted' : result.refusal, 'invalid-parameter');
    });
  }

  for (const text of [
    'a --s 1000',
    'a --c 0',
    'a --ar 21:9',
    'a --q .5',
    'a --no trees, cars',
    'a --p',
    'a --sref https://example.org/s.png --sw 10',
    'a --raw --tile --video',
    'a -- b',
    'co--op',
  ]) {
    test(`that Midjourney accepts is accepted: ${text}`, () => {
      assert.ok(readPrompt(text, settings).ok);
    });
  }

  test('without words is refused', () => {
    for (const text of ['', '   ', '--ar 3:2']) assert.equal(readPrompt(text, settings).ok, false);
    assert.ok(readPrompt('https://example.org/a.png https://example.org/b.png', settings).ok);
  });
});
