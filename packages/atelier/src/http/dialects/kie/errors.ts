import type { FastifyReply } from 'fastify';
import { type ErrorCode, JobError } from '../../../core/errors.ts';
import { CODES, failure, sendEnvelope } from './envelope.ts';

/** The vendor's texts, sent in place of the error's message. Source: kie, authentication. */
const TEXT: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'You do not have access permissions',
  internal: 'Internal Error - Please try again later',
};

function textOf({ code, message, facts }: JobError): string {
  const { jobId } = facts;
  if (code === 'button-already-used') return `Record already exists: task ${typeof jobId === 'string' ? jobId : ''}`.trimEnd();
  return TEXT[code] ?? message;
}

/** The follow-up's task is unknown, another key's or unfinished, or does not offer the picture. Source: kie, recorded replies. */
export const recordMissing = (): JobError => new JobError('job-not-found', 'Record does not exist');

export const invalid = (field: string, message: string): JobError => new JobError('invalid-request', message, { facts: { field } });

/** `invalid` for a text that is too long: sunoapi.org has a code for it and reads it off `maxLength`. */
export const tooLong = (field: string, maxLength: number): JobError =>
  new JobError('invalid-request', `${field} must not be longer than ${maxLength} characters`, { facts: { field, maxLength } });

interface RefusalOptions {
  /** Sends `code` 401 and 429 as HTTP statuses too, for clients that read only the HTTP status. Every other reply is HTTP 200, as at the vendor. */
  mirrorHttpStatus: boolean;
  /** The code where it differs from `CODES`. */
  codeOf?: (error: JobError) => number | undefined;
}

/** Sends errors as envelopes. */
export function createSendRefusal({ mirrorHttpStatus, codeOf }: RefusalOptions) {
  return (error: JobError, reply: FastifyReply): FastifyReply => {
    const code = CODES[error.code];
    const isMirrored = mirrorHttpStatus && (code === 401 || code === 429);
    return sendEnvelope(reply, failure(codeOf?.(error) ?? code, textOf(error)), isMirrored ? code : 200);
  };
}
