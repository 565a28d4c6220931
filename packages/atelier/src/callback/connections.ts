import { Client } from 'undici';
import type { ConnectionGuard } from '../net/url-guard.ts';

/** One connection to one origin, used by one attempt at a time. */
export interface Connection {
  readonly client: Client;
  /** Ends it at whatever stage it is, name resolution and handshake included; a request on it fails with `reason`. */
  destroy(reason?: Error): void;
}

export interface Connections {
  /** A connection to one of `addresses`: one kept alive, else a new one that connects with its first request. */
  take(origin: string, addresses: readonly string[]): Connection;
  /** Keeps a connection whose answer was read to its end, for the next attempt to the same origin. */
  keep(origin: string, connection: Connection): void;
  close(): void;
}

interface Kept extends Connection {
  address: string | undefined;
}

/** How long an unused connection stays open. Shorter than the 5 s after which a Node server hangs up, so that hardly any attempt meets a closed one. */
const IDLE_MS = 4_000;
const MAX_IDLE = 256;
/** Enough for any real answer; more is refused as malformed. */
const MAX_HEADER_BYTES = 65_536;

/**
 * Keep-alive with a connection as the unit, in place of a pool that hides it: an attempt that runs out of time ends its own connection and
 * no other, and a connection to an address that its host no longer has is not used again.
 */
export function createConnections(guard: Pick<ConnectionGuard, 'connector'>): Connections {
  /** By origin, the latest used last. */
  const idle = new Map<string, Kept[]>();
  const kept = new WeakMap<Connection, Kept>();
  let idleCount = 0;

  /** Takes a connection out of the idle ones; false when it was not among them. */
  function remove(origin: string, connection: Kept): boolean {
    const others = idle.get(origin) ?? [];
    const index = others.indexOf(connection);
    if (index < 0) return false;
    others.splice(index, 1);
    idleCount -= 1;
    if (others.length === 0) idle.delete(origin);
    return true;
  }

  function open(origin: string): Kept {
    const life = new AbortController();
    const connect = guard.connector(life.signal);
    const client = new Client(origin, {
      connect: (options, callback) =>
        connect(options, (...result) => {
          connection.address = result[1]?.remoteAddress;
          callback(...result);
        }),
      // The attempt's own deadline rules; undici's would be reset by every byte that arrives.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: 2 * IDLE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    const connection: Kept = {
      client,
      address: undefined,
      destroy(reason) {
        client.destroy(reason ?? null).catch(() => {});
        life.abort();
      },
    };
    // In use, the client fails its request, or connects again when the request had not been written.
    client.on('disconnect', () => {
      if (remove(origin, connection)) connection.destroy();
    });
    kept.set(connection, connection);
    return connection;
  }

  return {
    take(origin, addresses) {
      for (const connection of (idle.get(origin) ?? []).toReversed()) {
        remove(origin, connection);
        if (connection.address !== undefined && addresses.includes(connection.address)) return connection;
        connection.destroy();
      }
      return open(origin);
    },
    keep(origin, connection) {
      const known = kept.get(connection);
      if (!known || known.client.destroyed || idleCount >= MAX_IDLE) return connection.destroy();
      const others = idle.get(origin);
      if (others) others.push(known);
      else idle.set(origin, [known]);
      idleCount += 1;
    },
    close() {
      for (const connection of [...idle.values()].flat()) connection.destroy();
      idle.clear();
      idleCount = 0;
    },
  };
}
