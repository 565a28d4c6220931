import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Cancel, Clock } from '@atelier/lib/clock';
import { isJsonObject, parseJson } from '@atelier/lib/json';

/** One POST as it arrived. */
export interface ReceivedCallback {
  atMs: number;
  path: string;
  headers: Record<string, string>;
  /** The body's text, not parsed. */
  body: string;
}

/** The answer of the sink to a POST: an HTTP status, no answer at all, or a cut connection. */
export type SinkBehaviour = { status: number; body?: string } | 'hang' | 'drop';

/**
 * A receiver of callbacks for tests and demonstrations: keeps every POST, in order. Over HTTP: `GET /` lists the POSTs,
 * `PUT /behaviour` (`{"status":500}`, `{"hang":true}`, `{"drop":true}`, each with an optional `times`) sets the next answers.
 */
export interface CallbackSink {
  /** `http://host:port`; every path below it takes callbacks. */
  url: string;
  received(): ReceivedCallback[];
  /** The first callback, past or coming, that `matches`; each is handed out once. Rejects when none comes in time (10 s). */
  next(matches?: (callback: ReceivedCallback) => boolean, options?: { timeoutMs?: number }): Promise<ReceivedCallback>;
  /** Sets the answer from now on; with `times`, only for that number of POSTs, and then 200 again. */
  behave(behaviour: SinkBehaviour, times?: number): void;
  clear(): void;
  close(): Promise<void>;
}

const MAX_KEPT = 10_000;
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 10_000;

export async function startCallbackSink(options: { host: string; port: number; clock: Clock }): Promise<CallbackSink> {
  const { host, port, clock } = options;
  let received: ReceivedCallback[] = [];
  const handedOut = new WeakSet<ReceivedCallback>();
  const waiting = new Set<(callback: ReceivedCallback) => boolean>();
  let behaviour: SinkBehaviour = { status: 200 };
  let timesLeft = Infinity;

  const behave = (next: SinkBehaviour, times = Infinity): void => {
    behaviour = next;
    timesLeft = times;
  };
  const keep = (callback: ReceivedCallback): void => {
    received.push(callback);
    if (received.length > MAX_KEPT) received.shift();
    for (const offer of waiting) if (offer(callback)) break;
  };
  const answer = (response: ServerResponse): void => {
    const now = behaviour;
    timesLeft -= 1;
    if (timesLeft <= 0) behave({ status: 200 });
    if (now === 'hang') return;
    if (now === 'drop') response.destroy();
    else response.writeHead(now.status, { 'content-type': 'text/plain' }).end(now.body ?? '');
  };
  const server = createServer((request, response) => {
    void readBody(request).then(
      (body) => {
        if (body === null) response.writeHead(413).end();
        else if (request.method === 'GET') response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(received));
        else if (request.method === 'PUT' && request.url === '/behaviour') response.writeHead(setBehaviour(body, behave) ? 204 : 400).end();
        else {
          keep({ atMs: clock.now(), path: request.url ?? '/', headers: flatHeaders(request), body });
          answer(response);
        }
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the callback sink has no port');

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    received: () => [...received],
    next(matches = () => true, { timeoutMs = DEFAULT_TIMEOUT_MS } = {}) {
      const already = received.find((callback) => !handedOut.has(callback) && matches(callback));
      if (already) {
        handedOut.add(already);
        return Promise.resolve(already);
      }
      return new Promise((resolve, reject) => {
        let cancel: Cancel = () => undefined;
        const offer = (callback: ReceivedCallback): boolean => {
          if (!matches(callback)) return false;
          handedOut.add(callback);
          waiting.delete(offer);
          cancel();
          resolve(callback);
          return true;
        };
        waiting.add(offer);
        cancel = clock.after(timeoutMs, () => {
          waiting.delete(offer);
          reject(new Error(`no matching callback within ${timeoutMs} ms; received ${received.length}`));
        });
      });
    },
    behave,
    clear() {
      received = [];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function setBehaviour(text: string, behave: (behaviour: SinkBehaviour, times?: number) => void): boolean {
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) return false;
  const { status, hang, drop, times } = parsed.value;
  const count = typeof times === 'number' ? times : undefined;
  if (hang === true) behave('hang', count);
  else if (drop === true) behave('drop', count);
  else if (typeof status === 'number' && status >= 200 && status <= 599) behave({ status }, count);
  else return false;
  return true;
}

/** The body as text, or null when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.byteLength;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString('utf8');
}

const flatHeaders = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
