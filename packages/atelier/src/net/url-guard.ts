import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { buildConnector } from 'undici';
import { JobError } from '../core/errors.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { AddressBlockedError, type AllowList, isPublicAddress, parseAllowList, toCanonicalAddress } from './addresses.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import type { Tunnel } from './proxy/tunnel.ts';
import { createResolve, type Resolve } from './resolve.ts';
import type { UrlGuard } from '../core/url-guard.ts';

/** The guard for code that sends its own requests: it also opens checked connections. */
export interface ConnectionGuard extends UrlGuard {
  /**
   * The canonical addresses that a connection for this URL may use now, at least one. Rejects with `AddressBlockedError` if all addresses of the host are
   * refused, and with the resolver's error if the host has no address.
   */
  addressesOf(url: URL): Promise<readonly string[]>;
  /**
   * A connector for undici that connects to these addresses alone. TLS (SNI, certificate) and the Host header keep the host name. Aborting `signal` destroys
   * the socket in any state, also long after undici received it.
   */
  connector(signal: AbortSignal): buildConnector.connector;
}

export interface UrlGuardDeps {
  /** The entries of `CALLBACK_ALLOW`. `createUrlGuard` throws for a malformed entry. */
  allow: readonly string[];
  clock: Clock;
  log?: Log;
  resolve?: Resolve;
  /**
   * The way to a host that is reached through the operator's proxy; undefined for every other host. The proxy resolves the name then, so the addresses of the host are
   * the proxy's affair; the form of the URL is still checked.
   */
  tunnelTo?: (target: { host: string; port: number }) => Pick<Tunnel, 'connector'> | undefined;
}

const MAX_URL_LENGTH = 2_048;

/** Lifetime of the addresses of one name: many callbacks at once cause one lookup, and a changed record takes effect after a second. */
const ANSWERS_KEPT_MS = 1_000;
const MAX_NAMES_KEPT = 2_000;

/** Time for one address to connect before the next address is tried. */
const ADDRESS_ATTEMPT_TIMEOUT_MS = 500;

const HINT = 'The operator can allow it with CALLBACK_ALLOW.';

/** Ports of other protocols, where an HTTP request could be taken for a command. Source: whatwg, bad ports. */
const BROWSER_REFUSED = [
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115, 117,
  119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636,
  989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/** Databases that may obey any client: SQL Server, MySQL, PostgreSQL, Redis, memcached, MongoDB. */
const DATABASES = [1433, 3306, 5432, 6379, 11211, 27017];

const REFUSED_PORTS: ReadonlySet<number> = new Set([...BROWSER_REFUSED, ...DATABASES]);

/** True if a URL from outside may name this port only where the operator allows exactly that host and port. */
const isRefusedPort = (port: number): boolean => REFUSED_PORTS.has(port);

/** The port of a URL, or the default port of its protocol. */
const portOf = (url: URL): number => (url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port));

/** Guards every URL that comes from outside. `checkUrl` and addresses.ts hold the rules, `allow` the exceptions. */
export function createUrlGuard(deps: UrlGuardDeps): ConnectionGuard {
  const allowList = parseAllowList(deps.allow);
  const resolve = createCachedResolve(deps.resolve ?? createResolve(), deps.clock);
  const isAllowed = (address: string, port: number): boolean => isPublicAddress(address) || allowList.hasAddress(address, port);

  async function allowedAddresses(host: string, port: number): Promise<readonly string[]> {
    if (isRefusedPort(port) && !allowList.hasPort(host, port)) throw new AddressBlockedError(`Port ${port} is not allowed.`);
    const literal = toCanonicalAddress(host);
    const answers = literal === undefined ? await resolve(host) : [literal];
    const addresses = answers.flatMap((answer) => toCanonicalAddress(answer) ?? []);
    const allowed = allowList.hasHost(host, port) ? addresses : addresses.filter((address) => isAllowed(address, port));
    if (allowed.length > 0) return allowed;
    deps.log?.warn({ host, port, addresses }, 'connection refused by the address policy; CALLBACK_ALLOW can allow it');
    throw new AddressBlockedError(`${host} leads to no address of the public internet. ${HINT}`);
  }

  const askAddresses = callbackify(allowedAddresses);

  const lookupFor =
    (port: number): LookupFunction =>
    (hostname, options, callback) =>
      askAddresses(hostname, port, (error, addresses) => {
        const [first, ...others] = error ? [] : addresses.map((address) => ({ address, family: isIP(address) }));
        if (first === undefined) callback(error, []);
        else if (options.all) callback(null, [first, ...others]);
        else callback(null, first.address, first.family);
      });

  const guard = {
    check: (text: string): string => checkUrl(text, allowList),
    addressesOf: (url: URL) => allowedAddresses(hostOf(url), portOf(url)),
    connector(signal: AbortSignal): buildConnector.connector {
      return (options, callback) => {
        const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
        const tunnel = deps.tunnelTo?.({ host: options.hostname, port });
        if (tunnel) {
          tunnel.connector(signal)(options, callback);
          return;
        }
        const connect = buildConnector({
          signal,
          lookup: lookupFor(port),
          autoSelectFamily: true,
          autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_TIMEOUT_MS,
          maxCachedSessions: 0,
          timeout: 0,
        });
        if (isIP(options.hostname) === 0) connect(options, callback);
        // Node does not call `lookup` for a literal address (nodejs/undici #2019).
        else
          askAddresses(options.hostname, port, (error) => {
            if (error) callback(error, null);
            else connect(options, callback);
          });
      };
    },
  };
  return { ...guard, fetch: createGuardedFetch({ ...guard, clock: deps.clock }) };
}

/** The host of a URL without the brackets of IPv6. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

/** The URL in WHATWG form without a dot at the end of its host. Throws `JobError('url-refused')` if its form is refused, before any lookup. */
function checkUrl(text: string, allowList: AllowList): string {
  const refuse = (message: string): JobError => new JobError('url-refused', message);
  if (text.length > MAX_URL_LENGTH) throw refuse(`A URL may have at most ${MAX_URL_LENGTH} characters.`);
  if (!URL.canParse(text)) throw refuse('This is not a URL.');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse('Only http and https URLs are used.');
  if (url.username !== '' || url.password !== '') throw refuse('A URL may not hold a user name or a password.');
  url.hostname = url.hostname.replace(/\.$/, '');
  const host = hostOf(url);
  const port = portOf(url);
  if (/^\.|\.\.|\.$/.test(host)) throw refuse('The host of the URL has an empty part.');
  if (isRefusedPort(port) && !allowList.hasPort(host, port)) throw refuse(`Port ${port} is not allowed. ${HINT}`);
  const address = toCanonicalAddress(host) ?? (/(^|\.)localhost$/.test(host) ? '127.0.0.1' : undefined);
  const isOpen = address === undefined || isPublicAddress(address) || allowList.hasAddress(address, port) || allowList.hasHost(host, port);
  if (!isOpen) throw refuse(`${host} is not an address of the public internet. ${HINT}`);
  return url.href;
}

/** Resolves names and keeps each name's addresses, or its failure, for `ANSWERS_KEPT_MS`. */
function createCachedResolve(resolve: Resolve, clock: Clock): Resolve {
  const kept = new Map<string, { askedAtMs: number; answers: Promise<readonly string[]> }>();
  return (hostname) => {
    const known = kept.get(hostname);
    const ageMs = clock.now() - (known?.askedAtMs ?? 0);
    if (known && ageMs >= 0 && ageMs < ANSWERS_KEPT_MS) return known.answers;
    if (kept.size >= MAX_NAMES_KEPT) kept.clear();
    const answers = resolve(hostname);
    kept.set(hostname, { askedAtMs: clock.now(), answers });
    return answers;
  };
}
