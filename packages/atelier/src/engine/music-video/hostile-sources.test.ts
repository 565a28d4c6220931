import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { JobFailure } from '../../core/errors.ts';
import { startReceiver } from '../../net/testing/receiver.ts';
import { createManualRender } from './testing/manual-render.ts';
import { LIMITS, newVideoJob, createTestVideoEngine, runToEnd, type TestVideoEngine } from './testing/test-video-engine.ts';

const answer = (status: string, headers: readonly string[], body = ''): string =>
  `HTTP/1.1 ${status}\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n${body}`;

/** The failure of a job with its track at a server that answers with `onRequest`. The guard allows only the port of that server. */
async function endOf(
  onRequest: (socket: Socket) => void,
  {
    path = '/song.mp3',
    meanwhile,
    as = 'audio',
  }: { path?: string; as?: 'audio' | 'cover'; meanwhile?(harness: TestVideoEngine): Promise<void> } = {},
): Promise<JobFailure> {
  await using source = await startReceiver({ onRequest });
  await using harness = await createTestVideoEngine(createManualRender().render, { allow: [`127.0.0.1:${source.port}`] });
  const job = newVideoJob({ [as]: { url: `${source.origin}${path}` } });
  const running = runToEnd(harness, job);
  await source.received(1);
  await meanwhile?.(harness);
  const updates = await running;
  const [only] = updates;
  assert.ok(updates.length === 1 && only?.type === 'failed', JSON.stringify(updates));
  await source.drained();
  assert.deepEqual(await harness.leftovers(), []);
  assert.equal(harness.clock.pending(), 0);
  return only.failure;
}

const unavailable = (details: string): JobFailure => ({ code: 'media-unavailable', title: 'The audio could not be fetched', details });
const invalid = (details: string): JobFailure => ({ code: 'media-invalid', title: 'The audio could not be fetched', details });

describe('a music video of a URL at a hostile server', () => {
  test('a missing file', async () => {
    assert.deepEqual(
      await endOf((socket) => socket.end(answer('404 Not Found', ['content-length: 0']))),
      unavailable('The server answered 404.'),
    );
  });

  test('a redirect to a private address: nothing connects there', async () => {
    await using inside = await startReceiver({ onRequest: (socket) => socket.end(answer('200 OK', ['content-length: 6'], 'secret')) });
    const hosts = [inside.origin.replace('http://', ''), '169.254.169.254', '[::ffff:10.0.0.1]', 'localhost'];
    for (const host of hosts) {
      const failure = await endOf((socket) => socket.end(answer('302 Found', [`location: http://${host}/key`, 'content-length: 0'])));
      assert.equal(failure.code, 'media-invalid');
      assert.match(failure.details ?? '', /is not an address of the public internet/);
    }
    assert.equal(inside.connectionCount(), 0);
  });

  test('a redirect to a file of this machine', async () => {
    assert.deepEqual(
      await endOf((socket) => socket.end(answer('302 Found', ['location: file:///etc/passwd', 'content-length: 0']))),
      invalid('Only http and https URLs are used.'),
    );
  });

  test('redirects without an end', async () => {
    assert.deepEqual(
      await endOf((socket) => socket.write(answer('307 Temporary Redirect', ['location: /again', 'content-length: 0']))),
      unavailable('More than 3 redirects.'),
    );
  });

  test('a source that trickles is given up after half a minute', async () => {
    const trickled = Promise.withResolvers<void>();
    const failure = await endOf((socket) => socket.write(answer('200 OK', ['content-length: 1000'], 'ID3'), () => trickled.resolve()), {
      async meanwhile({ clock }) {
        await trickled.promise;
        await clock.advance(30_000);
      },
    });
    assert.deepEqual(failure, unavailable('The file did not arrive in time.'));
  });

  test('a source that never answers is given up after half a minute', async () => {
    const failure = await endOf(() => {}, { meanwhile: ({ clock }) => clock.advance(30_000) });
    assert.deepEqual(failure, unavailable('The file did not arrive in time.'));
  });

  test('a length beyond every limit is refused before a byte of the body', async () => {
    assert.deepEqual(
      await endOf((socket) => socket.write(answer('200 OK', ['content-length: 99999999999']))),
      invalid(`The file is larger than ${LIMITS.maxAudioBytes} bytes.`),
    );
  });

  test('a body without an end is cut at the limit', async () => {
    let sent = 0;
    const failure = await endOf((socket) => {
      const piece = Buffer.alloc(16_384, 'x');
      const more = (): void => {
        // Bounded, so that a broken limit fails the test instead of filling the disk.
        if (socket.destroyed || sent > 100 * LIMITS.maxAudioBytes) return;
        sent += piece.length;
        socket.write(piece, more);
      };
      socket.write(answer('200 OK', ['content-type: audio/mpeg']), more);
    });
    assert.deepEqual(failure, invalid(`The file is larger than ${LIMITS.maxAudioBytes} bytes.`));
  });

  test('a connection that breaks in the middle of the file', async () => {
    const failure = await endOf((socket) => socket.end(answer('200 OK', ['content-length: 1000'], 'ID3 half a song')));
    assert.equal(failure.code, 'media-unavailable');
    assert.equal(failure.details, 'The server could not be reached, or broke off.');
  });

  test('a cover has its own limit, and the failure names it', async () => {
    const body = 'x'.repeat(LIMITS.maxPictureBytes + 1);
    assert.deepEqual(await endOf((socket) => socket.write(answer('200 OK', [], body)), { as: 'cover', path: '/cover.png' }), {
      code: 'media-invalid',
      title: 'The cover could not be fetched',
      details: `The file is larger than ${LIMITS.maxPictureBytes} bytes.`,
    });
  });

  test('a job that is stopped while its source trickles closes the connection at once', async () => {
    await using source = await startReceiver({ onRequest: (socket) => socket.write(answer('200 OK', ['content-length: 1000'], 'ID3')) });
    await using harness = await createTestVideoEngine(createManualRender().render, { allow: ['127.0.0.1'] });
    const stop = new AbortController();
    const running = runToEnd(harness, newVideoJob({ audio: { url: source.origin } }), { signal: stop.signal });
    await source.received(1);
    stop.abort(new Error('cancelled'));
    assert.deepEqual(await running, []);
    await source.drained();
    assert.deepEqual(await harness.leftovers(), []);
  });
});
