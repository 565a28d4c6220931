import type { AccountTrouble } from '../../core/account.ts';
import { ERROR_CODES, type JobFailure } from '../../core/errors.ts';
import { type ChannelDraft, type ChannelEffect, newNonce } from './channel-state.ts';
import type { ParsedMessage } from './messages/message.ts';

/** What a channel tells about its account: troubles that hold or pause it, and that it works again. */

/** Midjourney has taken a job of this account: a hold is over. Any answer begins the count of silent jobs again. */
export function noteAnswer(draft: ChannelDraft, { stage }: ParsedMessage): void {
  draft.state = { ...draft.state, silentJobs: 0 };
  if (draft.state.heldBy !== null && (stage === 'waiting' || stage === 'progress' || stage === 'final')) endHold(draft);
}

/** The account works again. */
export function endHold(draft: ChannelDraft): void {
  draft.state = { ...draft.state, heldBy: null };
  draft.effects.push({ type: 'well' });
}

/** Reports a trouble that the job `jobId` has met, if any. Nothing more is sent into a state that is known: other requests that wait are taken back. */
export function reportTrouble(draft: ChannelDraft, trouble: AccountTrouble, jobId?: string): void {
  draft.effects.push(mayRelax(draft, trouble.failure) ?? { type: 'trouble', trouble });
  draft.state = { ...draft.state, heldBy: trouble.failure.code };
  for (const [otherId, course] of Object.entries(draft.state.courses)) {
    if (otherId !== jobId && course.phase.for === 'request') draft.effects.push({ type: 'recall', jobId: otherId });
  }
}

/** Least time between two switches to relax mode: if the first did not help, the second does not either. */
const RELAX_AGAIN_MS = 3_600_000;
/** The switch to relax mode needs this time before the next request. */
const RELAX_HOLD_MS = 5_000;

function mayRelax(draft: ChannelDraft, failure: JobFailure): ChannelEffect | undefined {
  const { relaxedAtMs } = draft.state;
  if (failure.code !== 'credits-exhausted' || draft.settings.fastHoursUsedUp !== 'relax') return undefined;
  if (relaxedAtMs !== null && draft.nowMs - relaxedAtMs < RELAX_AGAIN_MS) return undefined;
  draft.state = { ...draft.state, relaxedAtMs: draft.nowMs };
  draft.effects.push({ type: 'switch-to-relax', nonce: newNonce(draft) });
  return { type: 'trouble', trouble: { kind: 'hold', failure, forMs: RELAX_HOLD_MS } };
}

/** So many silent jobs in a row hold the account. */
const SILENT_JOBS = 3;

/** Counts a job that ended without any answer of the bot. */
export function countSilence(draft: ChannelDraft, failure: JobFailure): void {
  if (ERROR_CODES[failure.code].kind !== 'upstream-silent') return;
  const silentJobs = draft.state.silentJobs + 1;
  draft.state = { ...draft.state, silentJobs };
  if (silentJobs < SILENT_JOBS) return;
  reportTrouble(draft, { kind: 'hold', failure, forMs: null });
}
