import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { PLANTED } from '../packages/atelier/src/engine/midjourney/simulation/planted.ts';
import { runSeed } from '../packages/atelier/src/engine/midjourney/simulation/run-seed.ts';

/**
 * Simulates Midjourney's engine in virtual time, with an independent model of Discord and the bot.
 *
 *   npm run simulate -- --seeds 20000 [--from 1]   runs seeds on every core, prints each violation, fails if there is one
 *   npm run simulate -- --seed 17 [--fault NAME]   prints the whole run of one seed, with a planted fault
 *   npm run simulate -- --planted                  finds each planted fault
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string' },
    seed: { type: 'string' },
    fault: { type: 'string' },
    planted: { type: 'boolean' },
  },
});

const THREAD = new URL('../packages/atelier/src/engine/midjourney/simulation/simulate-thread.ts', import.meta.url);
const PLANTED_SEEDS = 2_000;

interface SeedNews {
  seed: number;
  violations: string[];
  counts: Record<string, number>;
}

/** Runs the seeds on `threads` threads; `onSeed` sees each result. */
async function runSeeds(
  task: { from: number; until: number; planted?: string },
  threads: number,
  onSeed: (news: SeedNews) => void,
): Promise<void> {
  const runs = Array.from({ length: threads }, (_, index) => {
    const worker = new Worker(THREAD, { workerData: { ...task, from: task.from + index, step: threads } });
    worker.on('message', onSeed);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    worker.on('error', reject);
    worker.on('exit', () => resolve());
    return promise;
  });
  await Promise.all(runs);
}

async function runMany(from: number, seeds: number): Promise<void> {
  const startedAtMs = Date.now();
  const counts: Record<string, number> = {};
  let bad = 0;
  await runSeeds({ from, until: from + seeds }, availableParallelism(), (news) => {
    for (const [name, count] of Object.entries(news.counts)) counts[name] = (counts[name] ?? 0) + count;
    if (news.violations.length === 0) return;
    bad += 1;
    console.log(`seed ${news.seed}: ${news.violations.join('; ')}`);
  });
  for (const [name, count] of Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`${String(count).padStart(8)} ${name}`);
  console.log(`${seeds} seeds from ${from} in ${((Date.now() - startedAtMs) / 1_000).toFixed(1)} s: ${bad} with violations`);
  process.exitCode = bad === 0 ? 0 : 1;
}

async function findPlanted(names: readonly string[]): Promise<void> {
  for (const planted of names) {
    let first: SeedNews | undefined;
    await runSeeds({ from: 1, until: PLANTED_SEEDS + 1, planted }, 1, (news) => {
      if (news.violations.length > 0) first ??= news;
    });
    console.log(first ? `${planted}: seed ${first.seed}: ${first.violations[0]}` : `${planted}: NOT FOUND in ${PLANTED_SEEDS} seeds`);
    if (!first) process.exitCode = 1;
  }
}

if (values.seed !== undefined) {
  const planted = values.fault === undefined ? undefined : PLANTED[values.fault];
  const { log, violations } = runSeed(Number(values.seed), { keepsLog: true, ...(planted ? { update: planted } : {}) });
  for (const line of log) console.log(line);
  console.log(violations.length === 0 ? 'no violation' : violations.join('\n'));
  process.exitCode = violations.length === 0 ? 0 : 1;
} else if (values.planted) {
  await findPlanted(Object.keys(PLANTED));
} else await runMany(Number(values.from ?? 1), Number(values.seeds ?? 2_000));
