import { effectOfHeading, mayBeSameEffect } from '../messages/effects.ts';
import type { ParsedMessage } from '../messages/message.ts';
import { promptFit } from '../messages/prompt-fit.ts';
import { isSameRequest, matchEqualJobs, mayMatchByLikeness } from './match-equal-jobs.ts';
import type { Evidence, UnmatchedMessage } from './matching-state.ts';
import { earliestMessageId, isForeign, isStartMessage, isStartDeleted, type Candidate } from './candidate.ts';

/**
 * Matching: finds the job that a message of the bot belongs to. All rules are in this file.
 *
 * Other programs and people may use the same channel, Midjourney posts a job's result as a new message, and it rewrites the prompt. So the
 * rules run from the strongest to the weakest, and a weaker rule never runs for a message that a stronger rule has matched.
 *
 * Certain matches (`findCertainMatch`) are made at once:
 *   1. nonce        The message carries a nonce that this server issued. (Since 2025 results carry a nonce of the bot, which no job issued.)
 *   2. message      The message is a known message of the job, or it replies to a start message of the job (a late error).
 *   3. interaction  The message names an interaction of the job, directly or as the interaction that triggered it (forms).
 *   4. uuid         The message names a Midjourney job id that the start message showed in its Cancel button or its preview's file name.
 *
 * Likely matches (`findLikelyMatch`) are made only when no other job can own the message:
 *   5. source       The message replies to the message with the button that the job pressed, and shows the effect of that button (U2: `Image #2`).
 *   6. prompt       The message repeats the prompt of the job.
 * A contradiction (`contradicts`) excludes a job even if it resembles the message. If a message has one possible job and that job has one
 * possible message, they match. The match is immediate if the job's start message was deleted (Midjourney deletes it once the result is
 * posted) or if the job needs no start message. Otherwise the match waits until the channel's history was read, because the deletion or a
 * preview with the uuid usually follows within a second and decides. If several jobs are possible, the job whose start message was deleted
 * just after the message arrived gets it, if there is exactly one such job. (A start message that was deleted earlier may have been deleted
 * for another reason, or because of this very result, so this match waits too.) Every other message waits for more evidence.
 *   7. order        The last resort after that wait: there are as many messages as jobs, all with the same request, and no other difference.
 *                   Each job gets one message, in order: of their deleted start messages, or of the jobs. Jobs that Midjourney is known to have
 *                   received come first. The caller logs it.
 *                   Jobs with different requests whose prompts fit equally well get none: a wrong picture is worse than none.
 *   8. last         A result of this user that resembles no job, within seconds of the deletion of a start message, belongs to the only open
 *                   job whose start message was deleted.
 *
 * No likely match is made while a proof may still arrive (`awaitsProof`): the history may be read before the event with the nonce of the
 * same start message arrives. If a proof arrives later, it wins: a job with a likely match to a message of another job searches again, and
 * two jobs with equal requests swap results (`unproven-results.ts`).
 *
 * Foreign jobs, which another program or a person started in the channel, are candidates with `isOwn: false`. The same rules apply to them,
 * so that their pictures are not delivered to jobs of this server.
 *
 * All functions here are pure. Source: midjourney-bot, matching.
 */
const overlaps = (some: readonly string[], others: readonly string[]): boolean => some.some((one) => others.includes(one));

const CERTAIN: readonly { by: Evidence; holds(candidate: Candidate, parsed: ParsedMessage): boolean }[] = [
  { by: 'nonce', holds: ({ operation }, { message }) => message.nonce !== null && operation.nonces.includes(message.nonce) },
  {
    by: 'message',
    holds: ({ operation, effect, messages }, { message }) =>
      operation.messageIds.includes(message.id) ||
      message.id in messages ||
      (message.referenceId !== null && operation.messageIds.includes(message.referenceId)) ||
      (effect?.family === 'settings' && message.id === operation.sourceMessageId),
  },
  {
    by: 'interaction',
    holds: ({ operation }, { message }) => overlaps(operation.interactionIds, message.interaction?.ids ?? []),
  },
  {
    by: 'uuid',
    holds: ({ operation, answer }, parsed) => answer === 'job' && overlaps(operation.jobUuids, parsed.jobUuids),
  },
];

export const isCertain = (by: Evidence): boolean => CERTAIN.some((rule) => rule.by === by);

/** Returns the candidate that certainly owns the message, by the strongest rule that finds exactly one candidate. */
export function findCertainMatch(
  parsed: ParsedMessage,
  candidates: readonly Candidate[],
): { candidate: Candidate; by: Evidence } | undefined {
  const inChannel = candidates.filter((candidate) => candidate.answer !== 'direct-message');
  for (const { by, holds } of CERTAIN) {
    const found = inChannel.filter((candidate) => holds(candidate, parsed));
    if (found.length === 1 && found[0]) return { candidate: found[0], by };
  }
  return undefined;
}

/** Returns true if the message cannot belong to the candidate although it resembles it. Later evidence cannot change that. */
function contradicts(candidate: Candidate, parsed: ParsedMessage): boolean {
  const { operation, effect } = candidate;
  const { message, heading, jobUuids } = parsed;
  const source = message.referenceId ?? message.interaction?.interactedMessageId ?? null;
  const names = message.interaction?.ids ?? [];
  const says = [
    // The message is of another Discord user, or older than the job.
    (heading?.userId ?? candidate.userId) !== candidate.userId,
    BigInt(message.id) < earliestMessageId(candidate),
    // The message answers another interaction than the job's.
    operation.interactionIds.length > 0 && names.length > 0,
    message.interaction?.name != null && candidate.command !== null && message.interaction.name !== candidate.command,
    // The message belongs to another Midjourney job.
    operation.jobUuids.length > 0 && jobUuids.length > 0,
    // The message was made from another message than the job's source, or from a message although the job has no source.
    source !== null && source !== operation.sourceMessageId && !mayBeStart(candidate, source),
    effect !== null && heading !== null && !mayBeSameEffect(effect, effectOfHeading(heading)),
    // The job has a start message already, or had one: a job starts once. A job that has ended takes none by likeness.
    isStartMessage(parsed) && (operation.messageIds.length > 0 || (!candidate.isOwn && !isForeign(candidate))),
  ];
  return says.some(Boolean);
}

/** A result may reply to its start message. A start message that was never seen is younger than the job's plan. */
const mayBeStart = (candidate: Candidate, messageId: string): boolean =>
  candidate.command !== null && candidate.operation.messageIds.length === 0 && BigInt(messageId) >= earliestMessageId(candidate);

/**
 * Returns true if the job would have a proof for this message but has none. If no event was lost, the start message carries the job's nonce
 * and arrives before the result; only U1–U4 have a result without a start message. (A job that Midjourney had queued begins with a start
 * message without nonce.)
 */
function lacksProof({ operation, effect, sawAllEvents }: Candidate, parsed: ParsedMessage): boolean {
  if (!sawAllEvents) return false;
  if (isStartMessage(parsed)) return !operation.queued;
  return operation.messageIds.length === 0 && effect?.family !== 'single';
}

/** Returns how the message resembles the job and how well, or undefined if it does not. */
function resemblance({ operation }: Candidate, { message, heading }: ParsedMessage): { by: 'source' | 'prompt'; fit: number } | undefined {
  const source = message.referenceId ?? message.interaction?.interactedMessageId;
  if (source && source === operation.sourceMessageId) return { by: 'source', fit: Infinity };
  if (!heading) return undefined;
  // The prompt comes first: the echo, which only some jobs have, would make the fits of several jobs incomparable.
  const fits = [operation.prompt, operation.echo].map((prompt) => (prompt === null ? undefined : promptFit(prompt, heading.prompt)));
  const fit = fits.find((found) => found !== undefined);
  return fit === undefined ? undefined : { by: 'prompt', fit };
}

/** Returns the jobs that may own the message: the best resemblance among all jobs without a contradiction. */
export function possibleCandidates(parsed: ParsedMessage, candidates: readonly Candidate[]): Candidate[] {
  if (!isStartMessage(parsed) && parsed.stage !== 'final') return [];
  const found = candidates.flatMap((candidate) => {
    const likeness = candidate.answer === 'job' ? resemblance(candidate, parsed) : undefined;
    return likeness && !contradicts(candidate, parsed) && !lacksProof(candidate, parsed) ? [{ candidate, fit: likeness.fit }] : [];
  });
  const best = Math.max(...found.map(({ fit }) => fit));
  const fitting = found.filter(({ fit }) => fit === best).map(({ candidate }) => candidate);
  return fitting.filter((candidate) => !isGivenUp(candidate) || !fitting.some((other) => other.isOwn && isSameRequest(other, candidate)));
}

/** A job that was given up because its start message had vanished, or never came, does not compete with an open job that asked for the same thing. */
const isGivenUp = (candidate: Candidate): boolean =>
  !candidate.isOwn &&
  !isForeign(candidate) &&
  (candidate.operation.messageIds.length === 0 || (candidate.startDeletedAtMs ?? Infinity) < candidate.sinceMs);

/** The deletion of a start message and the result of its job arrive within this time. */
const DELETION_WINDOW_MS = 10_000;

/** Applies rule 8. */
function onlyVanished({ parsed, sinceMs, sawCreation }: UnmatchedMessage, candidates: readonly Candidate[]): Candidate[] {
  const { stage, heading } = parsed;
  if (stage !== 'final' || heading === null || !sawCreation) return [];
  const vanished = candidates.filter((candidate) => candidate.isOwn && candidate.answer === 'job' && isStartDeleted(candidate));
  const [only] = vanished;
  if (!only || vanished.length > 1 || only.startDeletedAtMs === null || heading.userId !== only.userId) return [];
  const isClose = Math.abs(sinceMs - only.startDeletedAtMs) <= DELETION_WINDOW_MS;
  return isClose && !contradicts(only, parsed) ? [only] : [];
}

/** The result of a foreign job usually follows the deletion of its start message within this time. Later it is known by its ids alone. */
const RESULT_AFTER_DELETION_MS = 3_000;

const isOver = (candidate: Candidate, { sinceMs }: UnmatchedMessage): boolean =>
  isForeign(candidate) && candidate.startDeletedAtMs !== null && sinceMs > candidate.startDeletedAtMs + RESULT_AFTER_DELETION_MS;

/** Returns the jobs that may own an unmatched message: by resemblance, else by rule 8. */
export function possibleOwners(item: UnmatchedMessage, candidates: readonly Candidate[]): Candidate[] {
  const current = candidates.filter((candidate) => !isOver(candidate, item));
  const resembling = possibleCandidates(item.parsed, current);
  return resembling.length > 0 ? resembling : onlyVanished(item, candidates);
}

/** Returns true if an unmatched message may belong to this job. */
export const isPerhapsShown = (
  { candidates, unmatched }: { readonly candidates: readonly Candidate[]; readonly unmatched: readonly UnmatchedMessage[] },
  key: string,
): boolean => unmatched.some((item) => possibleOwners(item, candidates).some((owner) => owner.key === key));

/**
 * Returns true if the proof that a job owns this message may still arrive: both the history and the result may be seen before the event
 * with the proof.
 */
export function awaitsProof({ parsed, sawCreation }: UnmatchedMessage, candidates: readonly Candidate[]): boolean {
  if (isStartMessage(parsed) && sawCreation) return false;
  return candidates.some(
    (candidate) =>
      candidate.isOwn &&
      candidate.answer === 'job' &&
      !candidate.operation.queued &&
      candidate.operation.messageIds.length === 0 &&
      lacksProof(candidate, parsed) &&
      resemblance(candidate, parsed) !== undefined &&
      !contradicts(candidate, parsed),
  );
}

export interface Match {
  readonly parsed: ParsedMessage;
  readonly candidate: Candidate;
  readonly by: Evidence;
}

/** Returns one likely match, or undefined while every message must wait. Call it again after each match. */
export function findLikelyMatch(unmatched: readonly UnmatchedMessage[], candidates: readonly Candidate[]): Match | undefined {
  const options = onePerJob(unmatched).map((item) => ({
    ...item,
    possible: possibleOwners(item, candidates),
    mayMatch: !awaitsProof(item, candidates),
  }));
  // The start message and the result of one job do not compete, even if no uuid connects them.
  const rivals = (candidate: Candidate, start: boolean): number =>
    options.filter((option) => isStartMessage(option.parsed) === start && option.possible.includes(candidate)).length;
  for (const { parsed, waitedLongEnough, deletedBefore, possible, mayMatch } of options) {
    if (!mayMatch) continue;
    const withDeletedStart = deletedStarts(possible, deletedBefore);
    const [only] = possible.length === 1 ? possible : withDeletedStart.length === 1 ? withDeletedStart : [];
    if (!only || rivals(only, isStartMessage(parsed)) !== 1) continue;
    const decided = possible.length === 1 || !possible.some(({ operation }) => overlaps(operation.messageIds, deletedBefore));
    const isOpen = waitedLongEnough || decided || possible.every(({ isOwn }) => !isOwn);
    if ((decided && isConfirmed(only, parsed)) || (isOpen && mayMatchByLikeness(only, waitedLongEnough)))
      return { parsed, candidate: only, by: evidenceOf(only, parsed) };
  }
  const ordered = matchEqualJobs(options);
  return ordered && { ...ordered, by: 'order' };
}

/** A start message that was deleted after the result arrived tells more than one that was deleted before. */
function deletedStarts(possible: readonly Candidate[], deletedBefore: readonly string[]): Candidate[] {
  const deleted = possible.filter(isStartDeleted);
  const after = deleted.filter(({ operation }) => !overlaps(operation.messageIds, deletedBefore));
  return after.length > 0 ? after : deleted;
}

function isConfirmed(candidate: Candidate, parsed: ParsedMessage): boolean {
  if (candidate.likelyMatches === 'never') return false;
  // Midjourney had queued the job and starts it now, with a new start message that has no nonce.
  if (isStartMessage(parsed)) return candidate.operation.queued && candidate.sawAllEvents;
  if (isStartDeleted(candidate)) return true;
  // U1–U4 have a result and no start message.
  return candidate.effect?.family === 'single' && resemblance(candidate, parsed)?.by === 'source';
}

function evidenceOf(candidate: Candidate, parsed: ParsedMessage): Evidence {
  const likeness = resemblance(candidate, parsed);
  if (!likeness) return 'last';
  return isStartDeleted(candidate) ? 'deletion' : likeness.by;
}

/** If the history holds both the start message and the result of one job, only the result counts. */
function onePerJob(unmatched: readonly UnmatchedMessage[]): UnmatchedMessage[] {
  const byJob = new Map<string, UnmatchedMessage>();
  for (const item of unmatched) {
    const { parsed } = item;
    const job = parsed.jobUuids.at(-1) ?? parsed.message.id;
    const before = byJob.get(job);
    if (!before || before.parsed.stage !== 'final') byJob.set(job, item);
  }
  return [...byJob.values()];
}
