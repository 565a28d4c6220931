import { upstreamErrorOf } from '../../../../engine/suno/input.ts';
import { toReason, type ErrorCode, type FailureCode, type JobError, type JobFailure } from '../../../../core/errors.ts';

export type SunoVendorName = 'kie' | 'sunoapi';

/** The differences between the Suno pages of kie.ai and of sunoapi.org. */
export interface SunoVendor {
  /** The code of a refused request where it differs from kie.ai's. */
  refusalCode(error: JobError): number | undefined;
  /** `code` of the callback and `errorCode` of the record when music, lyrics, stems or notes could not be made. */
  failureCode(failure: JobFailure): number;
  /** The same codes for conversions: MP4, WAV, cover pictures. */
  conversionFailureCode: number;
  mp4SuccessMsg: string;
  /** Times in the records of conversions. */
  toRecordTime(atMs: number): string | number;
  /** Tracks in callbacks have `source_…` links too. */
  hasSourceUrls: boolean;
  /** Field names in the callback of lyrics. */
  lyricsCallback: { taskId: string; errorMessage: string };
}

/** `2025-01-01 00:10:00`, in UTC: neither vendor says which zone it means. */
export const toPlainTime = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');

/** Why Suno made nothing: its own words, without its code, which the record shows in another field. */
export function sunoReasonOf(failure: JobFailure): string {
  const said = upstreamErrorOf(failure);
  return toReason(said ? { ...failure, details: said.msg } : failure);
}

/** Source: kie, Suno callbacks, codes. */
const KIE_FAILURES: Partial<Record<FailureCode, number>> = {
  'prompt-moderated': 400,
  'prompt-invalid': 400,
  timeout: 408,
  'upstream-silent': 408,
  'media-unavailable': 500,
  internal: 500,
};

/** Source: sunoapi, callback codes. */
const SUNOAPI_FAILURES: Partial<Record<FailureCode, number>> = { 'prompt-moderated': 400, 'prompt-invalid': 400, 'media-unavailable': 451 };

/** The upstream's own code, where this vendor's callbacks have it. */
function upstreamCodeOf(failure: JobFailure, known: readonly number[]): number | undefined {
  const code = upstreamErrorOf(failure)?.code;
  return code !== undefined && known.includes(code) ? code : undefined;
}

export const SUNO_VENDORS: Record<SunoVendorName, SunoVendor> = {
  kie: {
    refusalCode: () => undefined,
    failureCode: (failure) => upstreamCodeOf(failure, [400, 408, 413, 500, 501, 531]) ?? KIE_FAILURES[failure.code] ?? 501,
    conversionFailureCode: 500,
    mp4SuccessMsg: 'success',
    toRecordTime: toPlainTime,
    hasSourceUrls: false,
    lyricsCallback: { taskId: 'task_id', errorMessage: 'error_message' },
  },
  sunoapi: {
    refusalCode: sunoapiRefusalCode,
    failureCode: (failure) => upstreamCodeOf(failure, [400, 451, 500]) ?? SUNOAPI_FAILURES[failure.code] ?? 500,
    conversionFailureCode: 400,
    mp4SuccessMsg: 'MP4 generated successfully.',
    toRecordTime: (atMs) => atMs,
    hasSourceUrls: true,
    lyricsCallback: { taskId: 'taskId', errorMessage: 'errorMessage' },
  },
};

/** Source: sunoapi, codes. */
const SUNOAPI_REFUSALS: Partial<Record<ErrorCode, number>> = {
  'upstream-rate-limited': 405,
  // Out of credits; at kie.ai this means too many requests.
  'key-expired': 429,
  'credits-exhausted': 429,
  'subscription-required': 429,
};

function sunoapiRefusalCode({ code, facts }: JobError): number | undefined {
  // 405: over a limit of the key; 430: too many requests within seconds.
  if (code === 'rate-limited') return facts['limit'] === undefined ? 430 : 405;
  if (code === 'invalid-request' && facts['maxLength'] !== undefined) return 413;
  return SUNOAPI_REFUSALS[code];
}
