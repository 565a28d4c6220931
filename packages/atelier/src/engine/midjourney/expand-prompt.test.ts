import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { array, assert as check, constantFrom, property, string } from 'fast-check';
import { expandPrompt, requireSinglePrompt } from './expand-prompt.ts';

const CASES: readonly (readonly [prompt: string, prompts: readonly string[]])[] = [
  ['a red fox --ar 3:2', ['a red fox --ar 3:2']],
  ['  a   fox, at dawn ', ['  a   fox, at dawn ']],
  ['a {red, green} bird', ['a red bird', 'a green bird']],
  [
    'a {red, green} bird in the {jungle, desert}',
    ['a red bird in the jungle', 'a red bird in the desert', 'a green bird in the jungle', 'a green bird in the desert'],
  ],
  ['a fox --ar {16:9, 1:1}', ['a fox --ar 16:9', 'a fox --ar 1:1']],
  ['a fox --{v 7, niji 6}', ['a fox --v 7', 'a fox --niji 6']],
  ['a {gull {on a pier, on a beach}, poodle} here', ['a gull on a pier here', 'a gull on a beach here', 'a poodle here']],
  ['a {red, pastel\\, yellow} bird', ['a red bird', 'a pastel, yellow bird']],
  ['a \\{red, green\\} bird', ['a \\{red, green\\} bird']],
  ['a {\\{x\\}, y} bird', ['a \\{x\\} bird', 'a y bird']],
  ['a {red} bird', ['a red bird']],
  ['a {, big} bird', ['a  bird', 'a big bird']],
  ['a { b', ['a { b']],
  ['a } b, c', ['a } b, c']],
  ['a {x, {b, c} d', ['a {x, b d', 'a {x, c d']],
  ['C:\\temp \\ {a, b}', ['C:\\temp \\ a', 'C:\\temp \\ b']],
  ['a fox --repeat 3', ['a fox', 'a fox', 'a fox']],
  ['a fox --r 2 --ar 3:2', ['a fox --ar 3:2', 'a fox --ar 3:2']],
  ['a fox —repeat 2', ['a fox', 'a fox']],
  ['a {cat, dog} --repeat 2', ['a cat', 'a cat', 'a dog', 'a dog']],
  ['a fox --repeat {1, 2}', ['a fox', 'a fox', 'a fox']],
  ['a fox --raw --repeating', ['a fox --raw --repeating']],
  ['a fox --repeat 1', ['a fox']],
];

const REFUSALS: readonly (readonly [prompt: string, message: RegExp])[] = [
  [`{${'a, '.repeat(40)}b} fox`, /more than 40 jobs/],
  ['{a, b}'.repeat(500), /more than 40 jobs/],
  ['a fox --repeat 41', /more than 40 jobs/],
  ['{a, b, c} fox --repeat 14', /more than 40 jobs/],
  ['a fox --repeat', /whole number from 1 to 40/],
  ['a fox --repeat --ar 3:2', /whole number/],
  ['a fox --r 2.5', /whole number/],
  ['a fox --repeat 0', /whole number/],
  ['{'.repeat(11), /nested 10 deep/],
];

describe('a prompt that stands for several jobs', () => {
  for (const [prompt, prompts] of CASES) test(`“${prompt}” gives ${prompts.length}`, () => assert.deepEqual(expandPrompt(prompt), prompts));
  for (const [prompt, message] of REFUSALS) {
    test(`“${prompt.slice(0, 40)}” is refused`, () => assert.throws(() => expandPrompt(prompt), { code: 'invalid-request', message }));
  }

  test('40 are allowed', () => {
    assert.equal(expandPrompt('{a, b, c, d} {a, b, c, d, e} fox --repeat 2').length, 40);
  });

  test('a prompt of invisible characters alone is refused', () => {
    for (const prompt of ['\u200b\u200d', '\ufeff \u2060', '\ufe0f'])
      assert.throws(() => expandPrompt(prompt), { code: 'invalid-request' });
    assert.deepEqual(expandPrompt('\u200b🦊'), ['\u200b🦊']);
  });

  test('any text without braces and --repeat stays as it is', () => {
    const text = string({ unit: 'grapheme' })
      .filter((prompt) => !/[{}]|(?:--|—|–)r/i.test(prompt))
      .map((prompt) => `a ${prompt}`);
    check(property(text, (prompt) => assert.deepEqual(expandPrompt(prompt), [prompt])));
  });

  test('no result holds a group: it can be sent as a single prompt', () => {
    const text = array(constantFrom('{', '}', ',', '\\', 'a', ' ', '--ar ', '1:1')).map((parts) => parts.join(''));
    check(
      property(text, (prompt) => {
        let prompts: string[] = [];
        try {
          prompts = expandPrompt(prompt);
        } catch {
          // More than 40 jobs, or nested too deeply.
        }
        for (const single of prompts) assert.doesNotThrow(() => requireSinglePrompt(single), `${prompt} → ${single}`);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a request that makes only one job', () => {
  test('takes single prompts alone', () => {
    requireSinglePrompt('a fox, at dawn --ar 3:2');
    for (const prompt of ['a {red, blue} fox', 'a {red} fox', 'a fox --repeat 2', 'a fox --r 1'])
      assert.throws(() => requireSinglePrompt(prompt), { code: 'invalid-request', message: /single prompts/ });
  });
});

describe('parameters', () => {
  const PARAMETERS = [
    '--ar 16:9',
    '--aspect 2:3',
    '--chaos 20',
    '--c 5',
    '--cref https://example.com/a.png',
    '--cw 60',
    '--draft',
    '--end loop',
    '--exp 10',
    '--fast',
    '--hd',
    '--iw 2',
    '--loop',
    '--motion high',
    '--bs 2',
    '--niji 7',
    '--no hats, cats',
    '--oref https://example.com/b.png',
    '--ow 300',
    '--p abc123',
    '--profile xyz',
    '--public',
    '--q 4',
    '--raw',
    '--relax',
    '--seed 42',
    '--sref 123 456',
    '--stealth',
    '--stop 80',
    '--style raw',
    '--stylize 250',
    '--s 100',
    '--sv 6',
    '--sw 400',
    '--tile',
    '--turbo',
    '--v 8.1',
    '--version 7',
    '--video',
    '--weird 500',
    '--w 3',
    '--zoom 1.5',
    '::2 more::-0.5',
  ];
  for (const parameter of PARAMETERS) {
    test(`${parameter} passes through untouched`, () => {
      const prompt = `a fox ${parameter}`;
      assert.deepEqual(expandPrompt(prompt), [prompt]);
      assert.deepEqual(expandPrompt(`${prompt} {x, y}`), [`${prompt} x`, `${prompt} y`]);
    });
  }
});
