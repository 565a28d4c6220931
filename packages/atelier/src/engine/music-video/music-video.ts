import { join } from 'node:path';
import type { Job } from '../../core/job.ts';
import type { Log } from '@atelier/lib/log';
import { MediaError, type RenderedVideo, type RenderVideo, type RenderRequest } from '@atelier/renderer';
import type { Engine, EngineUpdate, RunOptions } from '../../core/engine.ts';
import type { MusicVideoData, MusicVideoInput } from './input.ts';
import { gatherMaterials, type MaterialDeps, type MaterialLimits } from './materials.ts';
import { readInput } from './read-input.ts';
import { createWorkFolders } from './work-folders.ts';

export interface MusicVideoDeps extends MaterialDeps {
  log: Log;
  render: RenderVideo;
  /** Where files in the making lie; nobody else writes there. */
  folder: string;
  settings: MaterialLimits & {
    /** How many videos are rendered at once. */
    slots: number;
  };
}

export interface MusicVideoEngine extends Engine {
  readonly slots: number;
  /** Removes what a killed process left. Before the first job runs. */
  sweep(): Promise<void>;
}

/**
 * Renders music videos on this machine. There is no upstream to ask what became of a job: one that a restart interrupted is rendered
 * again from its input, which gives the same video.
 */
export function createMusicVideoEngine(deps: MusicVideoDeps): MusicVideoEngine {
  const { log } = deps;
  const folders = createWorkFolders(deps.folder);

  async function* run(job: Job, { signal }: RunOptions): AsyncGenerator<EngineUpdate, void> {
    const input = readInput(job.input);
    const folder = await folders.open();
    try {
      const materials = await gatherMaterials(deps, input, folder.path, signal);
      if (!materials.ok) {
        yield { type: 'failed', failure: materials.failure, message: null };
        return;
      }
      yield { type: 'progress', percent: GATHERED_PERCENT };
      const outputPath = join(folder.path, 'video.mp4');
      const order: RenderRequest = { ...toOrder(input), audioPath: materials.audioPath, coverPath: materials.coverPath, outputPath };
      const video = yield* followRender(deps.render, order, signal);
      // The file lives until the queue has taken it and asks for the next update.
      yield toCompleted(input, video, outputPath);
    } catch (error) {
      if (signal.aborted) return;
      yield { type: 'failed', failure: toFailure(error, job, log), message: null };
    } finally {
      await folder.remove();
    }
  }

  return {
    name: 'music-video',
    slots: deps.settings.slots,
    sweep: () => folders.sweep(),
    plan: async () => null,
    run: (job, _operation, options) => run(job, options),
    // The signal of `run` stops it.
    cancel: async () => {},
  };
}

/** Track and cover are there and in order; the rest is rendering. */
const GATHERED_PERCENT = 2;
/** 100 is for a video that is kept. */
const RENDERED_PERCENT = 99;

/** Renders, and says how far that is each time it is further. Ending it early stops the render and waits for its end. */
async function* followRender(
  render: RenderVideo,
  order: RenderRequest,
  signal: AbortSignal,
): AsyncGenerator<EngineUpdate & { type: 'progress' }, RenderedVideo> {
  const stop = new AbortController();
  let reached = GATHERED_PERCENT;
  let moved = Promise.withResolvers<void>();
  const onProgress = (done: number): void => {
    reached = GATHERED_PERCENT + Math.floor(done * (RENDERED_PERCENT - GATHERED_PERCENT));
    moved.resolve();
  };
  const rendered = render({ ...order, onProgress, signal: AbortSignal.any([signal, stop.signal]) });
  const ended = rendered.then(
    () => true,
    () => true,
  );
  try {
    let shown = GATHERED_PERCENT;
    for (;;) {
      if (await Promise.race([ended, moved.promise.then(() => false)])) return await rendered;
      moved = Promise.withResolvers();
      if (reached <= shown) continue;
      shown = reached;
      yield { type: 'progress', percent: shown };
    }
  } finally {
    stop.abort(new Error('nobody waits for this video any more'));
    await ended;
  }
}

const toOrder = (input: MusicVideoInput): Pick<RenderRequest, 'title' | 'author' | 'domain' | 'template' | 'lyrics'> => ({
  title: input.title,
  author: input.author,
  domain: input.domainName,
  template: input.template,
  lyrics: input.lyrics,
});

function toCompleted({ title, template }: MusicVideoInput, video: RenderedVideo, path: string): EngineUpdate {
  const { width, height, durationMs } = video;
  const data: MusicVideoData = { template, durationMs };
  const media = { role: 'video', source: { path }, filename: `${toFileStem(title)}.mp4`, contentType: 'video/mp4', width, height } as const;
  return { type: 'completed', message: null, buttons: [], media: [media], data };
}

/** The first words of the title as a file name. */
export function toFileStem(title: string): string {
  const words = title.normalize('NFC').match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const stem = words
    .join('-')
    .slice(0, LONGEST_STEM)
    .toWellFormed()
    .replace(/[-\uFFFD]+$/u, '');
  return stem === '' ? 'music-video' : stem;
}

const LONGEST_STEM = 60;

function toFailure(error: unknown, { id: jobId }: Job, log: Log): (EngineUpdate & { type: 'failed' })['failure'] {
  if (error instanceof MediaError) return { code: 'media-invalid', title: 'The track cannot be rendered', details: error.message };
  log.error({ err: error, jobId }, 'a music video could not be rendered');
  return { code: 'internal', title: 'The video could not be rendered', details: null };
}
