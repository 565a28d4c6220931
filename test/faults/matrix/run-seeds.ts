import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { SeedRange } from './matrix-process.ts';
import type { SeedReport } from './run-batch.ts';
import { batchOf } from './weather.ts';

/** Each waits much of its time. */
const PROCESSES_PER_CORE = 2;
const MOST_PROCESSES = 8;

/** Runs these seeds in several processes. Calls `onReports` after each batch; rejects when a process ends by itself. */
export async function runSeeds(
  { first, seeds }: { first: number; seeds: number },
  onReports: (reports: readonly SeedReport[]) => void,
): Promise<void> {
  const end = first + seeds;
  const batches = Array.from({ length: batchOf(end - 1) - batchOf(first) + 1 }, (_, index) => batchOf(first) + index);
  const waiting = batches.map((batch): SeedRange => ({ batch, first, end }));
  const count = Math.min(waiting.length, PROCESSES_PER_CORE * availableParallelism(), MOST_PROCESSES);
  await Promise.all(Array.from({ length: count }, async () => runProcess(waiting, onReports)));
}

async function runProcess(waiting: SeedRange[], onReports: (reports: readonly SeedReport[]) => void): Promise<void> {
  const child = fork(join(import.meta.dirname, 'matrix-process.ts'), { execArgv: ['--no-warnings'] });
  try {
    for (let range = waiting.shift(); range; range = waiting.shift()) onReports(await ask(child, range));
  } finally {
    child.kill();
  }
}

async function ask(child: ChildProcess, range: SeedRange): Promise<readonly SeedReport[]> {
  const stop = new AbortController();
  const { signal } = stop;
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error(`the process of batch ${range.batch} ended`);
  });
  child.send(range);
  try {
    // A child sends nothing but reports.
    const [reports] = (await Promise.race([once(child, 'message', { signal }), ended])) as [SeedReport[]];
    return reports;
  } finally {
    stop.abort();
    await ended.catch(() => {});
  }
}
