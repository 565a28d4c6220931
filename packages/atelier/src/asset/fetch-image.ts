import { buffer } from 'node:stream/consumers';
import { UrlFetchError, type UrlGuard } from '../core/url-guard.ts';
import { measurePicture } from './collect.ts';

/** A picture that a caller named by its URL. */
interface CallerImage {
  bytes: Uint8Array;
  contentType: string;
  filename: string;
}

const MAX_BYTES = 20 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
/** Source: linkr, imagine, `reference_image`. */
const EXTENSIONS: Record<string, string> = { jpeg: 'jpg', png: 'png', webp: 'webp', gif: 'gif' };

/** Fetches a picture by its URL, through the URL guard. Its type is read from its bytes; the server's `content-type` is ignored. */
export function createImageFetcher(guard: Pick<UrlGuard, 'fetch'>): (url: string) => Promise<CallerImage> {
  return async (url) => {
    const file = await guard.fetch(url, { maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS });
    const bytes = await buffer(file.body);
    const { format } = await measurePicture(bytes).catch((cause: unknown) => {
      throw new UrlFetchError('status', 'There is no picture at this URL', { cause });
    });
    const extension = EXTENSIONS[format];
    if (extension === undefined) throw new UrlFetchError('status', `Pictures of type ${format} are not accepted`);
    return { bytes, contentType: `image/${format}`, filename: `image.${extension}` };
  };
}
