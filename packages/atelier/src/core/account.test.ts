import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newAccount } from '../store/conformance/fixtures.ts';
import { createAccountPicker } from './account.ts';

describe('the account with most free slots', () => {
  const candidates = (slots: Record<string, number>) =>
    Object.entries(slots).map(([id, freeSlots]) => ({ account: newAccount({ id }), freeSlots }));
  const picks = (...calls: Record<string, number>[]): (string | undefined)[] => {
    const pick = createAccountPicker();
    return calls.map((slots) => pick(candidates(slots))?.id);
  };

  test('is picked, and none when all are full', () => {
    assert.deepEqual(picks({ a: 1, b: 2, c: 0 }, { a: 0, b: 0, c: -1 }, {}), ['b', undefined, undefined]);
  });

  test('accounts with the same number take turns, also when one of them comes or goes', () => {
    const equal = { a: 1, b: 1, c: 1 };
    assert.deepEqual(picks(equal, equal, equal, equal), ['a', 'b', 'c', 'a']);
    assert.deepEqual(picks(equal, { a: 1, c: 1 }, { a: 1, b: 1 }, equal), ['a', 'c', 'a', 'b']);
  });
});
