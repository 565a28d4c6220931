import ipaddr from 'ipaddr.js';
import { isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

/** A block of addresses, parsed once. */
export type AddressBlock = readonly [address: ipaddr.IPv4 | ipaddr.IPv6, prefixBits: number];

/**
 * IPv4 that is not global unicast. Source: iana, special-purpose addresses; iana, multicast addresses.
 * A few blocks of the registry are globally reachable (anycast of DNS sinks and relays). They host no web server, so they are refused too.
 */
const REFUSED_IPV4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT; also Alibaba's metadata service
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // Azure's host agent: a public address that means the machine's own host
  '169.254.0.0/16', // link-local; the metadata service of most clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // IETF protocol assignments; also Oracle's metadata service
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relay
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
].map(parseBlock);

/**
 * The only IPv6 space that IANA assigns as global unicast. All other space is refused: loopback, `::/96`
 * (IPv4-compatible), both NAT64 prefixes (64:ff9b::/96, 64:ff9b:1::/48), 100::/64, 5f00::/16, fc00::/7 (with the metadata
 * services fd00:ec2::254 and fd20:ce::254), fe80::/10, fec0::/10, ff00::/8. Source: iana, global unicast addresses.
 */
const GLOBAL_IPV6 = parseBlock('2000::/3');

/** Blocks inside `GLOBAL_IPV6` that are not global unicast or carry an IPv4 address. Source: iana, special-purpose addresses. */
const REFUSED_IPV6 = [
  '2001::/23', // IETF protocol assignments: Teredo (2001::/32), benchmarks, ORCHID, …
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
].map(parseBlock);

/** The address policy forbids a connection. The message is safe to show. */
export class AddressBlockedError extends Error {
  override readonly name = 'AddressBlockedError';
}

/** The block of a CIDR or of a single address. Throws for anything else. */
export function parseBlock(text: string): AddressBlock {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/**
 * The address in canonical form, with IPv4-mapped IPv6 unwrapped. Undefined if the text is not a plain address; an address with a zone index is not plain.
 * The URL parser reads IPv6 first, because ipaddr.js takes `::8.8.8.8` for a mapped address.
 */
export function toCanonicalAddress(text: string): string | undefined {
  if (isIP(text) === 4) return text;
  if (isIP(text) === 0 || text.includes('%')) return undefined;
  return ipaddr.process(new URL(`http://[${text}]`).hostname.slice(1, -1)).toString();
}

/** True if a canonical address lies in a block. */
export function isInBlock(address: string, [network, prefixBits]: AddressBlock): boolean {
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && parsed.match(network, prefixBits);
  return network instanceof ipaddr.IPv6 && parsed.match(network, prefixBits);
}

/** True if a canonical address is global unicast: a host on the public internet. */
export function isPublicAddress(address: string): boolean {
  const isIn = (block: AddressBlock): boolean => isInBlock(address, block);
  return isIP(address) === 4 ? !REFUSED_IPV4.some(isIn) : isIn(GLOBAL_IPV6) && !REFUSED_IPV6.some(isIn);
}

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
