import { request, type Dispatcher } from 'undici';
import type { JsonObject } from '@atelier/lib/json';
import { USER_AGENT } from './user-agent.ts';

const TIMEOUT_MS = 30_000;

/**
 * Posts to an application's own host as the page does that the application opens inside Discord. Returns the HTTP status. Sends no token of the user: the path
 * holds the page's own token. Rejects when the host cannot be reached.
 */
export function createPagePoster({
  url,
  dispatcher,
}: {
  url: string;
  dispatcher?: Dispatcher;
}): (path: string, body: JsonObject) => Promise<number> {
  return async (path, body) => {
    const { statusCode, body: answer } = await request(new URL(path, url), {
      ...(dispatcher && { dispatcher }),
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': USER_AGENT, origin: url },
      body: JSON.stringify(body),
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    await answer.dump();
    return statusCode;
  };
}
