import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { randomId } from '@atelier/lib/ids';
import type { BlobStore } from '../../core/asset.ts';
import { checkBlobKey, type BlobDriver } from './driver.ts';

const READ_BYTES = 256 * 1024;

export interface FileBlobSettings {
  dataFolder: string;
}

/** The folder `assets` below the data folder: used when `ASSET_STORE` is not set. */
export const fileDriver: BlobDriver<FileBlobSettings> = {
  form: null,
  recognise: (assetStore) => {
    if (assetStore !== '') return undefined;
    return async ({ dataFolder }) => ({ blobs: createFileBlobs(join(dataFolder, 'assets')), close: async () => {} });
  },
};

/** Keeps blobs as files below `folder`, two levels deep. A file appears under its name only when it is whole and on the disk. */
export function createFileBlobs(folder: string): BlobStore {
  const pathOf = (key: string): string => join(folder, checkBlobKey(key).slice(-2), key);

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
      const found = await stat(path).catch(unlessMissing);
      if (!found) return undefined;
      if (range && range.end >= found.size) throw new Error(`the file ${key} is shorter than the requested range`);
      return createReadStream(path, { ...range, highWaterMark: READ_BYTES });
    },

    async remove(key) {
      await rm(pathOf(key), { force: true });
    },
  };
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

/** Makes a rename survive a power cut: the entry of the folder must reach the disk too. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
