import type { SunoTrack } from '../../engine/suno/input.ts';
import type { MediaReference, MusicVideoInput } from '../../engine/music-video/input.ts';
import type { Job, OutputAsset } from '../../core/job.ts';
import { isJsonObject, listAt, textAt, type JsonObject } from '@atelier/lib/json';

type TrackFacts = Pick<SunoTrack, 'index' | 'id' | 'title' | 'tags' | 'prompt' | 'modelName' | 'duration' | 'createdAtMs'>;

/** One track of a music job, with the files that exist so far. */
export interface Track extends TrackFacts {
  audio: OutputAsset | undefined;
  cover: OutputAsset | undefined;
}

/** The tracks of a job so far, in order; an empty list for a job that is not a music job. */
export function tracksOf(job: Job): Track[] {
  if (job.engine !== 'suno' || job.verb !== 'music') return [];
  const { assets, data } = job.output;
  return listAt(data, 'tracks')
    .filter(isJsonObject)
    .map((track, position) => {
      const index = numberAt(track, 'index') || position + 1;
      const file = (role: OutputAsset['role']) => assets.find((asset) => asset.role === role && asset.index === index);
      return {
        index,
        id: textAt(track, 'id'),
        title: textAt(track, 'title'),
        tags: textAt(track, 'tags'),
        prompt: textAt(track, 'prompt'),
        modelName: textAt(track, 'modelName'),
        duration: numberAt(track, 'duration'),
        createdAtMs: numberAt(track, 'createdAtMs') || job.createdAtMs,
        audio: file('audio'),
        cover: file('cover'),
      };
    })
    .toSorted((one, other) => one.index - other.index);
}

/** The upstream's id of a Suno task; empty before the upstream accepted it. */
export const upstreamTaskIdOf = (job: Job): string => textAt(job.output.data, 'upstreamTaskId');

function numberAt(value: JsonObject, name: string): number {
  const number = value[name];
  return typeof number === 'number' && Number.isFinite(number) ? number : 0;
}

/** The input of a music video of a track, by default with the track's cover and title. Undefined while the track has no sound. */
export function toVideoInput(
  track: Track,
  wanted: Pick<MusicVideoInput, 'author' | 'domainName' | 'template' | 'lyrics'> & { title?: string; cover?: MediaReference },
): MusicVideoInput | undefined {
  if (!track.audio) return undefined;
  const { title = track.title, cover = track.cover ? { assetId: track.cover.assetId } : null, ...rest } = wanted;
  return { audio: { assetId: track.audio.assetId }, cover, title, ...rest };
}
