import { isFinal, type Job } from '../../../../core/job.ts';
import { textAt, type JsonObject } from '@atelier/lib/json';
import type { AssetLinks } from '../../../../core/asset.ts';
import { tracksOf, type Track } from '../../../music/tracks.ts';
import { renderOtherCallback } from './other-callbacks.ts';
import { sunoReasonOf, toPlainTime, type SunoVendor } from './vendor.ts';

/** The body sent to `callBackUrl` when a task has ended or, for music, has reached another stage; null where nothing is sent. */
export function renderSunoCallback(job: Job, links: AssetLinks, vendor: SunoVendor): JsonObject | null {
  if (job.verb === 'music') return renderMusicCallback(job, links, vendor);
  return isFinal(job.status) ? renderOtherCallback(job, links, vendor) : null;
}

/** Source: kie, Suno callbacks, `callbackType`. */
const STAGES = {
  text: 'Text generated successfully.',
  first: 'First track generated successfully.',
  complete: 'All generated successfully.',
} as const;

/**
 * Stages `text`, `first`, `complete` or `error`; the last two end a task. `data` lists each track with a stored sound, in snake case except
 * `createTime`. Source: kie, Suno callbacks; kie, Suno extension callbacks, `data` of `text`.
 */
function renderMusicCallback(job: Job, links: AssetLinks, vendor: SunoVendor): JsonObject | null {
  if (job.status !== 'completed' && isFinal(job.status)) return renderMusicFailure(job, vendor);
  const stage = job.status === 'completed' ? 'complete' : textAt(job.output.data, 'stage');
  if (stage !== 'text' && stage !== 'first' && stage !== 'complete') return null;
  // Only the end of the task sends `complete`, even where an earlier stage already had every track.
  if (stage === 'complete' && job.status !== 'completed') return null;
  const ready = tracksOf(job).filter(({ audio }) => audio !== undefined);
  const tracks = { text: [], first: ready.slice(0, 1), complete: ready }[stage];
  return {
    code: 200,
    msg: STAGES[stage],
    data: { callbackType: stage, task_id: job.id, data: tracks.map((track) => toItem(track, job, links, vendor)) },
  };
}

function renderMusicFailure(job: Job, vendor: SunoVendor): JsonObject {
  const { failure } = job;
  return {
    code: failure ? vendor.failureCode(failure) : 500,
    msg: ['Audio generation failed', ...(failure ? [sunoReasonOf(failure)] : [])].join(': '),
    // The page of extensions has an empty list here, the page of `generate` null.
    data: { callbackType: 'error', task_id: job.id, data: textAt(job.input, 'operation') === 'extend' ? [] : null },
  };
}

function toItem(track: Track, job: Job, links: AssetLinks, vendor: SunoVendor): JsonObject {
  const audioUrl = track.audio ? links.url(track.audio, job) : '';
  const imageUrl = track.cover ? links.url(track.cover, job) : '';
  const { hasSourceUrls } = vendor;
  return {
    id: track.id,
    audio_url: audioUrl,
    ...(hasSourceUrls ? { source_audio_url: audioUrl } : {}),
    stream_audio_url: audioUrl,
    ...(hasSourceUrls ? { source_stream_audio_url: audioUrl } : {}),
    image_url: imageUrl,
    ...(hasSourceUrls ? { source_image_url: imageUrl } : {}),
    prompt: track.prompt,
    model_name: track.modelName,
    title: track.title,
    tags: track.tags,
    createTime: toPlainTime(track.createdAtMs),
    duration: track.duration,
  };
}
