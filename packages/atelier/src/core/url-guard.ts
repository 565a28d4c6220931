import type { Readable } from 'node:stream';

/**
 * The one way to any URL that came from a caller or an upstream. `net/url-guard.ts` implements it.
 *
 * The same policy is applied three times: to the URL's form when it is given (`check`), to every address that its name
 * resolves to when a connection is opened, and to literals, which no resolver sees. The connection goes to exactly the address
 * that was checked.
 */
export interface UrlGuard {
  /** The URL in WHATWG normal form. Throws `JobError('url-refused')` for schemes, ports, user-info and literal addresses that are never allowed. */
  check(url: string): string;
  /**
   * GETs a file: no redirect is followed blindly (each hop is checked again, at most 3), one deadline over all, at most `maxBytes`,
   * identity encoding. Throws `UrlFetchError`.
   */
  fetch(url: string, options: { maxBytes: number; timeoutMs: number; signal?: AbortSignal }): Promise<FetchedFile>;
}

export interface FetchedFile {
  contentType: string;
  /** Ends with an error when the limit of bytes or time is passed. */
  body: Readable;
}

export class UrlFetchError extends Error {
  override readonly name = 'UrlFetchError';
  /** `blocked` by policy; `status` not 200; `too-large`; `timeout`; `network`. */
  readonly reason: 'blocked' | 'status' | 'too-large' | 'timeout' | 'network';
  readonly status: number | null;

  constructor(reason: UrlFetchError['reason'], message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.status = options.status ?? null;
  }
}
