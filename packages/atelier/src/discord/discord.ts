import type { APIApplicationCommand, APIMessage } from 'discord-api-types/v10';
import type { JsonObject } from '@atelier/lib/json';

/**
 * One Discord user session: the REST routes that a user client needs, and the gateway connection. It knows nothing of Midjourney or of jobs.
 *
 * The connection recovers by itself: it resumes its gateway session if Discord allows it, or else opens a new one. It waits longer after each failure and
 * never throws into the process. An error that no retry can repair (a wrong token) ends it with a `fatal` event.
 */
export interface DiscordSession {
  /** Resolves with the user once the gateway is ready. Rejects with `DiscordFatalError`, or when aborted. Opens the connection on first use. */
  ready(signal?: AbortSignal): Promise<SessionInfo>;
  /** Why the address of the gateway could not be read at the last try; null before the first failure and once the session is ready. */
  connectError(): unknown;
  /** Events in the order of arrival. Subscribe before the first call: events may arrive before the REST answer. */
  subscribe(listener: (event: SessionEvent) => void): () => void;

  /** Asks Discord for the events of these guilds, now and in every later session of the gateway. Guilds of earlier calls stay. The empty id is ignored. */
  watchGuilds(guildIds: readonly string[]): void;
  /** Discord's clock minus ours in milliseconds, to about half a second, by the `Date` of the last REST answer; null before the first. */
  clockSkewMs(): number | null;

  /**
   * POST /interactions. Resolves on 204. Rejects with `DiscordRestError`. Sent once, except after a 429 and after one 401. `signal` takes effect only while nothing
   * was sent: in the wait for the interval, for a rate limit, or for the connection. Then the error's outcome is `not-sent`.
   */
  interact(payload: JsonObject, options?: { signal?: AbortSignal }): Promise<void>;
  /** The commands that this user can use in this place, from Discord's command indexes of the place and of the user. Not cached. */
  commandIndex(place: { guildId: string } | { channelId: string }): Promise<CommandIndex>;
  /** GET /channels/{id}/messages, newest first. `limit` 1–100. */
  listMessages(channelId: string, query: { limit: number; before?: string; after?: string; around?: string }): Promise<APIMessage[]>;
  /** Uploads a file to a channel's attachment store. Returns the name for later interactions and messages. */
  uploadAttachment(
    channelId: string,
    file: { filename: string; bytes: Uint8Array; contentType: string },
  ): Promise<{ uploadFilename: string }>;
  /** POST /channels/{id}/messages with uploaded attachments. Returns the message as Discord stored it. */
  sendMessage(
    channelId: string,
    message: { content: string; nonce: string; attachments: { filename: string; uploadFilename: string }[] },
  ): Promise<APIMessage>;
  /** POST /users/@me/channels. Returns the id of the private channel with this user; Discord opens it if needed. Needs no gateway connection. */
  openPrivateChannel(userId: string): Promise<string>;
  /** PUT /channels/{id}/messages/{id}/reactions/{emoji}/@me. */
  addReaction(channelId: string, messageId: string, emoji: string): Promise<void>;
  /** Fresh signed links for at most 50 Discord CDN URLs, in the given order. */
  refreshUrls(urls: readonly string[]): Promise<string[]>;

  /** Ends the session (close code 1000) and all its timers. */
  close(): Promise<void>;
}

/** How the account of a session appears to others. Source: discord-userdoccers, presence. */
export const PRESENCES = ['online', 'idle', 'dnd', 'invisible'] as const;
export type Presence = (typeof PRESENCES)[number];

export interface SessionInfo {
  userId: string;
  username: string;
  /** Id of the gateway session. Interactions carry it. A new session has a new id. */
  sessionId: string;
  /** The action that Discord asks of the account's owner, such as `REQUIRE_VERIFIED_EMAIL`; left out if none. Source: discord-userdoccers, ready. */
  requiredAction?: string;
}

export type SessionEvent =
  /** A new session. Events since the last one are lost: the listener has to read the channel's history. */
  | { type: 'ready'; info: SessionInfo }
  /** The old session goes on. Discord has replayed all missed events before this one. */
  | { type: 'resumed' }
  /** One gateway dispatch. `name` is Discord's (`MESSAGE_CREATE`); `data` is not validated. */
  | { type: 'dispatch'; name: string; data: unknown }
  | { type: 'disconnected'; code: number; reason: string }
  /** The address of the gateway could not be read; the client tries again. */
  | { type: 'unreachable'; error: unknown }
  /** From now on the session uses this token, and the next start has to use it too. Comes just before the `ready` that brought it. */
  | { type: 'token'; token: string }
  | { type: 'fatal'; error: DiscordFatalError };

export interface CommandIndex {
  commands: APIApplicationCommand[];
}

/**
 * What is known about a REST call that failed.
 *   not-sent  it never reached Discord: no connection, no such host, the proxy is down, aborted while it waited
 *   refused   Discord, or Cloudflare in front of it, answered with an error below 500: the call was not carried out
 *   unknown   it may have been carried out: the answer was lost, came too late, or was a 5xx
 */
export type RestOutcome = 'not-sent' | 'refused' | 'unknown';

/** Discord answered a REST call with an error, or gave no answer (`status` 0). */
export class DiscordRestError extends Error {
  override readonly name = 'DiscordRestError';
  readonly method: string;
  readonly path: string;
  /** HTTP status; 0 if no answer came. */
  readonly status: number;
  /** Discord's error code (50035, 10008, …), or 0. */
  readonly code: number;
  /** The answer as text, at most 4 KiB. Usually Discord's JSON document. */
  readonly body: string;
  /** The wait that a 429 or a block by Cloudflare asks for, in milliseconds; else null. */
  readonly retryAfterMs: number | null;
  readonly outcome: RestOutcome;

  /** `outcome` is read from the status if it is not given; without a status it is `unknown`. */
  constructor(facts: {
    method: string;
    path: string;
    status: number;
    code: number;
    body: string;
    retryAfterMs: number | null;
    outcome?: RestOutcome;
    cause?: unknown;
  }) {
    super(`${facts.method} ${facts.path} failed with HTTP status ${facts.status}`, { cause: facts.cause });
    this.method = facts.method;
    this.path = facts.path;
    this.status = facts.status;
    this.code = facts.code;
    this.body = facts.body;
    this.retryAfterMs = facts.retryAfterMs;
    this.outcome = facts.outcome ?? (facts.status >= 300 && facts.status < 500 ? 'refused' : 'unknown');
  }
}

/** Discord has ended the session and refuses a new one, for example with `closeCode` 4004 (wrong token). */
export class DiscordFatalError extends Error {
  override readonly name = 'DiscordFatalError';
  readonly closeCode: number;

  constructor(closeCode: number, reason: string) {
    super(`Discord ended the session for good (${closeCode}${reason ? `: ${reason}` : ''})`);
    this.closeCode = closeCode;
  }
}

/** Discord's addresses. The simulator serves the same paths on another host. */
export interface DiscordEndpoints {
  /** `https://discord.com/api/v9`, no slash at the end. */
  restUrl: string;
  /** `wss://gateway.discord.gg`, without a query, or null to ask `GET /gateway` for it. */
  gatewayUrl: string | null;
}
