import { sleep, type Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { DiscordFatalError, type SessionEvent, type SessionInfo } from '../discord.ts';
import { createPace, toBackoffMs, type SessionLimits } from '../limits.ts';
import { CLOSE_DROPPED } from './close-codes.ts';
import { runConnection, type ConnectionEnd } from './connection.ts';
import { toGatewayUrl, toResumeUrl } from './gateway-url.ts';
import { createSessionState } from './session-state.ts';

/** A connection that was live for so long was a good one: the next wait is a short one again. */
const STABLE_MS = 5_000;
/** One that went live and broke sooner adds to the wait, but only so far: Discord is there, and events are being missed. */
const MAX_LIVE_FAILURES = 2;
/** After so many resumes in a row that were sent and did not work, the session is given up. */
const MAX_FAILED_RESUMES = 3;

/** There was nobody to connect to. */
const NO_CONNECTION: ConnectionEnd = {
  code: CLOSE_DROPPED,
  reason: 'no gateway address',
  wasOpen: false,
  gone: Promise.resolve(),
  recovery: 'resume',
  waitMs: 0,
  heardHello: false,
  liveSinceMs: null,
};

export interface Gateway {
  /** Who we are, once a connection is live; opens the first connection. Rejects when the gateway has ended, or when aborted. */
  ready(signal?: AbortSignal): Promise<SessionInfo>;
  /** Ends it for good with a `fatal` event; a connection that still stands is closed after that. Does nothing when it has ended. */
  fail(error: DiscordFatalError): void;
  /** Ends it quietly; resolves when the last connection is gone. */
  close(): Promise<void>;
}

interface GatewayDeps {
  token: string;
  /** Where to open a new session. */
  findUrl: () => Promise<string>;
  limits: Pick<SessionLimits, 'reconnectBackoff' | 'identifyIntervalMs' | 'invalidSessionWaitMs'>;
  clock: Clock;
  log: Log;
  random: () => number;
  emit: (event: SessionEvent) => void;
}

/** Keeps one gateway session alive until it is closed or Discord refuses it for good. */
export function createGateway(deps: GatewayDeps): Gateway {
  const ending = new AbortController();
  const waiting = new Set<{ resolve: (info: SessionInfo) => void; reject: (reason: unknown) => void }>();
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
    deps.log.error({ closeCode: error.closeCode }, 'Discord ended the session for good');
    end(error);
    emit({ type: 'fatal', error });
  };

  return {
    async ready(signal) {
      signal?.throwIfAborted();
      if (endReason) throw endReason;
      if (isLive && info) return info;
      running ??= keepConnected({ ...deps, emit, fail }, ending.signal);
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
    fail,
    async close() {
      if (!endReason) end(new DOMException('the Discord session was closed', 'AbortError'));
      await running;
    },
  };
}

/**
 * Connects, again and again, until aborted or refused for good; never rejects.
 *
 *   no session ── connection ──→ READY ──→ the connection ends ──┬─ resume ──→ (wait) ──→ connection with Resume
 *                                                                ├─ identify → (wait) ──→ no session
 *                                                                └─ fatal ───→ over
 *
 * The wait doubles with each connection that did not go live, up to its longest, and with each that broke soon after, up to a few
 * times its first, so that no answer of Discord's can make us hammer it.
 */
async function keepConnected(deps: GatewayDeps & { fail: (error: DiscordFatalError) => void }, signal: AbortSignal): Promise<void> {
  const { clock, log, limits } = deps;
  const session = createSessionState();
  const identifyPace = createPace({ clock, max: 1, windowMs: limits.identifyIntervalMs });
  let base: URL | null = null;
  let failures = 0;
  let unanswered = 0;

  const connect = async (): Promise<ConnectionEnd> => {
    const current = session.current();
    if (!current) await identifyPace.take(signal);
    if (!current || !base) base = toGatewayUrl(await deps.findUrl());
    const url = current ? toResumeUrl(current.resumeUrl, base, unanswered) : base;
    return runConnection({ ...deps, url, session, signal });
  };

  while (!signal.aborted) {
    let end: ConnectionEnd;
    try {
      end = await connect();
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, 'the gateway has no address yet');
      end = NO_CONNECTION;
    }
    if (end.wasOpen) deps.emit({ type: 'disconnected', code: end.code, reason: end.reason });
    if (signal.aborted) {
      await end.gone;
      return;
    }
    if (end.recovery === 'fatal') {
      deps.fail(new DiscordFatalError(end.code, end.reason));
      await end.gone;
      return;
    }
    if (end.recovery === 'identify' || session.failedResumes() >= MAX_FAILED_RESUMES) session.forget();
    failures = nextFailures(failures, end.liveSinceMs === null ? null : clock.now() - end.liveSinceMs);
    unanswered = end.heardHello ? 0 : unanswered + 1;
    const waitMs = Math.max(end.waitMs, toBackoffMs(failures, limits.reconnectBackoff, deps.random));
    const { code, reason } = end;
    log.warn({ code, reason, waitMs, resumable: session.current() !== null }, 'the gateway connection ended, connecting again');
    await Promise.allSettled([sleep(clock, waitMs, signal), end.gone]);
  }
}

function nextFailures(failures: number, liveMs: number | null): number {
  if (liveMs === null) return failures + 1;
  return liveMs >= STABLE_MS ? 0 : Math.min(failures + 1, MAX_LIVE_FAILURES);
}
