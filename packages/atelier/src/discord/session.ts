import { Agent, type Dispatcher } from 'undici';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { createSlidingWindow } from '@atelier/lib/sliding-window';
import { DiscordFatalError, type DiscordEndpoints, type DiscordSession, type SessionEvent } from './discord.ts';
import { CLOSE_AUTHENTICATION_FAILED } from './gateway/close-codes.ts';
import { createGatewayClient } from './gateway/gateway.ts';
import { DEFAULT_LIMITS, type SessionLimits } from './limits.ts';
import { createRestClient, type RestClient } from './rest/client.ts';
import { createRateLimiter } from './rest/rate-limiter.ts';
import { createRoutes } from './rest/routes.ts';
import { createSend } from './rest/send.ts';

/** The command index of a large server has a few megabytes. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;

interface DiscordSessionDeps {
  /** A user's token as Discord issued it, without a prefix. */
  token: string;
  endpoints: DiscordEndpoints;
  clock: Clock;
  log: Log;
  /** 0 to 1; spreads out heartbeats and retries. */
  random?: () => number;
  /** For HTTP, shared between sessions and closed by the caller. Default: the session opens and closes its own. */
  dispatcher?: Dispatcher;
  limits?: Partial<SessionLimits>;
}

/**
 * A Discord session that has sent nothing yet: the gateway connection opens with the first `ready`.
 *
 * When Discord refuses the token, at the gateway (4004) or in a REST answer (401), the whole session ends: every later REST call rejects with status 401 and is not
 * sent. After `close`, REST calls reject with status 0.
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
        log.error({ err: error, event: event.type }, 'unhandled error in a listener of Discord events');
      }
    }
  };
  const client = createLimitedClient({
    token,
    endpoints,
    clock,
    log,
    random,
    limits,
    dispatcher,
    signal: closing.signal,
    refusal: () => tokenRefused,
    onUnauthorized() {
      tokenRefused ??= new DiscordFatalError(CLOSE_AUTHENTICATION_FAILED, 'REST answered 401');
      gateway.fail(tokenRefused);
    },
  });
  const interactionLimit = createSlidingWindow({ clock, max: 1, windowMs: limits.interactionIntervalMs });
  const { gatewayUrl, ...routes } = createRoutes({ client, interactionLimit });
  const findUrl = async (): Promise<string> => endpoints.gatewayUrl ?? (await gatewayUrl());
  const gateway = createGatewayClient({ token, findUrl, limits, clock, log, random, emit });

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

/** A REST client that retries, and that keeps Discord's rate limits. */
function createLimitedClient(
  deps: Required<Omit<DiscordSessionDeps, 'limits'>> & {
    limits: SessionLimits;
    signal: AbortSignal;
    refusal: () => Error | null;
    onUnauthorized: () => void;
  },
): RestClient {
  const { limits, endpoints, ...parts } = deps;
  const send = createSend({ ...parts, maxRetries: limits.maxRetries, maxAnswerBytes: MAX_ANSWER_BYTES });
  const sendLimited = createRateLimiter({ ...parts, send, maxWaits: limits.maxRateLimitWaits, maxWaitMs: limits.maxRateLimitWaitMs });
  const { requestTimeoutMs, uploadTimeoutMs } = limits;
  return createRestClient({ ...parts, baseUrl: endpoints.restUrl, requestTimeoutMs, uploadTimeoutMs, send, sendLimited });
}
