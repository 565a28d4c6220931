import type { Clock } from '@atelier/lib/clock';
import { createRunFfmpeg } from '@atelier/renderer';
import { makeClip } from './engine/clip.ts';
import { planFootage, planMovingPreview, type Footage, type Frames } from './engine/footage.ts';
import type { Clip, ClipOptions, Painter, Picture, Scene } from '@atelier/simulator';
import type { Order, PictureOrder } from './order.ts';
import { composer } from './window.ts';
import { createWorkerPool } from '../worker-pool.ts';

export interface PainterDeps {
  /** Worker threads; one unless told otherwise. */
  threads?: number;
  /** The path of an ffmpeg for clips. Without it, or when it rejects, there are no clips and all else works. */
  ffmpeg?: () => Promise<string>;
  clock?: Clock;
  /** Where a clip in the making lies; the system's place unless told otherwise. */
  temporaryFolder?: string;
}

/**
 * A painter whose pictures are painted and encoded in worker threads, started with the first picture; clips are encoded by
 * ffmpeg beside them. An idle painter does not keep the process alive.
 */
export function createPainter({ threads = 1, ffmpeg = noFfmpeg, ...runOptions }: PainterDeps = {}): Painter {
  const pool = createWorkerPool<Order, Picture | Frames>({ entry: new URL('./painter-thread.ts', import.meta.url), threads });
  const run = createRunFfmpeg(runOptions);
  const closing = new AbortController();
  const clips = new Set<Promise<unknown>>();

  const paint = async (order: PictureOrder): Promise<Picture> => {
    const painted = await pool.run(order);
    if (painted.contentType === 'video/raw') throw new TypeError('frames instead of a picture');
    return painted;
  };

  const clip = async (scene: Scene, options: ClipOptions): Promise<Clip> => {
    if (closing.signal.aborted) throw closing.signal.reason;
    const deps = {
      ffmpeg,
      run,
      paint: async (footage: Footage, from: number, count: number) => (await pool.run({ kind: 'frames', footage, from, count })).bytes,
    };
    const signal = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal;
    const making = makeClip(deps, planFootage(scene, options), { mark: options.mark, signal });
    clips.add(making);
    return making.finally(() => clips.delete(making));
  };

  return {
    ...composer,
    grid: (scenes, { tilePixels, mark }) => paint({ kind: 'sheet', scenes, options: { tilePixels, mark } }),
    single: (scene, { tilePixels, mark }) => paint({ kind: 'sheet', scenes: [scene], options: { tilePixels, mark } }),
    preview: async (scenes, { tilePixels, mark, percent, moving }) =>
      paint(
        moving
          ? { kind: 'moving', footage: planMovingPreview(scenes, { tilePixels, mark, ...moving }), mark }
          : { kind: 'preview', scenes, options: { tilePixels, mark, percent } },
      ),
    clip,
    async close() {
      closing.abort(new Error('the painter was closed'));
      await pool.close();
      await Promise.allSettled(clips);
    },
  };
}

async function noFfmpeg(): Promise<never> {
  throw new Error('clips need ffmpeg, and this painter was given none');
}
