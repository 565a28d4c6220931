/**
 * The fault matrix: the real server and the simulator on loopback, over real sockets, and for each seed a few equal requests that meet a scenario, a
 * manner of the bot, vanishing messages or a state of the account, and faults of Discord at random moments. Each job must end with the picture of its own
 * request or with the code and the words of its trouble, be asked for once, and be told of once.
 *
 *   npm run matrix -- --seeds 10000 --from 500
 *
 * runs other seeds, and `npm run matrix -- --seed 123` one seed. Time runs ten times as fast in the server, so that the waits of the Discord client and of
 * the engine keep their proportion, and faster still while all wait.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSeeds } from './matrix/run-seeds.ts';

const SEEDS = 500;

test(`fault matrix: ${SEEDS} seeds`, async () => {
  const faults: string[] = [];
  let done = 0;
  await runSeeds({ first: 0, seeds: SEEDS }, (reports) => {
    done += reports.length;
    for (const { seed, met, faults: found } of reports)
      for (const fault of found) faults.push(`seed ${seed} [${met.join(' · ')}]\n    ${fault}`);
  });
  assert.equal(faults.length, 0, `\n${faults.join('\n')}\nAlone: npm run matrix -- --seed <seed>`);
  assert.equal(done, SEEDS);
});
