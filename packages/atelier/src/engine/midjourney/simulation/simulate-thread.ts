import { parentPort, workerData } from 'node:worker_threads';
import { asNumber, asObject, asText } from '@atelier/lib/json';
import { findOnlyPlanted, PLANTED } from './planted.ts';
import { runSeed } from './run-seed.ts';

/** Runs seeds `from`, `from + step`, … below `until`, and posts the result of each seed. With `planted`, it stops at the first violation. */
const task = asObject(workerData) ?? {};
const planted = asText(task['planted']);
const update = planted === undefined ? undefined : PLANTED[planted];
const step = asNumber(task['step']) ?? 1;
const until = asNumber(task['until']) ?? 0;
for (let seed = asNumber(task['from']) ?? 1; seed < until; seed += step) {
  const { violations, counts } = update ? findOnlyPlanted(seed, update) : runSeed(seed);
  parentPort?.postMessage({ seed, violations, counts }, []);
  if (update && violations.length > 0) break;
}
