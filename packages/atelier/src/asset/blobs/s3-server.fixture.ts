import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';
import type { S3Settings } from './s3-blobs.ts';

export interface S3Server {
  url: string;
  settings: S3Settings;
  /** Keys of the bucket, with their prefix. */
  keys(): Promise<string[]>;
  /** Takes the service down: from now on it refuses connections. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export const S3_CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
const OBJECT_SUFFIX = '._S3rver_object';

/** An S3 service on a free loopback port, with an empty bucket in a temporary folder. */
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
  const stop = async (): Promise<void> => {
    if (!server.httpServer.listening) return;
    server.httpServer.closeAllConnections();
    await server.close();
  };
  return {
    url,
    settings: { bucket, prefix: 'atelier/', endpoint: url, region: 'us-east-1', pathStyle: true, credentials: S3_CREDENTIALS },
    async keys() {
      const files = await readdir(join(directory, bucket), { recursive: true });
      return files.filter((path) => path.endsWith(OBJECT_SUFFIX)).map((path) => path.slice(0, -OBJECT_SUFFIX.length));
    },
    stop,
    async close() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
