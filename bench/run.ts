/**
 * `npm run bench`: measures every figure and its yardstick in one run. Machines differ, and a noisy machine differs between runs: compare
 * the ratios.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchAccept } from './accept.ts';
import { benchAssets } from './assets.ts';
import { benchCallbacks } from './callbacks.ts';
import { benchRender } from './render.ts';
import { printRows, type Row } from './rows.ts';
import { benchStore } from './store.ts';

const folder = await mkdtemp(join(tmpdir(), 'atelier-bench-'));
try {
  console.log(`${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.version}\n`);
  const rows: Row[] = [
    ...(await benchStore()),
    ...(await benchAccept(folder)),
    ...(await benchCallbacks(folder)),
    ...(await benchAssets(folder)),
  ];
  printRows(rows);
  console.log('');
  await benchRender(folder);
} finally {
  await rm(folder, { recursive: true, force: true });
}
