import { request } from 'undici';
import type { JsonObject } from '@atelier/lib/json';

const TIMEOUT_MS = 30_000;

/**
 * Sends what a page that an application opened inside Discord would send to the application's own host; the HTTP status. Carries
 * no token of ours: the page's own one is in the path. Rejects when the host cannot be reached.
 */
export function createPagePoster({ url }: { url: string }): (path: string, body: JsonObject) => Promise<number> {
  return async (path, body) => {
    const { statusCode, body: answer } = await request(new URL(path, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', origin: url },
      body: JSON.stringify(body),
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    await answer.dump();
    return statusCode;
  };
}
