import { rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { deadline, systemClock, type Clock } from '@atelier/lib/clock';
import { createRunFfmpeg, type RunFfmpeg } from './ffmpeg/run-ffmpeg.ts';
import { withTemporaryFolder } from './ffmpeg/temporary-folder.ts';
import { audioArguments, FRAMES_PER_SECOND, joinArguments, videoArguments } from './ffmpeg/arguments.ts';
import { recogniseAudio } from './input/check-audio.ts';
import { decodeAudio } from './input/decode-audio.ts';
import { createFrameSource } from './frames/frame-source.ts';
import { TEMPLATES } from './templates/templates.ts';
import type { AudioFile, RenderedVideo, RenderVideo, RenderRequest } from './video.ts';

export interface RenderVideoDeps {
  /** The path of a usable ffmpeg. */
  ffmpeg: () => Promise<string>;
  run?: RunFfmpeg;
  clock?: Clock;
  temporaryFolder?: string;
  /** Longer tracks are refused. Left out: ten minutes. */
  longestMs?: number;
}

const LONGEST_MS = 600_000;
const SHORTEST_WALL_LIMIT_MS = 60_000;
const STALL_LIMIT_MS = 20_000;
const PROGRESS_EVERY_MS = 300;
/** The rest of the progress is the joining of video and sound. */
const SHARE_OF_FRAMES = 0.99;

/** Renders videos. A thread paints the frames and one ffmpeg encodes them, while a second ffmpeg encodes the sound; a third joins both. */
export function createRenderVideo(deps: RenderVideoDeps): RenderVideo {
  const { clock = systemClock, temporaryFolder = tmpdir(), longestMs = LONGEST_MS } = deps;
  const run = deps.run ?? createRunFfmpeg({ clock, temporaryFolder });
  return async (request) => {
    request.signal?.throwIfAborted();
    const audio: AudioFile = { path: resolve(request.audioPath), format: await recogniseAudio(request.audioPath) };
    const ffmpeg = await deps.ffmpeg();
    const { samples, durationMs } = await decodeWhole({ run, ffmpeg, audio, longestMs, signal: request.signal });
    const wallLimitMs = wallLimitOf(durationMs);
    const limit = deadline(clock, wallLimitMs, request.signal);
    try {
      return await withTemporaryFolder(temporaryFolder, (folder) =>
        render({ request, audio, ffmpeg, run, clock, folder, samples, durationMs, wallLimitMs, signal: limit.signal }),
      );
    } finally {
      limit.cancel();
    }
  };
}

const wallLimitOf = (durationMs: number): number => Math.max(SHORTEST_WALL_LIMIT_MS, 2 * durationMs);

/** Decodes the track into memory that the painting thread shares. */
async function decodeWhole(options: {
  run: RunFfmpeg;
  ffmpeg: string;
  audio: AudioFile;
  longestMs: number;
  signal: AbortSignal | undefined;
}): Promise<{ samples: Int16Array; durationMs: number }> {
  const chunks: Buffer[] = [];
  const onChunk = (chunk: Buffer): void => void chunks.push(chunk);
  const durationMs = await decodeAudio({ ...options, wallLimitMs: wallLimitOf(options.longestMs), onChunk });
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const memory = new Uint8Array(new SharedArrayBuffer(bytes));
  let at = 0;
  for (const chunk of chunks) {
    memory.set(chunk, at);
    at += chunk.length;
  }
  return { samples: new Int16Array(memory.buffer), durationMs };
}

/** One video in the making. */
interface Rendering {
  request: RenderRequest;
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
  const { request, audio, durationMs } = rendering;
  const frames = Math.max(1, Math.ceil((durationMs * FRAMES_PER_SECOND) / 1_000));
  // When one part fails, the other is stopped.
  const stop = new AbortController();
  const both = { ...rendering, signal: AbortSignal.any([rendering.signal, stop.signal]) };
  const parts = [runIn(both, audioArguments(audio, durationMs / 1_000)), encodeFrames(both, frames)];
  for (const part of parts) part.catch((error: unknown) => stop.abort(error));
  await Promise.allSettled(parts);
  await Promise.all(parts);
  const bytes = await joinInto(rendering, resolve(request.outputPath), frames / FRAMES_PER_SECOND);
  request.onProgress?.(1);
  const { width, height } = TEMPLATES[request.template];
  return { width, height, frames, bytes, durationMs: (frames * 1_000) / FRAMES_PER_SECOND };
}

function runIn({ run, ffmpeg, folder, wallLimitMs, signal }: Rendering, args: string[], input?: AsyncIterable<Uint8Array>): Promise<void> {
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
  const { request, samples, durationMs } = rendering;
  const { title, author, domain, template, lyrics } = request;
  const { width, height } = TEMPLATES[template];
  const source = createFrameSource({
    content: { title, author, domain, template, lyrics: [...lyrics], frames, framesPerSecond: FRAMES_PER_SECOND, durationMs, samples },
    coverPath: resolve(request.coverPath),
    onTaken: reportProgress(rendering, frames),
  });
  try {
    await runIn(rendering, videoArguments(width, height, frames), source.frames);
  } finally {
    await source.close();
  }
}

/** Calls `onProgress` at most once in `PROGRESS_EVERY_MS`. */
function reportProgress({ request, clock }: Rendering, frames: number): (taken: number) => void {
  let nextAtMs = 0;
  return (taken) => {
    const nowMs = clock.now();
    if (nowMs < nextAtMs) return;
    nextAtMs = nowMs + PROGRESS_EVERY_MS;
    request.onProgress?.((taken / frames) * SHARE_OF_FRAMES);
  };
}

/**
 * Joins into a file beside the output, on the same disk, and renames it: a file named `outputPath` is always complete. Returns its size in
 * bytes.
 */
async function joinInto(rendering: Rendering, outputPath: string, seconds: number): Promise<number> {
  const partPath = `${outputPath}.part`;
  try {
    await runIn(rendering, joinArguments(seconds, partPath));
    rendering.signal.throwIfAborted();
    const { size } = await stat(partPath);
    await rename(partPath, outputPath);
    return size;
  } catch (error) {
    await rm(partPath, { force: true });
    throw error;
  }
}
