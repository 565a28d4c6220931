import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { createLog } from '@atelier/lib/log';
import { testBlobStore } from './blob-store.conformance.ts';
import { createS3Blobs } from './s3-blobs.ts';
import { S3_CREDENTIALS, startS3Server } from './s3-server.fixture.ts';

testBlobStore('S3', async () => {
  const server = await startS3Server();
  const blobs = createS3Blobs(server.settings);
  return {
    blobs,
    close: async () => {
      blobs.close();
      await server.close();
    },
  };
});

test('a refusal of the bucket is logged without the credentials', async () => {
  const server = await startS3Server();
  const credentials = { accessKeyId: 'AKIA-of-nobody', secretAccessKey: 'hunter2-hunter2', sessionToken: 'hunter3-hunter3' };
  const blobs = createS3Blobs({ ...server.settings, credentials });
  const written: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void written.push(line) } });
  const logFailure = async (attempt: Promise<unknown>): Promise<void> => {
    log.error(
      {
        err: await attempt.then(
          () => undefined,
          (error: unknown) => error,
        ),
      },
      'failed',
    );
  };
  await logFailure(blobs.put('blob-refused', Buffer.from('x')));
  await logFailure(blobs.get('blob-refused'));
  await server.stop();
  await logFailure(blobs.put('blob-refused', Readable.from(['x'])));
  assert.match(written.join(), /InvalidAccessKeyId.*ECONNREFUSED/s);
  assert.doesNotMatch(written.join(), /hunter|AKIA/);
  blobs.close();
  await server.close();
});

test('a failed request is repeated, and a stream that the service refuses is closed', async () => {
  let asked = 0;
  const service = createServer((incoming, response) => {
    asked++;
    incoming.resume();
    incoming.on('end', () => response.writeHead(asked < 3 ? 503 : 200, { etag: '"x"' }).end());
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  const { port } = service.address() as AddressInfo;
  const blobs = createS3Blobs({
    bucket: 'media',
    prefix: '',
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    pathStyle: true,
    credentials: S3_CREDENTIALS,
  });
  assert.deepEqual(await blobs.put('blob-later', Buffer.from('xyz')), { bytes: 3 });
  assert.equal(asked, 3);
  service.closeAllConnections();
  service.close();
  const endless = new Readable({ read: () => void endless.push(Buffer.alloc(65_536)) });
  await assert.rejects(blobs.put('blob-endless', endless));
  assert.ok(endless.destroyed);
  blobs.close();
});
