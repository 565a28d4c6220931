import { isJsonObject, type JsonValue } from '@atelier/lib/json';
import type { SessionInfo } from '../discord.ts';
import { createSequence, type Sequence } from './sequence.ts';

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

/** Source: discord-userdoccers, gateway/gateway-events, "Ready". */
function readReady(data: JsonValue): { info: SessionInfo; resumeUrl: string | null } | null {
  if (!isJsonObject(data) || !isJsonObject(data['user'])) return null;
  const { session_id: sessionId, resume_gateway_url: resumeUrl } = data;
  const { id: userId, username } = data['user'];
  if (typeof sessionId !== 'string' || typeof userId !== 'string' || typeof username !== 'string') return null;
  return { info: { userId, username, sessionId }, resumeUrl: typeof resumeUrl === 'string' ? resumeUrl : null };
}
