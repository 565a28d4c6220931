/** A proxy as the operator names it. */
export interface Proxy {
  readonly kind: 'http' | 'https' | 'socks5';
  readonly host: string;
  readonly port: number;
  /** Null: the proxy asks for no user. */
  readonly credentials: { readonly user: string; readonly password: string } | null;
}

/** `socks5h` and `socks` are other names that programs have for SOCKS5 with names resolved at the proxy, which is the only way here. */
const KINDS: Readonly<Record<string, { kind: Proxy['kind']; port: number }>> = {
  'http:': { kind: 'http', port: 80 },
  'https:': { kind: 'https', port: 443 },
  'socks5:': { kind: 'socks5', port: 1080 },
  'socks5h:': { kind: 'socks5', port: 1080 },
  'socks:': { kind: 'socks5', port: 1080 },
};

/** Reads `http://user:password@host:port`. Throws an Error that names the expected form and repeats nothing of the text, which may hold a password. */
export function parseProxy(text: string): Proxy {
  const url = URL.parse(text.trim());
  const known = url ? KINDS[url.protocol] : undefined;
  const hasMore = url !== null && (url.pathname.replace('/', '') !== '' || url.search !== '' || url.hash !== '');
  if (!url || !known || url.hostname === '' || hasMore) {
    throw new Error('expected http://, https:// or socks5://, a host and a port, with user:password@ where the proxy wants it');
  }
  const [user, password] = [url.username, url.password].map(decode);
  if (user === undefined || password === undefined) throw new Error('expected a user and a password in percent encoding');
  return {
    kind: known.kind,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? known.port : Number(url.port),
    credentials: user === '' && password === '' ? null : { user, password },
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Kind, host and port, for logs. Without user and password. */
export const describeProxy = ({ kind, host, port }: Proxy): string => `${kind}://${toAuthority({ host, port })}`;

/** `host:port`, with brackets around an IPv6 address. */
export const toAuthority = ({ host, port }: { host: string; port: number }): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/**
 * Returns true if the list of `NO_PROXY` names this host: `*`, a host with its subdomains (`example.com`, `.example.com`), an address, each perhaps with a port.
 * Entries are separated by commas or spaces. Source: curl, NO_PROXY.
 */
export function isExemptFromProxy(noProxy: string, { host, port }: { host: string; port: number }): boolean {
  const wanted = host.toLowerCase().replace(/\.$/, '');
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, bracketed, plain, entryPort] = /^(?:\[(.+)\]|(.+?))(?::(\d+))?$/.exec(entry) ?? [];
      if (entry.includes('::') && !bracketed) return entry === wanted;
      const name = (bracketed ?? plain ?? '').replace(/^\*?\./, '');
      return (entryPort === undefined || Number(entryPort) === port) && (wanted === name || wanted.endsWith(`.${name}`));
    });
}
