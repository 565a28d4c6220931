import { asObject, asText, asTexts } from '@atelier/lib/json';
import type { DiscordSession, SessionEvent, SessionInfo } from '../../../discord/discord.ts';
import type { Cancel, Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { earliestMessageId, type Candidate } from './candidate.ts';
import { readSeed } from '../messages/replies.ts';
import { isFromBot, readMessage, parseMessage, type BotMessage, asSnowflake } from '../messages/message.ts';
import type { MidjourneyOperation } from '../requests/operation.ts';
import { createCandidateRegistry, type RegistryEntry } from './candidate-registry.ts';
import { createJobEventQueue, type JobEventQueue } from './job-event-queue.ts';

/** Listens to one channel as one Discord user and passes each event to the job that it concerns. */
export interface ChannelListener {
  /** Starts to collect the events of a job. Call it before the request is sent to Discord. */
  subscribe(request: SubscriptionRequest): JobSubscription;
  onEvent(event: SessionEvent): void;
  close(): void;
}

export type SubscriptionRequest = Pick<Candidate, 'key' | 'answer' | 'operation' | 'effect' | 'command'> & { info: SessionInfo };

/** The events of one job, with the operation that they extend. */
export interface JobSubscription extends JobEventQueue {
  readonly operation: MidjourneyOperation;
  change(change: Partial<MidjourneyOperation>): void;
  /** Tells the matcher that events may be lost, so that a start message without the job's nonce may belong to the job. */
  markEventsMissed(): void;
  /** Sets whether likely matches are allowed for the job from now on. */
  setLikelyMatches(likelyMatches: Candidate['likelyMatches']): void;
  /** Excludes messages that are results of other jobs. */
  markDelivered(messageIds: readonly string[]): void;
  /** Reads the channel's history; its messages arrive as events. Resolves to false if Discord could not be read; never rejects. */
  readHistory(): Promise<boolean>;
  /**
   * `ended`: true if Midjourney is done with the job. If false, the job stays a foreign candidate, so that its messages do not match other
   * jobs.
   */
  close(ended: boolean): void;
}

/**
 * Milliseconds between two reads of the history for unmatched messages. The deletion that decides a match follows the result within a
 * second.
 */
const HISTORY_INTERVAL_MS = 1_500;

export function createChannelListener(deps: { clock: Clock; log: Log; session: DiscordSession; channelId: string }): ChannelListener {
  const { clock, log, session, channelId } = deps;
  let info: SessionInfo | undefined;
  let cancelHistoryTimer: Cancel | undefined;
  let closed = false;
  let currentRead: Promise<boolean> | undefined;
  let nextRead: Promise<boolean> | undefined;
  const registry = createCandidateRegistry({ clock, log, userId: () => info?.userId });

  function onMessage(data: unknown, sawCreation: boolean): void {
    const id = asSnowflake(asObject(data)?.['id']);
    if (id === undefined || registry.isDelivered(id)) return;
    const message = readMessage(data, registry.lastSeen(id));
    if (!message || !isFromBot(message)) return;
    if (message.channelId === channelId) registry.receive(message, sawCreation);
    // A private channel carries both jobs and the answers to seed requests.
    if (message.guildId === null) onDirectMessage(message);
  }

  /** The bot answers a seed request with a direct message. One answer serves all requests for the seed of the same Midjourney job. */
  function onDirectMessage(message: BotMessage): void {
    const seed = readSeed(message.content);
    if (!seed) return;
    for (const { candidate, events } of registry.ownEntries()) {
      if (candidate.answer !== 'direct-message' || !candidate.operation.jobUuids.includes(seed.jobUuid)) continue;
      events?.push({ type: 'message', parsed: parseMessage(message), by: 'uuid' });
    }
  }

  function onInteraction(name: string, data: unknown): void {
    const event = asObject(data);
    const id = asSnowflake(event?.['id']);
    const entry = registry.findByInteraction(asText(event?.['nonce']), id);
    if (!event || !entry) return;
    const { operation } = entry.candidate;
    if (id !== undefined && !operation.interactionIds.includes(id)) {
      entry.candidate = { ...entry.candidate, operation: { ...operation, interactionIds: [...operation.interactionIds, id] } };
    }
    const { events } = entry;
    if (name === 'INTERACTION_FAILURE') events?.push({ type: 'interaction-failed' });
    else if (name === 'INTERACTION_MODAL_CREATE') events?.push({ type: 'form', form: event });
    else if (name === 'INTERACTION_IFRAME_MODAL_CREATE') {
      events?.push({ type: 'page', title: asText(event['title']) ?? '', customId: asText(event['custom_id']) ?? '' });
    } else events?.push({ type: 'interaction', answered: name === 'INTERACTION_SUCCESS' });
    registry.matchAll();
  }

  function onDispatch(name: string, data: unknown): void {
    const event = asObject(data);
    if (name === 'MESSAGE_CREATE' || name === 'MESSAGE_UPDATE') onMessage(data, name === 'MESSAGE_CREATE');
    else if (name === 'MESSAGE_DELETE') registry.onDeleted([asText(event?.['id']) ?? '']);
    else if (name === 'MESSAGE_DELETE_BULK') registry.onDeleted(asTexts(event?.['ids']));
    else if (name.startsWith('INTERACTION_')) onInteraction(name, data);
    scheduleHistory();
  }

  /** Unmatched messages may find their job in the history. */
  function scheduleHistory(): void {
    if (closed || cancelHistoryTimer || !registry.needsHistory()) return;
    cancelHistoryTimer = clock.after(HISTORY_INTERVAL_MS, () => {
      cancelHistoryTimer = undefined;
      void readHistory().then(scheduleHistory);
    });
  }

  /** Events from before a new session are lost, so the history is read for messages that are still there. */
  async function onNewSession(): Promise<void> {
    const affected = registry.ownEntries();
    for (const entry of affected) entry.candidate = { ...entry.candidate, sawAllEvents: false };
    await readHistory();
    for (const { events } of affected) events?.push({ type: 'events-lost' });
  }

  /** Callers that arrive during one read share the next read. */
  function readHistory(): Promise<boolean> {
    nextRead ??= (currentRead ?? Promise.resolve(true)).then(() => {
      currentRead = nextRead;
      nextRead = undefined;
      return readHistoryOnce();
    });
    return nextRead;
  }

  async function readHistoryOnce(): Promise<boolean> {
    const open = registry.ownEntries().filter((entry) => entry.candidate.answer === 'job');
    if (open.length > 0 && !closed) {
      const earliest = open.map(({ candidate }) => earliestMessageId(candidate));
      const after = earliest.reduce((least, id) => (id < least ? id : least)) - 1n;
      const expected = registry.startMessageIds().filter((id) => BigInt(id) > after);
      try {
        const { messages, complete } = await readChannelHistory(session, channelId, after);
        for (const message of messages) onMessage(message, false);
        const there = new Set(messages.map(({ id }) => id));
        if (complete) registry.onDeleted(expected.filter((id) => !there.has(id)));
      } catch (error) {
        log.warn({ err: error, channelId }, "could not read the channel's history: unmatched messages wait for the next read");
        return false;
      }
    }
    registry.historyRead();
    return true;
  }

  const toSubscription = (entry: RegistryEntry, events: JobEventQueue): JobSubscription => ({
    ...events,
    get operation() {
      return entry.candidate.operation;
    },
    change(change) {
      entry.candidate = { ...entry.candidate, operation: { ...entry.candidate.operation, ...change } };
    },
    markEventsMissed() {
      entry.candidate = { ...entry.candidate, sawAllEvents: false };
    },
    setLikelyMatches(likelyMatches) {
      entry.candidate = { ...entry.candidate, likelyMatches };
      registry.matchAll();
    },
    markDelivered: registry.markDelivered,
    readHistory,
    close(ended) {
      if (ended) registry.end(entry);
      else registry.abandon(entry);
      registry.matchAll();
    },
  });

  return {
    subscribe({ info: sessionInfo, ...request }) {
      info ??= sessionInfo;
      const events = createJobEventQueue(clock);
      const candidate: Candidate = {
        ...request,
        isOwn: true,
        userId: sessionInfo.userId,
        sawAllEvents: true,
        isUnproven: false,
        deletedStartIds: [],
        likelyMatches: 'after-wait',
      };
      return toSubscription(registry.add(candidate, events), events);
    },
    onEvent(event) {
      if (event.type === 'dispatch') onDispatch(event.name, event.data);
      else if (event.type === 'fatal') for (const { events } of registry.ownEntries()) events?.push({ type: 'fatal', error: event.error });
      else if (event.type === 'ready') {
        const isNew = info !== undefined && info.sessionId !== event.info.sessionId;
        info = event.info;
        if (isNew) void onNewSession();
      }
    },
    close() {
      closed = true;
      cancelHistoryTimer?.();
    },
  };
}

const PAGE_SIZE = 100;
/** Limits one read to 1,000 messages. The next read continues in a channel that is busier. */
const MAX_PAGES = 10;

export interface ChannelHistory {
  /** Oldest first. */
  readonly messages: readonly { id: string }[];
  /** True if no message after `afterId` is missing. */
  readonly complete: boolean;
}

/** Reads the messages of a channel after a message id. Rejects with `DiscordRestError`. */
export async function readChannelHistory(session: DiscordSession, channelId: string, afterId: bigint): Promise<ChannelHistory> {
  const messages: { id: string }[] = [];
  let after = afterId;
  for (let page = 0; page < MAX_PAGES; page++) {
    const found = await session.listMessages(channelId, { limit: PAGE_SIZE, after: String(after) });
    messages.push(...found.toReversed());
    if (found.length < PAGE_SIZE) return { messages, complete: true };
    for (const { id } of found) after = BigInt(id) > after ? BigInt(id) : after;
  }
  return { messages, complete: false };
}
