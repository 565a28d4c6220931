import type { Job } from '../../../../core/job.ts';
import type { JsonObject, JsonValue } from '@atelier/lib/json';
import type { AssetLinks } from '../../../../core/asset.ts';
import { sunoReasonOf } from './records/reason.ts';
import { imagesOf, lyricsOf, notesOf, responseOf, stemsOf, textOrNull } from './other-results.ts';
import type { SunoVendor } from './vendor.ts';

/** The body sent when a task that makes no tracks has ended. One stage, whatever `callbackType` says. Source: kie and sunoapi.org, Suno pages. */
export function renderOtherCallback(job: Job, links: AssetLinks, vendor: SunoVendor): JsonObject | null {
  const response = job.status === 'completed' ? responseOf(job, links) : null;
  switch (job.verb) {
    case 'lyrics':
      return envelope(
        job,
        response,
        vendor,
        { success: 'All generated successfully.', failure: 'Lyrics generation failed' },
        {
          callbackType: response ? 'complete' : 'error',
          [vendor.lyricsCallback.taskId]: job.id,
          data: response && lyricsOf(response).map(({ error, ...lyrics }) => ({ ...lyrics, [vendor.lyricsCallback.errorMessage]: error })),
        },
      );
    case 'wav':
      return conversion(job, response, vendor, 'WAV conversion failed', {
        audioWavUrl: response && textOrNull(response, 'audioWavUrl'),
        task_id: job.id,
      });
    case 'cover':
      return conversion(job, response, vendor, 'Cover generation failed', {
        taskId: job.id,
        task_id: job.id,
        images: response && imagesOf(response),
      });
    case 'vocal-removal': {
      const stems = response && snakeStems(response);
      return envelope(
        job,
        response,
        vendor,
        { success: 'vocal Removal generated successfully.', failure: 'Vocal removal failed' },
        {
          task_id: job.id,
          vocal_removal_info: stems,
          // The same under the name that the newest page gives it.
          vocal_separation_info: stems,
        },
      );
    }
    case 'midi': {
      const notes = response && notesOf(response);
      // Receivers look for the notes in either place.
      return envelope(
        job,
        response,
        vendor,
        { success: 'success', failure: 'MIDI generation failed' },
        {
          task_id: job.id,
          midiData: notes,
          ...notes,
        },
      );
    }
    default:
      return null;
  }
}

interface Messages {
  success: string;
  failure: string;
}

function envelope({ failure }: Job, response: JsonValue, vendor: SunoVendor, messages: Messages, data: JsonObject): JsonObject {
  if (response !== null) return { code: 200, msg: messages.success, data };
  return { code: failure ? vendor.failureCode(failure) : 500, msg: describe(messages.failure, failure), data };
}

function conversion({ failure }: Job, response: JsonValue, vendor: SunoVendor, message: string, data: JsonObject): JsonObject {
  if (response !== null) return { code: 200, msg: 'success', data };
  return { code: vendor.conversionFailureCode, msg: describe(message, failure), data };
}

const describe = (message: string, failure: Job['failure']): string => (failure ? `${message}: ${sunoReasonOf(failure)}` : message);

/** `backingVocalsUrl` of the record is `backing_vocals_url` here. */
const snakeStems = (response: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(stemsOf(response)).map(([name, url]) => [name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), url]),
  );
