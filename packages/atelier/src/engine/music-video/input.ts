import type { JsonObject } from '@atelier/lib/json';

/** The looks that a music video can have: 1280x720, 1080x1080, 1280x720. */
export const VIDEO_TEMPLATES = ['stage', 'halo', 'poster'] as const;
export type VideoTemplate = (typeof VIDEO_TEMPLATES)[number];

/** A file of ours, or one that a caller names; the latter passes the URL guard. */
export type MediaReference = { assetId: string } | { url: string };

/** A line of the lyrics and when it is sung, in milliseconds from the start of the track. */
export interface TimedLine extends JsonObject {
  startMs: number;
  endMs: number;
  text: string;
}

/** The input of a job of the engine `music-video`, verb `music-video`. A contract, open to dialects. */
export interface MusicVideoInput extends JsonObject {
  audio: MediaReference;
  /** Null: a picture is painted from the title. */
  cover: MediaReference | null;
  title: string;
  /** Empty: none is shown. */
  author: string;
  domainName: string;
  template: VideoTemplate;
  /** Empty: none are shown. */
  lyrics: TimedLine[];
}

/** `output.data` of a finished music video; the file is its one asset, of role `video`. */
export interface MusicVideoData extends JsonObject {
  template: VideoTemplate;
  durationMs: number;
}
