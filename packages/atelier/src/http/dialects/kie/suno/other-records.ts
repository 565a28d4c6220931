import type { Job } from '../../../../core/job.ts';
import { textAt, objectAt, type JsonObject } from '@atelier/lib/json';
import type { AssetLinks } from '../../../../core/asset.ts';
import type { OtherOperation } from './other-requests.ts';
import { flagNumber, flagWord, timeFields, trackFields } from '../records.ts';
import { paramOf } from './music-record.ts';
import { imagesOf, lyricsOf, notesOf, responseOf, stemsOf, textOrNull } from './other-results.ts';
import { sunoReasonOf, type SunoVendor } from './vendor.ts';

type ToRecord = (job: Job, links: AssetLinks, vendor: SunoVendor) => JsonObject;

/** `data` of each `record-info` except the one of music. Source: kie, lyrics/record-info; kie, wav/record-info; kie, vocal-removal/record-info; kie,
 * midi/record-info; kie, suno/cover/record-info; sunoapi, other record-info. */
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
    ...errorFields(job, job.failure && vendor.failureCode(job.failure)),
  }),
  wav: (job, links, vendor) => ({
    ...trackFields(job, audioIdOf(job)),
    response: whenDone(job, () => ({ audioWavUrl: textOrNull(responseOf(job, links), 'audioWavUrl') })),
    successFlag: flagWord(job, 'GENERATE_WAV_FAILED'),
    ...timeFields(job, vendor.toRecordTime),
    ...errorFields(job, vendor.conversionFailureCode),
  }),
  'vocal-removal': (job, links, vendor) => ({
    ...trackFields(job, audioIdOf(job)),
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
    audioId: audioIdOf(job),
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

const audioIdOf = (job: Job): string => textAt(objectAt(job.input, 'request'), 'audioId');

const errorFields = (job: Job, code: number | null): JsonObject => ({
  errorCode: job.failure && code,
  errorMessage: job.failure && sunoReasonOf(job.failure),
});
