import type { APIApplicationCommand, APIMessage } from 'discord-api-types/v10';
import type { JsonObject } from '@atelier/lib/json';

/**
 * One Discord user session: the REST routes that a user client needs and the gateway connection beside them. Knows Discord
 * and nothing of what it is used for.
 *
 * The connection heals itself: it resumes where Discord lets it, opens a new session where not, waits longer after each
 * failure, and never throws into the process. What cannot be healed (a wrong token) ends it with a `fatal` event.
 */
export interface DiscordSession {
  /** Resolves with who we are once the gateway is ready; rejects with `DiscordFatalError`, or when aborted. Opens the connection on first use. */
  ready(signal?: AbortSignal): Promise<SessionInfo>;
  /** Events in the order of arrival. Register before asking for anything: events may come before the REST answer. */
  subscribe(listener: (event: SessionEvent) => void): () => void;

  /** POST /interactions. Resolves on 204. Rejects with `DiscordRestError`. Never sent twice by itself, except after 429. */
  interact(payload: JsonObject): Promise<void>;
  /** The commands that this user can use in this place, straight from Discord's command index; not cached. */
  commandIndex(place: { guildId: string } | { channelId: string }): Promise<CommandIndex>;
  /** GET /channels/{id}/messages, newest first. `limit` 1–100. */
  listMessages(channelId: string, query: { limit: number; before?: string; after?: string; around?: string }): Promise<APIMessage[]>;
  /** Uploads a file to a channel's attachment store; the name that later interactions and messages refer to. */
  uploadAttachment(
    channelId: string,
    file: { filename: string; bytes: Uint8Array; contentType: string },
  ): Promise<{ uploadFilename: string }>;
  /** POST /channels/{id}/messages with attachments that were uploaded before; the message as Discord stored it. */
  sendMessage(
    channelId: string,
    message: { content: string; nonce: string; attachments: { filename: string; uploadFilename: string }[] },
  ): Promise<APIMessage>;
  /** POST /users/@me/channels: the id of the private channel with this user, opened if there was none. Needs no gateway connection. */
  openPrivateChannel(userId: string): Promise<string>;
  /** PUT /channels/{id}/messages/{id}/reactions/{emoji}/@me. */
  addReaction(channelId: string, messageId: string, emoji: string): Promise<void>;
  /** Fresh signed links for Discord CDN URLs, in the order given. At most 50. */
  refreshUrls(urls: readonly string[]): Promise<string[]>;

  /** Ends the session (close code 1000) and every timer. */
  close(): Promise<void>;
}

export interface SessionInfo {
  userId: string;
  username: string;
  /** The gateway session; interactions name it. Changes with each new session. */
  sessionId: string;
}

export type SessionEvent =
  /** A new session: whatever Discord sent between the last event and this one is lost to us; look at the history. */
  | { type: 'ready'; info: SessionInfo }
  /** The old session goes on: everything missed was replayed before this event. */
  | { type: 'resumed' }
  /** One gateway dispatch: `name` is Discord's (`MESSAGE_CREATE`), `data` is unchecked. */
  | { type: 'dispatch'; name: string; data: unknown }
  | { type: 'disconnected'; code: number; reason: string }
  | { type: 'fatal'; error: DiscordFatalError };

export interface CommandIndex {
  commands: APIApplicationCommand[];
}

/** Discord answered a REST call with an error, or could not be reached at all (`status` 0). */
export class DiscordRestError extends Error {
  override readonly name = 'DiscordRestError';
  readonly method: string;
  readonly path: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Discord's error code (50035, 10008, …), or 0. */
  readonly code: number;
  /** The answer as text, at most 4 KiB; Discord's JSON document where it sent one. */
  readonly body: string;
  /** For 429: how long to wait, milliseconds; else null. */
  readonly retryAfterMs: number | null;

  constructor(facts: {
    method: string;
    path: string;
    status: number;
    code: number;
    body: string;
    retryAfterMs: number | null;
    cause?: unknown;
  }) {
    super(`${facts.method} ${facts.path} failed with HTTP status ${facts.status}`, { cause: facts.cause });
    this.method = facts.method;
    this.path = facts.path;
    this.status = facts.status;
    this.code = facts.code;
    this.body = facts.body;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** The session is over for good: `closeCode` 4004 (wrong token) and the like. */
export class DiscordFatalError extends Error {
  override readonly name = 'DiscordFatalError';
  readonly closeCode: number;

  constructor(closeCode: number, reason: string) {
    super(`Discord ended the session for good (${closeCode}${reason ? `: ${reason}` : ''})`);
    this.closeCode = closeCode;
  }
}

/** Where Discord is. The simulator serves the same paths on another host. */
export interface DiscordEndpoints {
  /** `https://discord.com/api/v9`, no slash at the end. */
  restUrl: string;
  /** `wss://gateway.discord.gg`, no query: or null to ask `GET /gateway` for it. */
  gatewayUrl: string | null;
}

/** Name of this client in HTTP headers and in the gateway's Identify. It never poses as another client. */
export const CLIENT_NAME = 'Atelier';
