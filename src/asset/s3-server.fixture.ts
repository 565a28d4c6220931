import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';
import type { S3Settings } from './s3-blobs.ts';

export interface S3Server {
  url: string;
  settings: S3Settings;
  /** Its sockets: for tests that break or count connections. */
  http: Server;
  /** Keys of the bucket, prefix and all. */
  keys(): Promise<string[]>;
  close(): Promise<void>;
}

export const S3_CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
const OBJECT_SUFFIX = '._S3rver_object';

/** An S3 service on a free port of loopback, with an empty bucket, that lives in a folder of its own. */
export async function startS3Server(bucket = 'media'): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'atelier-s3-'));
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    directory,
    silent: true,
    vhostBuckets: false,
    configureBuckets: [{ name: bucket, configs: [] }],
  });
  const { port } = await server.run();
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    settings: { bucket, prefix: 'atelier/', endpoint: url, region: 'us-east-1', pathStyle: true, credentials: S3_CREDENTIALS },
    http: server.httpServer,
    async keys() {
      const files = await readdir(join(directory, bucket), { recursive: true });
      return files.filter((path) => path.endsWith(OBJECT_SUFFIX)).map((path) => path.slice(0, -OBJECT_SUFFIX.length));
    },
    async close() {
      server.httpServer.closeAllConnections();
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
