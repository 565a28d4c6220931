import { effectOfHeading, mayBeSameEffect } from '../messages/effects.ts';
import type { Sighting } from '../messages/message.ts';
import { promptFit } from '../messages/prompt-text.ts';
import { earliestMessageId, isStart, isStartGone, type Trace } from './candidate.ts';

/**
 * Which job a message belongs to: all the rules, and the only place of them.
 *
 * Midjourney answers in a channel that others may use too, its result is another message than its start, and the prompt in it is not
 * the prompt that was sent. So the rules are asked in the order of their strength, and a weaker one is never asked where a
 * stronger one has spoken.
 *
 * Certain (`identify`), taken at once:
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
 * No likely match is taken while a proof may be under way (`mayBeProved`): the history may overtake the events, and a start that is read there
 * first gets its nonce a moment later. And where proof comes after all, it wins: a job that had another's message by likeness looks for
 * its own again, and two that asked for the same change places (`likely-ends.ts`).
 *
 * Jobs that are not ours (somebody used the channel by hand) take part as traces with `ours: false`: they claim their messages
 * by the same rules and count as possibilities, so that nobody else's picture is taken for ours.
 *
 * Everything here is pure. Source: discord-midjourney, 3.7.
 */
export type Evidence = 'nonce' | 'message' | 'interaction' | 'uuid' | 'source' | 'prompt' | 'deletion' | 'order';

const overlaps = (some: readonly string[], others: readonly string[]): boolean => some.some((one) => others.includes(one));

const CERTAIN: readonly { by: Evidence; holds(trace: Trace, sighting: Sighting): boolean }[] = [
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
    holds: ({ operation, answer }, sighting) => answer === 'job' && overlaps(operation.jobUuids, sighting.jobUuids),
  },
];

export const isCertain = (by: Evidence): boolean => CERTAIN.some((rule) => rule.by === by);

/** The one trace that a message certainly belongs to, by the strongest rule that applies. */
export function identify(sighting: Sighting, traces: readonly Trace[]): { trace: Trace; by: Evidence } | undefined {
  const inChannel = traces.filter((trace) => trace.answer !== 'direct-message');
  for (const { by, holds } of CERTAIN) {
    const found = inChannel.filter((trace) => holds(trace, sighting));
    if (found.length === 1 && found[0]) return { trace: found[0], by };
  }
  return undefined;
}

/** What speaks against a message belonging to a job that it resembles, whatever is still to come. */
function contradicts(trace: Trace, sighting: Sighting): boolean {
  const { operation, effect } = trace;
  const { message, heading, jobUuids } = sighting;
  const source = message.referenceId ?? message.interaction?.interactedMessageId ?? null;
  const names = message.interaction?.ids ?? [];
  const says = [
    // Another user's, or older than the job.
    (heading?.userId ?? trace.userId) !== trace.userId,
    BigInt(message.id) < earliestMessageId(trace),
    // The answer to an interaction that is none of the job's.
    operation.interactionIds.length > 0 && names.length > 0,
    message.interaction?.name != null && trace.command !== null && message.interaction.name !== trace.command,
    // Another Midjourney job's.
    operation.jobUuids.length > 0 && jobUuids.length > 0,
    // Made from another message, or from one at all where ours was made from none.
    source !== null && source !== operation.sourceMessageId,
    effect !== null && heading !== null && !mayBeSameEffect(effect, effectOfHeading(heading)),
    // A second start message.
    isStart(sighting) && operation.messageIds.length > 0 && !isStartGone(trace),
  ];
  return says.some(Boolean);
}

/**
 * Whether the job would know this message by a proof of its own, and has none: no event can have been missed, so its start comes with our
 * nonce, and before its result; only U1–U4 have results without a start. (One that Midjourney held back begins without a nonce.)
 */
function lacksProof({ operation, effect, unbroken }: Trace, sighting: Sighting): boolean {
  if (!unbroken) return false;
  if (isStart(sighting)) return !operation.queued;
  return operation.messageIds.length === 0 && effect?.family !== 'single';
}

/** How a message and a job resemble each other, and how well; undefined when they do not. */
function resemblance({ operation }: Trace, { message, heading }: Sighting): { by: 'source' | 'prompt'; fit: number } | undefined {
  const source = message.referenceId ?? message.interaction?.interactedMessageId;
  if (source && source === operation.sourceMessageId) return { by: 'source', fit: Infinity };
  const prompts = heading ? [operation.echo, operation.prompt].filter((prompt) => prompt !== null) : [];
  const fits = prompts.map((prompt) => promptFit(prompt, heading?.prompt ?? '')).filter((fit) => fit !== undefined);
  return fits.length > 0 ? { by: 'prompt', fit: Math.max(...fits) } : undefined;
}

/** The jobs that a message may belong to: of those that nothing speaks against, the ones that it resembles most. */
export function possibleTraces(sighting: Sighting, traces: readonly Trace[]): Trace[] {
  if (!isStart(sighting) && sighting.stage !== 'final') return [];
  const found = traces.flatMap((trace) => {
    const likeness = trace.answer === 'job' ? resemblance(trace, sighting) : undefined;
    return likeness && !contradicts(trace, sighting) && !lacksProof(trace, sighting) ? [{ trace, fit: likeness.fit }] : [];
  });
  const best = Math.max(...found.map(({ fit }) => fit));
  return found.filter(({ fit }) => fit === best).map(({ trace }) => trace);
}

/** A message that no certain rule has placed. */
export interface Unplaced {
  readonly sighting: Sighting;
  /** The usual wait is over, and the history was read. */
  readonly overdue: boolean;
  /** Start messages that had been deleted before this message was seen. */
  readonly goneBefore: readonly string[];
  /** The event of its creation was seen: any nonce of ours would have been there. The history shows none. */
  readonly created: boolean;
}

/** Whether a job's proof that a message is its own may still be under way: the history and the result may both overtake the event that has it. */
export function mayBeProved({ sighting, created }: Unplaced, traces: readonly Trace[]): boolean {
  if (isStart(sighting) && created) return false;
  return traces.some(
    (trace) =>
      trace.ours &&
      trace.answer === 'job' &&
      !trace.operation.queued &&
      trace.operation.messageIds.length === 0 &&
      lacksProof(trace, sighting) &&
      resemblance(trace, sighting) !== undefined &&
      !contradicts(trace, sighting),
  );
}

export interface Placement {
  readonly sighting: Sighting;
  readonly trace: Trace;
  readonly by: Evidence;
}

/** One message that can now be placed by likeness; undefined when all must wait. Call it again after each placement. */
export function settle(unplaced: readonly Unplaced[], traces: readonly Trace[]): Placement | undefined {
  const options = onePerJob(unplaced).map((item) => ({
    ...item,
    possible: possibleTraces(item.sighting, traces),
    isOpen: !mayBeProved(item, traces),
  }));
  // The start and the result of one job are no rivals, even where no uuid shows that they are one job's.
  const rivals = (trace: Trace, start: boolean): number =>
    options.filter((option) => isStart(option.sighting) === start && option.possible.includes(trace)).length;
  for (const { sighting, overdue, goneBefore, possible, isOpen } of options) {
    if (!isOpen) continue;
    const gone = possible.filter(isStartGone);
    const [only] = possible.length === 1 ? possible : gone.length === 1 ? gone : [];
    if (!only || rivals(only, isStart(sighting)) !== 1) continue;
    const decided = possible.length === 1 || !overlaps(only.operation.messageIds, goneBefore);
    if ((decided && isConfirmed(only, sighting)) || isRipe(only, overdue)) return { sighting, trace: only, by: nameOf(only, sighting) };
  }
  return settleByOrder(options);
}

/** A trace that is not ours may have its messages at once: nobody waits for them. */
const isRipe = (trace: Trace, overdue: boolean): boolean =>
  !trace.ours || trace.patience === 'spent' || (trace.patience === 'usual' && overdue);

function isConfirmed(trace: Trace, sighting: Sighting): boolean {
  if (trace.patience === 'certain-only') return false;
  // Midjourney held it back and now begins: a new start message, without our nonce.
  if (isStart(sighting)) return trace.operation.queued && trace.unbroken;
  if (isStartGone(trace)) return true;
  // U1–U4 answer with the result alone.
  return trace.effect?.family === 'single' && resemblance(trace, sighting)?.by === 'source';
}

function nameOf(trace: Trace, sighting: Sighting): Evidence {
  return isStartGone(trace) ? 'deletion' : (resemblance(trace, sighting)?.by ?? 'prompt');
}

/** The start and the result of one job, both in the history, are one possibility: the result stands for both. */
function onePerJob(unplaced: readonly Unplaced[]): Unplaced[] {
  const byJob = new Map<string, Unplaced>();
  for (const item of unplaced) {
    const { sighting } = item;
    const job = sighting.jobUuids.at(-1) ?? sighting.message.id;
    const before = byJob.get(job);
    if (!before || before.sighting.stage !== 'final') byJob.set(job, item);
  }
  return [...byJob.values()];
}

type Option = Unplaced & { possible: Trace[]; isOpen: boolean };

/** Rule 7. */
function settleByOrder(options: readonly Option[]): Placement | undefined {
  for (const { possible } of options) {
    const [first] = possible;
    if (!first) continue;
    const alike = options.filter((option) => isSameSet(option.possible, possible));
    const allOpen = alike.every(({ isOpen }) => isOpen);
    const exclusive = options.every((option) => alike.includes(option) || !overlapsSet(option.possible, possible));
    const isWaitOver = possible.some((trace) => alike.every(({ overdue }) => isRipe(trace, overdue)));
    const mayTake = possible.every((trace) => trace.ours);
    // Where no start message is known at all, some of the jobs may never have been asked; the first ones then take what is there.
    const enough = alike.length === possible.length || possible.every(({ operation }) => operation.messageIds.length === 0);
    if (!isWaitOver || !allOpen || !exclusive || !mayTake || !enough || alike.length > possible.length) continue;
    const [sighting] = alike.map((option) => option.sighting).toSorted((a, b) => compareIds(a.message.id, b.message.id));
    const [trace] = possible.toSorted((a, b) => Number(wasAsked(b)) - Number(wasAsked(a)) || compareIds(orderOf(a), orderOf(b)));
    if (sighting && trace) return { sighting, trace, by: 'order' };
  }
  return undefined;
}

const isSameSet = (one: readonly Trace[], other: readonly Trace[]): boolean =>
  one.length === other.length && one.every((trace) => other.includes(trace));
const overlapsSet = (one: readonly Trace[], other: readonly Trace[]): boolean => one.some((trace) => other.includes(trace));
const wasAsked = ({ operation }: Trace): boolean => operation.interactionIds.length > 0 || operation.messageIds.length > 0;
const orderOf = ({ operation }: Trace): string => operation.messageIds[0] ?? operation.nonces[0] ?? '0';
const compareIds = (a: string, b: string): number => (BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0);
