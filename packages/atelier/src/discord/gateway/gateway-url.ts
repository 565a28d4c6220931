/**
 * The address to connect to, with the query that every connection carries, resumed ones too. Throws `TypeError` for what is no
 * WebSocket URL. Source: discord-api-docs, connecting.
 */
export function toGatewayUrl(base: string): URL {
  const url = new URL(base);
  if (!isWebSocketUrl(url)) throw new TypeError(`not a WebSocket URL: ${url.protocol}//${url.host}`);
  url.search = 'v=9&encoding=json&compress=zlib-stream';
  url.hash = '';
  return url;
}

/**
 * Where to resume: at the address that READY named, or at `base` when there is none, when it would send our token in the clear
 * where it was encrypted before, and at every third try in a row that nobody answered, because that host may be gone for good.
 */
export function toResumeUrl(resumeUrl: string | null, base: URL, unanswered: number): URL {
  const url = resumeUrl === null || unanswered % 3 === 2 ? null : URL.parse(resumeUrl);
  if (!url || !isWebSocketUrl(url)) return base;
  return base.protocol === 'wss:' && url.protocol !== 'wss:' ? base : toGatewayUrl(url.href);
}

const isWebSocketUrl = (url: URL): boolean => url.protocol === 'wss:' || url.protocol === 'ws:';
