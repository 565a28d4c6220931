import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import {
  type CheckAudio,
  type CheckPicture,
  type LyricLine,
  MediaError,
  parseLrc,
  type RenderedVideo,
  type RenderVideo,
  type TemplateName,
  withTemporaryFolder,
} from '@atelier/renderer';
import { paintCover } from '../engine/music-video/paint-cover.ts';
import { toFileStem } from '../engine/music-video/music-video.ts';
import { UserError, withBar } from './terminal.ts';

export interface VideoOptions {
  cover?: string;
  title?: string;
  author?: string;
  domain?: string;
  template: TemplateName;
  lyrics?: string;
  output?: string;
}

export interface VideoTools {
  render: RenderVideo;
  checkAudio: CheckAudio;
  checkPicture: CheckPicture;
  longestMs: number;
  /** Stops the render. */
  signal: AbortSignal;
}

const MAX_LYRICS_BYTES = 1_000_000;

/** Renders a music video of a file on this machine, without a server, and shows its progress. Returns the sentence that reports the result. */
export async function runVideo(song: string, options: VideoOptions, tools: VideoTools): Promise<string> {
  const title = options.title ?? basename(song, extname(song));
  // Absolute paths cannot be mistaken for an option or a protocol of ffmpeg.
  const outputPath = resolve(options.output ?? `${toFileStem(title)}.mp4`);
  const audioPath = resolve(song);
  await requireFile(song);
  await requirePlace(outputPath, [song, options.cover, options.lyrics]);
  const lyrics = options.lyrics === undefined ? [] : await readLyrics(options.lyrics);
  const startedAtMs = performance.now();
  try {
    const video = await withTemporaryFolder(tmpdir(), (folder) =>
      withBar('reading the track', async (show) => {
        const coverPath = join(folder, 'cover.png');
        await withFileName(song, tools.checkAudio(audioPath, { longestMs: tools.longestMs }, tools.signal));
        if (options.cover === undefined) await paintCover(title, coverPath);
        else await bringCover(options.cover, coverPath, tools);
        const { author = '', domain = '', template } = options;
        const onProgress = (done: number): void => show(Math.floor(done * 100), 'rendering');
        const { signal } = tools;
        const request = { audioPath, coverPath, title, author, domain, template, lyrics, outputPath, onProgress, signal };
        return await withFileName(song, tools.render(request));
      }),
    );
    return `Saved ${options.output ?? basename(outputPath)} (${describe(video, performance.now() - startedAtMs)})`;
  } catch (error) {
    if (tools.signal.aborted) throw new UserError('Stopped. No video was saved.', { cause: error });
    throw error;
  }
}

async function bringCover(cover: string, outputPath: string, tools: VideoTools): Promise<void> {
  await requireFile(cover);
  await withFileName(cover, tools.checkPicture(resolve(cover), outputPath));
}

/** Waits for `work`; a `MediaError` becomes a `UserError` that names the file. */
async function withFileName<Result>(file: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof MediaError) throw new UserError(`${file}: ${error.message}`, { cause: error });
    throw error;
  }
}

async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new UserError(`File not found: ${path}`);
}

/** Checks the output path before minutes of rendering: its folder exists, and it replaces no input file. */
async function requirePlace(outputPath: string, sources: readonly (string | undefined)[]): Promise<void> {
  const folder = await stat(dirname(outputPath)).catch(() => undefined);
  if (!folder?.isDirectory()) throw new UserError(`Folder not found: ${dirname(outputPath)}`);
  const present = await stat(outputPath).catch(() => undefined);
  if (present?.isDirectory()) throw new UserError(`${outputPath} is a folder; name a file with --output.`);
  for (const source of sources) {
    const file = source === undefined ? undefined : await stat(source).catch(() => undefined);
    if (present && file?.ino === present.ino && file.dev === present.dev)
      throw new UserError(`The video would replace ${source}; name another file with --output.`);
  }
}

async function readLyrics(path: string): Promise<LyricLine[]> {
  await requireFile(path);
  const { size } = await stat(path);
  if (size > MAX_LYRICS_BYTES) throw new UserError(`${path} is too large for lyrics: at most ${MAX_LYRICS_BYTES / 1_000_000} MB.`);
  try {
    return parseLrc(await readFile(path, 'utf8'));
  } catch (error) {
    throw new UserError(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function describe({ width, height, durationMs, bytes }: RenderedVideo, tookMs: number): string {
  const seconds = Math.round(durationMs / 1_000);
  const length = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return `${width}x${height}, ${length}, ${(bytes / 1_000_000).toFixed(1)} MB, in ${(tookMs / 1_000).toFixed(1)} s`;
}
