import type { DiscordSession, SessionEvent, SessionInfo } from '../../../discord/discord.ts';
import type { Cancel, Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { earliestMessageId, type Trace } from './candidate.ts';
import { readSeed } from '../messages/replies.ts';
import { readHistory } from './history.ts';
import { isFromBot, readMessage, toSighting, type BotMessage } from '../messages/message.ts';
import type { Operation } from '../requests/operation.ts';
import { asObject, asSnowflake, asText, asTexts } from '../messages/read-json.ts';
import { createRegister, type Entry } from './candidate-registry.ts';
import { createMailbox, type Mailbox } from './job-event-queue.ts';

/** One channel as one Discord user sees it: every event of the session reaches the job that it concerns. */
export interface Desk {
  /** Starts to look out for a job's messages: before Discord is asked for anything. */
  open(request: TicketRequest): Ticket;
  onEvent(event: SessionEvent): void;
  close(): void;
}

export type TicketRequest = Pick<Trace, 'key' | 'answer' | 'operation' | 'effect' | 'command'> & { info: SessionInfo };

/** One job's place at the desk. */
export interface Ticket extends Mailbox {
  readonly operation: Operation;
  change(change: Partial<Operation>): void;
  /** Events may have been missed: a start message may be the job's although it carries no nonce of ours. */
  breakOff(): void;
  /** How long a likely match must wait for certainty from now on. */
  setPatience(patience: Trace['patience']): void;
  /** Results of other jobs, known from elsewhere. */
  markTaken(messageIds: readonly string[]): void;
  /** Reads the channel's history; what is found comes as events. False when it could not be read; never rejects. */
  look(): Promise<boolean>;
  /** `ended`: nothing more will come of the job. If not, what comes is still kept from being taken for another's. */
  close(ended: boolean): void;
}

/** Between two looks for a message that cannot be placed: the deletion that decides follows a result within a second. */
const LOOK_AGAIN_MS = 1_500;

export function createDesk(deps: { clock: Clock; log: Log; session: DiscordSession; channelId: string }): Desk {
  const { clock, log, session, channelId } = deps;
  let info: SessionInfo | undefined;
  let cancelLook: Cancel | undefined;
  let closed = false;
  let looking: Promise<boolean> | undefined;
  let nextLook: Promise<boolean> | undefined;
  const register = createRegister({ clock, log, userId: () => info?.userId });

  function onMessage(data: unknown, created: boolean): void {
    const id = asSnowflake(asObject(data)?.['id']);
    if (id === undefined || register.isPlaced(id)) return;
    const message = readMessage(data, register.lastSeen(id));
    if (!message || !isFromBot(message)) return;
    if (message.channelId === channelId) register.sight(message, created);
    // A private channel has both: jobs, and answers to a request for a seed.
    if (message.guildId === null) onDirectMessage(message);
  }

  /** The bot answers a request for a seed in private; one answer serves all who asked for the same job's. */
  function onDirectMessage(message: BotMessage): void {
    const seed = readSeed(message.content);
    if (!seed) return;
    for (const { trace, mailbox } of register.open()) {
      if (trace.answer !== 'direct-message' || !trace.operation.jobUuids.includes(seed.jobUuid)) continue;
      mailbox?.push({ type: 'message', sighting: toSighting(message), by: 'uuid' });
    }
  }

  function onInteraction(name: string, data: unknown): void {
    const event = asObject(data);
    const id = asSnowflake(event?.['id']);
    const entry = register.findByInteraction(asText(event?.['nonce']), id);
    if (!event || !entry) return;
    const { operation } = entry.trace;
    if (id !== undefined && !operation.interactionIds.includes(id)) {
      entry.trace = { ...entry.trace, operation: { ...operation, interactionIds: [...operation.interactionIds, id] } };
    }
    const { mailbox } = entry;
    if (name === 'INTERACTION_FAILURE') mailbox?.push({ type: 'interaction-failed' });
    else if (name === 'INTERACTION_MODAL_CREATE') mailbox?.push({ type: 'form', form: event });
    else if (name === 'INTERACTION_IFRAME_MODAL_CREATE') {
      mailbox?.push({ type: 'page', title: asText(event['title']) ?? '', customId: asText(event['custom_id']) ?? '' });
    } else mailbox?.push({ type: 'interaction', answered: name === 'INTERACTION_SUCCESS' });
    register.settle();
  }

  function onDispatch(name: string, data: unknown): void {
    const event = asObject(data);
    if (name === 'MESSAGE_CREATE' || name === 'MESSAGE_UPDATE') onMessage(data, name === 'MESSAGE_CREATE');
    else if (name === 'MESSAGE_DELETE') register.deleted([asText(event?.['id']) ?? '']);
    else if (name === 'MESSAGE_DELETE_BULK') register.deleted(asTexts(event?.['ids']));
    else if (name.startsWith('INTERACTION_')) onInteraction(name, data);
    scheduleLook();
  }

  /** What cannot be placed may be decided by the history. */
  function scheduleLook(): void {
    if (closed || cancelLook || !register.isWaiting()) return;
    cancelLook = clock.after(LOOK_AGAIN_MS, () => {
      cancelLook = undefined;
      void look().then(scheduleLook);
    });
  }

  /** What Discord sent before a new session is lost; the history has what is left of it. */
  async function onNewSession(): Promise<void> {
    const affected = register.open();
    for (const entry of affected) entry.trace = { ...entry.trace, unbroken: false };
    await look();
    for (const { mailbox } of affected) mailbox?.push({ type: 'gap' });
  }

  /** Those who ask while one look runs share the next. */
  function look(): Promise<boolean> {
    nextLook ??= (looking ?? Promise.resolve(true)).then(() => {
      looking = nextLook;
      nextLook = undefined;
      return lookOnce();
    });
    return nextLook;
  }

  async function lookOnce(): Promise<boolean> {
    const open = register.open().filter((entry) => entry.trace.answer === 'job');
    if (open.length > 0 && !closed) {
      const earliest = open.map(({ trace }) => earliestMessageId(trace));
      const after = earliest.reduce((least, id) => (id < least ? id : least)) - 1n;
      const expected = register.startMessageIds().filter((id) => BigInt(id) > after);
      try {
        const { messages, complete } = await readHistory(session, channelId, after);
        for (const message of messages) onMessage(message, false);
        const there = new Set(messages.map(({ id }) => id));
        if (complete) register.deleted(expected.filter((id) => !there.has(id)));
      } catch (error) {
        log.warn({ err: error, channelId }, 'the history of the channel could not be read');
        return false;
      }
    }
    register.looked();
    return true;
  }

  const toTicket = (entry: Entry, mailbox: Mailbox): Ticket => ({
    ...mailbox,
    get operation() {
      return entry.trace.operation;
    },
    change(change) {
      entry.trace = { ...entry.trace, operation: { ...entry.trace.operation, ...change } };
    },
    breakOff() {
      entry.trace = { ...entry.trace, unbroken: false };
    },
    setPatience(patience) {
      entry.trace = { ...entry.trace, patience };
      register.settle();
    },
    markTaken: register.markPlaced,
    look,
    close(ended) {
      if (ended) register.end(entry);
      else register.abandon(entry);
      register.settle();
    },
  });

  return {
    open({ info: who, ...request }) {
      info ??= who;
      const mailbox = createMailbox(clock);
      const trace: Trace = { ...request, ours: true, userId: who.userId, unbroken: true, likely: false, gone: [], patience: 'usual' };
      return toTicket(register.add(trace, mailbox), mailbox);
    },
    onEvent(event) {
      if (event.type === 'dispatch') onDispatch(event.name, event.data);
      else if (event.type === 'fatal') for (const { mailbox } of register.open()) mailbox?.push({ type: 'fatal', error: event.error });
      else if (event.type === 'ready') {
        const isNew = info !== undefined && info.sessionId !== event.info.sessionId;
        info = event.info;
        if (isNew) void onNewSession();
      }
    },
    close() {
      closed = true;
      cancelLook?.();
    },
  };
}
