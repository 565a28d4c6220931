import multipart from '@fastify/multipart';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Clock } from '@atelier/lib/clock';
import { isJsonObject, parseJson } from '@atelier/lib/json';
import { registerAttachmentRoutes } from './attachment-routes.ts';
import { registerCdnRoutes } from './cdn-routes.ts';
import { REST_ERRORS } from './errors.ts';
import { idText } from '../ids.ts';
import { registerGeneralRoutes } from './general-routes.ts';
import { registerInteractionRoutes } from './interaction-routes.ts';
import { registerMessageRoutes } from './message-routes.ts';
import { registerPageRoutes } from './page-routes.ts';
import { isBotLibrary, MAX_UPLOAD_BYTES, RestRefusal, sendError, type RestDependencies } from './rest-support.ts';

/** An HTTP server with Discord's routes under `/api/v9` and `/api/v10`, and the CDN beside them. Not listening yet. */
export async function createRestServer(dependencies: RestDependencies): Promise<FastifyInstance> {
  const app = fastify({ logger: false, bodyLimit: MAX_UPLOAD_BYTES, routerOptions: { maxParamLength: 500 } });
  app.removeAllContentTypeParsers();
  // Clients send `content-type: application/json` with requests that have an empty body or no body.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    const parsed = text === '' ? { ok: true as const, value: {} } : parseJson(String(text));
    if (parsed.ok) done(null, parsed.value);
    else done(new RestRefusal(REST_ERRORS.malformed));
  });
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes));
  await app.register(multipart, { limits: { fileSize: MAX_UPLOAD_BYTES, files: 10, fieldSize: 1024 * 1024 } });

  sendDiscordHeaders(app, dependencies.clock);
  app.setErrorHandler((error, _request, reply) => {
    const refusal =
      error instanceof RestRefusal
        ? error.error
        : isHttpError(error)
          ? { status: error.statusCode, body: { message: error.message, code: 0 } }
          : undefined;
    if (!refusal) dependencies.log.error({ err: error }, 'simulator route failed');
    return sendError(reply, refusal ?? REST_ERRORS.serverError);
  });
  app.setNotFoundHandler((_request, reply) => sendError(reply, REST_ERRORS.notFound));

  await app.register(async (cdn) => {
    meetFaults(cdn, dependencies, { onCdn: true });
    registerCdnRoutes(cdn, dependencies);
    registerPageRoutes(cdn, dependencies);
  });
  for (const version of [9, 10]) {
    await app.register(
      async (api) => {
        meetFaults(api, dependencies, { onCdn: false });
        registerGeneralRoutes(api, dependencies);
        registerMessageRoutes(api, dependencies);
        registerAttachmentRoutes(api, dependencies);
        registerInteractionRoutes(api, dependencies);
      },
      { prefix: `/api/v${version}` },
    );
  }
  return app;
}

/** The paths of Discord's REST interface; a Suno vendor has `/api/v1`. */
const REST_PATH = /^\/api\/v(?:9|10)\//;

/**
 * Gives answers the headers that Discord sends: JSON without a charset, the time by Discord's own clock, and for bot libraries the
 * state of a rate limit, which user tokens do not get. Source: discord-userdoccers, rate limits; discord-api-docs, rate limits.
 */
function sendDiscordHeaders(app: FastifyInstance, clock: Clock): void {
  app.addHook('onSend', async (request, reply, payload) => {
    reply.header('date', new Date(clock.now()).toUTCString());
    if (!REST_PATH.test(request.url)) return payload;
    if (String(reply.getHeader('content-type')).startsWith('application/json')) reply.header('content-type', 'application/json');
    if (isBotLibrary(request) && reply.statusCode !== 429) reply.headers(botRateLimit(clock.now()));
    return payload;
  });
}

/** A limit that is never reached. */
const botRateLimit = (nowMs: number): Record<string, string> => ({
  'x-ratelimit-limit': '50',
  'x-ratelimit-remaining': '49',
  'x-ratelimit-reset': ((nowMs + 1_000) / 1_000).toFixed(3),
  'x-ratelimit-reset-after': '1.000',
  'x-ratelimit-bucket': 'simulator',
});

/** Answers requests with the faults that wait for them, and records REST requests in the journal. */
function meetFaults(api: FastifyInstance, { journal, hub }: RestDependencies, { onCdn }: { onCdn: boolean }): void {
  /** Requests that Discord handles without an answer: the connection is reset. */
  const unanswered = new WeakSet<FastifyRequest>();
  const userIdOf = (request: FastifyRequest): string | null =>
    hub.accountByToken((request.headers.authorization ?? '').replace(/^Bot /, ''))?.user.id ?? null;
  const note = (request: FastifyRequest, status: number): void => {
    if (onCdn) return;
    journal.record({
      method: request.method,
      path: pathOf(request),
      status,
      nonce: isJsonObject(request.body) ? idText(request.body['nonce']) : null,
      userId: userIdOf(request),
    });
  };
  api.addHook('preHandler', async (request, reply) => {
    const fault = journal.take({ method: request.method, path: pathOf(request), userId: userIdOf(request), onCdn });
    if (!fault) return undefined;
    if (fault.error === 'drop-answer') {
      unanswered.add(request);
      return undefined;
    }
    if (typeof fault.error === 'object') return sendError(reply, fault.error);
    note(request, 0);
    reply.hijack();
    if (fault.error === 'drop') request.raw.socket.destroy();
    return reply;
  });
  // Handlers wait for the end of the connection before they send events; the reset is that end.
  api.addHook('onSend', async (request, _reply, payload) => {
    if (!unanswered.has(request)) return payload;
    note(request, 0);
    request.raw.socket.resetAndDestroy();
    return payload;
  });
  api.addHook('onResponse', async (request, reply) => {
    if (!unanswered.has(request)) note(request, reply.statusCode);
  });
}

const pathOf = (request: FastifyRequest): string => request.url.split('?')[0] ?? '';

const isHttpError = (error: unknown): error is Error & { statusCode: number } =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500;
