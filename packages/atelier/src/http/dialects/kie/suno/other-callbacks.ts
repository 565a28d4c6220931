import type { Job } from '../../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { AssetLinks } from '../../../../core/asset.ts';
import { imagesOf, lyricsOf, notesOf, responseOf, stemsOf, textOrNull } from './other-results.ts';
import { sunoReasonOf, type SunoVendor } from './vendor.ts';

/** An ended task as its callback sees it. `response` is null for a task that failed. */
interface EndedTask {
  job: Job;
  response: JsonObject | null;
  vendor: SunoVendor;
}

/**
 * The body sent when a task that makes no tracks has ended. There is one callback a task, also where the body has a `callbackType`.
 * Source: kie, other Suno callbacks; sunoapi, Suno callbacks.
 */
export function renderOtherCallback(job: Job, links: AssetLinks, vendor: SunoVendor): JsonObject | null {
  const response = job.status === 'completed' ? responseOf(job, links) : null;
  const task: EndedTask = { job, response, vendor };
  switch (job.verb) {
    case 'lyrics':
      return toBody(task, TEXTS.lyrics, {
        callbackType: response ? 'complete' : 'error',
        [vendor.lyricsCallback.taskId]: job.id,
        data: response && lyricsOf(response).map(({ error, ...lyrics }) => ({ ...lyrics, [vendor.lyricsCallback.errorMessage]: error })),
      });
    case 'wav':
      return toBody(task, TEXTS.wav, { audioWavUrl: response && textOrNull(response, 'audioWavUrl'), task_id: job.id });
    case 'cover':
      return toBody(task, TEXTS.cover, { taskId: job.id, task_id: job.id, images: response && imagesOf(response) });
    case 'vocal-removal': {
      const stems = response && snakeStems(response);
      // The newest page of the manual gives the stems the second name.
      return toBody(task, TEXTS['vocal-removal'], { task_id: job.id, vocal_removal_info: stems, vocal_separation_info: stems });
    }
    case 'midi': {
      const notes = response && notesOf(response);
      // Receivers read the notes from either place.
      return toBody(task, TEXTS.midi, { task_id: job.id, midiData: notes, ...notes });
    }
    default:
      return null;
  }
}

/** `msg` of a success, and the start of `msg` of a failure. A failed conversion has the vendor's one code for conversions. */
interface CallbackTexts {
  success: string;
  failure: string;
  isConversion?: true;
}

const TEXTS = {
  lyrics: { success: 'All generated successfully.', failure: 'Lyrics generation failed' },
  wav: { success: 'success', failure: 'WAV conversion failed', isConversion: true },
  cover: { success: 'success', failure: 'Cover generation failed', isConversion: true },
  'vocal-removal': { success: 'vocal Removal generated successfully.', failure: 'Vocal removal failed' },
  midi: { success: 'success', failure: 'MIDI generation failed' },
} as const satisfies Record<string, CallbackTexts>;

function toBody({ job: { failure }, response, vendor }: EndedTask, texts: CallbackTexts, data: JsonObject): JsonObject {
  if (response !== null) return { code: 200, msg: texts.success, data };
  const code = failure ? vendor.failureCode(failure) : 500;
  return {
    code: texts.isConversion ? vendor.conversionFailureCode : code,
    msg: failure ? `${texts.failure}: ${sunoReasonOf(failure)}` : texts.failure,
    data,
  };
}

/** `backingVocalsUrl` of the record is `backing_vocals_url` here. */
const snakeStems = (response: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(stemsOf(response)).map(([name, url]) => [name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), url]),
  );
