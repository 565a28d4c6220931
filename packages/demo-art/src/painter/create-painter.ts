import type { Clock } from '@atelier/lib/clock';
import { createRunFfmpeg } from '@atelier/renderer';
import { makeClip } from './engine/clip.ts';
import { planFootage, planMovingPreview } from './engine/footage.ts';
import type { Clip, ClipOptions, Painter, Picture, Scene } from '@atelier/simulator';
import type { Footage, Frames, PaintRequest, PictureRequest } from './paint-request.ts';
import { scenePlanner } from './scene-planner.ts';
import { createWorkerPool } from '../worker-pool.ts';

export interface PainterDeps {
  /** Worker threads. Left out: one. */
  threads?: number;
  /** The path of an ffmpeg for clips. Left out, or when it rejects: clips reject, pictures are painted. */
  ffmpeg?: () => Promise<string>;
  clock?: Clock;
  /** The parent of the temporary folders of clips. Left out: the system's. */
  temporaryFolder?: string;
}

/**
 * Creates a painter. Worker threads paint and encode the pictures; they start with the first picture. ffmpeg encodes the clips. An idle
 * painter does not keep the process alive.
 */
export function createPainter({ threads = 1, ffmpeg = noFfmpeg, ...runOptions }: PainterDeps = {}): Painter {
  const pool = createWorkerPool<PaintRequest, Picture | Frames>({ entry: new URL('./painter-thread.ts', import.meta.url), threads });
  const run = createRunFfmpeg(runOptions);
  const closing = new AbortController();
  const clips = new Set<Promise<unknown>>();

  const paint = async (request: PictureRequest): Promise<Picture> => {
    const painted = await pool.run(request);
    if (painted.contentType === 'video/raw') throw new TypeError('frames instead of a picture');
    return painted;
  };

  const clip = async (scene: Scene, options: ClipOptions): Promise<Clip> => {
    closing.signal.throwIfAborted();
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
    ...scenePlanner,
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
