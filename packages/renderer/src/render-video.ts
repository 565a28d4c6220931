import { rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { deadline, systemClock, type Clock } from '@atelier/lib/clock';
import { createRunFfmpeg, type RunFfmpeg } from './ffmpeg/run-ffmpeg.ts';
import { withTemporaryFolder } from './ffmpeg/temporary-folder.ts';
import { recogniseAudio } from './input/check-audio.ts';
import { decodeAudio, type AudioFile } from './input/decode-audio.ts';
import { audioArguments, FRAMES_PER_SECOND, joinArguments, videoArguments } from './ffmpeg/encoder-arguments.ts';
import { createFrameSource } from './frames/frame-source.ts';
import { TEMPLATE_SIZES } from './templates/template-sizes.ts';
import type { RenderedVideo, RenderVideo, VideoOrder } from './video.ts';

export interface RenderVideoDeps {
  /** The path of a usable ffmpeg. */
  ffmpeg: () => Promise<string>;
  run?: RunFfmpeg;
  clock?: Clock;
  temporaryFolder?: string;
  /** Longer tracks are refused. */
  longestMs?: number;
}

const LONGEST_MS = 600_000;
const SHORTEST_WALL_LIMIT_MS = 60_000;
const STALL_LIMIT_MS = 20_000;
const PROGRESS_EVERY_MS = 300;
/** The last hundredth is the joining. */
const SHARE_OF_FRAMES = 0.99;

/** Renders videos: frames are painted in a thread and encoded by one ffmpeg while another encodes the sound; then they are joined. */
export function createRenderVideo(deps: RenderVideoDeps): RenderVideo {
  const { clock = systemClock, temporaryFolder = tmpdir(), longestMs = LONGEST_MS } = deps;
  const run = deps.run ?? createRunFfmpeg({ clock, temporaryFolder });
  return async (order) => {
    order.signal?.throwIfAborted();
    const audio: AudioFile = { path: resolve(order.audioPath), format: await recogniseAudio(order.audioPath) };
    const ffmpeg = await deps.ffmpeg();
    const { samples, durationMs } = await decodeWhole({ run, ffmpeg, audio, longestMs, signal: order.signal });
    const wallLimitMs = wallLimitOf(durationMs);
    const limit = deadline(clock, wallLimitMs, order.signal);
    try {
      return await withTemporaryFolder(temporaryFolder, (folder) =>
        render({ order, audio, ffmpeg, run, clock, folder, samples, durationMs, wallLimitMs, signal: limit.signal }),
      );
    } finally {
      limit.cancel();
    }
  };
}

const wallLimitOf = (durationMs: number): number => Math.max(SHORTEST_WALL_LIMIT_MS, 2 * durationMs);

/** The sound as the pictures follow it, in memory that threads share. */
async function decodeWhole(order: {
  run: RunFfmpeg;
  ffmpeg: string;
  audio: AudioFile;
  longestMs: number;
  signal: AbortSignal | undefined;
}): Promise<{ samples: Int16Array; durationMs: number }> {
  const chunks: Buffer[] = [];
  const onChunk = (chunk: Buffer): void => void chunks.push(chunk);
  const durationMs = await decodeAudio({ ...order, wallLimitMs: wallLimitOf(order.longestMs), onChunk });
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const memory = new Uint8Array(new SharedArrayBuffer(bytes));
  let at = 0;
  for (const chunk of chunks) {
    memory.set(chunk, at);
    at += chunk.length;
  }
  return { samples: new Int16Array(memory.buffer), durationMs };
}

interface Rendering {
  order: VideoOrder;
  audio: AudioFile;
  ffmpeg: string;
  run: RunFfmpeg;
  clock: Clock;
  folder: string;
  samples: Int16Array;
  durationMs: number;
  wallLimitMs: number;
  signal: AbortSignal;
}

async function render(rendering: Rendering): Promise<RenderedVideo> {
  const { order, audio, durationMs } = rendering;
  const frames = Math.max(1, Math.ceil((durationMs * FRAMES_PER_SECOND) / 1_000));
  // No part is worth going on with when the other has failed.
  const stop = new AbortController();
  const both = { ...rendering, signal: AbortSignal.any([rendering.signal, stop.signal]) };
  const parts = [runTask(both, audioArguments(audio, durationMs / 1_000)), encodeFrames(both, frames)];
  for (const part of parts) part.catch((error: unknown) => stop.abort(error));
  await Promise.allSettled(parts);
  await Promise.all(parts);
  const bytes = await joinInto(rendering, resolve(order.outputPath), frames / FRAMES_PER_SECOND);
  order.onProgress?.(1);
  const { width, height } = TEMPLATE_SIZES[order.template];
  return { width, height, frames, bytes, durationMs: (frames * 1_000) / FRAMES_PER_SECOND };
}

function runTask(
  { run, ffmpeg, folder, wallLimitMs, signal }: Rendering,
  args: string[],
  input?: AsyncIterable<Uint8Array>,
): Promise<void> {
  return run({
    path: ffmpeg,
    arguments: ['-hide_banner', '-v', 'error', '-y', ...args],
    folder,
    wallLimitMs,
    signal,
    collect: async () => undefined,
    ...(input && { input, stallLimitMs: STALL_LIMIT_MS }),
  });
}

async function encodeFrames(rendering: Rendering, frames: number): Promise<void> {
  const { order, samples, durationMs } = rendering;
  const { title, author, domain, template, lyrics } = order;
  const { width, height } = TEMPLATE_SIZES[template];
  const source = createFrameSource({
    scene: { title, author, domain, template, lyrics: [...lyrics], frames, framesPerSecond: FRAMES_PER_SECOND, durationMs, samples },
    coverPath: resolve(order.coverPath),
    onTaken: reportProgress(rendering, frames),
  });
  try {
    await runTask(rendering, videoArguments(width, height, frames), source.frames);
  } finally {
    await source.close();
  }
}

/** Tells the caller at most a few times a second. */
function reportProgress({ order, clock }: Rendering, frames: number): (taken: number) => void {
  let nextAtMs = 0;
  return (taken) => {
    const nowMs = clock.now();
    if (nowMs < nextAtMs) return;
    nextAtMs = nowMs + PROGRESS_EVERY_MS;
    order.onProgress?.((taken / frames) * SHARE_OF_FRAMES);
  };
}

/** Joins under another name beside the output, on the same disk, so that a file of this name is always whole. Returns its size. */
async function joinInto(rendering: Rendering, outputPath: string, seconds: number): Promise<number> {
  const partPath = `${outputPath}.part`;
  try {
    await runTask(rendering, joinArguments(seconds, partPath));
    rendering.signal.throwIfAborted();
    const { size } = await stat(partPath);
    await rename(partPath, outputPath);
    return size;
  } catch (error) {
    await rm(partPath, { force: true });
    throw error;
  }
}
