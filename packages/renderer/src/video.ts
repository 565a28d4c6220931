import type { LyricLine } from './input/lrc.ts';
import type { TemplateName } from './templates/templates.ts';

/** One video to render. */
export interface RenderRequest {
  /** A sound file that `checkAudio` has accepted. */
  audioPath: string;
  /** A picture that `checkPicture` has written. */
  coverPath: string;
  title: string;
  author: string;
  domain: string;
  template: TemplateName;
  lyrics: readonly LyricLine[];
  /** The path of the MP4. The file appears under this name only when it is complete. */
  outputPath: string;
  /** Called with 0 to 1, at most a few times a second. */
  onProgress?: (done: number) => void;
  signal?: AbortSignal;
}

export interface RenderedVideo {
  /** Pixels. */
  width: number;
  height: number;
  durationMs: number;
  frames: number;
  bytes: number;
}

/** Renders a music video: H.264 and AAC in an MP4 with fast start, as long as its track. When it rejects, it has removed its files. */
export type RenderVideo = (request: RenderRequest) => Promise<RenderedVideo>;

/** ffmpeg's names of the sound formats that are accepted. */
export type AudioFormat = 'mp3' | 'wav' | 'flac' | 'ogg' | 'aac' | 'mov';

/** A sound file with its recognised format. */
export interface AudioFile {
  path: string;
  format: AudioFormat;
}

export interface CheckedAudio {
  /** Recognised by the first bytes. */
  format: AudioFormat;
  /** Measured by decoding, never taken from a header. */
  durationMs: number;
}

/** A file that cannot be used. The message says why, in a sentence for the caller. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
}

/** Rejects with `MediaError` when the file at `path` is not an accepted sound file, or is longer than allowed. */
export type CheckAudio = (path: string, limits: { longestMs: number }, signal?: AbortSignal) => Promise<CheckedAudio>;

/**
 * Writes a PNG of bounded size of the picture at `path` to `outputPath`. Rejects with `MediaError` when the file is not a PNG, JPEG
 * or WebP, or is too large.
 */
export type CheckPicture = (path: string, outputPath: string) => Promise<{ width: number; height: number }>;
