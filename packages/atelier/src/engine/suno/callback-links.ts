import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** The URLs that the upstream calls back. */
export interface CallbackLinks {
  url(jobId: string): string;
  /** The job of a token that `url` made; undefined for any other text. */
  jobIdOf(token: string): string | undefined;
}

/** The route of the upstream's callbacks; a token follows. */
const CALLBACK_PATH = '/upstream/suno';

/** Each link contains a job's id and a signature. Links cannot be guessed, need no storage, and stay valid over restarts. */
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
