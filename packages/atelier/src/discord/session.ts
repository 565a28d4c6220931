import { Agent, type Dispatcher } from 'undici';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { DiscordFatalError, type DiscordEndpoints, type DiscordSession, type SessionEvent } from './discord.ts';
import { CLOSE_AUTHENTICATION_FAILED } from './gateway/close-codes.ts';
import { createGateway } from './gateway/gateway.ts';
import { createPace, DEFAULT_LIMITS, type SessionLimits } from './limits.ts';
import { createRestClient } from './rest/client.ts';
import { createRateLimiter } from './rest/rate-limiter.ts';
import { createRetry, createSendOnce } from './rest/transport.ts';
import { createRoutes } from './rest/routes.ts';

/** The command index of a large server is a few megabytes. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;

interface DiscordSessionDeps {
  /** A user's token as Discord gave it out, without prefix. */
  token: string;
  endpoints: DiscordEndpoints;
  clock: Clock;
  log: Log;
  /** 0 to 1; spreads out heartbeats and retries. */
  random?: () => number;
  /** For HTTP, shared between sessions and closed by the caller. Left out: the session has one of its own. */
  dispatcher?: Dispatcher;
  limits?: Partial<SessionLimits>;
}

/**
 * A Discord session that has sent nothing yet: the gateway connection opens with the first `ready`.
 *
 * A token that Discord refuses, at the gateway (4004) or in a REST answer (401), ends all of it: from then on every REST call
 * rejects with status 401 without being sent. After `close` they reject with status 0.
 */
export function createDiscordSession(deps: DiscordSessionDeps): DiscordSession {
  const { token, endpoints, clock, log } = deps;
  const random = deps.random ?? Math.random;
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  const closing = new AbortController();
  const dispatcher = deps.dispatcher ?? new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS } });
  const listeners = new Set<(event: SessionEvent) => void>();
  let tokenRefused: DiscordFatalError | null = null;
  let closed: Promise<void> | null = null;

  const emit = (event: SessionEvent): void => {
    if (event.type === 'fatal' && event.error.closeCode === CLOSE_AUTHENTICATION_FAILED) tokenRefused = event.error;
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        log.error({ err: error, event: event.type }, 'a listener of the Discord session failed');
      }
    }
  };

  const { signal } = closing;
  const sendOnce = createSendOnce({ dispatcher, clock, signal, maxAnswerBytes: MAX_ANSWER_BYTES });
  const send = createRetry({ sendOnce, maxRetries: limits.maxRetries, clock, random, log, signal });
  const { maxRateLimitWaits: maxWaits, maxRateLimitWaitMs: maxWaitMs } = limits;
  const client = createRestClient({
    baseUrl: endpoints.restUrl,
    token,
    requestTimeoutMs: limits.requestTimeoutMs,
    uploadTimeoutMs: limits.uploadTimeoutMs,
    sendLimited: createRateLimiter({ send, maxWaits, maxWaitMs, clock, log, signal }),
    send,
    signal,
    refusal: () => tokenRefused,
    onUnauthorized() {
      tokenRefused ??= new DiscordFatalError(CLOSE_AUTHENTICATION_FAILED, 'REST answered 401');
      gateway.fail(tokenRefused);
    },
  });
  const interactionPace = createPace({ clock, max: 1, windowMs: limits.interactionIntervalMs });
  const { gatewayUrl, ...routes } = createRoutes({ client, interactionPace });
  const gateway = createGateway({
    token,
    findUrl: async () => endpoints.gatewayUrl ?? (await gatewayUrl()),
    limits,
    clock,
    log,
    random,
    emit,
  });

  const close = async (): Promise<void> => {
    closing.abort(new DOMException('the Discord session was closed', 'AbortError'));
    await gateway.close();
    if (!deps.dispatcher) await dispatcher.destroy();
  };

  return {
    ...routes,
    ready: (signal) => gateway.ready(signal),
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close: () => (closed ??= close()),
  };
}
