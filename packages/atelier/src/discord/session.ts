import { Agent, type Dispatcher } from 'undici';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { createSlidingWindow } from '@atelier/lib/sliding-window';
import { DiscordFatalError, type DiscordEndpoints, type DiscordSession, type Presence, type SessionEvent } from './discord.ts';
import { CLOSE_AUTHENTICATION_FAILED } from './gateway/close-codes.ts';
import { createGatewayClient } from './gateway/gateway.ts';
import type { OpenConnection } from './gateway/socket.ts';
import { DEFAULT_LIMITS, type SessionLimits } from './limits.ts';
import { createRestClient, type RestClient } from './rest/client.ts';
import { createRateLimiter } from './rest/rate-limiter.ts';
import { createRoutes } from './rest/routes.ts';
import { createClockSkew, createSend } from './rest/send.ts';
import { createSessionToken, type SessionToken } from './token.ts';

/** The command index of a large server has a few megabytes. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;

interface DiscordSessionDeps {
  /** A user's token as Discord issued it, without a prefix. READY may replace it. */
  token: string;
  endpoints: DiscordEndpoints;
  clock: Clock;
  log: Log;
  /** How the account appears to others. Default: `online`. */
  presence?: Presence;
  /** 0 to 1; spreads out heartbeats and retries. */
  random?: () => number;
  /** For HTTP, shared between sessions and closed by the caller. Default: the session opens and closes its own. */
  dispatcher?: Dispatcher;
  /** For the gateway. Default: a direct connection. */
  openConnection?: OpenConnection;
  limits?: Partial<SessionLimits>;
}

/**
 * A Discord session that has sent nothing yet: the gateway connection opens with the first `ready`.
 *
 * When Discord refuses the token, at the gateway (4004) or in REST (a 401 that GET /users/@me confirms), the whole session ends: every later REST call rejects with
 * status 401 and the `DiscordFatalError` as its cause, and is not sent. A 401 without that cause concerns its own call alone. After `close`, REST calls reject with status 0.
 */
export function createDiscordSession(deps: DiscordSessionDeps): DiscordSession {
  const { endpoints, clock, log } = deps;
  const random = deps.random ?? Math.random;
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  const closing = new AbortController();
  const dispatcher = deps.dispatcher ?? new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS } });
  const listeners = new Set<(event: SessionEvent) => void>();
  let tokenRefused: DiscordFatalError | null = null;
  let closed: Promise<void> | null = null;

  let connectError: unknown = null;
  const emit = (event: SessionEvent): void => {
    if (event.type === 'unreachable') connectError = event.error;
    if (event.type === 'ready' || event.type === 'resumed') connectError = null;
    if (event.type === 'fatal' && event.error.closeCode === CLOSE_AUTHENTICATION_FAILED) tokenRefused = event.error;
    notify(listeners, event, log);
  };
  const tokens = createSessionToken({ token: deps.token, onChanged: (token) => emit({ type: 'token', token }) });
  const shared = { tokens, endpoints, clock, log, random, limits };
  const { client, clockSkewMs } = createLimitedClient({
    ...shared,
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
  const gateway = createGatewayClient({
    ...shared,
    presence: deps.presence ?? 'online',
    openConnection: deps.openConnection,
    findUrl,
    emit,
  });

  const close = async (): Promise<void> => {
    closing.abort(new DOMException('the Discord session was closed', 'AbortError'));
    await gateway.close();
    if (!deps.dispatcher) await dispatcher.destroy();
  };

  return {
    ...routes,
    clockSkewMs,
    connectError: () => connectError,
    ready: gateway.ready,
    watchGuilds: gateway.watchGuilds,
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close: () => (closed ??= close()),
  };
}

function notify(listeners: Iterable<(event: SessionEvent) => void>, event: SessionEvent, log: Log): void {
  for (const listener of listeners) {
    try {
      listener(event);
    } catch (error) {
      log.error({ err: error, event: event.type }, 'unhandled error in a listener of Discord events');
    }
  }
}

/** A REST client that retries, that keeps Discord's rate limits, and that reads Discord's clock. */
function createLimitedClient(
  deps: Required<Omit<DiscordSessionDeps, 'limits' | 'token' | 'presence' | 'openConnection'>> & {
    tokens: SessionToken;
    limits: SessionLimits;
    signal: AbortSignal;
    refusal: () => Error | null;
    onUnauthorized: () => void;
  },
): { client: RestClient; clockSkewMs: () => number | null } {
  const { limits, endpoints, ...parts } = deps;
  const send = createSend({ ...parts, maxRetries: limits.maxRetries, maxAnswerBytes: MAX_ANSWER_BYTES });
  const skew = createClockSkew({ clock: deps.clock, send });
  const sendLimited = createRateLimiter({
    ...parts,
    send: skew.send,
    maxWaits: limits.maxRateLimitWaits,
    maxWaitMs: limits.maxRateLimitWaitMs,
  });
  const { requestTimeoutMs, uploadTimeoutMs } = limits;
  const client = createRestClient({ ...parts, baseUrl: endpoints.restUrl, requestTimeoutMs, uploadTimeoutMs, send, sendLimited });
  return { client, clockSkewMs: skew.skewMs };
}
