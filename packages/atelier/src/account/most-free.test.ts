import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newAccount } from '../store/conformance/fixtures.ts';
import { createMostFree } from './most-free.ts';

describe('the account with most free slots', () => {
  const rooms = (free: Record<string, number>) => Object.entries(free).map(([id, count]) => ({ account: newAccount({ id }), free: count }));
  const picks = (...rounds: Record<string, number>[]): (string | undefined)[] => {
    const pick = createMostFree();
    return rounds.map((free) => pick(rooms(free))?.id);
  };

  test('is picked, and none when all are full', () => {
    assert.deepEqual(picks({ a: 1, b: 2, c: 0 }, { a: 0, b: 0, c: -1 }, {}), ['b', undefined, undefined]);
  });

  test('equals take turns, also when one of them comes or goes', () => {
    const equal = { a: 1, b: 1, c: 1 };
    assert.deepEqual(picks(equal, equal, equal, equal), ['a', 'b', 'c', 'a']);
    assert.deepEqual(picks(equal, { a: 1, c: 1 }, { a: 1, b: 1 }, equal), ['a', 'c', 'a', 'b']);
  });
});
