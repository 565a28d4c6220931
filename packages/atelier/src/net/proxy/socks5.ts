import { isIPv4, isIPv6, type Socket } from 'node:net';
import type { Proxy } from './proxy.ts';

const VERSION = 5;
const METHOD = { none: 0, password: 2 } as const;
const CONNECT = 1;
const ADDRESS = { ipv4: 1, name: 3, ipv6: 4 } as const;

/** Source: rfc, 1928 SOCKS5. */
const REFUSALS: Readonly<Record<number, string>> = {
  1: 'general failure',
  2: 'not allowed by its rules',
  3: 'network unreachable',
  4: 'host unreachable',
  5: 'connection refused',
  6: 'time to live expired',
  7: 'command not supported',
  8: 'address type not supported',
};

/**
 * Asks a SOCKS5 proxy for a connection to `target`; afterwards the socket leads there. A name is passed on as a name: the proxy resolves it. Rejects with an Error
 * that holds neither user nor password; then the socket is of no use. Source: rfc, 1928 SOCKS5; rfc, 1929 user and password.
 */
export async function connectBySocks5(
  socket: Socket,
  target: { host: string; port: number },
  credentials: Proxy['credentials'],
): Promise<void> {
  const methods = credentials ? [METHOD.none, METHOD.password] : [METHOD.none];
  socket.write(Buffer.from([VERSION, methods.length, ...methods]));
  const [version, method] = await read(socket, 2);
  if (version !== VERSION) throw new Error('it does not speak SOCKS5');
  if (method === METHOD.password && credentials) await authenticate(socket, credentials);
  else if (method !== METHOD.none) throw new Error(credentials ? 'it accepts no user and password' : 'it wants a user and a password');

  socket.write(Buffer.concat([Buffer.from([VERSION, CONNECT, 0]), toAddress(target.host), toPort(target.port)]));
  const [, reply, , addressType] = await read(socket, 4);
  if (reply !== 0) throw new Error(`it refused the connection: ${REFUSALS[reply ?? -1] ?? `reply ${reply}`}`);
  // The address that the proxy connects from is of no interest.
  await read(socket, (await addressLength(socket, addressType)) + 2);
}

async function authenticate(socket: Socket, credentials: NonNullable<Proxy['credentials']>): Promise<void> {
  const [user, password] = [credentials.user, credentials.password].map((text) => Buffer.from(text));
  if (!user || !password || user.length > 255 || password.length > 255) throw new Error('user or password is longer than 255 bytes');
  socket.write(Buffer.concat([Buffer.from([1, user.length]), user, Buffer.from([password.length]), password]));
  const [, status] = await read(socket, 2);
  if (status !== 0) throw new Error('it refused the user or the password');
}

function toAddress(host: string): Buffer {
  if (isIPv4(host)) return Buffer.from([ADDRESS.ipv4, ...host.split('.').map(Number)]);
  if (isIPv6(host)) return Buffer.from([ADDRESS.ipv6, ...toIpv6Bytes(host)]);
  const name = Buffer.from(host);
  if (name.length > 255) throw new Error('the host name is longer than 255 bytes');
  return Buffer.concat([Buffer.from([ADDRESS.name, name.length]), name]);
}

/** The 16 bytes of an address that the URL parser has written in its short form: groups of hexadecimal digits, at most one `::`. */
function toIpv6Bytes(host: string): number[] {
  const [before = [], after = []] = host.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

const toPort = (port: number): Buffer => Buffer.from([port >> 8, port & 0xff]);

async function addressLength(socket: Socket, type: number | undefined): Promise<number> {
  if (type === ADDRESS.ipv4) return 4;
  if (type === ADDRESS.ipv6) return 16;
  if (type !== ADDRESS.name) throw new Error('its answer cannot be read');
  return (await read(socket, 1))[0] ?? 0;
}

/** Exactly `length` bytes; whatever follows stays in the socket. Rejects when the socket ends before. */
function read(socket: Socket, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      socket.off('readable', onReadable);
      socket.off('error', onError);
      socket.off('close', onClose);
      socket.off('end', onClose);
    };
    const onReadable = (): void => {
      const bytes = socket.read(length) as Buffer | null;
      if (bytes === null) return;
      stop();
      if (bytes.length === length) resolve(bytes);
      else reject(new Error('it closed the connection'));
    };
    const onError = (error: Error): void => {
      stop();
      reject(error);
    };
    const onClose = (): void => onError(new Error('it closed the connection'));
    socket.on('readable', onReadable);
    socket.on('error', onError);
    socket.on('close', onClose);
    socket.on('end', onClose);
    onReadable();
  });
}
