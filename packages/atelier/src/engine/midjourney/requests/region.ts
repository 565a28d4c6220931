import type { JsonObject } from '@atelier/lib/json';

/** What Vary (Region) changes and into what. */
export interface Region {
  /** Base64 of a picture: white where Midjourney is to paint anew. A `data:` URL is taken as well. */
  mask: string;
  /** Null: the picture's own prompt. */
  prompt: string | null;
}

/**
 * The request of Midjourney's editor page to its own host, which stands in for a click in it. Nobody has published how that host
 * judges requests, so all of this is inferred from clients in use: the token in the path and a body of mask and prompt as the
 * newest of them sends it, with the fields that older ones put beside them. Should Midjourney change it, this is the only place.
 * Source: discord-midjourney, 3.5; Mutiny-SDK (2026), trueai-org/midjourney-proxy.
 */
export function regionRequest(customId: string, { mask, prompt }: Region): { path: string; body: JsonObject } {
  const token = customId.replace(/^MJ::iframe::/, '');
  return {
    path: `/.proxy/inpaint/api/submit-job/${encodeURIComponent(token)}`,
    body: { customId: token, mask: mask.replace(/^data:[^,]*,/, '').trim(), prompt: prompt ?? '', userId: '0', username: '0' },
  };
}
