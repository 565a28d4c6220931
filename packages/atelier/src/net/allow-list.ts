import { isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { isInBlock, parseBlock, toCanonicalAddress, type AddressBlock } from './addresses.ts';

/** Addresses and hosts that the operator allows beyond the public internet. The general policy decides on all others. */
export interface AllowList {
  /** True if an entry names this host: then every address of the host is allowed. */
  hasHost(host: string, port: number): boolean;
  /** True if an entry covers this canonical address. */
  hasAddress(address: string, port: number): boolean;
  /** True if an entry names this host or address together with this port: then a refused port is allowed too. */
  hasPort(host: string, port: number): boolean;
}

/** One entry of the list. An undefined `port` means every port. */
type AllowedTarget = { port: number | undefined } & ({ block: AddressBlock } | { host: string });

const isMatch = (entry: AllowedTarget, port: number): boolean => entry.port === undefined || entry.port === port;

/**
 * Reads `CALLBACK_ALLOW`. Entries are CIDRs (`10.0.0.0/8`), addresses (`::1`), host names (`hooks.internal`), and the last two
 * with a port (`10.0.0.5:8080`, `[::1]:8080`, `hooks.internal:25`). Throws an Error that names the first malformed entry.
 */
export function parseAllowList(texts: readonly string[]): AllowList {
  const entries = texts
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map(parseEntry);
  return {
    hasHost: (host, port) => entries.some((entry) => 'host' in entry && entry.host === host && isMatch(entry, port)),
    hasAddress: (address, port) => entries.some((entry) => 'block' in entry && isMatch(entry, port) && isInBlock(address, entry.block)),
    hasPort: (host, port) =>
      entries.some((entry) => entry.port === port && ('host' in entry ? entry.host === host : isAddressIn(host, entry.block))),
  };
}

function isAddressIn(host: string, block: AddressBlock): boolean {
  const address = toCanonicalAddress(host);
  return address !== undefined && isInBlock(address, block);
}

function parseEntry(text: string): AllowedTarget {
  const withPort = isIPv6(text) ? undefined : /^(.+):(\d{1,5})$/.exec(text);
  const host = (withPort?.[1] ?? text).replace(/^\[(.*)\]$/, '$1');
  const port = withPort ? Number(withPort[2]) : undefined;
  const refuse = (cause?: unknown): never => {
    throw new Error(`neither a CIDR nor an address or host name with or without a port: ${JSON.stringify(text)}`, { cause });
  };
  if (port !== undefined && (port > 65_535 || host.includes('/'))) return refuse();
  if (host.includes('/')) {
    try {
      return { port, block: parseBlock(host) };
    } catch (error) {
      return refuse(error);
    }
  }
  const address = toCanonicalAddress(host);
  if (address !== undefined) return { port, block: parseBlock(address) };
  const name = domainToASCII(host).replace(/\.$/, '');
  return /^[a-z0-9._-]+$/.test(name) && isIP(name) === 0 ? { port, host: name } : refuse();
}
