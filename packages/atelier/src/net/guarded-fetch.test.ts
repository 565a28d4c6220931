import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { startReceiver } from './testing/receiver.ts';
import { createFakeClock } from '@atelier/lib/clock';
import { createUrlGuard } from './url-guard.ts';
import { UrlFetchError } from '../core/url-guard.ts';

const LIMITS = { maxBytes: 1_000, timeoutMs: 30_000 };

function setUp() {
  const clock = createFakeClock();
  return { clock, guard: createUrlGuard({ allow: ['127.0.0.1'], clock, resolve: async () => ['127.0.0.1'] }) };
}

const answer = (status: string, headers: string[], body = ''): string =>
  `HTTP/1.1 ${status}\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n${body}`;
const file = (body: string): string => answer('200 OK', ['content-type: image/png', `content-length: ${body.length}`], body);

/** The error of a fetch, from the promise or from the body. */
async function failureOf(fetching: ReturnType<ReturnType<typeof setUp>['guard']['fetch']>): Promise<UrlFetchError> {
  try {
    await text((await fetching).body);
  } catch (error) {
    assert.ok(error instanceof UrlFetchError, String(error));
    return error;
  }
  return assert.fail('the fetch succeeded');
}

describe('guarded fetch', () => {
  test('gets a file in identity encoding', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.write(file('picture')) });
    const { guard, clock } = setUp();
    const { contentType, body } = await guard.fetch(`${receiver.origin}/a?b=1`, LIMITS);
    assert.equal(contentType, 'image/png');
    assert.equal(await text(body), 'picture');
    assert.equal(receiver.requests[0]?.line, 'GET /a?b=1 HTTP/1.1');
    assert.equal(receiver.requests[0]?.headers['accept-encoding'], 'identity');
    await receiver.drained();
    assert.equal(clock.pending(), 0);
  });
  test('follows three redirects and no fourth', async () => {
    await using receiver = await startReceiver({
      onRequest: (socket, request) => {
        const left = Number(/\d+/.exec(request.line)?.[0]);
        socket.end(left === 0 ? file('picture') : answer('302 Found', [`location: /${left - 1}`, 'content-length: 0']));
      },
    });
    const { guard } = setUp();
    assert.equal(await text((await guard.fetch(`${receiver.origin}/3`, LIMITS)).body), 'picture');
    assert.equal((await failureOf(guard.fetch(`${receiver.origin}/4`, LIMITS))).reason, 'status');
    assert.equal(receiver.requests.at(-1)?.line, 'GET /1 HTTP/1.1');
  });
  test('checks each hop: no redirect leads to a refused address', async () => {
    await using inner = await startReceiver({ host: '127.0.0.2', onRequest: (socket) => socket.end(file('secret')) });
    for (const location of [inner.origin, `http://0x7f.2:${inner.port}/`, 'file:///etc/passwd', 'http://169.254.169.254/']) {
      await using receiver = await startReceiver({
        onRequest: (socket) => socket.end(answer('307 Temporary Redirect', [`location: ${location}`, 'content-length: 0'])),
      });
      assert.equal((await failureOf(setUp().guard.fetch(receiver.origin, LIMITS))).reason, 'blocked');
    }
    assert.equal(inner.connectionCount(), 0);
  });
  test('refuses literals and names that lead to refused addresses', async () => {
    const guard = createUrlGuard({ allow: [], clock: createFakeClock(), resolve: async () => ['10.0.0.1'] });
    assert.equal((await failureOf(guard.fetch('http://127.0.0.1/', LIMITS))).reason, 'blocked');
    assert.equal((await failureOf(guard.fetch('http://name.example/', LIMITS))).reason, 'blocked');
  });
  test('stops at the byte limit, announced or not', async () => {
    await using announced = await startReceiver({ onRequest: (socket) => socket.write(answer('200 OK', ['content-length: 1001'])) });
    await using endless = await startReceiver({ onRequest: (socket) => socket.write(answer('200 OK', [], 'x'.repeat(1_001))) });
    await using exact = await startReceiver({ onRequest: (socket) => socket.end(answer('200 OK', [], 'x'.repeat(1_000))) });
    const { guard } = setUp();
    assert.equal((await failureOf(guard.fetch(announced.origin, LIMITS))).reason, 'too-large');
    assert.equal((await failureOf(guard.fetch(endless.origin, LIMITS))).reason, 'too-large');
    assert.equal((await text((await guard.fetch(exact.origin, LIMITS)).body)).length, 1_000);
    await announced.drained();
    await endless.drained();
  });
  test('has one deadline for a server that never answers or never ends its answer', async () => {
    const { guard, clock } = setUp();
    await using silent = await startReceiver({ onRequest: () => {} });
    const waiting = failureOf(guard.fetch(silent.origin, LIMITS));
    await silent.received(1);
    await using dripping = await startReceiver({ onRequest: (socket) => socket.write(answer('200 OK', ['content-length: 9'], 'x')) });
    const { body } = await guard.fetch(dripping.origin, LIMITS);
    await clock.advance(30_000);
    assert.equal((await waiting).reason, 'timeout');
    await assert.rejects(text(body), (error: UrlFetchError) => error.reason === 'timeout');
    await silent.drained();
    await dripping.drained();
  });
  test('ends when the signal aborts, and closes when the reader stops', async () => {
    const { guard, clock } = setUp();
    await using receiver = await startReceiver({ onRequest: (socket) => socket.write(answer('200 OK', ['content-length: 9'], 'x')) });
    const caller = new AbortController();
    const fetching = failureOf(guard.fetch(receiver.origin, { ...LIMITS, signal: caller.signal }));
    await receiver.received(1);
    caller.abort();
    assert.equal((await fetching).reason, 'network');
    assert.equal((await failureOf(guard.fetch(receiver.origin, { ...LIMITS, signal: AbortSignal.abort() }))).reason, 'network');
    const { body } = await guard.fetch(receiver.origin, LIMITS);
    body.destroy();
    await receiver.drained();
    assert.equal(clock.pending(), 0);
  });
  test('names the reason of other failures', async () => {
    await using receiver = await startReceiver({
      onRequest: (socket, { line }) => {
        if (line.includes('/missing')) socket.end(answer('404 Not Found', ['content-length: 0']));
        else if (line.includes('/packed')) socket.end(answer('200 OK', ['content-encoding: gzip', 'content-length: 1'], 'x'));
        else if (line.includes('/short')) socket.end(answer('200 OK', ['content-length: 9'], 'x'));
        else socket.destroy();
      },
    });
    const { guard } = setUp();
    const missing = await failureOf(guard.fetch(`${receiver.origin}/missing`, LIMITS));
    assert.deepEqual([missing.reason, missing.status], ['status', 404]);
    for (const path of ['/packed', '/short', '/broken'])
      assert.equal((await failureOf(guard.fetch(receiver.origin + path, LIMITS))).reason, 'network');
  });
});
