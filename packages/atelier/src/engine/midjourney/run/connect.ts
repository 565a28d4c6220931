import type { DiscordSession, SessionInfo } from '../../../discord/discord.ts';
import { deadline, type Clock } from '@atelier/lib/clock';
import { AskError } from '../requests/failures.ts';

/**
 * Who we are, once the Discord session is ready. Rejects with `AskError` when that takes longer than `timeoutMs`, with
 * `DiscordFatalError`, or when the signal is aborted.
 */
export async function connect(
  deps: { clock: Clock; session: Pick<DiscordSession, 'ready'>; signal: AbortSignal },
  timeoutMs: number,
): Promise<SessionInfo> {
  const limit = deadline(deps.clock, timeoutMs, deps.signal);
  try {
    return await deps.session.ready(limit.signal);
  } catch (error) {
    if (deps.signal.aborted || !limit.signal.aborted) throw error;
    throw new AskError({ code: 'upstream-unreachable', title: 'Discord could not be reached', details: null });
  } finally {
    limit.cancel();
  }
}
