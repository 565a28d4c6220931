import type { BlobDriver, OpenBlobs, OpenBlobStore } from './driver.ts';
import { fileDriver, type FileBlobSettings } from './file-blobs.ts';
import { s3Driver, type S3BlobSettings } from './s3-driver.ts';

/** The settings of all drivers, and the value of `ASSET_STORE` that chooses one of them. */
export interface BlobSettings extends FileBlobSettings, S3BlobSettings {
  assetStore: string;
}

/** Every kind of blob store. A new kind is one file with a `BlobDriver`, a row here, and its settings in `config/settings/files.ts`. */
const BLOB_DRIVERS: Readonly<Record<string, BlobDriver<BlobSettings>>> = {
  fs: fileDriver,
  s3: s3Driver,
};

const PROBE_TIMEOUT_MS = 10_000;

/** Opens the blob store of the settings. Rejects with `BlobStoreError` when it cannot be used. */
export async function openBlobs(settings: BlobSettings, probeTimeoutMs = PROBE_TIMEOUT_MS): Promise<OpenBlobs> {
  return recognise(settings.assetStore)(settings, probeTimeoutMs);
}

/** Reads `ASSET_STORE`: the value itself. Throws when no driver recognises it. */
export function readAssetStore(text: string): string {
  recognise(text);
  return text;
}

function recognise(assetStore: string): OpenBlobStore<BlobSettings> {
  const drivers = Object.values(BLOB_DRIVERS);
  for (const driver of drivers) {
    const open = driver.recognise(assetStore);
    if (open) return open;
  }
  const forms = drivers.flatMap(({ form }) => form ?? []);
  throw new Error(`expected ${forms.join(', or ')}`);
}
