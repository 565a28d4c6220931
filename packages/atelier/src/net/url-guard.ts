import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { buildConnector } from 'undici';
import { JobError } from '../core/errors.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { AddressBlockedError, isPublicAddress, toCanonicalAddress } from './addresses.ts';
import { parseAllowList, type AllowList } from './allow-list.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import { isRefusedPort, portOf } from './ports.ts';
import { createResolve, type Resolve } from './resolve.ts';
import type { UrlGuard } from '../core/url-guard.ts';

/** The guard with the means to open connections under it, for code that sends its own requests. */
export interface ConnectionGuard extends UrlGuard {
  /**
   * The addresses that a connection for this URL may use now, canonical, at least one. Rejects with `AddressBlockedError` when the
   * host has addresses and all are refused, with the resolver's error when it has none.
   */
  addressesOf(url: URL): Promise<readonly string[]>;
  /**
   * A connector for undici that connects to those addresses and to nothing else. The host name stays what TLS (SNI, certificate) and the
   * Host header are about. Aborting `signal` destroys the socket at any stage, also long after it was handed over.
   */
  connector(signal: AbortSignal): buildConnector.connector;
}

export interface UrlGuardDeps {
  /** The entries of `CALLBACK_ALLOW`; a malformed one throws here. */
  allow: readonly string[];
  clock: Clock;
  log?: Log;
  resolve?: Resolve;
}

const MAX_URL_LENGTH = 2_048;

/** How long the answers for one name are used again: a burst of callbacks asks once, a changed record counts a second later. */
const ANSWERS_KEPT_MS = 1_000;
const MAX_NAMES_KEPT = 2_000;

/** How long one of several addresses is tried before the next one is. */
const ADDRESS_ATTEMPT_TIMEOUT_MS = 500;

const HINT = 'The operator can open it with CALLBACK_ALLOW.';

/** Guards every URL that comes from outside: the rules are in url-policy.ts and addresses.ts, the exceptions in `allow`. */
export function createUrlGuard(deps: UrlGuardDeps): ConnectionGuard {
  const allowList = parseAllowList(deps.allow);
  const answersOf = createAnswers(deps.resolve ?? createResolve(), deps.clock);
  const isAllowed = (address: string, port: number): boolean => isPublicAddress(address) || allowList.hasAddress(address, port);

  async function allowedAddresses(host: string, port: number): Promise<readonly string[]> {
    if (isRefusedPort(port) && !allowList.hasPort(host, port)) throw new AddressBlockedError(`Port ${port} is never used.`);
    const literal = toCanonicalAddress(host);
    const answers = literal === undefined ? await answersOf(host) : [literal];
    const addresses = answers.flatMap((answer) => toCanonicalAddress(answer) ?? []);
    const allowed = allowList.hasHost(host, port) ? addresses : addresses.filter((address) => isAllowed(address, port));
    if (allowed.length > 0) return allowed;
    deps.log?.warn({ host, port, addresses }, 'connection refused by address policy');
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
        const connect = buildConnector({
          signal,
          lookup: lookupFor(port),
          autoSelectFamily: true,
          autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_TIMEOUT_MS,
          maxCachedSessions: 0,
          timeout: 0,
        });
        if (isIP(options.hostname) === 0) connect(options, callback);
        // Node asks no lookup about a literal (nodejs/undici #2019).
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

/** The host of a URL as connections name it: no brackets. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

/** The URL in WHATWG form without a dot at the end of its host; throws `JobError('url-refused')` for what its form alone forbids. */
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
  if (isRefusedPort(port) && !allowList.hasPort(host, port)) throw refuse(`Port ${port} is never used. ${HINT}`);
  const address = toCanonicalAddress(host) ?? (/(^|\.)localhost$/.test(host) ? '127.0.0.1' : undefined);
  const isOpen = address === undefined || isPublicAddress(address) || allowList.hasAddress(address, port) || allowList.hasHost(host, port);
  if (!isOpen) throw refuse(`${host} is not an address of the public internet. ${HINT}`);
  return url.href;
}

/** Asks `resolve`, sharing each name's answers (failures too) for a second. */
function createAnswers(resolve: Resolve, clock: Clock): Resolve {
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
