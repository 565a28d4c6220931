import type { APIApplicationCommand, APIMessage } from 'discord-api-types/v10';
import { DiscordFatalError, DiscordRestError, type DiscordSession, type RestOutcome, type SessionEvent } from '../../../discord/discord.ts';
import { type JsonObject, asText, isJsonObject } from '@atelier/lib/json';
import { BOT_IDS, MIDJOURNEY_BOT_ID } from '../messages/message.ts';
import { GUILD, USER } from './bot-messages.ts';

/** A Discord session for tests: it records all requests and emits the events that the test dispatches. */
export interface FakeSession extends DiscordSession {
  /** All posted interactions, oldest first. */
  readonly posted: JsonObject[];
  readonly uploads: string[];
  /** The names of the files of each posted message. */
  readonly sent: string[];
  readonly reactions: { messageId: string; emoji: string }[];
  /** The messages of the channel; the test sets them. */
  history: JsonObject[];
  commands: JsonObject[];
  readonly indexReads: number;
  readonly historyReads: number;
  readonly closed: boolean;
  /** Runs in place of Discord's answer to an interaction. It may emit events or throw. */
  onInteract: (payload: JsonObject) => void | Promise<void>;
  /** The guilds that the engine asked to watch. */
  readonly watchedGuilds: ReadonlySet<string>;
  /** Discord's clock minus ours, as `clockSkewMs` returns it; the test sets it. */
  skewMs: number | null;
  /** Thrown by every read of the history. */
  historyFault: Error | undefined;
  emit(event: SessionEvent): void;
  dispatch(name: string, data: JsonObject): void;
  /** Replaces the session by a new one, so that events are lost. */
  reconnect(): void;
}

/** A failed call as the session reports it. A 401 is a confirmed one: it ends the session. */
export const restError = (status: number, code = 0, body = '', path = '/interactions', outcome?: RestOutcome): DiscordRestError =>
  new DiscordRestError({
    method: 'POST',
    path,
    status,
    code,
    body,
    retryAfterMs: null,
    ...(outcome && { outcome }),
    ...(status === 401 && { cause: new DiscordFatalError(4004, 'REST answered 401') }),
  });

const command = (name: string, options: JsonObject[] = []): JsonObject => ({
  id: `id-of-${name}`,
  version: `version-of-${name}`,
  application_id: MIDJOURNEY_BOT_ID,
  type: 1,
  name,
  description: name,
  options,
});
const PROMPT = { type: 3, name: 'prompt', description: 'p', required: true };
const picture = (name: string): JsonObject => ({ type: 11, name, description: 'p' });

/** Midjourney's commands, after a command of another bot with an equal name. */
export const COMMANDS: JsonObject[] = [
  { ...command('imagine', [PROMPT]), id: 'other-bot', application_id: '1' },
  command('imagine', [PROMPT]),
  command('shorten', [PROMPT]),
  command('describe', [picture('image'), { type: 3, name: 'link', description: 'l' }]),
  command('blend', [
    picture('image1'),
    picture('image2'),
    {
      type: 3,
      name: 'dimensions',
      description: 'd',
      choices: [
        { name: 'Portrait', value: '--ar 2:3' },
        { name: 'Square', value: '--ar 1:1' },
      ],
    },
    picture('image3'),
  ]),
  command('show', [{ type: 3, name: 'job_id', description: 'j', required: true }]),
  { ...command('imagine', [PROMPT]), id: 'niji', application_id: BOT_IDS.niji },
  ...['info', 'settings', 'fast', 'relax', 'turbo'].map((name) => command(name)),
  command('prefer', [{ type: 1, name: 'remix', description: 'r', options: [] }]),
];

// The engine reads only the fields of these objects.
const asCommands = (commands: JsonObject[]): APIApplicationCommand[] => JSON.parse(JSON.stringify(commands)) as APIApplicationCommand[];
const asMessages = (messages: JsonObject[]): APIMessage[] => JSON.parse(JSON.stringify(messages)) as APIMessage[];

export function createFakeSession(): FakeSession {
  const listeners = new Set<(event: SessionEvent) => void>();
  let sessions = 1;
  const info = () => ({ userId: USER, username: 'someone', sessionId: `session-${sessions}` });
  const idOf = (message: JsonObject): bigint => BigInt(asText(message['id']) ?? '0');
  let closed = false;
  let indexReads = 0;
  let historyReads = 0;
  const posted: JsonObject[] = [];
  const uploads: string[] = [];
  const sent: string[] = [];
  const reactions: { messageId: string; emoji: string }[] = [];

  const watchedGuilds = new Set<string>();

  const session: FakeSession = {
    watchedGuilds,
    skewMs: null,
    posted,
    uploads,
    sent,
    reactions,
    history: [],
    commands: COMMANDS,
    historyFault: undefined,
    onInteract: () => {},
    get indexReads() {
      return indexReads;
    },
    get historyReads() {
      return historyReads;
    },
    get closed() {
      return closed;
    },
    ready: () => Promise.resolve(info()),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    watchGuilds(guildIds) {
      for (const id of guildIds) if (id !== '') watchedGuilds.add(id);
    },
    clockSkewMs: () => session.skewMs,
    connectError: () => null,
    async interact(payload, { signal } = {}) {
      if (signal?.aborted) throw restError(0, 0, '', '/interactions', 'not-sent');
      posted.push(payload);
      await session.onInteract(payload);
    },
    openPrivateChannel: () => Promise.reject(new Error('no test opens one here')),
    commandIndex(place) {
      indexReads += 1;
      return Promise.resolve({ commands: 'guildId' in place && place.guildId === GUILD ? asCommands(session.commands) : [] });
    },
    listMessages(_channelId, { limit, after, around }) {
      historyReads += 1;
      if (session.historyFault) return Promise.reject(session.historyFault);
      const found = session.history.filter((message) =>
        around !== undefined ? message['id'] === around : idOf(message) > BigInt(after ?? 0),
      );
      const oldestFirst = found.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1)).slice(0, limit);
      return Promise.resolve(asMessages(oldestFirst.toReversed()));
    },
    uploadAttachment(_channelId, { filename }) {
      uploads.push(filename);
      return Promise.resolve({ uploadFilename: `uploaded/${filename}` });
    },
    sendMessage(channelId, { attachments }) {
      sent.push(...attachments.map(({ filename }) => filename));
      const files = attachments.map(({ filename }, index) => ({
        id: String(index),
        filename,
        url: `https://cdn.example/${sent.length}/${filename}?ex=1&`,
      }));
      const [message] = asMessages([{ id: '1', channel_id: channelId, content: '', author: { id: USER }, attachments: files }]);
      return message ? Promise.resolve(message) : Promise.reject(new Error('no message'));
    },
    addReaction(_channelId, messageId, emoji) {
      reactions.push({ messageId, emoji });
      return Promise.resolve();
    },
    refreshUrls: (urls) => Promise.resolve([...urls]),
    close() {
      closed = true;
      return Promise.resolve();
    },
    emit(event) {
      for (const listener of listeners) listener(event);
    },
    dispatch: (name, data) => session.emit({ type: 'dispatch', name, data }),
    reconnect() {
      session.emit({ type: 'disconnected', code: 4000, reason: '' });
      sessions += 1;
      session.emit({ type: 'ready', info: info() });
    },
  };
  return session;
}

/** Returns `data` of a posted interaction. */
export function dataOf(payload: JsonObject | undefined): JsonObject {
  const data = payload?.['data'];
  return isJsonObject(data) ? data : {};
}
