import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Cancel, Clock } from '@atelier/lib/clock';

/** Takes Discord off the network: its port refuses connections, and the open ones are cut. Sessions stay and can be resumed. */
export interface Outage {
  /** Resolves when the port refuses connections; null: until `end`. */
  begin(forMs: number | null): Promise<void>;
  /** Resolves when the same port listens again; at once if it does. */
  end(): Promise<void>;
  /** No return from an outage: the simulator closes. */
  dispose(): void;
}

export interface OutageDependencies {
  clock: Clock;
  server: Server;
  /** Cuts the WebSocket connections, which the HTTP server does not know. */
  cutSockets: () => void;
  onError: (error: unknown) => void;
}

export function createOutage({ clock, server, cutSockets, onError }: OutageDependencies): Outage {
  /** The address of the server while it does not listen. */
  let left: { address: string; port: number } | null = null;
  let cancelReturn: Cancel = () => undefined;
  let listening: Promise<unknown> = Promise.resolve();
  const end = async (): Promise<void> => {
    cancelReturn();
    if (left) {
      const { address: host, port } = left;
      left = null;
      server.listen({ host, port });
      listening = once(server, 'listening');
    }
    await listening;
  };
  return {
    async begin(forMs) {
      cancelReturn();
      if (forMs !== null) cancelReturn = clock.after(forMs, () => void end().catch(onError));
      const address = server.address();
      if (left || address === null || typeof address === 'string') return;
      left = address;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      cutSockets();
      await closed;
    },
    end,
    dispose() {
      cancelReturn();
      left = null;
    },
  };
}
