import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { array, assert as check, constantFrom, integer, property, record, shuffledSubarray, tuple, type Arbitrary } from 'fast-check';
import { promptFit } from './prompt-fit.ts';
import { promptOfPictures } from './prompt-text.ts';

const LONG = 'a tall tower with many windows and a garden of blue flowers '.repeat(36);
const LINKED = 'https://a.example/very/long.png?x=1';

/** A prompt, and an echo of the same meaning. Source: midjourney-bot, prompt echo; midjourney-bot, likeness of prompts. */
const ALIKE: readonly [string, string][] = [
  ['a  red \n  fox', 'a red fox --v 7.0'],
  ['a red fox —ar 3:2', 'a red fox --ar 3:2 --v 7.0 --stylize 100'],
  ['a red fox --v 7', 'A red fox --v 7.0'],
  [`${LINKED} a red fox`, '<https://s.mj.run/AbC> a red fox --v 7.0'],
  [`${LINKED}, a red fox`, '<https://s.mj.run/AbC>, a red fox --v 7.0'],
  [`a fox --sref ${LINKED}::2`, 'a fox --sref <https://s.mj.run/AbC>::2.0 --v 7.0'],
  ['a fox --aspect 4:2', 'a fox --ar 2:1'],
  ['a fox --ar 1.5:1', 'a fox --ar 3:2'],
  ['a *red* fox', 'a red fox'],
  ['a \\*red\\* fox', 'a *red* fox'],
  [promptOfPictures(2), '<https://s.mj.run/A> <https://s.mj.run/B> --ar 1:1 --v 7.0'],
  // Invisible characters.
  ['a fox\u200B in the rain', 'a fox in the rain --v 7.0'],
  ['a fox\u2060 in\u200D the\u200C rain\uFEFF', 'a fox in the rain'],
  ['\u202Ba fox\u202C in \u200Ethe\u200F \u2066rain\u2069\u061C', 'a fox in the rain'],
  ['a fox in the ra\u00ADin', 'a fox in the rain'],
  ['a ❤\uFE0F fox', 'a ❤ fox'],
  ['a fox\u0000', 'a fox'],
  ['café'.normalize('NFD'), 'café'.normalize('NFC')],
  ['ａ ｆｏｘ', 'a fox'],
  // Default parameters.
  ['a fox --s 100 --c 0 --q 1 --ar 1:1 --w 0 --iw 1', 'a fox --v 7.0'],
  ['a fox --sw 100 --ow 100 --cw 100 --exp 0 --stop 100', 'a fox'],
  ['a fox --v 7', 'a fox'],
  // Weights.
  ['a fox::2 rain::1', 'a fox::2.0 rain::'],
  ['a fox::2 rain', 'a fox ::2 rain::1.0'],
  ['a fox::.5 rain::-.50', 'a fox::0.5 rain::-0.5'],
  ['a fox::rain', 'a fox:: rain'],
  // Sequence and spelling of parameters.
  ['a fox --ar 3:2 --s 250 --c 5', 'a fox --c 5 --ar 3:2 --s 250 --v 7.0'],
  ['a fox --profile 7312645', 'a fox --p 7312645 --v 7.0'],
  ['a fox --profile m7312645', 'a fox --p abc12de --v 7.0'],
  ['a fox --p', 'a fox --p abc12de --v 7.0'],
  ['a fox --stylize 250', 'a fox --s 250'],
  ['a fox --chaos 5', 'a fox --c 5'],
  ['a fox --quality .5', 'a fox --q 0.50'],
  ['a fox --weird 10', 'a fox --w 10'],
  ['a fox --version 6.1', 'a fox --v 6.1'],
  ['a fox --raw', 'a fox --style raw --v 7.0'],
  ['a fox --style raw', 'a fox --raw'],
  ['a fox --niji', 'a fox --niji 6'],
  ['a fox --no red,blue', 'a fox --no red, blue --v 7.0'],
  ['a fox --sref random', 'a fox --sref 123456'],
  ['a fox --iw .5', 'a fox --iw 0.5'],
  ['a fox--ar 3:2', 'a fox --ar 3:2'],
  ['a fox --ar 3:2,', 'a fox --ar 3:2'],
  ['a fox --fast', 'a fox --v 7.0'],
  ['a fox --zoom 1.8 --repeat 1', 'a fox --v 7.0'],
  // Videos.
  [`${LINKED} a fox --video`, '<https://s.mj.run/A> a fox --motion low --bs 4 --video 1'],
  ['a fox --ar 3:2 --v 7 --video --bs 2', 'a fox --motion low --bs 2 --video 1'],
  ['a fox --loop --motion high', 'a fox --end loop --motion high --video 1'],
  // Quotes, dashes and emoji of a server.
  ['a “red” fox’s den', 'a "red" fox\'s den'],
  ['a fox \u2013 red', 'a fox -- red'],
  ['well\u2011known fox', 'well-known fox'],
  ['a fox that waits for something…', 'a fox that waits for something... --v 7.0'],
  ['a fox that waits for something…', 'a fox that waits for something…'],
  ['a <:fox:123456> in rain', 'a :fox: in rain'],
];

const DIFFERENT: readonly [string, string][] = [
  ['a red fox', 'a red fox in snow'],
  ['a red fox in snow', 'a red fox'],
  ['a red fox in snow', 'a red fox…'],
  ['a red fox --ar 3:2', 'a red fox --ar 16:9 --v 7.0'],
  ['a red fox --ar 3:2', 'a red fox --v 7.0'],
  ['a red fox --seed 1', 'a red fox --seed 2'],
  ['a red fox --s 250', 'a red fox --s 25'],
  ['a red fox --no blue', 'a red fox --no green'],
  ['a red fox --no blue', 'a red fox --v 7.0'],
  ['a red fox --p 123', 'a red fox --p 456'],
  ['a red fox --sref 123', 'a red fox --sref 456'],
  ['a red fox --niji 6', 'a red fox --v 7.0'],
  ['a red fox --v 6', 'a red fox --niji 6'],
  ['a red fox --motion high', 'a red fox --motion low --video 1'],
  ['a fox::2 rain', 'a fox::3 rain'],
  ['a fox::2 rain', 'a fox rain'],
  ['a nice fox', 'an ice fox'],
  [`${LINKED} a fox`, 'a fox'],
  [promptOfPictures(2), promptOfPictures(3)],
  // A longer prompt is another prompt, and so is a beginning that shows its version.
  [LONG.slice(0, 300), `${LONG.slice(0, 360)} --v 7.0`],
  [LONG.slice(0, 360), `${LONG.slice(0, 300)} --v 7.0`],
  [`${LONG} --s 300`, `${LONG} --s 25`],
  [`${LONG} --ar 3:2`, `${LONG} --v 7.0`],
  [`${LONG} in rain`, `${LONG} in snow…`],
];

/** A long prompt and echoes of it that were cut. */
const CUT: readonly [string, string][] = [
  ...[1_900, 1_880, 1_930, 600, 121, 24].map((length): [string, string] => [LONG, `${LONG.slice(0, length)}…`]),
  ...[1_900, 1_201, 130].map((length): [string, string] => [LONG, LONG.slice(0, length)]),
  [LONG, `${LONG.slice(0, 900)}...`],
  [`${LONG} --ar 3:2`, `${LONG.slice(0, 900)}… --ar 3:2 --v 7.0`],
  [`${LONG} --ar 16:9 --stylize 250`, `${LONG} --ar 16:9 --styl`],
  [`${LONG} --ar 16:9 --s 250`, `${LONG} --ar 16:9 --s 25…`],
  [`${LONG} --ar 16:9 --s 250`, `${LONG} --ar 16:`],
  [`${LONG} --ar 16:9`, `${LONG} -`],
  [`${LONG} --ar 16:9`, `${LONG} --…`],
  [`${LONG} --sref ${LINKED} --s 250`, `${LONG} --sref <https://s.m`],
  [`${LONG} --sref ${LINKED}`, `${LONG} --sref <ht…`],
  [`${LONG} like ${LINKED} at night`, `${LONG} like <https://s.mj.run/A`],
  [`${LONG} like ${LINKED} at night`, `${LONG} like <htt…`],
  [`${LONG} rain::2 snow`, `${LONG} rain:…`],
  [`${LONG} cafe\u0301 night`, `${LONG} cafe`],
  [`${LONG} caf\u00E9 night`, `${LONG} cafe…`],
  [`${LONG} 👩‍🚀 snow`, `${LONG} 👩‍🚀`.slice(0, -1)],
];

describe('promptFit', () => {
  for (const [prompt, echo] of ALIKE) {
    test(`${JSON.stringify(prompt)} ~ ${JSON.stringify(echo)}`, () => assert.ok((promptFit(prompt, echo) ?? -1) > -1));
  }

  for (const [prompt, echo] of DIFFERENT) {
    test(`${JSON.stringify(prompt.slice(-60))} ≠ ${JSON.stringify(echo.slice(-60))}`, () =>
      assert.equal(promptFit(prompt, echo), undefined));
  }

  for (const [prompt, echo] of CUT) {
    test(`${prompt.length} characters ~ ${echo.length} with the end ${JSON.stringify(echo.slice(-20))}`, () => {
      const fit = promptFit(prompt, echo);
      assert.ok(fit !== undefined && fit < -1, String(fit));
      assert.ok((promptFit(prompt, prompt) ?? -1) > fit);
    });
  }

  test('two echoes that were cut at different places fit each other', () => {
    assert.ok(promptFit(`${LONG.slice(0, 1_900)}…`, `${LONG.slice(0, 1_930)}…`) !== undefined);
    assert.ok(promptFit(`${LONG.slice(0, 1_900)}…`, `${LONG.slice(0, 1_880)}…`) !== undefined);
    assert.ok(promptFit(LONG.slice(0, 1_900), LONG.slice(0, 1_930)) !== undefined);
    assert.equal(promptFit(`${LONG.slice(0, 1_900)}…`, `${LONG.slice(0, 1_880)} or not…`), undefined);
  });

  test('two prompts with one beginning fit a cut echo equally', () => {
    const echo = `${LONG.slice(0, 1_880)}…`;
    assert.equal(promptFit(`${LONG} by day`, echo), promptFit(`${LONG.slice(0, 2_000)} by night --ar 3:2`, echo));
  });

  test('returns more for a prompt that shares more parameters', () => {
    assert.equal(promptFit('a fox', 'a fox --ar 3:2 --v 7.0'), 0);
    assert.equal(promptFit('a fox --ar 3:2', 'a fox --ar 3:2 --v 7.0'), 1);
    assert.equal(promptFit('a fox --ar 1:1 --zoom 1.8', 'a fox --v 7.0'), 0);
    assert.ok((promptFit('a fox --tile', 'a fox --v 7.0') ?? 0) < 0);
    assert.equal(promptFit('a fox --tile', 'a fox --tile --v 7.0'), 1);
  });

  test('is fast on hostile text', () => {
    const started = performance.now();
    promptFit('-- '.repeat(20_000), '*'.repeat(60_000));
    for (const piece of ['::', ' ,', '--a ', '<http', 'https://', '…', '\u200B', '<a:b', '"', 'ﷺ', '1:1 --ar ']) {
      promptFit(piece.repeat(20_000), `${piece.repeat(19_999)}x`);
    }
    assert.ok(performance.now() - started < 4_000);
  });
});

interface Parameters {
  readonly ar: string;
  readonly s: number;
  readonly c: number;
  readonly seed: number;
}

const WORDS = [
  'a',
  'red',
  'fox',
  'in',
  'the',
  'rain',
  'crème',
  'straße',
  '狐',
  'fox’s',
  '“quoted”',
  'half-open',
  'night,',
  '🦊',
  'in:',
  '24',
];
const words: Arbitrary<string[]> = array(constantFrom(...WORDS), { minLength: 1, maxLength: 60 });
const parameters: Arbitrary<Parameters> = record({
  ar: constantFrom('3:2', '16:9', '4:2', '7:10'),
  s: integer({ min: 0, max: 1_000 }),
  c: integer({ min: 0, max: 100 }),
  seed: integer({ min: 0, max: 4_294_967_295 }),
});

const listOf = ({ ar, s, c, seed }: Parameters): string[] => [`--ar ${ar}`, `--s ${s}`, `--c ${c}`, `--seed ${seed}`];
const toPrompt = (texts: readonly string[], list: readonly string[]): string => [...texts, ...list].join(' ');

/** Changes that Midjourney, or a client on the way, makes to a prompt. */
const REWRITINGS: readonly ((text: string) => string)[] = [
  (text) => text.replaceAll(' ', '  \n '),
  (text) => text.replaceAll('o', 'o\u200B'),
  (text) => text.replaceAll(' ', '\u2066 \u2069'),
  (text) => `\uFEFF${text}\u200E`,
  (text) => text.replaceAll('🦊', '🦊\uFE0F'),
  (text) => text.toUpperCase().replaceAll(/--[A-Z]+/g, (name) => name.toLowerCase()),
  (text) => text.replaceAll(/[“”]/g, '"').replaceAll('’', "'"),
  (text) => text.replaceAll('--', '—'),
  (text) => text.replaceAll('fox', '\\*fox\\*'),
  (text) => text.replaceAll('--s ', '--stylize ').replaceAll('--c ', '--chaos ').replaceAll('--ar ', '--aspect '),
  (text) => text.replaceAll(/(--[sc] \d+)\b/g, '$1.0'),
  (text) => text.replaceAll('--ar 3:2', '--ar 6:4').replaceAll('--ar 4:2', '--ar 2:1'),
  (text) => text.normalize('NFD'),
  (text) => `${text} --q 1 --v 7.0`,
];

describe('promptFit for any prompt', () => {
  const rewritten = tuple(words, parameters, shuffledSubarray([...REWRITINGS]), shuffledSubarray([0, 1, 2, 3], { minLength: 4 }));

  test('each rewriting and each sequence of parameters keeps the fit', () => {
    check(
      property(rewritten, ([texts, values, rewritings, sequence]) => {
        const list = listOf(values);
        const plain = toPrompt(
          texts,
          sequence.map((index) => list[index] ?? ''),
        );
        const echo = rewritings.reduce((text, rewrite) => rewrite(text), plain);
        assert.equal(promptFit(toPrompt(texts, list), echo), 4, echo);
      }),
    );
  });

  test('a prompt with another word, number or ratio never fits as well as the own echo', () => {
    const other = tuple(
      integer({ min: 0, max: 59 }),
      constantFrom('cat', 'snow', '25'),
      constantFrom('word', 'ar', 's', 'c', 'seed', 'less'),
    );
    check(
      property(rewritten, other, ([texts, values, rewritings], [at, word, change]) => {
        const echo = rewritings.reduce((text, rewrite) => rewrite(text), toPrompt(texts, listOf(values)));
        const changed = { ...values, ...(change === 'ar' ? { ar: '9:16' } : change in values ? { [change]: 1_001 + at } : {}) };
        const otherTexts = change === 'word' ? texts.with(at % texts.length, word) : texts;
        const otherPrompt = toPrompt(otherTexts, change === 'less' ? listOf(values).slice(1) : listOf(changed));
        const own = promptFit(toPrompt(texts, listOf(values)), echo);
        assert.ok(own !== undefined && (promptFit(otherPrompt, echo) ?? -Infinity) < own, otherPrompt);
      }),
    );
  });

  test('a cut between a comma and the first parameter', () => {
    const words = `${'a red fox in the snow '.repeat(8)}at night,`;
    const fit = promptFit(`${words} --ar 3:2`, `${words} -`);
    assert.ok(fit !== undefined && fit < 0);
  });

  test('an echo that is cut at any place fits, and less than the whole', () => {
    const long = array(constantFrom(...WORDS, LINKED, 'rain::2', 'sea::.5', '<:fox:123>', '*bold*'), { minLength: 60, maxLength: 120 });
    check(
      property(long, parameters, integer({ min: 0, max: 2_000 }), constantFrom('', '…', '...'), (texts, values, at, mark) => {
        const prompt = toPrompt(texts, listOf(values));
        const echo = prompt.replaceAll(LINKED, '<https://s.mj.run/AbC>');
        const length = 250 + (at % (echo.length - 250));
        const fit = promptFit(prompt, echo.slice(0, length) + mark);
        assert.ok(fit !== undefined && fit < 0, `${echo.slice(0, length)}${mark}`);
      }),
    );
  });
});
