/**
 * The long run of the fault matrix: `npm run matrix -- --seeds 10000 [--from N]`, or `--seed N` for one seed. Prints a line for each seed with a
 * fault, and at the end how many seeds met each fault, scenario and switch.
 */
import { parseArgs } from 'node:util';
import { runSeeds } from './run-seeds.ts';

const { values } = parseArgs({ options: { seeds: { type: 'string' }, from: { type: 'string' }, seed: { type: 'string' } } });
const first = Number(values.seed ?? values.from ?? 0);
const seeds = values.seed === undefined ? Number(values.seeds ?? 500) : 1;

const met = new Map<string, number>();
const kinds = new Map<string, number>();
let [done, faulty, jobs] = [0, 0, 0];
const startedAtMs = performance.now();
await runSeeds({ first, seeds }, (reports) => {
  for (const report of reports) {
    done += 1;
    jobs += report.jobs;
    for (const name of report.met) met.set(name, (met.get(name) ?? 0) + 1);
    if (report.faults.length === 0) continue;
    faulty += 1;
    for (const fault of report.faults) {
      const kind = fault.split(':')[0] ?? '';
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    console.log(`seed ${report.seed} [${report.met.filter((name) => !name.startsWith('switch')).join(' · ')}]`);
    for (const fault of report.faults) console.log(`    ${fault}`);
  }
});

for (const [name, count] of [...met].toSorted(([a], [b]) => a.localeCompare(b))) console.log(`${String(count).padStart(6)}  ${name}`);
console.log(`${done} seeds, ${jobs} jobs, ${Math.round((performance.now() - startedAtMs) / 1_000)} s: ${faulty} seeds with faults`);
for (const [kind, count] of kinds) console.log(`${String(count).padStart(6)}  ${kind}`);
process.exitCode = faulty === 0 ? 0 : 1;
