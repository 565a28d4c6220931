import { resolve } from 'node:path';
import { systemClock, type Clock } from '@atelier/lib/clock';
import { createRunFfmpeg, type RunFfmpeg } from '../ffmpeg/run-ffmpeg.ts';
import { isCutShort } from './cut-short.ts';
import { decodeAudio } from './decode-audio.ts';
import { sniffAudio } from './sniff.ts';
import { MediaError, type AudioFormat, type CheckAudio } from '../video.ts';

export interface CheckAudioDeps {
  /** The path of a usable ffmpeg. */
  ffmpeg: () => Promise<string>;
  run?: RunFfmpeg;
  clock?: Clock;
  temporaryFolder?: string;
}

/** Decoding is some hundred times faster than playing. */
const WALL_LIMIT_MS = 60_000;

/** Checks a sound file: its first bytes name the format, then ffmpeg decodes the whole file as that format. */
export function createCheckAudio(deps: CheckAudioDeps): CheckAudio {
  const { clock = systemClock, temporaryFolder } = deps;
  const run = deps.run ?? createRunFfmpeg({ clock, ...(temporaryFolder !== undefined && { temporaryFolder }) });
  return async (path, { longestMs }, signal) => {
    const format = await recogniseAudio(path);
    if (await isCutShort(path, format)) throw new MediaError('the sound file is cut short: its end is missing');
    const audio = { path: resolve(path), format };
    const durationMs = await decodeAudio({ run, ffmpeg: await deps.ffmpeg(), audio, longestMs, wallLimitMs: WALL_LIMIT_MS, signal });
    return { format, durationMs };
  };
}

/** Rejects with `MediaError` when the first bytes belong to no accepted sound format. */
export async function recogniseAudio(path: string): Promise<AudioFormat> {
  const format = await sniffAudio(path);
  if (format) return format;
  throw new MediaError('this is not a sound file: MP3, WAV, FLAC, Ogg, AAC and M4A can be used');
}
