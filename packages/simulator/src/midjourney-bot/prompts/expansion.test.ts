import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { expandPrompt, MOST_JOBS_OF_A_PROMPT } from './expansion.ts';

describe('a prompt that stands for several', () => {
  const CASES: readonly [prompt: string, prompts: readonly string[]][] = [
    ['a fox', ['a fox']],
    ['a {red, blue} fox', ['a red fox', 'a blue fox']],
    ['a {red, blue} {fox, owl} --v 7', ['a red fox --v 7', 'a red owl --v 7', 'a blue fox --v 7', 'a blue owl --v 7']],
    ['a {red {fox, owl}, cat}', ['a red fox', 'a red owl', 'a cat']],
    ['a fox --ar {1:1, 3:2}', ['a fox --ar 1:1', 'a fox --ar 3:2']],
    ['a fox --repeat 3', ['a fox', 'a fox', 'a fox']],
    ['a {red, blue} fox --r 2 --v 7', ['a red fox --v 7', 'a red fox --v 7', 'a blue fox --v 7', 'a blue fox --v 7']],
    ['a {red\\, warm, blue} fox', ['a red, warm fox', 'a blue fox']],
    ['a {fox', ['a {fox']],
    ['a fox}', ['a fox}']],
    ['a {red} fox', ['a red fox']],
  ];
  for (const [prompt, prompts] of CASES) {
    test(`${prompt} makes ${prompts.length}`, () => assert.deepEqual(expandPrompt(prompt), prompts));
  }

  test('ends one above the limit, however many it would be', () => {
    assert.equal(expandPrompt('{a, b}'.repeat(500)).length, MOST_JOBS_OF_A_PROMPT + 1);
    assert.equal(expandPrompt('a fox --repeat 999').length, MOST_JOBS_OF_A_PROMPT + 1);
    assert.equal(expandPrompt('{'.repeat(3_000)).length, 1);
  });
});
