import multipart from '@fastify/multipart';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Clock } from '../../lib/clock.ts';
import { isJsonObject, parseJson, type JsonObject } from '../../lib/json.ts';
import type { Log } from '../../lib/log.ts';
import type { Switches } from '../switches.ts';
import { registerCdnRoutes } from './cdn-routes.ts';
import type { CommandRegistry } from './commands.ts';
import { REST_ERRORS, type RestError } from './errors.ts';
import type { FileStore } from './file-store.ts';
import { registerGeneralRoutes } from './general-routes.ts';
import type { Hub } from './hub.ts';
import { registerInteractionRoutes } from './interaction-routes.ts';
import type { Interaction, Modals } from './interactions.ts';
import { registerMessageRoutes } from './message-routes.ts';
import type { DiscordAccount, User } from './model.ts';
import type { RestJournal } from './rest-faults.ts';

/** Source: discord-api-docs: 25 MiB was the limit for users without a boost when the clients were written. */
export const MAX_UPLOAD_BYTES = 25 * 1024 * 1024;

/** The application that answers interactions in this Discord. */
export interface Application {
  user: User;
  /** An HTTP error that this interaction is to meet, or null. */
  refuse(interaction: Interaction): RestError | null;
  /** Answers over the gateway; the first events are sent before this returns. Never throws. */
  handle(interaction: Interaction): void;
  reacted(account: DiscordAccount, channelId: string, messageId: string, emoji: string): void;
}

export interface RestDependencies {
  clock: Clock;
  log: Log;
  switches: Switches;
  hub: Hub;
  files: FileStore;
  commands: CommandRegistry;
  modals: Modals;
  application: Application;
  journal: RestJournal;
  nextId: () => string;
  randomUuid: () => string;
  baseUrl: () => string;
}

/** An HTTP server with Discord's routes under `/api/v9` and `/api/v10`, and the CDN beside them. Not listening yet. */
export async function createRestServer(dependencies: RestDependencies): Promise<FastifyInstance> {
  const app = fastify({ logger: false, bodyLimit: MAX_UPLOAD_BYTES, routerOptions: { maxParamLength: 500 } });
  app.removeAllContentTypeParsers();
  // Clients name JSON on requests without a body; others name it and send none of it.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    const parsed = text === '' ? { ok: true as const, value: {} } : parseJson(String(text));
    if (parsed.ok) done(null, parsed.value);
    else done(new Refusal(REST_ERRORS.malformed));
  });
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes));
  await app.register(multipart, { limits: { fileSize: MAX_UPLOAD_BYTES, files: 10, fieldSize: 1024 * 1024 } });

  app.setErrorHandler((error, _request, reply) => {
    const refusal = error instanceof Refusal ? error.error : isHttpError(error) ? { status: error.statusCode, body: { message: error.message, code: 0 } } : undefined;
    if (!refusal) dependencies.log.error({ err: error }, 'simulator route failed');
    return sendError(reply, refusal ?? REST_ERRORS.serverError);
  });
  app.setNotFoundHandler((_request, reply) => sendError(reply, REST_ERRORS.notFound));

  registerCdnRoutes(app, dependencies);
  for (const version of [9, 10]) {
    await app.register(
      async (api) => {
        registerJournal(api, dependencies);
        registerGeneralRoutes(api, dependencies);
        registerMessageRoutes(api, dependencies);
        registerInteractionRoutes(api, dependencies);
      },
      { prefix: `/api/v${version}` },
    );
  }
  return app;
}

/** Meets requests with the faults that were ordered, and notes each of them. */
function registerJournal(api: FastifyInstance, { journal, clock }: RestDependencies): void {
  const note = (request: FastifyRequest, status: number): void => {
    const nonce = isJsonObject(request.body) ? request.body['nonce'] : undefined;
    journal.record({ atMs: clock.now(), method: request.method, path: pathOf(request), status, nonce: nonce === undefined || nonce === null ? null : String(nonce) });
  };
  api.addHook('preHandler', async (request, reply) => {
    const fault = journal.take(request.method, pathOf(request));
    if (!fault) return undefined;
    if (fault.error !== 'drop') return sendError(reply, fault.error);
    note(request, 0);
    reply.hijack();
    request.raw.socket.destroy();
    return reply;
  });
  api.addHook('onResponse', async (request, reply) => note(request, reply.statusCode));
}

const pathOf = (request: FastifyRequest): string => request.url.split('?')[0] ?? '';

/** Thrown by routes to answer with an error. */
export class Refusal extends Error {
  readonly error: RestError;
  constructor(error: RestError) {
    super('refused');
    this.error = error;
  }
}

const isHttpError = (error: unknown): error is Error & { statusCode: number } =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500;

export const sendError = (reply: FastifyReply, error: RestError): FastifyReply =>
  reply.code(error.status).headers(error.headers ?? {}).send(error.body);

/** The account behind the request's token; refuses with 401. User tokens come as they are, without a prefix. */
export function authenticate(request: FastifyRequest, hub: Hub, options: { botPrefix?: boolean } = {}): DiscordAccount {
  const header = request.headers.authorization ?? '';
  const account = hub.accountByToken(options.botPrefix ? header.replace(/^Bot /, '') : header);
  if (!account) throw new Refusal(REST_ERRORS.unauthorized);
  return account;
}

/** The request's body as an object; an absent one is empty. */
export function bodyOf(request: FastifyRequest): JsonObject {
  if (request.body === undefined || request.body === null) return {};
  if (!isJsonObject(request.body)) throw new Refusal(REST_ERRORS.malformed);
  return request.body;
}

export const parameterOf = (request: FastifyRequest, name: string): string => {
  const { params } = request;
  const value = typeof params === 'object' && params !== null && name in params ? Object.entries(params).find(([key]) => key === name)?.[1] : '';
  return typeof value === 'string' ? value : '';
};

export const queryOf = (request: FastifyRequest): URLSearchParams => new URL(request.url, 'http://rest').searchParams;

/** A form's `payload_json` and its files `files[n]`, for routes that take multipart beside JSON. */
export async function readMultipart(request: FastifyRequest): Promise<{ payload: JsonObject; files: { id: string; filename: string; bytes: Buffer; contentType: string }[] }> {
  let payload: JsonObject = {};
  const files: { id: string; filename: string; bytes: Buffer; contentType: string }[] = [];
  for await (const part of request.parts()) {
    if (part.type === 'file') {
      files.push({ id: /\d+/.exec(part.fieldname)?.[0] ?? String(files.length), filename: part.filename, bytes: await part.toBuffer(), contentType: part.mimetype });
    } else if (part.fieldname === 'payload_json') {
      const parsed = parseJson(String(part.value));
      if (!parsed.ok || !isJsonObject(parsed.value)) throw new Refusal(REST_ERRORS.malformed);
      payload = parsed.value;
    }
  }
  request.body = payload;
  return { payload, files };
}
