import type { Painter, Picture } from './painter.ts';
import type { Order } from './studio.ts';
import { composer } from './window.ts';
import { createWorkerPool } from './worker-pool.ts';

/**
 * A painter whose pictures are painted and encoded in worker threads (one unless told otherwise), started with the first
 * picture. An idle painter does not keep the process alive.
 */
export function createPainter({ threads = 1 }: { threads?: number } = {}): Painter {
  const pool = createWorkerPool<Order, Picture>({ entry: new URL('./painter-thread.ts', import.meta.url), threads });
  return {
    ...composer,
    grid: (scenes, { tilePixels, mark }) => pool.run({ kind: 'sheet', scenes, options: { tilePixels, mark } }),
    single: (scene, { tilePixels, mark }) => pool.run({ kind: 'sheet', scenes: [scene], options: { tilePixels, mark } }),
    preview: (scenes, { tilePixels, mark, percent }) => pool.run({ kind: 'preview', scenes, options: { tilePixels, mark, percent } }),
    close: () => pool.close(),
  };
}
