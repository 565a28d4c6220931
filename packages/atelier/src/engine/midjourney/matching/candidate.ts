import { snowflakeToMs } from '@atelier/lib/ids';
import { effectOfHeading, type PictureEffect } from '../messages/effects.ts';
import { cancelCustomId, type ParsedMessage } from '../messages/message.ts';
import { createOperation, type MidjourneyOperation } from '../requests/operation.ts';

/** What one job is known by, at some moment. */
export interface Candidate {
  readonly key: string;
  readonly isOwn: boolean;
  readonly userId: string;
  /** `job`: has a start message or a result in the channel. The others are found by certain rules alone. */
  readonly answer: 'job' | 'reply' | 'direct-message';
  readonly operation: MidjourneyOperation;
  readonly effect: PictureEffect | null;
  /** The slash command, where one was used. */
  readonly command: string | null;
  /** True while no event can have been missed since it was asked: its start message then must carry our nonce. */
  readonly sawAllEvents: boolean;
  /** True when something of what it is known by was saveOperation from a message that was its own by likeness alone. */
  readonly isUnproven: boolean;
  /** Start messages that were deleted. */
  readonly deletedStartIds: readonly string[];
  /** Whether likely matches may be taken: not yet, after the usual wait, or now (the job has waited itself). */
  readonly likelyMatches: 'never' | 'after-wait' | 'now';
}

export const isStartMessage = ({ stage }: ParsedMessage): boolean => stage === 'waiting' || stage === 'progress' || stage === 'stopped';

/** Whether every start message that the job is known to have had is deleted. */
export const isStartDeleted = ({ operation, deletedStartIds }: Candidate): boolean =>
  operation.messageIds.length > 0 && operation.messageIds.every((id) => deletedStartIds.includes(id));

/** Our clock and Discord's may differ by this much. */
const CLOCK_SKEW_MS = 5_000;

/** The snowflake after which every message of this job must lie: by Discord's own clock where it has spoken. */
export function earliestMessageId({ operation }: Candidate): bigint {
  const known = [...operation.interactionIds, ...operation.messageIds].map(BigInt);
  if (known.length > 0) return known.reduce((least, id) => (id < least ? id : least));
  return snowflakeAt(operation.plannedAtMs - CLOCK_SKEW_MS);
}

const DISCORD_EPOCH_MS = snowflakeToMs('0');
const snowflakeAt = (atMs: number): bigint => BigInt(Math.max(atMs - DISCORD_EPOCH_MS, 0)) << 22n;

/** The candidate with what one of its own messages has taught: handles that will recognise the next one with certainty. */
export function learnFrom(candidate: Candidate, parsed: ParsedMessage): Candidate {
  const { message, heading, stage } = parsed;
  const { operation } = candidate;
  // A first answer in words that we cannot read is a start message all the same; of a reply every message is kept in sight.
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

/** The candidate without what a message taught that has been proved to be another job's. */
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

/** A job that somebody started here by other means, by its first message. */
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
