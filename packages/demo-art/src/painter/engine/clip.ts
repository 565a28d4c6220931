import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunFfmpeg } from '@atelier/renderer';
import { cleanMark } from './encode.ts';
import type { Footage } from '../paint-request.ts';
import type { Clip } from '@atelier/simulator';

/** Written into every clip, so that nobody mistakes it for a video by Midjourney. */
export const CLIP_NOTE = 'Simulated by Atelier; not a Midjourney video';

export interface ClipDeps {
  ffmpeg: () => Promise<string>;
  run: RunFfmpeg;
  /** Paints `count` frames from number `from`. */
  paint(footage: Footage, from: number, count: number): Promise<Uint8Array>;
}

/** About 5 MB at the largest size, and a twentieth of a second of painting: so long a picture may have to wait for the thread. */
const FRAMES_AT_ONCE = 8;
const WALL_LIMIT_MS = 120_000;
const STALL_LIMIT_MS = 20_000;
const FILE_NAME = 'clip.mp4';

/** Makes the MP4: the next frames are painted while ffmpeg encodes the last ones. */
export async function makeClip(deps: ClipDeps, footage: Footage, options: { mark: string; signal: AbortSignal }): Promise<Clip> {
  const path = await deps.ffmpeg();
  return deps.run({
    path,
    arguments: encoderArguments(footage, options.mark),
    input: paintAhead(deps, footage),
    wallLimitMs: WALL_LIMIT_MS,
    stallLimitMs: STALL_LIMIT_MS,
    signal: options.signal,
    async collect(folder) {
      const bytes = await readFile(join(folder, FILE_NAME));
      const { width, height, frames, framesPerSecond } = footage;
      return { bytes, contentType: 'video/mp4', width, height, seconds: frames / framesPerSecond };
    },
  });
}

/** Yields frames, and paints the next ones while ffmpeg reads the last ones. */
async function* paintAhead({ paint }: ClipDeps, footage: Footage): AsyncGenerator<Uint8Array> {
  const start = (from: number): Promise<Uint8Array> => {
    const painted = paint(footage, from, Math.min(FRAMES_AT_ONCE, footage.frames - from));
    // A stopped clip does not wait for these frames: their error is not reported.
    painted.catch(() => undefined);
    return painted;
  };
  let ahead = start(0);
  for (let from = 0; from < footage.frames; from += FRAMES_AT_ONCE) {
    const frames = await ahead;
    const next = from + FRAMES_AT_ONCE;
    if (next < footage.frames) ahead = start(next);
    yield frames;
  }
}

/** The mark comes from a prompt; as the end of an argument that begins with `comment=` it is never read as an option. */
function encoderArguments({ width, height, frames, framesPerSecond }: Footage, mark: string): string[] {
  return [
    ...words(`-hide_banner -v error -y -f rawvideo -pix_fmt rgb24 -s ${width}x${height} -r ${framesPerSecond} -i pipe:0`),
    ...words('-vf scale=out_color_matrix=bt709:out_range=tv -pix_fmt yuv420p'),
    ...words('-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv'),
    ...words(`-c:v libx264 -preset veryfast -crf 22 -g ${framesPerSecond * 2} -frames:v ${frames}`),
    ...['title', 'artist'].flatMap((name) => ['-metadata', `${name}=${CLIP_NOTE}`]),
    '-metadata',
    `comment=${cleanMark(mark)}`,
    ...words(`-movflags +faststart -f mp4 ${FILE_NAME}`),
  ];
}

/** Splits fixed arguments; an argument from outside could contain a space. */
const words = (text: string): string[] => text.split(' ');
