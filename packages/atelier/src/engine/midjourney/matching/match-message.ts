import { effectOfHeading, mayBeSameEffect } from '../messages/effects.ts';
import type { ParsedMessage } from '../messages/message.ts';
import { promptFit } from '../messages/prompt-text.ts';
import { earliestMessageId, isStartMessage, isStartDeleted, type Candidate } from './candidate.ts';

/**
 * Which job a message belongs to: all the rules, and the only place of them.
 *
 * Midjourney answers in a channel that others may use too, its result is another message than its start, and the prompt in it is not
 * the prompt that was sent. So the rules are asked in the order of their strength, and a weaker one is never asked where a
 * stronger one has spoken.
 *
 * Certain (`findCertainMatch`), taken at once:
 *   1. nonce        The message carries a nonce that we issued. (Results carry one too since 2025: the bot's own, which is nobody's.)
 *   2. message      It is a start message that we know, or an answer to one (a late error).
 *   3. interaction  It names an interaction of ours, directly or as the one that triggered it (forms).
 *   4. uuid         It names a Midjourney job id that the start message showed, in its Cancel button or its preview's file name.
 *
 * Likely (`settle`), taken only when nothing else is possible:
 *   5. source       It answers the message whose button we pressed, and does what that button does (U2: `Image #2`).
 *   6. prompt       It repeats our prompt.
 * A message and a job that resemble each other are still kept apart by anything that speaks against it (`contradicts`). If then
 * each is the only possibility of the other, they belong together: at once when the job's start message was deleted (Midjourney
 * deletes it when the result is out) or the job needs none; else only after a wait in which the channel's history was read,
 * since the deletion, or the uuid of a preview, usually comes a moment later and decides. Of several possible jobs the one whose
 * start message went away just after the message came wins, if it is one. (One that went away before may have been deleted for
 * another reason; it must wait as well.) What is still ambiguous waits for more evidence.
 *   7. order        The last resort, after that wait: as many messages as jobs, all of one prompt, nothing to tell them apart:
 *                   they are given out in their order, each once, first to those of which it is known that Midjourney was asked.
 *                   The caller logs it.
 *
 * No likely match is taken while a proof may be under way (`awaitsProof`): the history may overtake the events, and a start that is read there
 * first gets its nonce a moment later. And where proof comes after all, it wins: a job that had another's message by likeness looks for
 * its own again, and two that asked for the same change places (`likely-ends.ts`).
 *
 * Jobs that are not ours (somebody used the channel by hand) take part as candidates with `ours: false`: they claim their messages
 * by the same rules and count as possibilities, so that nobody else's picture is taken for ours.
 *
 * Everything here is pure. Source: discord-midjourney, 3.7.
 */
export type Evidence = 'nonce' | 'message' | 'interaction' | 'uuid' | 'source' | 'prompt' | 'deletion' | 'order';

const overlaps = (some: readonly string[], others: readonly string[]): boolean => some.some((one) => others.includes(one));

const CERTAIN: readonly { by: Evidence; holds(candidate: Candidate, parsed: ParsedMessage): boolean }[] = [
  { by: 'nonce', holds: ({ operation }, { message }) => message.nonce !== null && operation.nonces.includes(message.nonce) },
  {
    by: 'message',
    holds: ({ operation, effect }, { message }) =>
      operation.messageIds.includes(message.id) ||
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

/** The one candidate that a message certainly belongs to, by the strongest rule that applies. */
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

/** What speaks against a message belonging to a job that it resembles, whatever is still to come. */
function contradicts(candidate: Candidate, parsed: ParsedMessage): boolean {
  const { operation, effect } = candidate;
  const { message, heading, jobUuids } = parsed;
  const source = message.referenceId ?? message.interaction?.interactedMessageId ?? null;
  const names = message.interaction?.ids ?? [];
  const says = [
    // Another user's, or older than the job.
    (heading?.userId ?? candidate.userId) !== candidate.userId,
    BigInt(message.id) < earliestMessageId(candidate),
    // The answer to an interaction that is none of the job's.
    operation.interactionIds.length > 0 && names.length > 0,
    message.interaction?.name != null && candidate.command !== null && message.interaction.name !== candidate.command,
    // Another Midjourney job's.
    operation.jobUuids.length > 0 && jobUuids.length > 0,
    // Made from another message, or from one at all where ours was made from none.
    source !== null && source !== operation.sourceMessageId,
    effect !== null && heading !== null && !mayBeSameEffect(effect, effectOfHeading(heading)),
    // A second start message.
    isStartMessage(parsed) && operation.messageIds.length > 0 && !isStartDeleted(candidate),
  ];
  return says.some(Boolean);
}

/**
 * Whether the job would know this message by a proof of its own, and has none: no event can have been missed, so its start comes with our
 * nonce, and before its result; only U1–U4 have results without a start. (One that Midjourney held back begins without a nonce.)
 */
function lacksProof({ operation, effect, sawAllEvents }: Candidate, parsed: ParsedMessage): boolean {
  if (!sawAllEvents) return false;
  if (isStartMessage(parsed)) return !operation.queued;
  return operation.messageIds.length === 0 && effect?.family !== 'single';
}

/** How a message and a job resemble each other, and how well; undefined when they do not. */
function resemblance({ operation }: Candidate, { message, heading }: ParsedMessage): { by: 'source' | 'prompt'; fit: number } | undefined {
  const source = message.referenceId ?? message.interaction?.interactedMessageId;
  if (source && source === operation.sourceMessageId) return { by: 'source', fit: Infinity };
  const prompts = heading ? [operation.echo, operation.prompt].filter((prompt) => prompt !== null) : [];
  const fits = prompts.map((prompt) => promptFit(prompt, heading?.prompt ?? '')).filter((fit) => fit !== undefined);
  return fits.length > 0 ? { by: 'prompt', fit: Math.max(...fits) } : undefined;
}

/** The jobs that a message may belong to: of those that nothing speaks against, the ones that it resembles most. */
export function possibleCandidates(parsed: ParsedMessage, candidates: readonly Candidate[]): Candidate[] {
  if (!isStartMessage(parsed) && parsed.stage !== 'final') return [];
  const found = candidates.flatMap((candidate) => {
    const likeness = candidate.answer === 'job' ? resemblance(candidate, parsed) : undefined;
    return likeness && !contradicts(candidate, parsed) && !lacksProof(candidate, parsed) ? [{ candidate, fit: likeness.fit }] : [];
  });
  const best = Math.max(...found.map(({ fit }) => fit));
  return found.filter(({ fit }) => fit === best).map(({ candidate }) => candidate);
}

/** A message that no certain rule has placed. */
export interface UnmatchedMessage {
  readonly parsed: ParsedMessage;
  /** The usual wait is over, and the history was read. */
  readonly waitedLongEnough: boolean;
  /** Start messages that had been deleted before this message was seen. */
  readonly deletedBefore: readonly string[];
  /** The event of its creation was seen: any nonce of ours would have been there. The history shows none. */
  readonly sawCreation: boolean;
}

/** Whether a job's proof that a message is its own may still be under way: the history and the result may both overtake the event that has it. */
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

/** One message that can now be placed by likeness; undefined when all must wait. Call it again after each match. */
export function findLikelyMatch(unmatched: readonly UnmatchedMessage[], candidates: readonly Candidate[]): Match | undefined {
  const options = onePerJob(unmatched).map((item) => ({
    ...item,
    possible: possibleCandidates(item.parsed, candidates),
    mayMatch: !awaitsProof(item, candidates),
  }));
  // The start and the result of one job are no rivals, even where no uuid shows that they are one job's.
  const rivals = (candidate: Candidate, start: boolean): number =>
    options.filter((option) => isStartMessage(option.parsed) === start && option.possible.includes(candidate)).length;
  for (const { parsed, waitedLongEnough, deletedBefore, possible, mayMatch } of options) {
    if (!mayMatch) continue;
    const gone = possible.filter(isStartDeleted);
    const [only] = possible.length === 1 ? possible : gone.length === 1 ? gone : [];
    if (!only || rivals(only, isStartMessage(parsed)) !== 1) continue;
    const decided = possible.length === 1 || !overlaps(only.operation.messageIds, deletedBefore);
    if ((decided && isConfirmed(only, parsed)) || mayMatchByLikeness(only, waitedLongEnough))
      return { parsed, candidate: only, by: evidenceOf(only, parsed) };
  }
  return matchByOrder(options);
}

/** A candidate that is not ours may have its messages at once: nobody waits for them. */
const mayMatchByLikeness = (candidate: Candidate, waitedLongEnough: boolean): boolean =>
  !candidate.isOwn || candidate.likelyMatches === 'now' || (candidate.likelyMatches === 'after-wait' && waitedLongEnough);

function isConfirmed(candidate: Candidate, parsed: ParsedMessage): boolean {
  if (candidate.likelyMatches === 'never') return false;
  // Midjourney held it back and now begins: a new start message, without our nonce.
  if (isStartMessage(parsed)) return candidate.operation.queued && candidate.sawAllEvents;
  if (isStartDeleted(candidate)) return true;
  // U1–U4 answer with the result alone.
  return candidate.effect?.family === 'single' && resemblance(candidate, parsed)?.by === 'source';
}

function evidenceOf(candidate: Candidate, parsed: ParsedMessage): Evidence {
  return isStartDeleted(candidate) ? 'deletion' : (resemblance(candidate, parsed)?.by ?? 'prompt');
}

/** The start and the result of one job, both in the history, are one possibility: the result stands for both. */
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

type MatchOption = UnmatchedMessage & { possible: Candidate[]; mayMatch: boolean };

/** Rule 7. */
function matchByOrder(options: readonly MatchOption[]): Match | undefined {
  for (const { possible } of options) {
    const [first] = possible;
    if (!first) continue;
    const alike = options.filter((option) => isSameSet(option.possible, possible));
    const allOpen = alike.every(({ mayMatch }) => mayMatch);
    const exclusive = options.every((option) => alike.includes(option) || !overlapsSet(option.possible, possible));
    const isWaitOver = possible.some((candidate) => alike.every(({ waitedLongEnough }) => mayMatchByLikeness(candidate, waitedLongEnough)));
    const mayTake = possible.every((candidate) => candidate.isOwn);
    // Where no start message is known at all, some of the jobs may never have been asked; the first ones then take what is there.
    const enough = alike.length === possible.length || possible.every(({ operation }) => operation.messageIds.length === 0);
    if (!isWaitOver || !allOpen || !exclusive || !mayTake || !enough || alike.length > possible.length) continue;
    const [parsed] = alike.map((option) => option.parsed).toSorted((a, b) => compareIds(a.message.id, b.message.id));
    const [candidate] = possible.toSorted((a, b) => Number(wasAsked(b)) - Number(wasAsked(a)) || compareIds(orderOf(a), orderOf(b)));
    if (parsed && candidate) return { parsed, candidate, by: 'order' };
  }
  return undefined;
}

const isSameSet = (one: readonly Candidate[], other: readonly Candidate[]): boolean =>
  one.length === other.length && one.every((candidate) => other.includes(candidate));
const overlapsSet = (one: readonly Candidate[], other: readonly Candidate[]): boolean => one.some((candidate) => other.includes(candidate));
const wasAsked = ({ operation }: Candidate): boolean => operation.interactionIds.length > 0 || operation.messageIds.length > 0;
const orderOf = ({ operation }: Candidate): string => operation.messageIds[0] ?? operation.nonces[0] ?? '0';
const compareIds = (a: string, b: string): number => (BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0);
