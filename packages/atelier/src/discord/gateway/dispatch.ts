import type { SessionEvent } from '../discord.ts';
import type { GatewayPayload } from './payload.ts';
import type { SessionState } from './session-state.ts';

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
