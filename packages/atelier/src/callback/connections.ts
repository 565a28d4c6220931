import { Client } from 'undici';
import type { ConnectionGuard } from '../net/url-guard.ts';

/** One connection to one origin, used by one attempt at a time. */
export interface Connection {
  readonly client: Client;
  /** Closes it in any state, name resolution and handshake included. A request on it fails with `reason`. */
  destroy(reason?: Error): void;
}

export interface Connections {
  /** An idle connection to one of `addresses`, or else a new one that connects with its first request. */
  take(origin: string, addresses: readonly string[]): Connection;
  /** Keeps a connection for the next attempt to the same origin. Its answer must have been read to the end. */
  keep(origin: string, connection: Connection): void;
  close(): void;
}

interface PooledConnection extends Connection {
  address: string | undefined;
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
  /** By origin, the most recently used connection last. */
  const idle = new Map<string, PooledConnection[]>();
  const known = new WeakMap<Connection, PooledConnection>();
  let idleCount = 0;

  /** Removes an idle connection. False if it was in use. */
  function remove(origin: string, connection: PooledConnection): boolean {
    const others = idle.get(origin) ?? [];
    const index = others.indexOf(connection);
    if (index < 0) return false;
    others.splice(index, 1);
    idleCount -= 1;
    if (others.length === 0) idle.delete(origin);
    return true;
  }

  return {
    take(origin, addresses) {
      for (const connection of (idle.get(origin) ?? []).toReversed()) {
        remove(origin, connection);
        if (connection.address !== undefined && addresses.includes(connection.address)) return connection;
        connection.destroy();
      }
      const connection = openConnection(guard, origin, () => {
        // While in use, the client fails its request, or connects again if the request was not written yet.
        if (remove(origin, connection)) connection.destroy();
      });
      known.set(connection, connection);
      return connection;
    },
    keep(origin, connection) {
      const pooled = known.get(connection);
      if (!pooled || pooled.client.destroyed || idleCount >= MAX_IDLE) return connection.destroy();
      const others = idle.get(origin);
      if (others) others.push(pooled);
      else idle.set(origin, [pooled]);
      idleCount += 1;
    },
    close() {
      for (const connection of [...idle.values()].flat()) connection.destroy();
      idle.clear();
      idleCount = 0;
    },
  };
}

/** A new connection with a client of its own, which connects with the first request. */
function openConnection(guard: Pick<ConnectionGuard, 'connector'>, origin: string, onDisconnect: () => void): PooledConnection {
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
  const connection: PooledConnection = {
    client,
    address: undefined,
    destroy(reason) {
      client.destroy(reason ?? null).catch(() => {});
      lifetime.abort();
    },
  };
  client.on('disconnect', onDisconnect);
  return connection;
}
