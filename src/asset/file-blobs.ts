import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { randomId } from '../lib/ids.ts';
import type { BlobStore } from './asset.ts';

const KEY = /^[A-Za-z0-9_-]{4,128}$/;

/** Blobs as files below `folder`, two levels deep. A file appears under its name only when it is whole and on the disk. */
export function createFileBlobs(folder: string): BlobStore {
  const pathOf = (key: string): string => {
    if (!KEY.test(key)) throw new Error(`not a blob key: ${JSON.stringify(key)}`);
    return join(folder, key.slice(-2), key);
  };

  return {
    async put(key, bytes) {
      const path = pathOf(key);
      const part = `${path}.${randomId()}.part`;
      await mkdir(dirname(path), { recursive: true });
      try {
        await pipeline(bytes instanceof Uint8Array ? Readable.from([bytes]) : bytes, createWriteStream(part, { flush: true }));
        const { size } = await stat(part);
        await rename(part, path);
        await syncFolder(dirname(path));
        return { bytes: size };
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
    },

    async get(key, range) {
      const path = pathOf(key);
      const found = await stat(path).catch(() => undefined);
      return found?.isFile() ? createReadStream(path, range ?? {}) : undefined;
    },

    async remove(key) {
      await rm(pathOf(key), { force: true });
    },
  };
}

/** Makes a rename survive a power cut: the folder's own entry must reach the disk too. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
