import { snowflakeToMs } from '@atelier/lib/ids';
import { effectOfHeading, type Effect } from '../messages/effects.ts';
import type { Sighting } from '../messages/message.ts';
import { cancelCustomId } from '../messages/offers.ts';
import { newOperation, type Operation } from '../requests/operation.ts';

/** What one job is known by, at some moment. */
export interface Trace {
  readonly key: string;
  readonly ours: boolean;
  readonly userId: string;
  /** `job`: has a start message or a result in the channel. The others are found by certain rules alone. */
  readonly answer: 'job' | 'reply' | 'direct-message';
  readonly operation: Operation;
  readonly effect: Effect | null;
  /** The slash command, where one was used. */
  readonly command: string | null;
  /** True while no event can have been missed since it was asked: its start message then must carry our nonce. */
  readonly unbroken: boolean;
  /** True when something of what it is known by was learnt from a message that was its own by likeness alone. */
  readonly likely: boolean;
  /** Start messages that were deleted. */
  readonly gone: readonly string[];
  /** Whether likely matches may be taken: not yet, after the usual wait, or now (the job has waited itself). */
  readonly patience: 'certain-only' | 'usual' | 'spent';
}

export const isStart = ({ stage }: Sighting): boolean => stage === 'waiting' || stage === 'progress' || stage === 'stopped';

/** Whether every start message that the job is known to have had is deleted. */
export const isStartGone = ({ operation, gone }: Trace): boolean =>
  operation.messageIds.length > 0 && operation.messageIds.every((id) => gone.includes(id));

/** Our clock and Discord's may differ by this much. */
const CLOCK_SKEW_MS = 5_000;

/** The snowflake after which every message of this job must lie: by Discord's own clock where it has spoken. */
export function earliestMessageId({ operation }: Trace): bigint {
  const known = [...operation.interactionIds, ...operation.messageIds].map(BigInt);
  if (known.length > 0) return known.reduce((least, id) => (id < least ? id : least));
  return snowflakeAt(operation.plannedAtMs - CLOCK_SKEW_MS);
}

const DISCORD_EPOCH_MS = snowflakeToMs('0');
const snowflakeAt = (atMs: number): bigint => BigInt(Math.max(atMs - DISCORD_EPOCH_MS, 0)) << 22n;

/** The trace with what one of its own messages has taught: handles that will recognise the next one with certainty. */
export function learn(trace: Trace, sighting: Sighting): Trace {
  const { message, heading, stage } = sighting;
  const { operation } = trace;
  // A first answer in words that we cannot read is a start message all the same; of a reply every message is kept in sight.
  const showsStart = isStart(sighting) || stage === 'loading' || stage === 'other' || trace.answer !== 'job';
  const customId = isStart(sighting) ? cancelCustomId(message) : null;
  const learnt: Operation = {
    ...operation,
    interactionIds: joined(operation.interactionIds, message.interaction?.ids ?? []),
    messageIds: showsStart ? joined(operation.messageIds, [message.id]) : operation.messageIds,
    jobUuids: isStart(sighting) ? joined(operation.jobUuids, sighting.jobUuids) : operation.jobUuids,
    echo: isStart(sighting) && heading ? heading.prompt : operation.echo,
    queued: operation.queued && !isStart(sighting),
    cancel: customId === null ? operation.cancel : { messageId: message.id, customId },
  };
  return JSON.stringify(learnt) === JSON.stringify(operation) ? trace : { ...trace, operation: learnt };
}

/** The trace without what a message taught that has been proved to be another job's. */
export function unlearn(trace: Trace, { id, interaction }: Sighting['message']): Trace {
  const { operation } = trace;
  if (!operation.messageIds.includes(id)) return trace;
  const messageIds = operation.messageIds.filter((one) => one !== id);
  const interactionIds = operation.interactionIds.filter((one) => !interaction?.ids.includes(one));
  return { ...trace, unbroken: false, operation: { ...operation, messageIds, interactionIds, jobUuids: [], cancel: null } };
}

const joined = (known: string[], more: readonly string[]): string[] => {
  const fresh = more.filter((one) => !known.includes(one));
  return fresh.length === 0 ? known : [...known, ...fresh];
};

/** A job that somebody started here by other means, by its first message. */
export function toForeignTrace(sighting: Sighting, userId: string, plannedAtMs: number): Trace {
  const { message, heading } = sighting;
  const operation = newOperation({
    accountId: '',
    channelId: message.channelId,
    guildId: message.guildId ?? '',
    plannedAtMs,
    nonce: message.nonce ?? '',
    sourceMessageId: message.referenceId ?? message.interaction?.interactedMessageId ?? null,
    prompt: heading?.prompt ?? null,
  });
  const trace: Trace = {
    key: `foreign:${message.id}`,
    ours: false,
    userId,
    answer: 'job',
    operation,
    effect: heading && effectOfHeading(heading),
    command: null,
    unbroken: true,
    likely: false,
    gone: [],
    patience: 'usual',
  };
  return learn(trace, sighting);
}
