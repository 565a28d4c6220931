import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { createFakeClock } from '@atelier/lib/clock';
import { OK_ANSWER, startReceiver } from '../net/testing/receiver.ts';
import { createUrlGuard, type ConnectionGuard } from '../net/url-guard.ts';
import { createDeliver, type DeliverResult } from './deliver.ts';

const never = new AbortController().signal;
const HEAD = 'HTTP/1.1 200 OK\r\n';

/** Writes `chunk` again and again, as fast as the other side reads, until the socket closes. */
function flood(socket: Socket, chunk: string | Buffer): void {
  const write = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', write);
  write();
}

interface Hostile {
  onRequest?: (socket: Socket) => void;
  onConnect?: (socket: Socket) => void;
  /** Moves the time on when that many bytes of the answer have arrived. */
  wait?: { ms: number; afterBytes: number };
  https?: boolean;
  /** It would not notice that the other side has gone. */
  isDeaf?: boolean;
}

/** A deliver to loopback, with the sockets that it opened. */
function createTestDispatcher(clock = createFakeClock()) {
  const guard = createUrlGuard({ allow: ['127.0.0.1'], clock });
  const sockets: Socket[] = [];
  const connector: ConnectionGuard['connector'] = (signal) => {
    const connect = guard.connector(signal);
    return (options, callback) =>
      connect(options, (...result) => {
        if (result[1]) sockets.push(result[1]);
        callback(...result);
      });
  };
  const { deliver, close } = createDeliver({ guard: { ...guard, connector }, clock });
  return { clock, sockets, post: (url: string) => deliver({ url, body: '{}', headers: {} }, never), [Symbol.dispose]: close };
}

/** One attempt against such a receiver. Whatever it does, the attempt comes to an end and leaves nothing open. */
async function attempt(hostile: Hostile): Promise<DeliverResult> {
  const connected = Promise.withResolvers<void>();
  await using receiver = await startReceiver({
    ...(hostile.onRequest ? { onRequest: hostile.onRequest } : {}),
    onConnect: (socket) => {
      hostile.onConnect?.(socket);
      connected.resolve();
    },
  });
  using sender = createTestDispatcher();
  const posting = sender.post(hostile.https ? receiver.origin.replace('http:', 'https:') : receiver.origin);
  if (hostile.wait) {
    await (hostile.onRequest ? receiver.received(1) : connected.promise);
    while ((sender.sockets[0]?.bytesRead ?? 0) < hostile.wait.afterBytes) await nextTurn();
    await sender.clock.advance(hostile.wait.ms);
  }
  const result = await posting;
  assert.ok(result);
  assert.equal(sender.clock.pending(), 0);
  sender[Symbol.dispose]();
  while (sender.sockets.some((socket) => !socket.destroyed)) await nextTurn();
  if (!hostile.isDeaf) await receiver.drained();
  return result;
}

describe('receivers that never finish an answer meet the deadline of 15 s', () => {
  const hostile: Record<string, Hostile> = {
    'never reads': { onConnect: (socket) => socket.pause(), isDeaf: true },
    'never answers': { onRequest: () => {} },
    'stalls the TLS handshake': { onConnect: (socket) => socket.resume(), https: true },
    'sends 103 and nothing more': { onRequest: (socket) => socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n') },
    'writes half a status line': { onRequest: (socket) => socket.write('HTTP/1.1 20') },
    'never ends its head': { onRequest: (socket) => socket.write(`${HEAD}content-length: 2\r\nx-a: b\r\n`) },
  };
  for (const [title, receiver] of Object.entries(hostile)) {
    test(title, async () => {
      const result = await attempt({ ...receiver, wait: { ms: 15_000, afterBytes: 0 } });
      assert.deepEqual(
        [result.outcome, result.status, result.durationMs, result.error],
        ['timeout', null, 15_000, 'no answer within 15 s'],
      );
    });
  }

  test('an answer after 14.9 s counts, one after 15.1 s does not', async () => {
    for (const [answerAfterMs, outcome] of [
      [14_900, 'delivered'],
      [15_100, 'timeout'],
    ] as const) {
      using sender = createTestDispatcher();
      await using receiver = await startReceiver({
        onRequest: (socket) => void sender.clock.after(answerAfterMs, () => socket.write(OK_ANSWER)),
      });
      const posting = sender.post(receiver.origin);
      await receiver.received(1);
      await sender.clock.advance(14_950);
      if (outcome === 'delivered') while (sender.sockets[0]?.bytesRead === 0) await nextTurn();
      await sender.clock.advance(1_000);
      assert.equal((await posting)?.outcome, outcome);
    }
  });
  test('a name server that never answers', async () => {
    const clock = createFakeClock();
    const guard = createUrlGuard({ allow: [], clock, resolve: () => new Promise(() => {}) });
    const { deliver } = createDeliver({ guard, clock });
    const posting = deliver({ url: 'http://name.example/', body: '{}', headers: {} }, never);
    await clock.advance(15_000);
    assert.equal((await posting)?.outcome, 'timeout');
  });
});

describe('trouble with the body after a 2xx changes nothing', () => {
  const chunked = `${HEAD}transfer-encoding: chunked\r\n\r\n`;
  const bomb = gzipSync(Buffer.alloc(1_000_000));
  const hostile: Record<string, Hostile> = {
    'drips and never ends': {
      onRequest: (socket) => socket.write(`${HEAD}content-length: 100\r\n\r\nx`),
      wait: { ms: 15_000, afterBytes: HEAD.length + 24 },
    },
    'breaks off': { onRequest: (socket) => socket.end(`${HEAD}content-length: 100\r\n\r\nx`) },
    'resets in the body': {
      onRequest: (socket) => socket.write(`${HEAD}content-length: 100\r\n\r\nx`, () => setImmediate(() => socket.resetAndDestroy())),
    },
    'sends a gigabyte': {
      onRequest: (socket) => {
        socket.write(`${HEAD}content-length: 1073741824\r\n\r\n`);
        flood(socket, Buffer.alloc(65_536, 'x'));
      },
    },
    'sends endless chunks': {
      onRequest: (socket) => {
        socket.write(chunked);
        flood(socket, '1000\r\n'.concat('x'.repeat(4_096), '\r\n'));
      },
    },
    'sends endless chunks of one byte': {
      onRequest: (socket) => {
        socket.write(chunked);
        flood(socket, '1\r\nx\r\n'.repeat(1_000));
      },
    },
    'sends a chunk extension without end': {
      onRequest: (socket) => {
        socket.write(`${chunked}1;a=`);
        flood(socket, 'x'.repeat(4_096));
      },
      wait: { ms: 15_000, afterBytes: chunked.length + 5 },
    },
    'breaks the chunk syntax': { onRequest: (socket) => socket.end(`${chunked}zz\r\n`) },
    'calls plain text gzip': { onRequest: (socket) => socket.end(`${HEAD}content-encoding: gzip\r\ncontent-length: 5\r\n\r\nplain`) },
    'sends a gzip bomb': {
      onRequest: (socket) =>
        socket.end(Buffer.concat([Buffer.from(`${HEAD}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`), bomb])),
    },
    'sends a body with 204': { onRequest: (socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\nsurprise') },
  };
  for (const [title, receiver] of Object.entries(hostile)) {
    test(title, async () => {
      const result = await attempt(receiver);
      assert.deepEqual([result.outcome, result.error], ['delivered', null]);
      assert.ok(result.responseBody.length <= 1_024);
    });
  }
});

describe('anything but an HTTP answer is a network failure at once', () => {
  const hostile: Record<string, Hostile> = {
    'closes before the head': { onRequest: (socket) => socket.end() },
    'closes after the status line': { onRequest: (socket) => socket.end(HEAD) },
    'resets after the request': { onRequest: (socket) => socket.resetAndDestroy() },
    'speaks something else': { onRequest: (socket) => socket.end('220 smtp.example ESMTP\r\n') },
    'answers in HTTP/0.9': { onRequest: (socket) => socket.end('hello') },
    'speaks HTTP/2': { onRequest: (socket) => socket.end(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])) },
    'sends 100 headers of 8 kB': { onRequest: (socket) => socket.end(HEAD + `x-a: ${'a'.repeat(8_000)}\r\n`.repeat(100) + '\r\n') },
    'floods header lines': {
      onRequest: (socket) => {
        socket.write(HEAD);
        flood(socket, 'x-a: b\r\n'.repeat(1_000));
      },
    },
    'floods 103': { onRequest: (socket) => flood(socket, 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n') },
    'puts NUL into a header': { onRequest: (socket) => socket.end(`${HEAD}x-a: a\0b\r\ncontent-length: 0\r\n\r\n`) },
    'sends two lengths': { onRequest: (socket) => socket.end(`${HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\nx`) },
    'sends a length and chunks': {
      onRequest: (socket) => socket.end(`${HEAD}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
    },
    'switches protocols': {
      onRequest: (socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    },
    'answers TLS with plain text': { onConnect: (socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'), https: true },
  };
  for (const [title, receiver] of Object.entries(hostile)) {
    test(title, async () => {
      const result = await attempt(receiver);
      assert.deepEqual([result.outcome, result.status], ['network', null]);
      assert.match(result.error ?? '', /^no answer: \w+$/);
    });
  }
  test('refuses the connection', async () => {
    const receiver = await startReceiver({});
    await receiver[Symbol.asyncDispose]();
    using sender = createTestDispatcher();
    assert.equal((await sender.post(receiver.origin))?.error, 'no answer: ECONNREFUSED');
  });
});
