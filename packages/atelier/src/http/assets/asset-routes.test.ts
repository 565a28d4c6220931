import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DAY_MS, STORES, createTestAssetHarness, type AssetHarness } from './asset-harness.fixture.ts';

const FILE = { contentType: 'image/png', filename: 'füchsin "1".png' };

for (const [place, open] of Object.entries(STORES)) {
  describe(`links to files in ${place}`, () => {
    let harness: AssetHarness;
    before(async () => {
      harness = await createTestAssetHarness(open);
    });
    after(() => harness.close());

    test('are served with type, length, name, and not again when unchanged', async () => {
      const url = await harness.keep({ ...FILE, id: 'asset-whole' }, '0123456789');
      const { status, text, headers } = await harness.get(url);
      assert.deepEqual([status, text], [200, '0123456789']);
      assert.equal(headers['content-type'], 'image/png');
      assert.equal(headers['content-length'], '10');
      assert.equal(headers['accept-ranges'], 'bytes');
      assert.equal(headers['last-modified'], new Date(harness.clock.now()).toUTCString());
      assert.equal(headers['cache-control'], 'private, max-age=86400, immutable');
      assert.equal(headers['content-disposition'], `inline; filename="f?chsin \\"1\\".png"; filename*=UTF-8''f%C3%BCchsin%20%221%22.png`);
      const again = await harness.get(url, { 'if-none-match': String(headers['etag']) });
      assert.deepEqual([again.status, again.text, again.headers['etag']], [304, '', headers['etag']]);
      const other = await harness.get(url, { 'if-match': '"another"' });
      assert.deepEqual([other.status, other.headers['etag'], other.headers['cache-control']], [412, undefined, 'no-store']);
    });

    test('name the type of every medium', async () => {
      for (const contentType of ['image/jpeg', 'image/webp', 'audio/mpeg', 'audio/wav', 'video/mp4', 'video/webm']) {
        const id = `asset-${contentType.replace('/', '-')}`;
        const { headers } = await harness.get(await harness.keep({ id, contentType, filename: `take.${id}` }, 'x'));
        assert.equal(headers['content-type'], contentType);
        assert.equal(headers['x-content-type-options'], 'nosniff');
      }
    });

    test('serve the ranges that players ask for', async () => {
      const url = await harness.keep({ ...FILE, id: 'asset-range' }, '0123456789');
      const part = async (range: string): Promise<unknown[]> => {
        const { status, text, headers } = await harness.get(url, { range });
        return [status, text, headers['content-range'], headers['content-length']];
      };
      assert.deepEqual(await part('bytes=0-'), [206, '0123456789', 'bytes 0-9/10', '10']);
      assert.deepEqual(await part('bytes=0-1'), [206, '01', 'bytes 0-1/10', '2']);
      assert.deepEqual(await part('bytes=2-4'), [206, '234', 'bytes 2-4/10', '3']);
      assert.deepEqual(await part('bytes=7-5000'), [206, '789', 'bytes 7-9/10', '3']);
      assert.deepEqual(await part('bytes=-3'), [206, '789', 'bytes 7-9/10', '3']);
      assert.deepEqual(await part('bytes=-300'), [206, '0123456789', 'bytes 0-9/10', '10']);
      assert.deepEqual(await part('bytes=0-1,4-5'), [200, '0123456789', undefined, '10']);
      assert.deepEqual(await part('nonsense'), [200, '0123456789', undefined, '10']);
    });

    test('say when a range is outside the file, or was meant for another', async () => {
      const url = await harness.keep({ ...FILE, id: 'asset-if-range' }, '0123456789');
      const beyond = await harness.get(url, { range: 'bytes=20-30' });
      assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, 'bytes */10']);
      assert.equal(beyond.headers['cache-control'], 'no-store');
      const { headers } = await harness.get(url);
      const resumed = await harness.get(url, { range: 'bytes=5-', 'if-range': String(headers['etag']) });
      assert.deepEqual([resumed.status, resumed.text], [206, '56789']);
      const restarted = await harness.get(url, { range: 'bytes=5-', 'if-range': '"another"' });
      assert.deepEqual([restarted.status, restarted.text], [200, '0123456789']);
    });

    test('answer HEAD as GET without reading the file', async () => {
      const url = await harness.keep({ ...FILE, id: 'asset-head' }, '0123456789');
      const got = await harness.get(url);
      const readBefore = harness.given.length;
      const head = await harness.get(url, { range: 'bytes=2-4' }, 'HEAD');
      assert.deepEqual([head.status, head.text], [200, '']);
      for (const name of ['content-type', 'content-length', 'etag', 'accept-ranges', 'content-disposition', 'last-modified']) {
        assert.equal(head.headers[name], got.headers[name], name);
      }
      assert.equal(harness.given.length, readBefore);
      assert.equal((await harness.get(url.replace('asset-head', 'asset-none'), {}, 'HEAD')).status, 403);
    });

    test('verify with doubled slashes and a slash at the end', async () => {
      const url = await harness.keep({ ...FILE, id: 'asset-slashes' }, 'x');
      assert.equal((await harness.get(url.replace('/assets/', '//assets//'))).status, 200);
      assert.equal((await harness.get(url.replace('?', '/?'))).status, 200);
      assert.equal((await harness.get(url.replace('/assets/', '/assets/..//'))).status, 404);
    });

    test('save the file with ?download=1', async () => {
      const url = await harness.keep({ ...FILE, id: 'asset-download' }, 'x');
      assert.match(String((await harness.get(`${url}&download=1`)).headers['content-disposition']), /^attachment; filename="f\?chsin/);
      assert.match(String((await harness.get(`${url}&download=0`)).headers['content-disposition']), /^inline/);
    });

    test('answer 403 when forged, and 410 after 14 days, when the file is gone', async () => {
      const url = await harness.keep({ ...FILE, id: 'asset-old' }, 'old');
      assert.equal((await harness.get(url.replace('asset-old', 'asset-new'))).status, 403);
      assert.equal((await harness.get(`${harness.url}/assets/asset-old/x.png`)).status, 403);
      assert.equal((await harness.get(`${url}&signature=again`)).status, 403);
      await harness.clock.advance(14 * DAY_MS - 2_000);
      const last = await harness.get(url);
      assert.deepEqual([last.status, last.headers['cache-control']], [200, 'private, max-age=2, immutable']);
      await harness.clock.advance(2_000);
      assert.equal((await harness.get(url)).status, 410);
      const fresh = await harness.keep({ ...FILE, id: 'asset-fresh' }, 'fresh');
      assert.ok((await harness.sweep()) >= 1);
      assert.equal(await harness.blobs.get('asset-old'), undefined);
      assert.equal((await harness.get(url)).status, 410);
      assert.equal((await harness.get(fresh)).text, 'fresh');
    });

    test('answer 410 when the file is due to be removed, though the link has a while to go', async () => {
      const url = await harness.keep({ ...FILE, id: 'asset-due' }, 'due', 60_000);
      await harness.clock.advance(14 * DAY_MS);
      const { status, text } = await harness.get(url);
      assert.deepEqual([status, JSON.parse(text)], [410, { error: 'This file has been removed', code: 410 }]);
    });
  });
}
