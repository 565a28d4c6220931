import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findOnlyPlanted, PLANTED } from './planted.ts';
import { runSeed } from './run-seed.ts';

/** `npm run simulate` runs more. */
const SEEDS = 400;
const PLANTED_SEEDS = 2_000;

describe('the channel function in virtual time', () => {
  test(`${SEEDS} seeds: no wrong picture, no needless second request, every job ends with its reason`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violations } = runSeed(seed);
      assert.deepEqual(violations, [], `npm run simulate -- --seed ${seed}`);
    }
  });

  test('a seed reproduces its run', () => {
    assert.deepEqual(runSeed(7, { keepsLog: true }), runSeed(7, { keepsLog: true }));
  });

  for (const [name, update] of Object.entries(PLANTED)) {
    test(`a planted fault is found: ${name}`, () => {
      let seed = 1;
      while (seed <= PLANTED_SEEDS && findOnlyPlanted(seed, update).violations.length === 0) seed += 1;
      assert.ok(seed <= PLANTED_SEEDS);
    });
  }
});
