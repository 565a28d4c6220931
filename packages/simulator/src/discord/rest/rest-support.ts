import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '@atelier/lib/clock';
import { isJsonObject, parseJson, type JsonObject } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { Switches } from '../../switches.ts';
import type { CommandRegistry } from './commands.ts';
import { REST_ERRORS, type RestError } from './errors.ts';
import type { FileStore } from '../file-store.ts';
import type { Hub } from '../hub.ts';
import type { InteractionDelivery } from '../conditions/interaction-delivery.ts';
import type { InteractionLog } from '../interaction-log.ts';
import type { Interaction, Modals } from '../interactions.ts';
import type { DiscordAccount, User } from '../model.ts';
import type { RestJournal } from './rest-faults.ts';

/** Source: discord-api-docs, upload limits, 25 MiB when the clients were written. */
export const MAX_UPLOAD_BYTES = 25 * 1024 * 1024;

/** The application that answers interactions in this Discord. */
export interface Application {
  /** The bots behind it. */
  users: readonly User[];
  /** The HTTP error for this interaction, or null. */
  refuse(interaction: Interaction): RestError | null;
  /** Answers over the gateway; the first events are sent before this returns. Never throws. */
  handle(interaction: Interaction): void;
  reacted(account: DiscordAccount, channelId: string, messageId: string, emoji: string): void;
  /** Takes the data that an embedded page of the application sends. False for an unknown token. */
  pageSent(token: string, sent: PageAnswer): boolean;
}

/** The data that the editor of Vary (Region) sends. */
export interface PageAnswer {
  mask: Uint8Array;
  /** Empty: the prompt of the picture. */
  prompt: string;
}

export interface RestDependencies {
  /** Discord's own clock. */
  clock: Clock;
  log: Log;
  switches: Switches;
  hub: Hub;
  files: FileStore;
  commands: CommandRegistry;
  modals: Modals;
  application: Application;
  journal: RestJournal;
  delivery: InteractionDelivery;
  interactionLog: InteractionLog;
  nextId: () => string;
  randomUuid: () => string;
  baseUrl: () => string;
}

/** Thrown by routes to answer with an error. */
export class RestRefusal extends Error {
  readonly error: RestError;
  constructor(error: RestError) {
    super('refused');
    this.error = error;
  }
}

export const sendError = (reply: FastifyReply, error: RestError): FastifyReply =>
  reply
    .code(error.status)
    .headers(error.headers ?? {})
    .send(error.body);

const BOT_PREFIX = /^Bot /;

/**
 * True for a bot library, which sends `Bot <token>` and, as Discord asks of it, a user agent that starts with `DiscordBot`. It may log in
 * with an account's token and do here what the user may. Source: discord-api-docs, user agent.
 */
export const isBotLibrary = ({ headers }: FastifyRequest): boolean =>
  (headers['user-agent'] ?? '').startsWith('DiscordBot (') && BOT_PREFIX.test(headers.authorization ?? '');

/** The account behind the request's token; refuses with 401. User tokens come as they are, without a prefix; bot libraries' with `Bot `. */
export function authenticate(request: FastifyRequest, hub: Hub, options: { botPrefix?: boolean } = {}): DiscordAccount {
  const header = request.headers.authorization ?? '';
  const account = hub.accountByToken(options.botPrefix || isBotLibrary(request) ? header.replace(BOT_PREFIX, '') : header);
  if (!account) throw new RestRefusal(REST_ERRORS.unauthorized);
  return account;
}

/** The request's body as an object; an absent one is empty. */
export function bodyOf(request: FastifyRequest): JsonObject {
  if (request.body === undefined || request.body === null) return {};
  if (!isJsonObject(request.body)) throw new RestRefusal(REST_ERRORS.malformed);
  return request.body;
}

export const parameterOf = (request: FastifyRequest, name: string): string => {
  const { params } = request;
  const value =
    typeof params === 'object' && params !== null && name in params ? Object.entries(params).find(([key]) => key === name)?.[1] : '';
  return typeof value === 'string' ? value : '';
};

export const queryOf = (request: FastifyRequest): URLSearchParams => new URL(request.url, 'http://rest').searchParams;

/** A form's `payload_json` and its files `files[n]`, for routes that take multipart beside JSON. */
export async function readMultipart(
  request: FastifyRequest,
): Promise<{ payload: JsonObject; files: { id: string; filename: string; bytes: Buffer; contentType: string }[] }> {
  let payload: JsonObject = {};
  const files: { id: string; filename: string; bytes: Buffer; contentType: string }[] = [];
  for await (const part of request.parts()) {
    if (part.type === 'file') {
      files.push({
        id: /\d+/.exec(part.fieldname)?.[0] ?? String(files.length),
        filename: part.filename,
        bytes: await part.toBuffer(),
        contentType: part.mimetype,
      });
    } else if (part.fieldname === 'payload_json') {
      const parsed = parseJson(String(part.value));
      if (!parsed.ok || !isJsonObject(parsed.value)) throw new RestRefusal(REST_ERRORS.malformed);
      payload = parsed.value;
    }
  }
  request.body = payload;
  return { payload, files };
}
