/** A process that runs batches of seeds: each message from its parent names a batch, each answer has the reports of its seeds. */
import { runBatch } from './run-batch.ts';

/** Seeds from `first` up to, but not including, `end` of one batch. */
export interface SeedRange {
  readonly batch: number;
  readonly first: number;
  readonly end: number;
}

process.on('message', (range: SeedRange) => {
  void runBatch(range.batch, (seed) => seed >= range.first && seed < range.end).then((reports) => process.send?.(reports));
});
