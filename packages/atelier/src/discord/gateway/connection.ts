import type { Clock } from '@atelier/lib/clock';
import { isJsonObject, type JsonValue } from '@atelier/lib/json';
import type { SessionEvent } from '../discord.ts';
import type { SessionLimits } from '../limits.ts';
import { CLOSE_FOR_GOOD, CLOSE_TO_RESUME, toRecovery, type Recovery } from './close-codes.ts';
import { startHeartbeat, type Heartbeat } from './heartbeat.ts';
import { OP, toHeartbeat, toIdentify, toResume, type GatewayPayload } from './payload.ts';
import { takeDispatch, type SessionState } from './session-state.ts';
import { openGatewaySocket, type SocketEnd } from './socket.ts';

const HELLO_TIMEOUT_MS = 20_000;
/** From Hello to READY or RESUMED. A replay after a long break takes its time. */
const INTRODUCTION_TIMEOUT_MS = 60_000;
/** Sends left over for our own beats when the server asks for beats without measure. */
const SPARE_SENDS = 10;

export interface ConnectionEnd extends SocketEnd {
  recovery: Recovery;
  /** At least so long before the next connection. */
  waitMs: number;
  heardHello: boolean;
  /** When READY or RESUMED came, or null. */
  liveSinceMs: number | null;
}

/** Why we ended a connection ourselves. */
interface Leaving {
  recovery: Recovery;
  waitMs: number;
}

/**
 * One connection, from opening the socket to its end, which resolves the promise; never rejects.
 *
 *   connecting    → the socket opens, or the connection ends
 *   greeting      → Hello: the heart starts to beat; we send Resume when `session` has one, else Identify
 *   introducing   → READY: a new session; RESUMED: the old one goes on; Invalid Session: neither
 *   live          → dispatches, until either side ends it
 *
 * Reconnect (op 7), Invalid Session (op 9), a dead heart, silence where Hello or READY is due, and nonsense end the connection from
 * our side; the end says how to go on. Aborting closes it for good.
 */
export function runConnection(deps: {
  url: URL;
  token: string;
  session: SessionState;
  limits: Pick<SessionLimits, 'invalidSessionWaitMs'>;
  clock: Clock;
  random: () => number;
  emit: (event: SessionEvent) => void;
  signal: AbortSignal;
}): Promise<ConnectionEnd> {
  const { clock, session, random, emit, signal } = deps;
  const { promise, resolve } = Promise.withResolvers<ConnectionEnd>();
  let heartbeat: Heartbeat | null = null;
  let liveSinceMs: number | null = null;
  let leaving: Leaving | null = null;
  let cancelTimer = clock.after(HELLO_TIMEOUT_MS, () => leave('no Hello in time', 'resume'));

  const onEnd = (end: SocketEnd): void => {
    cancelTimer();
    heartbeat?.stop();
    signal.removeEventListener('abort', onAbort);
    const { recovery, waitMs } = leaving ?? { recovery: toRecovery(end.code), waitMs: 0 };
    resolve({ ...end, recovery, waitMs, heardHello: heartbeat !== null, liveSinceMs });
  };
  const leave = (reason: string, recovery: Recovery, waitMs = 0): void => {
    leaving = { recovery, waitMs };
    socket.close(recovery === 'resume' ? CLOSE_TO_RESUME : CLOSE_FOR_GOOD, reason);
  };
  const onAbort = (): void => leave('closed', 'identify');

  const beat = (spare: number): boolean => socket.send(toHeartbeat(session.current()?.sequence.last() ?? null), spare);
  const onHello = (data: JsonValue): void => {
    if (heartbeat) return;
    const intervalMs = isJsonObject(data) ? data['heartbeat_interval'] : null;
    if (typeof intervalMs !== 'number' || intervalMs < 1) {
      leave('Hello without a heartbeat interval', 'resume');
      return;
    }
    heartbeat = startHeartbeat({
      clock,
      random,
      intervalMs,
      beat: () => beat(0),
      onDead: () => leave('a heartbeat was not acknowledged', 'resume'),
    });
    cancelTimer();
    cancelTimer = clock.after(INTRODUCTION_TIMEOUT_MS, () => leave('no READY or RESUMED in time', 'resume'));
    introduce();
  };
  const introduce = (): void => {
    const current = session.current();
    if (current) {
      session.startResume();
      socket.send(toResume(deps.token, current.info.sessionId, current.sequence.last()));
    } else {
      socket.send(toIdentify(deps.token));
    }
  };
  const onDispatch = (payload: GatewayPayload): void => {
    const event = takeDispatch(session, payload);
    if (event === 'unreadable') leave('READY cannot be read', 'identify');
    if (event === 'unreadable' || event === null) return;
    if (event.type !== 'dispatch') {
      cancelTimer();
      liveSinceMs = clock.now();
    }
    emit(event);
  };
  const onPayload = (payload: GatewayPayload): void => {
    if (payload.op === OP.dispatch) onDispatch(payload);
    else if (payload.op === OP.heartbeat) beat(SPARE_SENDS);
    else if (payload.op === OP.heartbeatAck) heartbeat?.acknowledge();
    else if (payload.op === OP.hello) onHello(payload.data);
    else if (payload.op === OP.reconnect) leave('Discord asked us to reconnect', 'resume');
    else if (payload.op === OP.invalidSession) {
      const { least, most } = deps.limits.invalidSessionWaitMs;
      if (payload.data === true) leave('invalid session, resumable', 'resume');
      else leave('invalid session', 'identify', least + random() * (most - least));
    }
  };

  const socket = openGatewaySocket({ url: deps.url, clock, onPayload, onEnd });
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return promise;
}
