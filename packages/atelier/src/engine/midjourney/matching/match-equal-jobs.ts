import type { ParsedMessage } from '../messages/message.ts';
import { type Candidate, isStartDeleted, isStartMessage } from './candidate.ts';

/** An unmatched message with the jobs that may own it. */
export interface MatchOption {
  readonly parsed: ParsedMessage;
  readonly waitedLongEnough: boolean;
  readonly possible: readonly Candidate[];
  /** False while a proof may still arrive. */
  readonly mayMatch: boolean;
}

/**
 * Rule 7, the last resort: messages and jobs that nothing distinguishes are matched in order. It looks at a closed group: messages of one kind, and every
 * job that may own one of them. All jobs of the group must be of this server and have asked for the same thing, so that their pictures can be exchanged.
 *
 * - As many messages as jobs: each job gets one.
 * - Fewer messages: some jobs may never have reached Midjourney, if nothing of any of them was ever seen; then the first jobs get the messages. Otherwise
 *   all wait: a wrong picture is worse than none.
 * - More messages: a request that was repeated after a crash leaves a result without a job. Jobs whose start messages are gone have their results among
 *   these; each gets the earliest that it can own, after its own wait.
 */
export function matchEqualJobs(options: readonly MatchOption[]): { parsed: ParsedMessage; candidate: Candidate } | undefined {
  for (const option of options) {
    const [first] = option.possible;
    if (!first) continue;
    // The start message and the result of one job do not compete, even if no uuid connects them.
    const rivals = options.filter(({ parsed }) => isStartMessage(parsed) === isStartMessage(option.parsed));
    const { messages, jobs } = groupOf(option, rivals);
    const isOpen = messages.every(({ mayMatch }) => mayMatch) && jobs.every((job) => job.isOwn && isSameRequest(job, first));
    if (!isOpen || !isWaitOver(messages, jobs) || !mayShare(messages.length, jobs)) continue;
    const [message] = messages.toSorted((a, b) => compareIds(a.parsed.message.id, b.parsed.message.id));
    const [candidate] = (message?.possible ?? []).toSorted(byOrderOfResults);
    if (message && candidate) return { parsed: message.parsed, candidate };
  }
  return undefined;
}

/** The messages and jobs that depend on each other, beginning with one message. */
function groupOf(start: MatchOption, options: readonly MatchOption[]): { messages: MatchOption[]; jobs: Candidate[] } {
  let messages = [start];
  let jobs = [...start.possible];
  for (;;) {
    const more = options.filter((option) => messages.includes(option) || option.possible.some((job) => jobs.includes(job)));
    if (more.length === messages.length) return { messages, jobs };
    messages = more;
    jobs = [...new Set(more.flatMap(({ possible }) => possible))];
  }
}

const isWaitOver = (messages: readonly MatchOption[], jobs: readonly Candidate[]): boolean =>
  jobs.some((job) => messages.every(({ waitedLongEnough }) => mayMatchByLikeness(job, waitedLongEnough)));

function mayShare(messages: number, jobs: readonly Candidate[]): boolean {
  if (messages === jobs.length) return true;
  if (messages < jobs.length) return jobs.every(({ operation }) => operation.messageIds.length === 0 && !operation.isSeen);
  return jobs.every((job) => isStartDeleted(job) && job.likelyMatches === 'now');
}

/** Foreign candidates need not wait, because no run depends on their messages. */
export const mayMatchByLikeness = (candidate: Candidate, waitedLongEnough: boolean): boolean =>
  !candidate.isOwn || candidate.likelyMatches === 'now' || (candidate.likelyMatches === 'after-wait' && waitedLongEnough);

/** Jobs that Midjourney is known to have received come first; their start messages are deleted in the order of their results. */
const byOrderOfResults = (one: Candidate, other: Candidate): number =>
  Number(hasReachedMidjourney(other)) - Number(hasReachedMidjourney(one)) ||
  (isStartDeleted(one) && isStartDeleted(other) ? (one.startDeletedAtMs ?? 0) - (other.startDeletedAtMs ?? 0) : 0) ||
  compareIds(firstIdOf(one), firstIdOf(other));

/** Returns true if the two jobs asked for the same thing, so that their pictures can be exchanged. */
export const isSameRequest = (one: Candidate, other: Candidate): boolean =>
  one.operation.prompt === other.operation.prompt &&
  one.operation.sourceMessageId === other.operation.sourceMessageId &&
  one.pressed === other.pressed &&
  JSON.stringify(one.effect) === JSON.stringify(other.effect);

const hasReachedMidjourney = ({ operation }: Candidate): boolean => operation.interactionIds.length > 0 || operation.messageIds.length > 0;
const firstIdOf = ({ operation }: Candidate): string => operation.messageIds[0] ?? operation.nonces[0] ?? '0';
const compareIds = (a: string, b: string): number => (BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0);
