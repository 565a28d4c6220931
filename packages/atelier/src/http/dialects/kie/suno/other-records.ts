import { isFinal, type Job } from '../../../../core/job.ts';
import { textAt, objectAt, type JsonObject } from '@atelier/lib/json';
import type { AssetLinks } from '../../../../core/asset.ts';
import { hadBegun } from '../failures.ts';
import { sunoReasonOf } from './records/reason.ts';
import { paramOf } from './echo.ts';
import type { OtherOperation } from './other-requests.ts';
import { errorFields, flagWord, timeFields } from '../records.ts';
import { imagesOf, lyricsOf, notesOf, responseOf, stemsOf, textOrNull } from './other-results.ts';
import type { SunoVendor } from './vendor.ts';

type ToRecord = (job: Job, links: AssetLinks, vendor: SunoVendor) => JsonObject;

/** `data` of each `record-info` but that of music. Source: kie and sunoapi.org, Suno pages. */
export const OTHER_RECORDS: Record<OtherOperation, ToRecord> = {
  lyrics: (job, links, vendor) => ({
    taskId: job.id,
    param: paramOf(job),
    response: whenDone(job, () => ({
      taskId: job.id,
      data: lyricsOf(responseOf(job, links)).map(({ error, ...lyrics }) => ({ ...lyrics, errorMessage: error })),
    })),
    status: job.failure?.code === 'prompt-moderated' ? 'SENSITIVE_WORD_ERROR' : flagWord(job, 'GENERATE_LYRICS_FAILED'),
    type: 'LYRICS',
    errorCode: job.failure && vendor.failureCode(job.failure),
    errorMessage: job.failure && sunoReasonOf(job.failure),
  }),
  wav: (job, links, vendor) => ({
    ...trackFields(job),
    response: whenDone(job, () => ({ audioWavUrl: textOrNull(responseOf(job, links), 'audioWavUrl') })),
    successFlag: flagWord(job, 'GENERATE_WAV_FAILED'),
    ...timeFields(job, vendor.toRecordTime),
    ...errorFields(job, vendor.conversionFailureCode),
  }),
  'vocal-removal': (job, links, vendor) => ({
    ...trackFields(job),
    response: whenDone(job, () => {
      const response = responseOf(job, links);
      const { originData } = response;
      return { ...stemsOf(response), originData: Array.isArray(originData) ? originData : [] };
    }),
    successFlag: flagWord(job, 'GENERATE_AUDIO_FAILED'),
    ...timeFields(job, (atMs) => atMs),
    ...errorFields(job, job.failure && vendor.failureCode(job.failure)),
  }),
  midi: (job, links, vendor) => ({
    taskId: job.id,
    recordTaskId: job.parentId,
    audioId: textAt(objectAt(job.input, 'request'), 'audioId'),
    callbackUrl: job.callbackUrl,
    midiData: whenDone(job, () => notesOf(responseOf(job, links))),
    successFlag: flagNumber(job),
    ...timeFields(job, (atMs) => atMs),
    ...errorFields(job, job.failure && vendor.failureCode(job.failure)),
  }),
  cover: (job, links, vendor) => ({
    taskId: job.id,
    parentTaskId: job.parentId,
    callbackUrl: job.callbackUrl,
    response: whenDone(job, () => ({ images: imagesOf(responseOf(job, links)) })),
    successFlag: flagNumber(job),
    ...timeFields(job, (atMs) => atMs),
    ...errorFields(job, vendor.conversionFailureCode),
  }),
};

const whenDone = <Result>({ status }: Job, result: () => Result): Result | null => (status === 'completed' ? result() : null);

/** Which track: by its place from 0 at one vendor, by its id at the other. */
function trackFields(job: Job): JsonObject {
  const audioId = textAt(objectAt(job.input, 'request'), 'audioId');
  const { musicIndex } = job.echo;
  return {
    taskId: job.id,
    musicId: audioId,
    callbackUrl: job.callbackUrl,
    musicIndex: typeof musicIndex === 'number' ? musicIndex : 0,
    audioId,
  };
}

/** An integer at the others: 0 pending, 1 success, 2 creation failed, 3 failed. */
function flagNumber({ status, failure }: Job): 0 | 1 | 2 | 3 {
  if (!isFinal(status)) return 0;
  if (status === 'completed') return 1;
  return failure && hadBegun(failure) ? 3 : 2;
}
