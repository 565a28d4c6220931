import type { Area, Planes } from '../frames/planes.ts';

/**
 * Everything that moves is a picture uncovered up to a level: a bar up to its height, a lyric line up to the word being sung,
 * the progress line up to now. Each pixel has the track it belongs to and the level at which it turns from `base` to `lit`.
 * Moving a level touches only the pixels between the old one and the new one.
 */
export interface Reveal {
  /** Paints the pixels between the levels that this buffer shows and the new ones; `levels` has one entry for each track. */
  paint(buffer: Planes, slot: number, levels: ArrayLike<number>): void;
}

export interface RevealOptions {
  frameWidth: number;
  area: Area;
  /** The area with all levels at their least, and with all at their most. */
  base: Planes;
  lit: Planes;
  tracks: number;
  /** How many buffers are painted in turn. Each keeps its own levels. */
  slots: number;
  /** The track of a point of the frame and the level that uncovers it; `undefined` where nothing changes. */
  locate(x: number, y: number): { track: number; level: number } | undefined;
}

/** The level of a track that shows nothing: below every level that a layout asks for. */
const NOTHING = -64;

export function createReveal(options: RevealOptions): Reveal {
  const { tracks, slots } = options;
  const luma = sortPlane(options, 'luma', 1);
  const blue = sortPlane(options, 'blue', 2);
  const red = sortPlane(options, 'red', 2);
  const shown = new Float32Array(tracks * slots).fill(NOTHING);
  return {
    paint(buffer, slot, levels) {
      for (let track = 0; track < tracks; track++) {
        const before = shown[slot * tracks + track] ?? NOTHING;
        const now = Math.max(NOTHING, Math.fround(levels[track] ?? NOTHING));
        if (before === now) continue;
        shown[slot * tracks + track] = now;
        const change = { track, before, now };
        paintPlane(luma, buffer.luma, change);
        paintPlane(blue, buffer.blue, change);
        paintPlane(red, buffer.red, change);
      }
    },
  };
}

/** The pixels of a plane that change, by track and, within it, by the whole number below their level. */
interface SortedPlane {
  buckets: number;
  /** The first index of each bucket of each track, and the end of the last bucket. */
  starts: Int32Array;
  /** For each pixel: its index in the frame's plane, its level, and its two values. */
  places: Int32Array;
  levels: Float32Array;
  base: Uint8Array;
  lit: Uint8Array;
  /** 1 over the width of a pixel of this plane: a level's edge is as soft as that. */
  sharpness: number;
}

function sortPlane(options: RevealOptions, plane: 'luma' | 'blue' | 'red', step: 1 | 2): SortedPlane {
  const { area, frameWidth, tracks } = options;
  const base = options.base[plane];
  const lit = options.lit[plane];
  const width = area.width / step;
  const trackOf = new Int32Array(base.length).fill(-1);
  const levelOf = new Float32Array(base.length);
  let highest = 0;
  for (let pixel = 0; pixel < base.length; pixel++) {
    if (base[pixel] === lit[pixel]) continue;
    const found = options.locate(area.x + ((pixel % width) + 0.5) * step, area.y + (Math.floor(pixel / width) + 0.5) * step);
    if (!found) continue;
    trackOf[pixel] = found.track;
    levelOf[pixel] = found.level;
    highest = Math.max(highest, found.level);
  }
  const buckets = toBucket(highest) + 1;
  const starts = new Int32Array(tracks * buckets + 1);
  const bucketOf = (pixel: number): number => trackOf[pixel]! * buckets + toBucket(levelOf[pixel]!);
  for (let pixel = 0; pixel < base.length; pixel++) if (trackOf[pixel] !== -1) starts[bucketOf(pixel) + 1]! += 1;
  for (let bucket = 1; bucket < starts.length; bucket++) starts[bucket]! += starts[bucket - 1]!;
  const count = starts.at(-1)!;
  const sorted: SortedPlane = {
    buckets,
    starts,
    places: new Int32Array(count),
    levels: new Float32Array(count),
    base: new Uint8Array(count),
    lit: new Uint8Array(count),
    sharpness: 1 / step,
  };
  const next = starts.slice();
  const origin = ((area.y / step) * frameWidth) / step + area.x / step;
  for (let pixel = 0; pixel < base.length; pixel++) {
    if (trackOf[pixel] === -1) continue;
    const index = next[bucketOf(pixel)]!++;
    sorted.places[index] = origin + (Math.floor(pixel / width) * frameWidth) / step + (pixel % width);
    sorted.levels[index] = levelOf[pixel]!;
    sorted.base[index] = base[pixel]!;
    sorted.lit[index] = lit[pixel]!;
  }
  return sorted;
}

const toBucket = (level: number): number => Math.max(0, Math.floor(level) - NOTHING);

/** The level of a track moves. */
interface LevelChange {
  track: number;
  before: number;
  now: number;
}

function paintPlane(plane: SortedPlane, to: Uint8Array, { track, before, now }: LevelChange): void {
  const { buckets, starts, places, levels, base, lit, sharpness } = plane;
  // An edge reaches a pixel (of colour: two) beyond its level.
  const first = Math.min(buckets, toBucket(Math.min(before, now) - 2));
  const end = Math.min(buckets, toBucket(Math.max(before, now) + 2) + 1);
  const last = starts[track * buckets + end]!;
  for (let index = starts[track * buckets + first]!; index < last; index++) {
    const share = (now - levels[index]!) * sharpness + 0.5;
    const from = base[index]!;
    to[places[index]!] = share <= 0 ? from : share >= 1 ? lit[index]! : from + (lit[index]! - from) * share + 0.5;
  }
}
