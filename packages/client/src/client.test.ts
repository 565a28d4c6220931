import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { AtelierProblem, createAtelierClient, must } from './index.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A client of a server on loopback that answers with these handlers, one after the other. */
async function openClient(context: TestContext, ...handlers: Handler[]) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    const handle = handlers.shift();
    if (handle) handle(request, response);
    else response.writeHead(500).end('no more answers');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { requests, client: createAtelierClient({ url: `http://127.0.0.1:${address.port}/`, key: 'secret' }) };
}

const json =
  (status: number, body: unknown): Handler =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const stream =
  (text: string): Handler =>
  (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text);
const message = (event: string, id: string, data: unknown): string => `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
const REFUSAL = { type: '/problems/job-not-found', title: 'Job not found', status: 404, detail: 'Job not found: x', code: 'job-not-found' };

describe('the client', () => {
  test('imports only openapi-fetch, eventsource-parser and its own files, so that it runs in a browser', async () => {
    const imported = new Set<string>();
    for (const name of await readdir(import.meta.dirname)) {
      if (name.endsWith('.test.ts')) continue;
      const text = await readFile(join(import.meta.dirname, name), 'utf8');
      for (const [, from = ''] of text.matchAll(/(?:\bfrom|\bimport\(?)\s*'([^']+)'/g)) imported.add(from.replace(/^\.\/.*/, './'));
      assert.doesNotMatch(text, /\b(process|Buffer|require)\b[.(]/, name);
    }
    assert.deepEqual([...imported].toSorted(), ['./', 'eventsource-parser/stream', 'openapi-fetch']);
  });

  test('sends its key, and has a base URL with a slash at its end', async (context) => {
    const { client, requests } = await openClient(context, json(200, { id: 'key_1' }));
    assert.equal((await must(client.api.GET('/me'))).id, 'key_1');
    assert.deepEqual([requests[0]?.url, requests[0]?.headers.authorization], ['/me', 'Bearer secret']);
  });

  test('waits for a job in long polls until it has ended', async (context) => {
    const { client, requests } = await openClient(
      context,
      json(200, { id: 'j', isFinal: false }),
      json(200, { id: 'j', isFinal: true, status: 'completed' }),
    );
    assert.equal((await client.waitForJob('j')).status, 'completed');
    assert.deepEqual(
      requests.map(({ url }) => url),
      ['/jobs/j?wait=60s', '/jobs/j?wait=60s'],
    );
  });

  test('throws the problem of a refusal, and says so when another server answers', async (context) => {
    const { client } = await openClient(context, json(404, { ...REFUSAL, retryable: false }), (_request, response) =>
      response.writeHead(502, { 'content-type': 'text/html' }).end('<html>'),
    );
    await assert.rejects(client.waitForJob('x'), (error) => error instanceof AtelierProblem && error.message === 'Job not found: x');
    await assert.rejects(client.waitForJob('x'), (error) => {
      assert.ok(error instanceof AtelierProblem);
      assert.deepEqual([error.problem.status, error.problem.retryable], [502, true]);
      return true;
    });
  });

  test('follows a job over a lost connection, from its last event on', async (context) => {
    const { client, requests } = await openClient(
      context,
      stream(message('snapshot', '1-1', { jobs: [{ id: 'j', isFinal: false, version: 1 }] }) + ': still here\n\n'),
      stream(message('job', '2-2', { id: 'j', isFinal: true }) + message('job', '3-3', { id: 'never', isFinal: true })),
    );
    const seen: boolean[] = [];
    for await (const job of client.events('j')) seen.push(job.isFinal);
    assert.deepEqual(seen, [false, true]);
    assert.deepEqual(
      requests.map(({ url, headers }) => [url, headers['last-event-id']]),
      [
        ['/jobs/j/events', undefined],
        ['/jobs/j/events', '1-1'],
      ],
    );
  });

  test('ends when the server has no more to tell, and throws a refusal', async (context) => {
    const { client } = await openClient(
      context,
      (_request, response) => response.writeHead(204).end(),
      json(404, { ...REFUSAL, retryable: false }),
    );
    assert.deepEqual(await client.events('j').next(), { done: true, value: undefined });
    await assert.rejects(client.events('x').next(), AtelierProblem);
  });

  test('an abort ends the stream, also while it waits to reconnect', async (context) => {
    const { client } = await openClient(context, stream(message('snapshot', '1-1', { jobs: [{ id: 'j', isFinal: false }] })));
    const stop = new AbortController();
    const events = client.events(undefined, { signal: stop.signal });
    assert.equal((await events.next()).value?.id, 'j');
    const next = events.next();
    stop.abort();
    assert.deepEqual(await next, { done: true, value: undefined });
  });
});
