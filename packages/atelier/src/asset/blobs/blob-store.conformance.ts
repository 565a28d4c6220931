import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import type { BlobStore } from '../../core/asset.ts';

/** More bytes than any driver keeps in memory of one stream. */
const LARGE_BYTES = 12_000_000;

function* piecesOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The behaviour of every BlobStore. The whole test file of a driver is one call to this function. */
export function testBlobStore(name: string, open: () => Promise<{ blobs: BlobStore; close(): Promise<void> }>): void {
  describe(`${name} as a BlobStore`, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    before(async () => {
      opened = await open();
    });
    after(() => opened.close());

    const read = async (key: string, range?: { start: number; end: number }): Promise<Buffer | undefined> => {
      const stream = await opened.blobs.get(key, range);
      return stream && buffer(stream);
    };

    test('returns the bytes that were put, from bytes and from a stream', async () => {
      const bytes = Buffer.from([0, 1, 2, 253, 254, 255]);
      assert.deepEqual(await opened.blobs.put('blob-bytes', bytes), { bytes: 6 });
      assert.deepEqual(await opened.blobs.put('blob-stream', Readable.from([bytes, bytes])), { bytes: 12 });
      assert.deepEqual(await read('blob-bytes'), bytes);
      assert.deepEqual(await read('blob-stream'), Buffer.concat([bytes, bytes]));
    });

    test('reads a range, both ends included', async () => {
      await opened.blobs.put('blob-range', Buffer.from('0123456789'));
      assert.equal(String(await read('blob-range', { start: 2, end: 4 })), '234');
      assert.equal(String(await read('blob-range', { start: 9, end: 9 })), '9');
    });

    test('refuses a range beyond the end of the file', async () => {
      await opened.blobs.put('blob-short', Buffer.from('0123456789'));
      await assert.rejects(opened.blobs.get('blob-short', { start: 5, end: 12 }));
    });

    test('keeps a file that is larger than the memory of a stream, and returns any range of it', async () => {
      const bytes = Buffer.alloc(LARGE_BYTES);
      for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(at, at);
      const inPieces = Readable.from(piecesOf(bytes, 700_001));
      assert.deepEqual(await opened.blobs.put('blob-large', inPieces), { bytes: LARGE_BYTES });
      assert.deepEqual(await opened.blobs.put('blob-large-bytes', bytes), { bytes: LARGE_BYTES });
      for (const key of ['blob-large', 'blob-large-bytes']) {
        assert.equal(Buffer.compare((await read(key)) ?? Buffer.of(), bytes), 0, key);
        const range = { start: 8_000_000, end: 9_000_000 };
        assert.equal(Buffer.compare((await read(key, range)) ?? Buffer.of(), bytes.subarray(8_000_000, 9_000_001)), 0, key);
      }
    });

    test('many reads at once, some of them aborted half way, do not disturb each other', async () => {
      await opened.blobs.put('blob-many', Buffer.alloc(1_000_000, 7));
      for (let pass = 0; pass < 2; pass++) {
        const streams = await Promise.all(Array.from({ length: 40 }, () => opened.blobs.get('blob-many')));
        const [kept, ...given] = streams;
        for (const stream of given) stream?.destroy();
        assert.ok(kept);
        assert.equal((await buffer(kept)).length, 1_000_000);
      }
    });

    test('returns undefined for unknown keys, and removing them succeeds', async () => {
      assert.equal(await read('blob-none'), undefined);
      await opened.blobs.remove('blob-none');
    });

    test('returns undefined for a removed key', async () => {
      await opened.blobs.put('blob-gone', Buffer.from('x'));
      await opened.blobs.remove('blob-gone');
      assert.equal(await read('blob-gone'), undefined);
    });

    test('leaves nothing under the key when the source breaks half way', async () => {
      const broken = new Readable({
        read() {
          this.push('half');
          this.destroy(new Error('the source broke'));
        },
      });
      await assert.rejects(opened.blobs.put('blob-broken', broken), /the source broke/);
      assert.equal(await read('blob-broken'), undefined);
    });

    test('leaves nothing under the key when a large source breaks late', async () => {
      const broken = async function* (): AsyncGenerator<Buffer> {
        yield* piecesOf(Buffer.alloc(LARGE_BYTES), 1_000_000);
        throw new Error('the source broke late');
      };
      await assert.rejects(opened.blobs.put('blob-broken-late', Readable.from(broken())), /the source broke late/);
      assert.equal(await read('blob-broken-late'), undefined);
    });

    test('a second put replaces the first', async () => {
      await opened.blobs.put('blob-twice', Buffer.from('first'));
      await opened.blobs.put('blob-twice', Buffer.from('2nd'));
      assert.equal(String(await read('blob-twice')), '2nd');
    });

    test('refuses keys that are paths', async () => {
      await assert.rejects(opened.blobs.put('../../etc/passwd', Buffer.from('x')), /not a blob key/);
      await assert.rejects(async () => opened.blobs.get('a/b/c/d'), /not a blob key/);
    });
  });
}
