import { snowflakeToMs } from '@atelier/lib/ids';
import { effectOfHeading, type PictureEffect } from '../messages/effects.ts';
import { type BotMessage, cancelCustomId, type ParsedMessage } from '../messages/message.ts';
import { createOperation, type MidjourneyOperation } from '../requests/operation.ts';

/** A job that may own messages of the channel, with everything that identifies its messages. */
export interface Candidate {
  /** The job's id; `foreign:<message id>` for a foreign job. */
  readonly key: string;
  /** True for an open job of this server. False for a job of this server that has ended without a result, and for a foreign job. */
  readonly isOwn: boolean;
  readonly userId: string;
  /** `job`: has a start message or a result in the channel. The other answers are found by certain rules only. */
  readonly answer: 'job' | 'reply' | 'direct-message';
  readonly operation: MidjourneyOperation;
  readonly effect: PictureEffect | null;
  /** The custom id of the pressed button, or null. */
  readonly pressed: string | null;
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
  /** The job's messages as last seen, by id; partial updates are completed from them. */
  readonly messages: Readonly<Record<string, BotMessage>>;
  readonly sinceMs: number;
  /** Discord's clock minus ours, in milliseconds; null while it is unknown. */
  readonly skewMs: number | null;
  /** When the last of its start messages was deleted. */
  readonly startDeletedAtMs: number | null;
}

/** The parts of a candidate that its job decides. */
export type CandidateFacts = Pick<Candidate, 'key' | 'userId' | 'answer' | 'operation' | 'effect' | 'command' | 'pressed'>;

/** An open job of this server, before any message of it is known. */
export const createCandidate = (facts: CandidateFacts, sinceMs: number, skewMs: number | null = null): Candidate => ({
  ...facts,
  isOwn: true,
  sawAllEvents: true,
  isUnproven: false,
  deletedStartIds: [],
  likelyMatches: 'after-wait',
  messages: {},
  sinceMs,
  skewMs,
  startDeletedAtMs: null,
});

export const isForeign = ({ key }: Candidate): boolean => key.startsWith('foreign:');

export const isStartMessage = ({ stage }: ParsedMessage): boolean => stage === 'waiting' || stage === 'progress' || stage === 'stopped';

/** Returns true if the job has start messages and all of them were deleted. */
export const isStartDeleted = ({ operation, deletedStartIds }: Candidate): boolean =>
  operation.messageIds.length > 0 && operation.messageIds.every((id) => deletedStartIds.includes(id));

/** Discord's clock is known to a second, and the way to Discord takes time. */
const CLOCK_TOLERANCE_MS = 5_000;
/** Tolerance while the difference of the clocks is unknown. */
const UNKNOWN_SKEW_MS = 300_000;

/**
 * Returns the smallest snowflake that a message of this job can have, by Discord's clock: the least id that Discord gave to the job, else the time
 * of the plan. After a repeated request, the time of the plan counts: the first request may have arrived too.
 */
export function earliestMessageId({ operation, skewMs }: Pick<Candidate, 'operation' | 'skewMs'>): bigint {
  const known = [...operation.interactionIds, ...operation.messageIds].map(BigInt);
  if (known.length > 0 && operation.attempts === 1) return known.reduce((least, id) => (id < least ? id : least));
  return snowflakeAt(operation.plannedAtMs + (skewMs === null ? -UNKNOWN_SKEW_MS : skewMs - CLOCK_TOLERANCE_MS));
}

const DISCORD_EPOCH_MS = snowflakeToMs('0');
/** The least snowflake of an instant. Source: discord-api-docs, snowflakes. */
export const snowflakeAt = (atMs: number): bigint => BigInt(Math.max(atMs - DISCORD_EPOCH_MS, 0)) << 22n;

/** Returns the candidate with the ids that one of its messages shows; they give certain matches for the next messages. */
export function learnFrom(candidate: Candidate, parsed: ParsedMessage): Candidate {
  const { message, heading, stage } = parsed;
  const { operation } = candidate;
  // A first answer with unknown wording counts as a start message. Every message of a reply is kept. A private message is never a start
  // message: the history does not show it.
  const showsStart =
    candidate.answer !== 'job' || (!message.isPrivate && (isStartMessage(parsed) || stage === 'loading' || stage === 'other'));
  const customId = isStartMessage(parsed) ? cancelCustomId(message) : null;
  const learned: MidjourneyOperation = {
    ...operation,
    isSeen: true,
    interactionIds: joined(operation.interactionIds, message.interaction?.ids ?? []),
    messageIds: showsStart ? joined(operation.messageIds, [message.id]) : operation.messageIds,
    jobUuids: isStartMessage(parsed) ? joined(operation.jobUuids, parsed.jobUuids) : operation.jobUuids,
    echo: isStartMessage(parsed) && heading ? heading.prompt : operation.echo,
    queued: operation.queued && !isStartMessage(parsed),
    cancel: customId === null ? operation.cancel : { messageId: message.id, customId },
  };
  const messages = { ...candidate.messages, [message.id]: message };
  const isNew = JSON.stringify(learned) !== JSON.stringify(operation);
  return { ...candidate, messages, operation: isNew ? learned : operation };
}

/**
 * Returns true if the candidate has seen this message as it is now. Each read of the history shows messages again: that is no news. Signatures of
 * links differ each time and do not count.
 */
export function isRepeated({ messages }: Candidate, message: BotMessage): boolean {
  const before = messages[message.id];
  return before !== undefined && appearanceOf(before) === appearanceOf(message);
}

const appearanceOf = ({ content, components, embeds, media, flags }: BotMessage): string =>
  JSON.stringify([
    content,
    flags,
    components,
    embeds.map(({ title, description, color, footer }) => [title, description, color, footer]),
    media.map(({ identity }) => identity),
  ]);

/** Returns the candidate without the ids that it learned from a message of another job. */
export function unlearnFrom(candidate: Candidate, { id, interaction }: ParsedMessage['message']): Candidate {
  const { operation } = candidate;
  if (!operation.messageIds.includes(id)) return candidate;
  const { [id]: _, ...messages } = candidate.messages;
  const messageIds = operation.messageIds.filter((one) => one !== id);
  const interactionIds = operation.interactionIds.filter((one) => !interaction?.ids.includes(one));
  const unlearned = { ...operation, messageIds, interactionIds, jobUuids: [], cancel: null };
  return { ...candidate, sawAllEvents: false, messages, operation: unlearned };
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
  const candidate = createCandidate(
    {
      key: `foreign:${message.id}`,
      userId,
      answer: 'job',
      operation,
      effect: heading && effectOfHeading(heading),
      command: null,
      pressed: null,
    },
    plannedAtMs,
  );
  return learnFrom({ ...candidate, isOwn: false }, parsed);
}
