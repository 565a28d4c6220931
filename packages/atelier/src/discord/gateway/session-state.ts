import { isJsonObject, type JsonValue } from '@atelier/lib/json';
import type { SessionEvent, SessionInfo } from '../discord.ts';
import type { GatewayPayload } from './payload.ts';

/** The gateway session and the position in its events. It outlives a connection. */
export interface SessionState {
  /** The session to resume, or null: then the next connection has to send Identify. */
  current(): OpenSession | null;
  /** Starts a new session from READY's data. Returns null and changes nothing if the data cannot be read. */
  begin(ready: JsonValue): SessionInfo | null;
  /** The session cannot be resumed any more. */
  forget(): void;
  /** The client has sent Resume. */
  startResume(): void;
  /** The resume worked and the replay is over. False if no resume was under way. */
  finishResume(): boolean;
  /** Resumes in a row that did not work, or have not worked yet. */
  failedResumes(): number;
}

interface OpenSession {
  info: SessionInfo;
  resumeUrl: string | null;
  sequence: Sequence;
}

export function createSessionState(): SessionState {
  let current: OpenSession | null = null;
  let failedResumes = 0;

  return {
    current: () => current,
    begin(ready) {
      const session = readReady(ready);
      if (!session) return null;
      current = { ...session, sequence: createSequence() };
      failedResumes = 0;
      return current.info;
    },
    forget() {
      current = null;
      failedResumes = 0;
    },
    startResume() {
      failedResumes += 1;
      current?.sequence.startReplay();
    },
    finishResume() {
      const wasResuming = failedResumes > 0;
      failedResumes = 0;
      current?.sequence.endReplay();
      return wasResuming;
    },
    failedResumes: () => failedResumes,
  };
}

/** Source: discord-userdoccers, ready. */
function readReady(data: JsonValue): { info: SessionInfo; resumeUrl: string | null } | null {
  if (!isJsonObject(data) || !isJsonObject(data['user'])) return null;
  const { session_id: sessionId, resume_gateway_url: resumeUrl, required_action: action } = data;
  const { id: userId, username } = data['user'];
  if (typeof sessionId !== 'string' || typeof userId !== 'string' || typeof username !== 'string') return null;
  const requiredAction = typeof action === 'string' && action !== '' ? { requiredAction: action } : {};
  return { info: { userId, username, sessionId, ...requiredAction }, resumeUrl: typeof resumeUrl === 'string' ? resumeUrl : null };
}

/**
 * Counts a dispatch and returns its event: a new session, the end of a replay, or a dispatch to pass on. Null for a repeated dispatch; `unreadable` for a READY
 * without the fields of a session.
 */
export function takeDispatch(session: SessionState, payload: GatewayPayload): SessionEvent | 'unreadable' | null {
  const { name, data, sequence } = payload;
  if (name === 'READY') {
    const info = session.begin(data);
    if (!info) return 'unreadable';
    // The new session counts its numbers from READY on.
    if (sequence !== null) session.current()?.sequence.take(sequence);
    return { type: 'ready', info };
  }
  const isNew = sequence === null || (session.current()?.sequence.take(sequence) ?? true);
  // RESUMED ends the replay even if its number is a repeated one.
  if (name === 'RESUMED') return session.finishResume() ? { type: 'resumed' } : null;
  return isNew && name !== null ? { type: 'dispatch', name, data } : null;
}

/** Numbers below the highest that are remembered, to tell a late event from a repeated one. */
const MEMORY = 1_000;

/** Counts the numbered dispatches of a session. */
export interface Sequence {
  /** False if an event with this number was taken before. */
  take(number: number): boolean;
  /**
   * The last number up to which no event is missing. Heartbeats report it, and a resume goes on after it. Null before the first event.
   * Never decreases.
   */
  last(): number | null;
  /** From here to `endReplay` Discord repeats the missed events. */
  startReplay(): void;
  endReplay(): void;
}

/**
 * On an open connection events come in order, so the highest number is the last one. A replay may not be in that order: `last` then stops before the first missing
 * number, and after a connection that breaks during the replay the resume asks for the missing events again. Repeated events are dropped by number; late
 * events pass.
 */
export function createSequence(): Sequence {
  const taken = new Set<number>();
  let highest: number | null = null;
  let last: number | null = null;
  let isReplaying = false;

  /** Events up to this number were taken or given up. */
  const floor = (): number => (highest === null || last === null ? -1 : Math.min(last, highest - MEMORY));
  const forgetOld = (): void => {
    if (taken.size <= 2 * MEMORY) return;
    for (const number of taken) if (number <= floor()) taken.delete(number);
  };

  return {
    take(number) {
      if (taken.has(number) || number <= floor()) return false;
      taken.add(number);
      highest = Math.max(highest ?? number, number);
      if (!isReplaying || last === null) last = highest;
      else while (taken.has(last + 1)) last += 1;
      forgetOld();
      return true;
    },
    last: () => last,
    startReplay() {
      isReplaying = true;
    },
    endReplay() {
      isReplaying = false;
      last = highest;
    },
  };
}
