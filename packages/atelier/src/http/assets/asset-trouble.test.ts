import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import type { BlobStore } from '../../core/asset.ts';
import { STORES, createTestAssetHarness, type AssetHarness } from './asset-harness.fixture.ts';

const FILE = { contentType: 'video/mp4', filename: 'fox.mp4' };
/** More bytes than all buffers between store and client take. */
const LARGE = Buffer.alloc(16 * 1024 * 1024);

/** A client that sends its request and then does only what the test tells it. */
async function callRaw(url: string): Promise<Socket> {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.on('error', () => {});
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
  return socket;
}

const closed = async (stream: Readable | Socket): Promise<void> => {
  if (!stream.closed) await once(stream, 'close');
};

for (const [place, open] of Object.entries(STORES)) {
  describe(`clients of files in ${place}`, { timeout: 20_000 }, () => {
    let harness: AssetHarness;
    before(async () => {
      harness = await createTestAssetHarness(open, { stallTimeoutMs: 200 });
    });
    after(() => harness.close());

    test('free the stream of the blob when they disconnect half way', async () => {
      const url = await harness.keep({ ...FILE, id: 'asset-left' }, LARGE);
      const socket = await callRaw(url);
      await once(socket, 'readable');
      socket.destroy();
      const [body] = harness.given.splice(0);
      assert.ok(body);
      await closed(body);
      assert.ok(!body.readableEnded);
    });

    test('are disconnected when they stop reading, and can ask for the rest', async () => {
      const url = await harness.keep({ ...FILE, id: 'asset-stalled' }, LARGE);
      const socket = await callRaw(url);
      socket.pause();
      await new Promise((resolve) => (harness.given.length > 0 ? resolve(undefined) : socket.once('readable', resolve)));
      const [body] = harness.given.splice(0);
      assert.ok(body);
      await closed(body);
      socket.destroy();
      assert.equal((await harness.get(url, { range: 'bytes=-5' })).text.length, 5);
    });
  });
}

describe('files in a store that fails', { timeout: 20_000 }, () => {
  let harness: AssetHarness;
  let get: BlobStore['get'];
  before(async () => {
    harness = await createTestAssetHarness(async () => ({
      blobs: {
        put: async (_key, bytes) => ({ bytes: bytes instanceof Uint8Array ? bytes.length : 0 }),
        get: (key, range) => get(key, range),
        remove: async () => {},
      },
      close: async () => {},
    }));
  });
  after(() => harness.close());

  const isUnavailable = async (url: string): Promise<void> => {
    const { status, headers, text } = await harness.get(url);
    assert.deepEqual([status, JSON.parse(text)], [503, { error: 'This file cannot be read at the moment', code: 503 }]);
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['retry-after'], '10');
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
    for (const name of ['etag', 'content-disposition', 'accept-ranges', 'last-modified']) assert.equal(headers[name], undefined, name);
  };

  test('get 503 when the store refuses, or fails before the first byte', async () => {
    const url = await harness.keep({ ...FILE, id: 'asset-refused' }, 'x');
    get = async () => Promise.reject(new Error('the store is down'));
    await isUnavailable(url);
    get = async () => new Readable({ read: () => {}, construct: (done) => done(new Error('the disk is broken')) });
    await isUnavailable(url);
  });

  test('end when the store fails half way, and the server keeps running', async () => {
    const url = await harness.keep({ ...FILE, id: 'asset-half' }, LARGE);
    get = async () =>
      Readable.from(
        (async function* () {
          yield LARGE.subarray(0, 1_000_000);
          throw new Error('the connection was lost');
        })(),
      );
    await assert.rejects(harness.get(url));
    get = async () => Readable.from([LARGE]);
    assert.equal((await harness.get(url)).status, 200);
  });

  test('are closed when the caller disconnects before the store answers', async () => {
    const url = await harness.keep({ ...FILE, id: 'asset-late' }, LARGE);
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Readable>();
    get = () => {
      asked.resolve();
      return answer.promise;
    };
    const socket = await callRaw(url);
    await asked.promise;
    socket.destroy();
    await closed(socket);
    const body = Readable.from([LARGE]);
    answer.resolve(body);
    await closed(body);
  });

  test('answer 410 when the store has lost them', async () => {
    const url = await harness.keep({ ...FILE, id: 'asset-lost' }, 'x');
    get = async () => undefined;
    const { status, headers } = await harness.get(url);
    assert.deepEqual([status, headers['content-disposition'], headers['etag']], [410, undefined, undefined]);
  });
});
