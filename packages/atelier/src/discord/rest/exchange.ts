import type { IncomingHttpHeaders } from 'node:http';
import { request, type Dispatcher } from 'undici';
import { deadline, type Clock } from '@atelier/lib/clock';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT';
  url: URL;
  headers: Record<string, string>;
  body?: string | Uint8Array;
  timeoutMs: number;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** The whole body, or null when it was larger than the limit. */
  text: string | null;
}

export type Exchange = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * Sends one request once and returns what came back, whatever the status; redirects are answers like any other. Rejects when no
 * complete answer came: connection failed or lost, deadline passed, aborted. One deadline covers connecting, sending and reading,
 * so a server that drips bytes cannot hold it open.
 */
export function createExchange(deps: { dispatcher: Dispatcher; clock: Clock; signal: AbortSignal; maxAnswerBytes: number }): Exchange {
  return async ({ method, url, headers, body, timeoutMs }) => {
    const limit = deadline(deps.clock, timeoutMs, deps.signal);
    try {
      const answer = await request(url, {
        dispatcher: deps.dispatcher,
        method,
        headers,
        signal: limit.signal,
        // The deadline above is the only one.
        headersTimeout: 0,
        bodyTimeout: 0,
        ...(body === undefined ? {} : { body }),
      });
      return { status: answer.statusCode, headers: answer.headers, text: await readText(answer.body, deps.maxAnswerBytes) };
    } finally {
      limit.cancel();
    }
  };
}

async function readText(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<string | null> {
  // Leaving the loop early destroys the body, and undici reports that as an error of its own.
  body.on('error', () => undefined);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
