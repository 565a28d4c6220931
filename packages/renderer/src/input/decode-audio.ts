import { FfmpegFailure, type RunFfmpeg } from '../ffmpeg/run-ffmpeg.ts';
import { inputArguments } from '../ffmpeg/arguments.ts';
import { SAMPLE_RATE } from '../frames/spectrum.ts';
import { MediaError, type AudioFile } from '../video.ts';

export interface DecodeOptions {
  run: RunFfmpeg;
  /** The path of the program. */
  ffmpeg: string;
  audio: AudioFile;
  longestMs: number;
  wallLimitMs: number;
  signal?: AbortSignal | undefined;
  /** Called with each piece of the decoded sound: mono, 16 bit, at `SAMPLE_RATE`. */
  onChunk?: (chunk: Buffer) => void;
}

const SHORTEST_MS = 500;
const STALL_LIMIT_MS = 20_000;
const BYTES_PER_SAMPLE = 2;

/** Decodes the sound and returns its real length in milliseconds. Stops as soon as the sound is too long. */
export async function decodeAudio({ run, ffmpeg, audio, longestMs, wallLimitMs, signal, onChunk }: DecodeOptions): Promise<number> {
  const toMs = (bytes: number): number => (bytes * 1_000) / (SAMPLE_RATE * BYTES_PER_SAMPLE);
  let bytes = 0;
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (toMs(bytes) > longestMs) throw new MediaError(`the sound is longer than the ${describeMs(longestMs)} allowed`);
    onChunk?.(chunk);
  };
  const output = ['-map', '0:a:0', '-vn', '-sn', '-dn', '-ac', '1', '-ar', String(SAMPLE_RATE), '-f', 's16le', 'pipe:1'];
  // A second limit inside ffmpeg: it stops one second after `longestMs`.
  const limit = ['-t', String((longestMs + 1_000) / 1_000)];
  try {
    await run({
      path: ffmpeg,
      arguments: ['-hide_banner', '-nostdin', '-v', 'error', ...inputArguments(audio), ...limit, ...output],
      onOutput: count,
      wallLimitMs,
      stallLimitMs: STALL_LIMIT_MS,
      collect: async () => undefined,
      ...(signal && { signal }),
    });
  } catch (error) {
    if (!(error instanceof FfmpegFailure)) throw error;
    throw new MediaError('the sound cannot be decoded: the file is damaged, or not what it seems to be', { cause: error });
  }
  if (toMs(bytes) < SHORTEST_MS) throw new MediaError(`the sound is shorter than ${describeMs(SHORTEST_MS)}`);
  return toMs(bytes);
}

const describeMs = (ms: number): string =>
  ms >= 60_000 && ms % 60_000 === 0 ? plural(ms / 60_000, 'minute') : plural(ms / 1_000, 'second');

const plural = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`;
