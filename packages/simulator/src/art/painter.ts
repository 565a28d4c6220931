/**
 * Pictures for the simulated Midjourney bot: seeded by their prompt, painted by plain arithmetic, pleasant to see.
 * A scene is a picture that has not been painted yet: a world and the visible window of it. Because a scene is a
 * function of world coordinates, a zoom-out shows the same picture inside a wider one, a pan moves on over the same land, an
 * upscale is the same window with more pixels, and a variation is a sibling of the same family.
 */
export interface Scene {
  readonly prompt: string;
  /** 32-bit; equal prompt, seed and variant give the same world. */
  readonly seed: number;
  /** Number of the sibling: `0`–`3` in a fresh grid, longer paths (`2.0`) for variations of variations. */
  readonly variant: string;
  /** Height of the first window is 1; its width is the aspect ratio. Later windows move and grow over the same plane. */
  readonly view: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

export type Direction = 'left' | 'right' | 'up' | 'down';

export interface Painter {
  /** Four siblings for a prompt; `aspect` is width ÷ height. */
  imagine(prompt: string, options: { seed: number; aspect: number }): Scene[];
  /** Four siblings of a scene: close ones or distant ones; `prompt` when the caller remixed it. */
  vary(scene: Scene, options: { strength: 'subtle' | 'strong'; seed: number; prompt?: string }): Scene[];
  /** The same centre seen from further away: 1.5, 2, or anything from 1 to 4. */
  zoomOut(scene: Scene, factor: number): Scene;
  /** The window moved by half its size in one direction, and grown so that the edge of the old picture is still visible. */
  pan(scene: Scene, direction: Direction): Scene;
  /** The smallest square window around this one. */
  square(scene: Scene): Scene;

  /** A 2×2 grid as PNG: 1 top left, 2 top right, 3 bottom left, 4 bottom right. `tilePixels` is the longer side of one tile. */
  grid(scenes: readonly Scene[], options: PaintOptions): Promise<Picture>;
  /**
   * The same grid at this progress of the rendering (0–99 %): blurred, small, WebP. With `moving`, a video of each scene
   * side by side instead, small, as one animated WebP without end.
   */
  preview(scenes: readonly Scene[], options: PaintOptions & { percent: number; moving?: Moving }): Promise<Picture>;
  /** One scene as PNG. */
  single(scene: Scene, options: PaintOptions): Promise<Picture>;
  /**
   * A video that starts as the scene's picture and glides over its world. Rejects without ffmpeg, with the reason of
   * `signal`, or when the painter is closed.
   */
  clip(scene: Scene, options: ClipOptions): Promise<Clip>;
  /** Stops the worker thread and cancels unfinished clips. */
  close(): Promise<void>;
}

export interface PaintOptions {
  /** Longer side of a tile, or of the single picture, in pixels. */
  tilePixels: number;
  /** Written into the file's metadata (EXIF ImageDescription) beside the note that the picture is simulated. */
  mark: string;
}

/** One way of the camera. */
export interface Leg {
  motion: 'low' | 'high';
  take: number;
}

/** The videos that a preview shows, in the order of its scenes. */
export interface Moving {
  motion: Leg['motion'];
  seconds: number;
  takes: readonly number[];
  before: NonNullable<ClipOptions['before']>;
}

/** Of a clip, `tilePixels` is the longer side at most: it has 16 to 480, and both sides are even. */
export interface ClipOptions extends PaintOptions {
  motion: 'low' | 'high';
  /** 5 unless told otherwise. */
  seconds?: number;
  /** 24 unless told otherwise. */
  framesPerSecond?: number;
  /** Second of the camera's way at which this clip begins: a clip that extends another begins where the other ended. */
  startSeconds?: number;
  /** Number of the clip among the clips of one picture: each take moves differently. */
  take?: number;
  /** For a clip that extends another: the moves of the other, each leg until a second of this clip; this clip's own move follows. */
  before?: readonly (Leg & { untilSeconds: number })[];
  signal?: AbortSignal;
}

export interface Clip {
  bytes: Uint8Array;
  contentType: 'video/mp4';
  width: number;
  height: number;
  /** Length in whole frames. */
  seconds: number;
}

export interface Picture {
  bytes: Uint8Array;
  contentType: 'image/png' | 'image/webp';
  width: number;
  height: number;
}
