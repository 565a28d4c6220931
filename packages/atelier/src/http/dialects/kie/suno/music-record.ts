import { isFinal, type Job } from '../../../../core/job.ts';
import { objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import type { AssetLinks } from '../../../../core/asset.ts';
import { tracksOf, type Track } from '../../../music/tracks.ts';
import { wasCreated } from '../records.ts';
import { sunoReasonOf, toPlainTime, type SunoVendor } from './vendor.ts';

/** `data` of `generate/record-info`, camel case where the callback has snake case. Source: kie, generate/record-info. */
export function toMusicRecord(job: Job, links: AssetLinks, vendor: SunoVendor): JsonObject {
  const request = objectAt(job.input, 'request');
  const tracks = tracksOf(job);
  return {
    taskId: job.id,
    parentMusicId: textAt(request, 'audioId'),
    param: paramOf(job),
    response: { taskId: job.id, sunoData: tracks.map((track) => toItem(track, job, links)) },
    status: statusOf(job),
    type: tracks.find(({ modelName }) => modelName !== '')?.modelName ?? modelNameOf(textAt(request, 'model')),
    operationType: textAt(job.input, 'operation').replaceAll('-', '_'),
    errorCode: job.failure && vendor.failureCode(job.failure),
    errorMessage: job.failure && sunoReasonOf(job.failure),
  };
}

/**
 * The request of a task as JSON, as it was sent. A task of another dialect is shown as the kie request for the same result.
 */
export const paramOf = (job: Job): string =>
  (job.dialect === 'kie' && textAt(job.echo, 'paramJson')) || JSON.stringify(objectAt(job.input, 'request'));

/** Links are empty texts until their files are stored. */
function toItem(track: Track, job: Job, links: AssetLinks): JsonObject {
  const audioUrl = track.audio ? links.url(track.audio, job) : '';
  return {
    id: track.id,
    audioUrl,
    streamAudioUrl: audioUrl,
    imageUrl: track.cover ? links.url(track.cover, job) : '',
    prompt: track.prompt,
    modelName: track.modelName,
    title: track.title,
    tags: track.tags,
    createTime: toPlainTime(track.createdAtMs),
    duration: track.duration,
  };
}

/** Source: kie, generate/record-info, `status`. */
function statusOf({ status, failure, output }: Job): string {
  if (status === 'completed') return 'SUCCESS';
  if (isFinal(status)) {
    if (failure?.code === 'prompt-moderated') return 'SENSITIVE_WORD_ERROR';
    return failure && wasCreated(failure) ? 'GENERATE_AUDIO_FAILED' : 'CREATE_TASK_FAILED';
  }
  const stage = textAt(output.data, 'stage');
  return stage === 'text' ? 'TEXT_SUCCESS' : stage === 'first' || stage === 'complete' ? 'FIRST_SUCCESS' : 'PENDING';
}

/** `V4_5` as `chirp-v4-5`, until the upstream names its model. */
const modelNameOf = (model: string): string => (model === '' ? '' : `chirp-${model.toLowerCase().replaceAll('_', '-')}`);
