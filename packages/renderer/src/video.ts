/** A line of the lyrics and when it is sung, in milliseconds from the start of the track. */
export interface LyricLine {
  startMs: number;
  endMs: number;
  text: string;
}

export interface VideoOrder {
  /** A sound file that was checked (`checkAudio`). */
  audioPath: string;
  /** A picture that was checked (`checkPicture`). */
  coverPath: string;
  title: string;
  author: string;
  domain: string;
  template: 'stage' | 'halo' | 'poster';
  lyrics: readonly LyricLine[];
  /** Where the MP4 is to be; it appears under this name only when it is whole. */
  outputPath: string;
  /** 0 to 1, at most a few times a second. */
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

/** Renders a music video: H.264 and AAC in an MP4 with fast start, as long as its track. Nothing is left behind when it rejects. */
export type RenderVideo = (order: VideoOrder) => Promise<RenderedVideo>;

/** What a file really is. Durations are measured by decoding, never taken from a header. */
export interface CheckedAudio {
  /** ffmpeg's name of the format that was recognised by its first bytes. */
  format: 'mp3' | 'wav' | 'flac' | 'ogg' | 'aac' | 'mov';
  durationMs: number;
}

/** Why a file cannot be used, in a sentence for its caller. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
}

/** Rejects with `MediaError` when this is no sound file that may be decoded, or is longer than allowed. */
export type CheckAudio = (path: string, limits: { longestMs: number }, signal?: AbortSignal) => Promise<CheckedAudio>;
/** Writes a PNG of bounded size of the picture at `path` to `outputPath`. Rejects with `MediaError` when it is none (PNG, JPEG, WebP) or too large. */
export type CheckPicture = (path: string, outputPath: string) => Promise<{ width: number; height: number }>;
