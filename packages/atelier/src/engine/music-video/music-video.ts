import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { createWaker } from '@atelier/lib/waker';
import { MediaError, type RenderedVideo, type RenderVideo, type RenderRequest } from '@atelier/renderer';
import type { Engine, EngineUpdate, RunOptions } from '../../core/engine.ts';
import type { Job } from '../../core/job.ts';
import { readInput, type MusicVideoData, type MusicVideoInput } from './input.ts';
import { gatherMaterials, type MaterialDeps, type MaterialLimits } from './materials.ts';

export interface MusicVideoDeps extends MaterialDeps {
  clock: Clock;
  log: Log;
  render: RenderVideo;
  /** The folder of unfinished files. No other process may write there. */
  folder: string;
  settings: MaterialLimits & {
    /** How many videos are rendered at once. */
    slots: number;
  };
}

export interface MusicVideoEngine extends Engine {
  readonly slots: number;
  /** Removes the files that a killed process left. Call it before the first job runs. */
  sweep(): Promise<void>;
}

/**
 * Renders music videos on this machine. No upstream knows the state of a job after a restart: an interrupted job is
 * rendered again from its input, which gives the same video.
 */
export function createMusicVideoEngine(deps: MusicVideoDeps): MusicVideoEngine {
  const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

  async function* run(job: Job, { signal }: RunOptions): AsyncGenerator<EngineUpdate, void> {
    const input = readInput(job.input);
    await mkdir(deps.folder, { recursive: true });
    const folder = await mkdtemp(join(deps.folder, 'video-'));
    try {
      const materials = await gatherMaterials(deps, input, folder, signal);
      if (!materials.ok) {
        yield { type: 'failed', failure: materials.failure, message: null };
        return;
      }
      yield { type: 'progress', percent: GATHERED_PERCENT };
      const { audioPath, coverPath } = materials;
      const { title, author, domainName: domain, template, lyrics } = input;
      const outputPath = join(folder, 'video.mp4');
      const video = yield* followRender(deps, { audioPath, coverPath, title, author, domain, template, lyrics, outputPath }, signal);
      // The file exists until the queue has copied it and asks for the next update.
      yield toCompleted(input, video, outputPath);
    } catch (error) {
      if (signal.aborted) return;
      yield { type: 'failed', failure: toFailure(error, job, deps.log), message: null };
    } finally {
      await remove(folder);
    }
  }

  return {
    name: 'music-video',
    slots: deps.settings.slots,
    async sweep() {
      await mkdir(deps.folder, { recursive: true });
      await Promise.all((await readdir(deps.folder)).map((name) => remove(join(deps.folder, name))));
    },
    plan: async () => null,
    run: (job, _operation, options) => run(job, options),
    // Aborting the signal of `run` stops the render.
    cancel: async () => {},
  };
}

/** The progress when track and cover are gathered and checked; the rest is the render. */
const GATHERED_PERCENT = 2;
/** 100 is for a video that is stored. */
const RENDERED_PERCENT = 99;

/** Renders, and yields the progress each time it has grown. Ending the generator early stops the render and waits for its end. */
async function* followRender(
  { clock, render }: Pick<MusicVideoDeps, 'clock' | 'render'>,
  request: RenderRequest,
  signal: AbortSignal,
): AsyncGenerator<EngineUpdate & { type: 'progress' }, RenderedVideo> {
  const waker = createWaker(clock);
  const stop = new AbortController();
  let reached = GATHERED_PERCENT;
  let hasEnded = false;
  const onProgress = (done: number): void => {
    reached = GATHERED_PERCENT + Math.floor(done * (RENDERED_PERCENT - GATHERED_PERCENT));
    waker.wake();
  };
  const onEnd = (): void => {
    hasEnded = true;
    waker.wake();
  };
  const rendered = render({ ...request, onProgress, signal: AbortSignal.any([signal, stop.signal]) });
  const ended = rendered.then(onEnd, onEnd);
  try {
    let shown = GATHERED_PERCENT;
    for (;;) {
      await waker.wait(Infinity);
      if (hasEnded) return await rendered;
      if (reached <= shown) continue;
      shown = reached;
      yield { type: 'progress', percent: shown };
    }
  } finally {
    stop.abort(new Error('the video is not needed any more'));
    await ended;
  }
}

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
    .slice(0, MAX_STEM_LENGTH)
    .toWellFormed()
    .replace(/[-\uFFFD]+$/u, '');
  return stem === '' ? 'music-video' : stem;
}

const MAX_STEM_LENGTH = 60;

function toFailure(error: unknown, { id: jobId }: Job, log: Log): (EngineUpdate & { type: 'failed' })['failure'] {
  if (error instanceof MediaError) return { code: 'media-invalid', title: 'The track cannot be rendered', details: error.message };
  log.error({ err: error, jobId }, 'music video could not be rendered');
  return { code: 'internal', title: 'The video could not be rendered', details: null };
}
