import { EventSourceParserStream } from 'eventsource-parser/stream';
import createClient, { type Client } from 'openapi-fetch';
import type { paths, Schemas } from './native-api.ts';

export type AtelierJob = Schemas['Job'];
export type ProblemDetails = Schemas['Problem'];

/** A refusal by the server. `message` is the `detail` of the problem. */
export class AtelierProblem extends Error {
  override readonly name = 'AtelierProblem';
  readonly problem: ProblemDetails;

  constructor(problem: ProblemDetails) {
    super(problem.detail);
    this.problem = problem;
  }
}

export interface AtelierClient {
  /** Every route, typed: `api.POST('/jobs', { body: { verb: 'imagine', prompt: 'a fox' } })`. Resolves to `{ data, error, response }`. */
  readonly api: Client<paths>;
  /** The job once it has ended, with or without success. Rejects when `signal` aborts. */
  waitForJob(jobId: string, options?: { signal?: AbortSignal }): Promise<AtelierJob>;
  /**
   * The job as it is now and then at each change; ends when the job has ended. The id of a batch's parent gives its jobs, until the last has ended. Without an id: every job that the key may see, until `signal` aborts.
   * After a lost connection the generator reconnects and yields the changes since. It throws `AtelierProblem` when the server refuses.
   */
  events(jobId?: string, options?: { signal?: AbortSignal }): AsyncGenerator<AtelierJob, void>;
}

const LONG_POLL = '60s';
const RECONNECT_MS = 1_000;

/** A client of the native API of the server at `url`. Runs in Node and in browsers. */
export function createAtelierClient({ url, key }: { url: string; key: string }): AtelierClient {
  const base = url.replace(/\/+$/, '');
  const authorization = `Bearer ${key}`;
  const api = createClient<paths>({ baseUrl: base, headers: { authorization } });

  async function open(path: string, lastEventId: string | undefined, signal: AbortSignal | undefined): Promise<Response> {
    const headers = { authorization, accept: 'text/event-stream', ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) };
    const response = await fetch(`${base}${path}`, { headers, ...(signal && { signal }) });
    if (!response.ok) throw toProblem(await response.text(), response.status);
    return response;
  }

  return {
    api,

    async waitForJob(jobId, { signal } = {}) {
      for (;;) {
        const params = { path: { jobId }, query: { wait: LONG_POLL } };
        const job = await must(api.GET('/jobs/{jobId}', { params, ...(signal && { signal }) }));
        if (job.isFinal) return job;
      }
    },

    async *events(jobId, { signal } = {}) {
      const path = jobId === undefined ? '/events' : `/jobs/${encodeURIComponent(jobId)}/events`;
      let lastEventId: string | undefined;
      for (;;) {
        try {
          const { status, body } = await open(path, lastEventId, signal);
          if (status === 204 || body === null) return;
          for await (const message of messagesOf(body)) {
            for (const job of jobsOf(message)) {
              yield job;
              if (job.id === jobId && job.isFinal) return;
            }
            lastEventId = message.id ?? lastEventId;
          }
        } catch (error) {
          if (signal?.aborted) return;
          if (error instanceof AtelierProblem && !error.problem.retryable) throw error;
          // The first connection failed: the caller should know that the server is not there.
          if (lastEventId === undefined) throw error;
        }
        await pause(RECONNECT_MS, signal);
        if (signal?.aborted) return;
      }
    },
  };
}

/** The data of a call; throws `AtelierProblem` when the server refused it. */
export async function must<Data>(call: Promise<{ data?: Data; error?: unknown; response: Response }>): Promise<Data> {
  const { data, error, response } = await call;
  if (response.ok && data !== undefined) return data;
  throw toProblem(error, response.status);
}

function toProblem(error: unknown, status: number): AtelierProblem {
  const body = typeof error === 'string' ? parse(error) : error;
  if (isProblem(body)) return new AtelierProblem(body);
  const title = 'The answer did not come from an Atelier server';
  return new AtelierProblem({
    type: 'about:blank',
    title,
    status,
    detail: `${title} (${status})`,
    code: 'internal',
    retryable: status >= 500,
  });
}

/** Resolves after `delayMs`, or at once when `signal` aborts. */
function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal?.addEventListener('abort', done);
    if (signal?.aborted) done();
  });
}

interface StreamMessage {
  id?: string | undefined;
  event?: string | undefined;
  data: string;
}

/** The messages of a stream. Safari cannot iterate a stream with `for await`, so a reader does. */
async function* messagesOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<StreamMessage, void> {
  const reader = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** The jobs in a message: all jobs of a snapshot, or the job that has changed. */
function jobsOf({ event, data }: StreamMessage): AtelierJob[] {
  const body = parse(data);
  if (!isObject(body)) return [];
  const found: unknown = event === 'snapshot' ? body['jobs'] : [body];
  return Array.isArray(found) ? found.filter(isJob) : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const isProblem = (body: unknown): body is ProblemDetails =>
  isObject(body) && typeof body['detail'] === 'string' && typeof body['code'] === 'string' && typeof body['retryable'] === 'boolean';

const isJob = (value: unknown): value is AtelierJob =>
  isObject(value) && typeof value['id'] === 'string' && typeof value['isFinal'] === 'boolean';
