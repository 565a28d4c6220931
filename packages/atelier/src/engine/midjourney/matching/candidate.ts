import { snowflakeToMs } from '@atelier/lib/ids';
import { effectOfHeading, type PictureEffect } from '../messages/effects.ts';
import { cancelCustomId, type ParsedMessage } from '../messages/message.ts';
import { createOperation, type MidjourneyOperation } from '../requests/operation.ts';

/** A job that may own messages of the channel, with everything that identifies its messages. */
export interface Candidate {
  readonly key: string;
  readonly isOwn: boolean;
  readonly userId: string;
  /** `job`: has a start message or a result in the channel. The other answers are found by certain rules only. */
  readonly answer: 'job' | 'reply' | 'direct-message';
  readonly operation: MidjourneyOperation;
  readonly effect: PictureEffect | null;
  /** The slash command of the request, or null for a button. */
  readonly command: string | null;
  /** True if no event was lost since the request was sent: then the start message must carry the job's nonce. */
  readonly sawAllEvents: boolean;
  /** True if the candidate learned from a message that matched by likeness only. */
  readonly isUnproven: boolean;
  /** Start messages that were deleted. */
  readonly deletedStartIds: readonly string[];
  /** Whether likely matches are allowed: `never`, `after-wait` (the usual wait), or `now` (the run itself has waited already). */
  readonly likelyMatches: 'never' | 'after-wait' | 'now';
}

export const isStartMessage = ({ stage }: ParsedMessage): boolean => stage === 'waiting' || stage === 'progress' || stage === 'stopped';

/** Returns true if the job has start messages and all of them were deleted. */
export const isStartDeleted = ({ operation, deletedStartIds }: Candidate): boolean =>
  operation.messageIds.length > 0 && operation.messageIds.every((id) => deletedStartIds.includes(id));

/** The clocks of this server and Discord may differ by this much. */
const CLOCK_SKEW_MS = 5_000;

/** Returns the smallest snowflake that a message of this job can have. It uses Discord's clock if the job has an id from Discord. */
export function earliestMessageId({ operation }: Candidate): bigint {
  const known = [...operation.interactionIds, ...operation.messageIds].map(BigInt);
  if (known.length > 0) return known.reduce((least, id) => (id < least ? id : least));
  return snowflakeAt(operation.plannedAtMs - CLOCK_SKEW_MS);
}

const DISCORD_EPOCH_MS = snowflakeToMs('0');
const snowflakeAt = (atMs: number): bigint => BigInt(Math.max(atMs - DISCORD_EPOCH_MS, 0)) << 22n;

/** Returns the candidate with the ids that one of its messages shows; they give certain matches for the next messages. */
export function learnFrom(candidate: Candidate, parsed: ParsedMessage): Candidate {
  const { message, heading, stage } = parsed;
  const { operation } = candidate;
  // A first answer with unknown wording counts as a start message. Every message of a reply is kept.
  const showsStart = isStartMessage(parsed) || stage === 'loading' || stage === 'other' || candidate.answer !== 'job';
  const customId = isStartMessage(parsed) ? cancelCustomId(message) : null;
  const saveOperation: MidjourneyOperation = {
    ...operation,
    interactionIds: joined(operation.interactionIds, message.interaction?.ids ?? []),
    messageIds: showsStart ? joined(operation.messageIds, [message.id]) : operation.messageIds,
    jobUuids: isStartMessage(parsed) ? joined(operation.jobUuids, parsed.jobUuids) : operation.jobUuids,
    echo: isStartMessage(parsed) && heading ? heading.prompt : operation.echo,
    queued: operation.queued && !isStartMessage(parsed),
    cancel: customId === null ? operation.cancel : { messageId: message.id, customId },
  };
  return JSON.stringify(saveOperation) === JSON.stringify(operation) ? candidate : { ...candidate, operation: saveOperation };
}

/** Returns the candidate without the ids that it learned from a message of another job. */
export function unlearnFrom(candidate: Candidate, { id, interaction }: ParsedMessage['message']): Candidate {
  const { operation } = candidate;
  if (!operation.messageIds.includes(id)) return candidate;
  const messageIds = operation.messageIds.filter((one) => one !== id);
  const interactionIds = operation.interactionIds.filter((one) => !interaction?.ids.includes(one));
  return { ...candidate, sawAllEvents: false, operation: { ...operation, messageIds, interactionIds, jobUuids: [], cancel: null } };
}

const joined = (known: string[], more: readonly string[]): string[] => {
  const fresh = more.filter((one) => !known.includes(one));
  return fresh.length === 0 ? known : [...known, ...fresh];
};

/** Builds the candidate of a foreign job (started by another program or by hand) from its first message. */
export function toForeignCandidate(parsed: ParsedMessage, userId: string, plannedAtMs: number): Candidate {
  const { message, heading } = parsed;
  const operation = createOperation({
    accountId: '',
    channelId: message.channelId,
    guildId: message.guildId ?? '',
    plannedAtMs,
    nonce: message.nonce ?? '',
    sourceMessageId: message.referenceId ?? message.interaction?.interactedMessageId ?? null,
    prompt: heading?.prompt ?? null,
  });
  const candidate: Candidate = {
    key: `foreign:${message.id}`,
    isOwn: false,
    userId,
    answer: 'job',
    operation,
    effect: heading && effectOfHeading(heading),
    command: null,
    sawAllEvents: true,
    isUnproven: false,
    deletedStartIds: [],
    likelyMatches: 'after-wait',
  };
  return learnFrom(candidate, parsed);
}
