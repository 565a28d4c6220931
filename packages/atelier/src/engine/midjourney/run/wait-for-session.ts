import { type Clock, deadline } from '@atelier/lib/clock';
import type { DiscordSession, SessionInfo } from '../../../discord/discord.ts';
import { BotRequestError, failureOf } from '../requests/failures.ts';

/**
 * Waits until the Discord session is ready and returns its user. Rejects with `BotRequestError` after `timeoutMs`, with
 * `DiscordFatalError`, or when the signal aborts.
 */
export async function waitForSession(
  deps: { clock: Clock; session: Pick<DiscordSession, 'ready' | 'connectError'>; signal: AbortSignal },
  timeoutMs: number,
): Promise<SessionInfo> {
  const limit = deadline(deps.clock, timeoutMs, deps.signal);
  try {
    return await deps.session.ready(limit.signal);
  } catch (error) {
    if (deps.signal.aborted || !limit.signal.aborted) throw error;
    const why = failureOf(deps.session.connectError());
    throw new BotRequestError({ code: 'upstream-unreachable', title: 'Discord could not be reached', details: why?.title ?? null });
  } finally {
    limit.cancel();
  }
}
