import type { DiscordFatalError, SessionEvent, SessionInfo } from '../discord.ts';
import { createGuildWatch } from './guild-watch.ts';
import { keepConnected, type ReconnectDeps } from './reconnect.ts';

export interface GatewayClient {
  /** Resolves with the user once a connection is live; opens the first connection. Rejects when the client has ended, or when aborted. */
  ready(signal?: AbortSignal): Promise<SessionInfo>;
  /** Asks for the events of these guilds, now and after every READY and RESUMED. */
  watchGuilds(guildIds: readonly string[]): void;
  /** Ends the client with a `fatal` event and then closes an open connection. Does nothing when the client has ended. */
  fail(error: DiscordFatalError): void;
  /** Ends the client without an event. Resolves when the last connection is gone. */
  close(): Promise<void>;
}

/** Keeps one gateway session alive until it is closed or Discord refuses it. */
export function createGatewayClient(deps: Omit<ReconnectDeps, 'fail' | 'guilds'>): GatewayClient {
  const guilds = createGuildWatch();
  const ending = new AbortController();
  const waiting = new Set<PromiseWithResolvers<SessionInfo>>();
  let info: SessionInfo | null = null;
  let isLive = false;
  let running: Promise<void> | null = null;
  let endReason: Error | null = null;

  const emit = (event: SessionEvent): void => {
    if (event.type === 'ready') info = event.info;
    if (event.type === 'ready' || event.type === 'resumed') isLive = true;
    if (event.type === 'disconnected') isLive = false;
    deps.emit(event);
    if (!isLive || !info) return;
    for (const waiter of waiting) waiter.resolve(info);
    waiting.clear();
  };
  const end = (reason: Error): void => {
    endReason = reason;
    ending.abort(reason);
    for (const waiter of waiting) waiter.reject(reason);
    waiting.clear();
  };
  const fail = (error: DiscordFatalError): void => {
    if (endReason) return;
    deps.log.error(
      { closeCode: error.closeCode },
      'gateway session refused by Discord, not connecting again: check the token of the account',
    );
    end(error);
    emit({ type: 'fatal', error });
  };

  return {
    async ready(signal) {
      signal?.throwIfAborted();
      if (endReason) throw endReason;
      if (isLive && info) return info;
      running ??= keepConnected({ ...deps, guilds, emit, fail }, ending.signal);
      const waiter = Promise.withResolvers<SessionInfo>();
      const onAbort = (): void => waiter.reject(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      waiting.add(waiter);
      try {
        return await waiter.promise;
      } finally {
        waiting.delete(waiter);
        signal?.removeEventListener('abort', onAbort);
      }
    },
    watchGuilds: guilds.add,
    fail,
    async close() {
      if (!endReason) end(new DOMException('the Discord session was closed', 'AbortError'));
      await running;
    },
  };
}
