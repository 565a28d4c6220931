import { isJsonObject, type JsonValue } from '@atelier/lib/json';
import type { SessionEvent, SessionInfo } from '../discord.ts';
import type { GatewayPayload } from './payload.ts';

/** What outlives a connection: the gateway session and how far we have come in it. */
export interface SessionState {
  /** The session to resume, or null: then only Identify helps. */
  current(): OpenSession | null;
  /** A new session from READY's data; null, and nothing changed, when that cannot be read. */
  begin(ready: JsonValue): SessionInfo | null;
  /** The session cannot be resumed any more. */
  forget(): void;
  /** Resume was sent. */
  startResume(): void;
  /** The resume worked and the replay is over. False when none was under way. */
  settleResume(): boolean;
  /** Resumes in a row that were sent and did not work. */
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
    settleResume() {
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
  const { session_id: sessionId, resume_gateway_url: resumeUrl } = data;
  const { id: userId, username } = data['user'];
  if (typeof sessionId !== 'string' || typeof userId !== 'string' || typeof username !== 'string') return null;
  return { info: { userId, username, sessionId }, resumeUrl: typeof resumeUrl === 'string' ? resumeUrl : null };
}

/**
 * Counts a dispatch and returns the event it means: a new session, the end of a replay, or a dispatch to pass on. Null for one that
 * was seen before; `unreadable` for a READY that we cannot work with.
 */
export function takeDispatch(session: SessionState, payload: GatewayPayload): SessionEvent | 'unreadable' | null {
  const { name, data, sequence } = payload;
  if (name === 'READY') {
    const info = session.begin(data);
    if (!info) return 'unreadable';
    // From here on numbers belong to the new session.
    if (sequence !== null) session.current()?.sequence.take(sequence);
    return { type: 'ready', info };
  }
  const isNew = sequence === null || (session.current()?.sequence.take(sequence) ?? true);
  // Ends the replay even when its number is a repeated one.
  if (name === 'RESUMED') return session.settleResume() ? { type: 'resumed' } : null;
  return isNew && name !== null ? { type: 'dispatch', name, data } : null;
}

/** How many numbers below the highest are remembered, to tell a late event from a repeated one. */
const MEMORY = 1_000;

/** Keeps count of a session's numbered dispatches. */
interface Sequence {
  /** False when an event of this number was taken before. */
  take(number: number): boolean;
  /**
   * The last number that we can vouch for: what a heartbeat reports, and where a resume goes on. Null before the first event.
   * Never goes back.
   */
  last(): number | null;
  /** From here to `endReplay` Discord sends again what we missed. */
  startReplay(): void;
  endReplay(): void;
}

/**
 * On a standing connection events come in order, so the highest number is the last one. During a replay we do not rely on it:
 * `last` moves only over numbers without a hole, and a connection that breaks in mid-replay asks for the missing ones again.
 * Repeated events are dropped by number, late ones let through.
 */
function createSequence(): Sequence {
  const taken = new Set<number>();
  let highest: number | null = null;
  let last: number | null = null;
  let replaying = false;

  /** What is not above it was either taken or given up. */
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
      if (!replaying || last === null) last = highest;
      else while (taken.has(last + 1)) last += 1;
      forgetOld();
      return true;
    },
    last: () => last,
    startReplay() {
      replaying = true;
    },
    endReplay() {
      replaying = false;
      last = highest;
    },
  };
}
