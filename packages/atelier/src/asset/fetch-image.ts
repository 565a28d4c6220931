import { buffer } from 'node:stream/consumers';
import type { CallerPicture } from '../core/asset.ts';
import { UrlFetchError, type UrlGuard } from '../core/url-guard.ts';
import { measurePicture } from './collect.ts';

const MAX_BYTES = 20 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
/** Source: linkr, imagine, `reference_image`. */
const EXTENSIONS: Record<string, string> = { jpeg: 'jpg', png: 'png', webp: 'webp', gif: 'gif' };

/** The picture in these bytes, by its own type; or the type that is not accepted, null for bytes that are no picture. */
export async function identifyPicture(bytes: Uint8Array): Promise<CallerPicture | { refusedType: string | null }> {
  const measured = await measurePicture(bytes).catch(() => undefined);
  if (!measured) return { refusedType: null };
  const extension = EXTENSIONS[measured.format];
  if (extension === undefined) return { refusedType: measured.format };
  return { bytes, contentType: `image/${measured.format}`, filename: `image.${extension}` };
}

/** Fetches a picture by its URL, through the URL guard. The server's `content-type` is ignored. Rejects with `UrlFetchError`. */
export function createImageFetcher(guard: Pick<UrlGuard, 'fetch'>): (url: string) => Promise<CallerPicture> {
  return async (url) => {
    const file = await guard.fetch(url, { maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS });
    const picture = await identifyPicture(await buffer(file.body));
    if (!('refusedType' in picture)) return picture;
    const { refusedType } = picture;
    throw new UrlFetchError(
      'status',
      refusedType === null ? 'There is no picture at this URL' : `Pictures of type ${refusedType} are not accepted`,
    );
  };
}
