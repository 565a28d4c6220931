import type { JsonObject, JsonValue } from '@atelier/lib/json';

/**
 * Two vendors of one API with slightly different codes. Source: kie, codes; sunoapi, codes.
 */
export const VENDORS = {
  kie: { tooFast: 429, outOfCredits: 402, generationFailed: 501, lyricsTaskId: 'task_id', lyricsError: 'error_message' },
  sunoapi: { tooFast: 430, outOfCredits: 429, generationFailed: 400, lyricsTaskId: 'taskId', lyricsError: 'errorMessage' },
} as const;

export type SimulatedVendorName = keyof typeof VENDORS;
export type SimulatedVendor = (typeof VENDORS)[SimulatedVendorName];

/** Thrown by routes; answered as an envelope. The HTTP status stays 200 unless the vendor's own is known to differ. */
export class SunoRefusal extends Error {
  readonly code: number;
  readonly httpStatus: number;
  constructor(code: number, message: string, httpStatus = 200) {
    super(message);
    this.code = code;
    this.httpStatus = httpStatus;
  }
}

export const NO_SUCH_RECORD = 'Record does not exist';

/** The form of every answer and of every callback. */
export const envelope = (code: number, msg: string, data: JsonValue): JsonObject => ({ code, msg, data });

export const success = (data: JsonValue): JsonObject => envelope(200, 'success', data);

/** `2025-01-01 00:10:00`, in UTC. */
export const wireTime = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
