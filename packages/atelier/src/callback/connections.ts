import { Client } from 'undici';
import type { ConnectionGuard } from '../net/url-guard.ts';

/** One connection to one origin, used by one attempt at a time. */
export interface Connection {
  readonly origin: string;
  readonly client: Client;
  /** The address at the other end; undefined until the connection is established. */
  address: string | undefined;
  /** Closes it in any state, name resolution and handshake included. A request on it fails with `reason`. */
  destroy(reason?: Error): void;
}

export interface Connections {
  /** An idle connection to one of `addresses`, or else a new one that connects with its first request. */
  take(origin: string, addresses: readonly string[]): Connection;
  /** Keeps a connection for the next attempt to the same origin. Its answer must have been read to the end. */
  keep(connection: Connection): void;
  close(): void;
}

/** Lifetime of an idle connection. Shorter than the 5 s of a Node server, so that few attempts meet a closed connection. */
const IDLE_MS = 4_000;
const MAX_IDLE = 256;
/** More is refused as malformed. */
const MAX_HEADER_BYTES = 65_536;

/**
 * Keep-alive connections, one a time for each attempt. An attempt that times out closes its own connection and no other, and a connection to an
 * address that its host no longer has is not used again. (undici's pools hide their connections.)
 */
export function createConnections(guard: Pick<ConnectionGuard, 'connector'>): Connections {
  /** The most recently used connection last. */
  const idle = new Set<Connection>();

  function open(origin: string): Connection {
    const connection = openConnection(guard, origin);
    // An idle connection is given up. A client in use fails its request, or connects again if the request was not written yet.
    connection.client.on('disconnect', () => {
      if (idle.delete(connection)) connection.destroy();
    });
    return connection;
  }

  return {
    take(origin, addresses) {
      for (const connection of [...idle].filter((candidate) => candidate.origin === origin).toReversed()) {
        idle.delete(connection);
        if (connection.address !== undefined && addresses.includes(connection.address)) return connection;
        connection.destroy();
      }
      return open(origin);
    },
    keep(connection) {
      if (connection.client.destroyed || idle.size >= MAX_IDLE) connection.destroy();
      else idle.add(connection);
    },
    close() {
      for (const connection of idle) connection.destroy();
      idle.clear();
    },
  };
}

/** A new connection with its own client, which connects with the first request. */
function openConnection(guard: Pick<ConnectionGuard, 'connector'>, origin: string): Connection {
  const lifetime = new AbortController();
  const connect = guard.connector(lifetime.signal);
  const client = new Client(origin, {
    connect: (options, callback) =>
      connect(options, (...result) => {
        connection.address = result[1]?.remoteAddress;
        callback(...result);
      }),
    // The deadline of the attempt counts; undici's time-outs would start again with every byte.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: 2 * IDLE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  const connection: Connection = {
    origin,
    client,
    address: undefined,
    destroy(reason) {
      client.destroy(reason ?? null).catch(() => {});
      lifetime.abort();
    },
  };
  return connection;
}
