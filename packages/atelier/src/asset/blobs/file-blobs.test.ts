import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testBlobStore } from './blob-store.conformance.ts';
import { createFileBlobs } from './file-blobs.ts';

testBlobStore('file system', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-blobs-'));
  return { blobs: createFileBlobs(folder), close: () => rm(folder, { recursive: true }) };
});
