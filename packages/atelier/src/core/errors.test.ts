import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toReason } from './errors.ts';

test('a failure as one text: a title that ends a sentence needs no colon', () => {
  const cases: [title: string, details: string | null, text: string][] = [
    ['Banned prompt', 'Sorry, no.', 'Banned prompt: Sorry, no.'],
    ['Sorry! Could not complete the job!', 'Try again.', 'Sorry! Could not complete the job! Try again.'],
    ['What now?', 'Nothing', 'What now? Nothing'],
    ['Queued …', 'later', 'Queued … later'],
    ['Banned prompt', null, 'Banned prompt'],
    ['Banned prompt', '', 'Banned prompt'],
  ];
  for (const [title, details, text] of cases) assert.equal(toReason({ title, details }), text);
});
