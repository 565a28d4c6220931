import { isJsonObject, listAt } from '@atelier/lib/json';
import type { Media } from '../../core/engine.ts';
import type { JobOutput } from '../../core/job.ts';
import type { SunoTrack } from './input.ts';
import type { RecordedTrack } from './record.ts';

/** The tracks of a job over all stages. Each track keeps the number that it got when it first appeared. */
export interface TrackBook {
  /** Adds the facts of a record. */
  learn(recorded: readonly RecordedTrack[]): void;
  tracks(): SunoTrack[];
  /** The files that no earlier call returned. A cover comes together with its sound. */
  takeMedia(): Media[];
  /** There are tracks, and each has its sound. */
  isComplete(): boolean;
  hasSound(): boolean;
}

interface KnownTrack {
  track: SunoTrack;
  audioUrl: string;
  imageUrl: string;
}

/** `output`: the job's output so far, with the tracks and files from before a restart. */
export function createTrackBook(output: JobOutput, nowMs: () => number): TrackBook {
  const entries = new Map<string, KnownTrack>();
  const taken = new Set(output.assets.map(({ role, index }) => `${role} ${index}`));
  for (const item of listAt(output.data, 'tracks')) if (isTrack(item)) entries.set(item.id, { track: item, audioUrl: '', imageUrl: '' });

  const take = (media: Media): Media[] => {
    const name = `${media.role} ${media.index}`;
    if (taken.has(name)) return [];
    taken.add(name);
    return [media];
  };

  return {
    learn(recorded) {
      for (const [place, { audioUrl, imageUrl, createdAtMs, ...facts }] of recorded.entries()) {
        const id = facts.id || `track-${place + 1}`;
        const known = entries.get(id);
        const index = known?.track.index ?? entries.size + 1;
        const track: SunoTrack = { ...facts, id, index, createdAtMs: createdAtMs ?? known?.track.createdAtMs ?? nowMs() };
        entries.set(id, { track, audioUrl: audioUrl || (known?.audioUrl ?? ''), imageUrl: imageUrl || (known?.imageUrl ?? '') });
      }
    },
    tracks: () => [...entries.values()].map(({ track }) => track).toSorted((one, other) => one.index - other.index),
    takeMedia: () =>
      [...entries.values()].flatMap(({ track, audioUrl, imageUrl }) => {
        if (audioUrl === '') return [];
        const { index, title } = track;
        const stem = toFileStem(title, index);
        const audio: Media = { role: 'audio', index, source: { url: audioUrl }, filename: `${stem}.mp3` };
        const cover: Media = { role: 'cover', index, source: { url: imageUrl }, filename: `${stem}.${pictureExtension(imageUrl)}` };
        return [...take(audio), ...(imageUrl === '' ? [] : take(cover))];
      }),
    isComplete: () =>
      entries.size > 0 && [...entries.values()].every(({ track, audioUrl }) => audioUrl !== '' || taken.has(`audio ${track.index}`)),
    hasSound: () => [...entries.values()].some(({ track, audioUrl }) => audioUrl !== '' || taken.has(`audio ${track.index}`)),
  };
}

/** True for a track that this engine wrote to the store. */
const isTrack = (value: unknown): value is SunoTrack =>
  isJsonObject(value) && typeof value['id'] === 'string' && typeof value['index'] === 'number';

/** At most 60 whole characters. */
const SHORT = /^.{0,60}/u;

/** `Iron Man-1`: the title without characters that have a meaning in paths, and the number of the track. */
function toFileStem(title: string, index: number): string {
  const plain = title.replace(/[\\/:*?"<>|\p{C}]+/gu, ' ').replace(/\s+/g, ' ');
  const short = SHORT.exec(plain.replace(/^[\s.]+/, ''))?.[0].trim();
  return `${short === undefined || short === '' ? 'track' : short}-${index}`;
}

/** The ending of the link's path. It only names the file: the asset's content type comes from the bytes. */
export const pictureExtension = (url: string): string => /\.(png|jpe?g|webp)(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase() ?? 'jpeg';
