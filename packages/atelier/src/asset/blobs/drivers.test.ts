import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ConfigError, readConfig } from '../../config/config.ts';
import { BlobStoreError } from './driver.ts';
import { openBlobs } from './drivers.ts';
import { parseS3Url } from './s3-driver.ts';
import { S3_CREDENTIALS, startS3Server, type S3Server } from './s3-server.fixture.ts';

const SECRET = 'hunter2-hunter2-hunter2';

describe('the blob store of the settings', () => {
  let server: S3Server;
  let bucket: Record<string, string>;
  before(async () => {
    server = await startS3Server();
    bucket = {
      ASSET_STORE: 's3://media/kept/here/',
      S3_ENDPOINT: server.url,
      AWS_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
    };
  });
  after(() => server.close());

  /** The error text that the operator reads when the server is started with these settings. */
  async function refusal(settings: Record<string, string>, probeTimeoutMs?: number): Promise<string> {
    const thrown: unknown = await openBlobs(readConfig({ ...bucket, ...settings }), probeTimeoutMs).catch((error: unknown) => error);
    assert.ok(thrown instanceof BlobStoreError, String(thrown));
    assert.ok(!thrown.message.includes(SECRET));
    assert.ok(!thrown.message.includes('\n'));
    return thrown.message;
  }

  /** The error text for a service at S3_ENDPOINT with this listener. */
  async function refusalOf(listener: RequestListener, probeTimeoutMs?: number): Promise<string> {
    const service = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => service.once('listening', resolve));
    try {
      const { port } = service.address() as AddressInfo;
      return await refusal({ S3_ENDPOINT: `http://127.0.0.1:${port}`, AWS_SECRET_ACCESS_KEY: SECRET }, probeTimeoutMs);
    } finally {
      service.closeAllConnections();
      await new Promise((resolve) => service.close(resolve));
    }
  }

  test('without settings it is a folder below the data folder', async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'atelier-open-'));
    const { blobs, close } = await openBlobs(readConfig({ ATELIER_DATA: dataFolder }));
    await blobs.put('blob-file', Buffer.from('x'));
    assert.deepEqual(await readdir(dataFolder), ['assets']);
    await close();
    await rm(dataFolder, { recursive: true });
  });

  test('a bucket keeps files below the prefix; the probe at start leaves no object there', async () => {
    const { blobs, close } = await openBlobs(readConfig(bucket));
    assert.deepEqual(await server.keys(), []);
    await blobs.put('blob-object', Buffer.from('x'));
    assert.deepEqual(await server.keys(), ['kept/here/blob-object']);
    await blobs.remove('blob-object');
    await close();
  });

  test('a missing bucket, key or service stops the start with one sentence', async () => {
    assert.match(
      await refusal({ ASSET_STORE: 's3://nowhere' }),
      /^ASSET_STORE: s3:\/\/nowhere\/ at http:\S+ cannot be used: the bucket does not exist/,
    );
    assert.match(await refusal({ AWS_ACCESS_KEY_ID: 'nobody' }), /AWS_ACCESS_KEY_ID is not known there/);
    // Nothing listens on the discard port.
    assert.match(await refusal({ S3_ENDPOINT: 'http://127.0.0.1:9' }), /it does not answer \(ECONNREFUSED\); check S3_ENDPOINT/);
    assert.match(await refusal({ AWS_SECRET_ACCESS_KEY: '' }), /set both or neither/);
  });

  test('a service that refuses to write, does not speak S3, or does not answer stops the start with one sentence', async () => {
    const answer =
      (status: number, body: string): RequestListener =>
      (request, response) => {
        request.resume();
        response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
      };
    const fault = (code: string): string => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`;
    assert.match(await refusalOf(answer(403, fault('AccessDenied'))), /may not write, read and delete/);
    assert.match(await refusalOf(answer(403, fault('SignatureDoesNotMatch'))), /AWS_SECRET_ACCESS_KEY does not belong/);
    assert.match(await refusalOf(answer(301, fault('PermanentRedirect'))), /set S3_REGION/);
    assert.match(await refusalOf(answer(404, '<html>not here</html>')), /is this the address of an S3 service\?/);
    assert.match(await refusalOf((request) => void request.resume(), 100), /it does not answer/);
  });

  test('a value that names no bucket is refused together with the other wrong settings', () => {
    for (const wrong of ['media', 's3://', 's3://a', 's3://b_/x y', 'https://media.s3.amazonaws.com/x', 's3://user:key@media/x']) {
      assert.throws(() => readConfig({ ASSET_STORE: wrong }), /ASSET_STORE: expected s3:\/\/bucket/, wrong);
    }
    for (const wrong of ['minio:9000', 'ftp://minio', `http://user:${SECRET}@minio:9000`]) {
      assert.throws(
        () => readConfig({ S3_ENDPOINT: wrong }),
        (error) => error instanceof ConfigError && !error.message.includes(SECRET),
        wrong,
      );
    }
    assert.equal(readConfig({ ASSET_STORE: 's3://media' }).assetStore, 's3://media');
    assert.deepEqual(parseS3Url('s3://media'), { bucket: 'media', prefix: '' });
    assert.deepEqual(parseS3Url('s3://media//a/b//'), { bucket: 'media', prefix: 'a/b/' });
  });
});
