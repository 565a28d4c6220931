import { EventSourceParserStream } from 'eventsource-parser/stream';
import createClient, { type Client } from 'openapi-fetch';
import { sleep, systemClock } from '@atelier/lib/clock';
import { isJsonObject, listAt, parseJson } from '@atelier/lib/json';
import type { components, paths } from './native-api.ts';

export type Job = components['schemas']['Job'];
export type Problem = components['schemas']['Problem'];

/** A server's refusal. `message` is its `detail`. */
export class AtelierProblem extends Error {
  override readonly name = 'AtelierProblem';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export interface AtelierClient {
  /** Every route, typed: `api.POST('/jobs', { body: { verb: 'imagine', prompt: 'a fox' } })`. Resolves to `{ data, error, response }`. */
  readonly api: Client<paths>;
  /** The job once it has ended, well or not. Rejects when `signal` aborts. */
  waitForJob(jobId: string, options?: { signal?: AbortSignal }): Promise<Job>;
  /**
   * A job at each change, as it is now first; ends when it has ended. Without an id: every job that the key may see, until `signal`
   * aborts. A connection that breaks is taken up again where it was.
   */
  events(jobId?: string, options?: { signal?: AbortSignal }): AsyncGenerator<Job, void>;
}

const LONG_POLL = '60s';
const RECONNECT_MS = 1_000;

/** A client of the native API of the server at `url`. */
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
          for await (const message of body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())) {
            for (const job of jobsOf(message)) {
              yield job;
              if (jobId !== undefined && job.isFinal) return;
            }
            lastEventId = message.id ?? lastEventId;
          }
        } catch (error) {
          if (signal?.aborted) return;
          if (error instanceof AtelierProblem && !error.problem.retryable) throw error;
          // Never connected: there is nothing to take up again.
          if (lastEventId === undefined) throw error;
        }
        await sleep(systemClock, RECONNECT_MS, signal).catch(() => {});
        if (signal?.aborted) return;
      }
    },
  };
}

/** The data of a call; throws `AtelierProblem` when the server has refused it. */
export async function must<Data>(call: Promise<{ data?: Data; error?: unknown; response: Response }>): Promise<Data> {
  const { data, error, response } = await call;
  if (response.ok && data !== undefined) return data;
  throw toProblem(error, response.status);
}

function toProblem(error: unknown, status: number): AtelierProblem {
  const parsed = typeof error === 'string' ? parseJson(error) : undefined;
  const body = parsed?.ok ? parsed.value : error;
  if (isProblem(body)) return new AtelierProblem(body);
  const title = 'The server has answered what no Atelier server answers';
  return new AtelierProblem({
    type: 'about:blank',
    title,
    status,
    detail: `${title} (${status})`,
    code: 'internal',
    retryable: status >= 500,
  });
}

const isProblem = (body: unknown): body is Problem =>
  isJsonObject(body) && typeof body['detail'] === 'string' && typeof body['code'] === 'string' && typeof body['retryable'] === 'boolean';

/** The jobs in a message: all of a snapshot, or the one that has changed. */
function jobsOf({ event, data }: { event?: string | undefined; data: string }): Job[] {
  const parsed = parseJson(data);
  if (!parsed.ok || !isJsonObject(parsed.value)) return [];
  const found: unknown[] = event === 'snapshot' ? listAt(parsed.value, 'jobs') : [parsed.value];
  return found.filter(isJob);
}

const isJob = (value: unknown): value is Job =>
  isJsonObject(value) && typeof value['id'] === 'string' && typeof value['isFinal'] === 'boolean';
