import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** The addresses that we give to the upstream for its callbacks. */
export interface CallbackLinks {
  url(jobId: string): string;
  /** The job that a token of ours stands for; undefined for any other text. */
  jobIdOf(token: string): string | undefined;
}

/** Where the upstream's callbacks arrive; a token follows. */
export const CALLBACK_PATH = '/upstream/suno';

/** Links that hold a job's id and a signature: they cannot be guessed, need no storage, and hold over restarts. */
export function createCallbackLinks(options: { secret: string; publicUrl: () => string }): CallbackLinks {
  const key = Buffer.from(hkdfSync('sha256', options.secret, '', 'atelier suno callbacks', 32));
  const sign = (jobId: string): string => createHmac('sha256', key).update(jobId).digest('base64url');
  return {
    url: (jobId) => `${options.publicUrl()}${CALLBACK_PATH}/${Buffer.from(jobId).toString('base64url')}.${sign(jobId)}`,
    jobIdOf(token) {
      const [id = '', signature = ''] = token.split('.');
      const jobId = Buffer.from(id, 'base64url').toString();
      const expected = Buffer.from(sign(jobId));
      const given = Buffer.from(signature);
      return given.length === expected.length && timingSafeEqual(given, expected) ? jobId : undefined;
    },
  };
}
