import type { Cancel, Clock } from '@atelier/lib/clock';
import { isJsonObject, type JsonValue } from '@atelier/lib/json';
import type { Presence, SessionEvent } from '../discord.ts';
import type { SessionLimits } from '../limits.ts';
import { CLOSE_FOR_GOOD, CLOSE_TO_RESUME, toRecovery, type Recovery } from './close-codes.ts';
import { startHeartbeat, type Heartbeat } from './heartbeat.ts';
import type { SessionToken } from '../token.ts';
import { toSubscriptions, type GuildWatch } from './guild-watch.ts';
import { OP, readFreshToken, toHeartbeat, toIdentify, toResume, type GatewayPayload } from './payload.ts';
import { takeDispatch, type SessionState } from './session-state.ts';
import { openGatewaySocket, type GatewaySocket, type OpenConnection, type SocketEnd } from './socket.ts';

const HELLO_TIMEOUT_MS = 20_000;
/** From Hello to READY or RESUMED. A replay after a long break takes its time. */
const INTRODUCTION_TIMEOUT_MS = 60_000;
/** Sends that stay reserved for the client's own heartbeats when the server asks for heartbeats too often. */
const SPARE_SENDS = 10;

export interface ConnectionEnd extends SocketEnd {
  recovery: Recovery;
  /** Least delay before the next connection. */
  waitMs: number;
  heardHello: boolean;
  /** Instant of READY or RESUMED, or null. */
  liveSinceMs: number | null;
  /** The token that this connection has sent, or null. */
  token: string | null;
}

interface ConnectionDeps {
  url: URL;
  tokens: SessionToken;
  guilds: GuildWatch;
  presence: Presence;
  openConnection?: OpenConnection | undefined;
  session: SessionState;
  limits: Pick<SessionLimits, 'invalidSessionWaitMs'>;
  clock: Clock;
  random: () => number;
  emit: (event: SessionEvent) => void;
  signal: AbortSignal;
}

/** State of one connection. Changed by the functions of this file alone. */
interface ConnectionState {
  readonly deps: ConnectionDeps;
  readonly socket: GatewaySocket;
  /** Ends the connection when the next step of the server does not come in time. */
  cancelTimer: Cancel;
  /** Null until Hello. */
  heartbeat: Heartbeat | null;
  liveSinceMs: number | null;
  token: string | null;
  /** Set when this side has ended the connection. */
  leaving: { recovery: Recovery; waitMs: number } | null;
}

/**
 * Runs one connection from opening the socket to its end, which resolves the promise. Never rejects.
 *
 *   connecting    → the socket opens, or the connection ends
 *   greeting      → Hello: the heartbeat starts; the client sends Resume if `session` has a session, else Identify
 *   introducing   → READY: a new session; RESUMED: the old session goes on; in both cases the guilds are subscribed to; Invalid Session: the connection ends
 *   live          → dispatches, until either side ends the connection
 *
 * This side ends the connection after Reconnect (op 7), Invalid Session (op 9), a heartbeat without acknowledgement, a missing Hello or READY, and
 * unreadable data; the end says how to go on. When `signal` aborts, the session is closed too.
 */
export function runConnection(deps: ConnectionDeps): Promise<ConnectionEnd> {
  const { clock, signal } = deps;
  const { promise, resolve } = Promise.withResolvers<ConnectionEnd>();
  const onAbort = (): void => leave(state, 'closed', 'identify');
  const onEnd = (end: SocketEnd): void => {
    state.cancelTimer();
    state.heartbeat?.stop();
    if (state.liveSinceMs !== null) deps.guilds.leave();
    signal.removeEventListener('abort', onAbort);
    const { recovery, waitMs } = state.leaving ?? { recovery: toRecovery(end.code), waitMs: 0 };
    resolve({ ...end, recovery, waitMs, heardHello: state.heartbeat !== null, liveSinceMs: state.liveSinceMs, token: state.token });
  };
  const state: ConnectionState = {
    deps,
    cancelTimer: clock.after(HELLO_TIMEOUT_MS, () => leave(state, 'no Hello in time', 'resume')),
    socket: openGatewaySocket({
      url: deps.url,
      openConnection: deps.openConnection,
      clock,
      onPayload: (payload) => receive(state, payload),
      onEnd,
    }),
    heartbeat: null,
    liveSinceMs: null,
    token: null,
    leaving: null,
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return promise;
}

function leave(state: ConnectionState, reason: string, recovery: Recovery, waitMs = 0): void {
  state.leaving = { recovery, waitMs };
  state.socket.close(recovery === 'resume' ? CLOSE_TO_RESUME : CLOSE_FOR_GOOD, reason);
}

function receive(state: ConnectionState, payload: GatewayPayload): void {
  if (payload.op === OP.dispatch) receiveDispatch(state, payload);
  else if (payload.op === OP.heartbeat) beat(state, SPARE_SENDS);
  else if (payload.op === OP.heartbeatAck) state.heartbeat?.acknowledge();
  else if (payload.op === OP.hello) receiveHello(state, payload.data);
  else if (payload.op === OP.reconnect) leave(state, 'Discord asked us to reconnect', 'resume');
  else if (payload.op === OP.invalidSession && payload.data === true) leave(state, 'invalid session, resumable', 'resume');
  else if (payload.op === OP.invalidSession) {
    const { least, most } = state.deps.limits.invalidSessionWaitMs;
    leave(state, 'invalid session', 'identify', least + state.deps.random() * (most - least));
  }
}

function receiveHello(state: ConnectionState, data: JsonValue): void {
  if (state.heartbeat) return;
  const { clock, random, session, tokens } = state.deps;
  const intervalMs = isJsonObject(data) ? data['heartbeat_interval'] : null;
  if (typeof intervalMs !== 'number' || intervalMs < 1) {
    leave(state, 'Hello without a heartbeat interval', 'resume');
    return;
  }
  state.heartbeat = startHeartbeat({
    clock,
    random,
    intervalMs,
    beat: () => beat(state, 0),
    onDead: () => leave(state, 'a heartbeat was not acknowledged', 'resume'),
  });
  state.cancelTimer();
  state.cancelTimer = clock.after(INTRODUCTION_TIMEOUT_MS, () => leave(state, 'no READY or RESUMED in time', 'resume'));
  const current = session.current();
  if (current) session.startResume();
  const token = tokens.current();
  state.token = token;
  state.socket.send(current ? toResume(token, current.info.sessionId, current.sequence.last()) : toIdentify(token, state.deps.presence));
}

function receiveDispatch(state: ConnectionState, payload: GatewayPayload): void {
  const event = takeDispatch(state.deps.session, payload);
  if (event === 'unreadable') leave(state, 'READY cannot be read', 'identify');
  if (event === 'unreadable' || event === null) return;
  if (event.type !== 'dispatch') goLive(state, payload);
  state.deps.emit(event);
}

/** READY or RESUMED: the token was accepted, a fresh one counts from now on, and the subscriptions of the guilds are sent. */
function goLive(state: ConnectionState, { name, data }: GatewayPayload): void {
  const { tokens, guilds, clock } = state.deps;
  state.cancelTimer();
  state.liveSinceMs = clock.now();
  if (state.token !== null) tokens.update({ type: 'accepted', token: state.token });
  const fresh = name === 'READY' ? readFreshToken(data) : null;
  if (fresh !== null) tokens.update({ type: 'fresh', token: fresh });
  guilds.join((guildIds) => {
    const areSent = toSubscriptions(guildIds).every((payload) => state.socket.send(payload, SPARE_SENDS));
    if (!areSent) leave(state, 'a guild subscription could not be sent', 'resume');
  });
}

/** Sends one heartbeat. False if it could not be sent. */
function beat(state: ConnectionState, spareSends: number): boolean {
  return state.socket.send(toHeartbeat(state.deps.session.current()?.sequence.last() ?? null), spareSends);
}
