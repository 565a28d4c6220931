import { sleep, type Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { createSlidingWindow, takeWhenFree } from '@atelier/lib/sliding-window';
import { DiscordFatalError, type Presence, type SessionEvent } from '../discord.ts';
import { toRetryDelayMs, type SessionLimits } from '../limits.ts';
import type { SessionToken } from '../token.ts';
import { CLOSE_AUTHENTICATION_FAILED, CLOSE_DROPPED } from './close-codes.ts';
import { runConnection, type ConnectionEnd } from './connection.ts';
import type { GuildWatch } from './guild-watch.ts';
import { createSessionState, type SessionState } from './session-state.ts';
import type { OpenConnection } from './socket.ts';

/** A connection that was live for this long was stable: the next delay is a short one again. */
const STABLE_MS = 5_000;
/** Limit of the failures that are counted while connections go live and break soon after: Discord can be reached, and events are being missed. */
const MAX_LIVE_FAILURES = 2;
/** The session is given up after so many resumes in a row that did not work. */
const MAX_FAILED_RESUMES = 3;

/** Stands for a connection that had no address to connect to. */
const NO_CONNECTION: ConnectionEnd = {
  code: CLOSE_DROPPED,
  reason: 'no gateway address',
  wasOpen: false,
  gone: Promise.resolve(),
  recovery: 'resume',
  waitMs: 0,
  heardHello: false,
  liveSinceMs: null,
  token: null,
};

export interface ReconnectDeps {
  tokens: SessionToken;
  guilds: GuildWatch;
  presence: Presence;
  openConnection?: OpenConnection | undefined;
  /** The address for a new session. */
  findUrl: () => Promise<string>;
  limits: Pick<SessionLimits, 'reconnectDelay' | 'identifyIntervalMs' | 'invalidSessionWaitMs'>;
  clock: Clock;
  log: Log;
  random: () => number;
  emit: (event: SessionEvent) => void;
  /** Called when Discord refuses the session; no further connection follows. */
  fail: (error: DiscordFatalError) => void;
}

/**
 * Connects again and again until `signal` aborts or Discord refuses the session. Never rejects.
 *
 *   no session ── connection ──→ READY ──→ the connection ends ──┬─ resume ──→ (delay) ──→ connection with Resume
 *                                                                ├─ identify → (delay) ──→ no session
 *                                                                └─ fatal ───→ over
 *
 * The delay doubles with each connection that did not go live, up to the longest delay. It also grows with each connection that broke soon after it went
 * live, up to a few times the first delay. So no answer of Discord can make this client connect too often.
 */
export async function keepConnected(deps: ReconnectDeps, signal: AbortSignal): Promise<void> {
  const { clock, log, limits } = deps;
  const session = createSessionState();
  const connect = createConnect(deps, session, signal);
  let failures: FailureCounts = { inSuccession: 0, unanswered: 0 };

  while (!signal.aborted) {
    let end: ConnectionEnd;
    try {
      end = await connect(failures.unanswered);
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, 'gateway address not available');
      deps.emit({ type: 'unreachable', error });
      end = NO_CONNECTION;
    }
    if (mayTryOtherToken(deps, end)) end = { ...end, recovery: 'identify' };
    if (end.wasOpen) deps.emit({ type: 'disconnected', code: end.code, reason: end.reason });
    if (end.recovery === 'fatal' && !signal.aborted) deps.fail(new DiscordFatalError(end.code, end.reason));
    if (signal.aborted || end.recovery === 'fatal') {
      await end.gone;
      return;
    }
    if (end.recovery === 'identify' || session.failedResumes() >= MAX_FAILED_RESUMES) session.forget();
    failures = countFailures(failures, end, clock.now());
    const waitMs = Math.max(end.waitMs, toRetryDelayMs(failures.inSuccession, limits.reconnectDelay, deps.random));
    const { code, reason } = end;
    log.warn({ code, reason, waitMs, resumable: session.current() !== null }, 'gateway connection ended, connecting again');
    await Promise.allSettled([sleep(clock, waitMs, signal), end.gone]);
  }
}

/** True if Discord has refused the token and an earlier one counts again. */
function mayTryOtherToken({ tokens, log }: ReconnectDeps, { code, token }: ConnectionEnd): boolean {
  if (code !== CLOSE_AUTHENTICATION_FAILED || token === null) return false;
  if (tokens.update({ type: 'refused', token }) === 'ended') return false;
  log.warn('Discord refused the fresh token of the session, using the token before it');
  return true;
}

/** Opens one connection: with Resume at the address of the session, or with Identify at a fresh address. */
function createConnect(deps: ReconnectDeps, session: SessionState, signal: AbortSignal): (unanswered: number) => Promise<ConnectionEnd> {
  const identifyLimit = createSlidingWindow({ clock: deps.clock, max: 1, windowMs: deps.limits.identifyIntervalMs });
  let base: URL | null = null;
  return async (unanswered) => {
    const current = session.current();
    if (!current) await takeWhenFree(identifyLimit, deps.clock, signal);
    if (!current || !base) base = toGatewayUrl(await deps.findUrl());
    const url = current ? toResumeUrl(current.resumeUrl, base, unanswered) : base;
    return runConnection({ ...deps, url, session, signal });
  };
}

/** Decides the delay and the address of the next connection. */
interface FailureCounts {
  /** Failures since the last stable connection. */
  readonly inSuccession: number;
  /** Connections in a row without a Hello. */
  readonly unanswered: number;
}

/** The counts after a connection has ended. */
export function countFailures(before: FailureCounts, end: Pick<ConnectionEnd, 'liveSinceMs' | 'heardHello'>, nowMs: number): FailureCounts {
  const next = before.inSuccession + 1;
  const wasStable = end.liveSinceMs !== null && nowMs - end.liveSinceMs >= STABLE_MS;
  return {
    inSuccession: wasStable ? 0 : end.liveSinceMs === null ? next : Math.min(next, MAX_LIVE_FAILURES),
    unanswered: end.heardHello ? 0 : before.unanswered + 1,
  };
}

/**
 * The address for a connection, with the query that every connection carries, a resumed one too. Throws `TypeError` if `base` is not a WebSocket URL.
 * Source: discord-api-docs, gateway rate limit.
 */
export function toGatewayUrl(base: string): URL {
  const url = new URL(base);
  if (!isWebSocketUrl(url)) throw new TypeError(`not a WebSocket URL: ${url.protocol}//${url.host}`);
  url.search = 'v=9&encoding=json&compress=zlib-stream';
  url.hash = '';
  return url;
}

/**
 * The address for a resume: the address from READY, or `base` in three cases. READY named no usable address; its address would send the token unencrypted
 * after an encrypted connection; or this is every third try in a row without an answer, because that host may no longer exist.
 */
export function toResumeUrl(resumeUrl: string | null, base: URL, unanswered: number): URL {
  const url = resumeUrl === null || unanswered % 3 === 2 ? null : URL.parse(resumeUrl);
  if (!url || !isWebSocketUrl(url)) return base;
  return base.protocol === 'wss:' && url.protocol !== 'wss:' ? base : toGatewayUrl(url.href);
}

const isWebSocketUrl = (url: URL): boolean => url.protocol === 'wss:' || url.protocol === 'ws:';
