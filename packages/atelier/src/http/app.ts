import { parse as parseQuery } from 'node:querystring';
import cors from '@fastify/cors';
import formbody from '@fastify/formbody';
import multipart from '@fastify/multipart';
import fastify, { type FastifyInstance, type FastifyPluginAsync, type FastifyReply, type FastifyRequest } from 'fastify';
import { JobError } from '../core/errors.ts';
import { isDeeperThan, isJsonObject, parseJson } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { Metrics } from './metrics.ts';
import type { Dialect } from './dialect.ts';
import { toJobError } from './exchange.ts';
import { createDocsPage, documentPath, withDocument } from './openapi.ts';
import { sendProblem, toProblem } from './problem.ts';
import { nearestRoute, SURFACE } from './surface.ts';

export interface AppDeps {
  log: Log;
  metrics: Metrics;
  dialects: readonly Dialect[];
  /** Routes that belong to no vendor. */
  plugins: readonly FastifyPluginAsync[];
  /** Throws when the server cannot do its work at this moment. */
  checkReady(): Promise<void>;
}

const MAX_BODY_BYTES = 1024 * 1024;
/** Far beyond every honest body, and far below what writing such a body down again can bear. */
const MAX_BODY_LEVELS = 100;
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * The HTTP server, not yet listening. Each dialect is a plugin with its own error handler; what is here is common to all:
 * how bodies are read (JSON, form, multipart: always a plain object or nothing), CORS, health, metrics, and unknown paths.
 */
export async function createApp(deps: AppDeps): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    logger: false,
    routerOptions: { maxParamLength: 1_024 },
    frameworkErrors: (_error, request, reply) => answerBadUrl(deps, request, reply),
  });
  readBodies(app);
  // Every OPTIONS is answered, also one that names no method.
  await app.register(cors, { origin: true, maxAge: 86_400, strictPreflight: false });
  await app.register(formbody, { parser: parseForm });
  await app.register(multipart, { limits: { fieldSize: MAX_BODY_BYTES, files: 0 } });
  // Before the plugins: what is registered later does not hold for them.
  answerStrays(app, deps);
  registerOperations(app, deps);
  for (const plugin of deps.plugins) await app.register(plugin);
  for (const dialect of deps.dialects) await app.register(withDocument(dialect));
  await app.register(createDocsPage(deps.dialects));
  return app;
}

/**
 * JSON bodies as Fastify reads them, except that an empty one is no body: many clients send the header with nothing behind it. One that is nested
 * without end is refused.
 */
function readBodies(app: FastifyInstance): void {
  const parseStrictly = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.toString().trim() === '') done(null, undefined);
    else void parseStrictly(request, body.toString(), done);
  });
  app.addHook('preValidation', async (request) => {
    if (request.isMultipart()) request.body = await readMultipart(request);
    if (request.body !== undefined && !isJsonObject(request.body)) request.body = undefined;
    if (isDeeperThan(request.body, MAX_BODY_LEVELS)) throw new JobError('malformed-body', 'The request body is nested too deeply');
  });
}

/** The fields of a form in parts; a name that comes more than once has a list. What breaks off half way is refused with 400. */
async function readMultipart(request: FastifyRequest): Promise<Record<string, unknown>> {
  const fields = new Map<string, unknown[]>();
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') fields.set(part.fieldname, [...(fields.get(part.fieldname) ?? []), part.value]);
    }
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error) throw error;
    throw new JobError('malformed-body', 'The request body is not a valid multipart form', { cause: error });
  }
  return Object.fromEntries([...fields].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

/** `curl -d '{…}'` without a content type says that JSON is a form; it is read as what it is. */
function parseForm(text: string): Record<string, unknown> {
  const parsed = text.trimStart().startsWith('{') ? parseJson(text) : undefined;
  return parsed?.ok && isJsonObject(parsed.value) ? parsed.value : { ...parseQuery(text) };
}

function registerOperations(app: FastifyInstance, deps: AppDeps): void {
  app.get('/', async () => ({ name: 'Atelier', ...SURFACE, documents: deps.dialects.map(({ name }) => documentPath(name)) }));
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    try {
      await deps.checkReady();
      return { status: 'ready' };
    } catch (error) {
      deps.log.warn({ err: error }, 'not ready');
      return reply.code(503).send({ status: 'not ready' });
    }
  });
  app.get('/metrics', async (_request, reply) => reply.type(deps.metrics.contentType).send(await deps.metrics.render()));
}

/** A path that cannot be decoded is one that is not there. */
function answerBadUrl(deps: AppDeps, request: FastifyRequest, reply: FastifyReply): void {
  const path = request.url.split('?')[0] ?? '/';
  const answers = deps.dialects.flatMap((dialect) => dialect.answerUnknownPath(request.method, path) ?? []);
  if (answers[0]) void reply.code(answers[0].status).send(answers[0].body);
  else void sendProblem(reply, toProblem(new JobError('invalid-request', 'This URL cannot be decoded')));
}

/** Paths of no vendor, and errors outside any dialect: our own shape. */
function answerStrays(app: FastifyInstance, deps: AppDeps): void {
  // Before the body is read: what is wrong with it matters to nobody here.
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    const path = request.url.split('?')[0] ?? '/';
    for (const dialect of deps.dialects) {
      const answer = dialect.answerUnknownPath(request.method, path);
      if (answer) return reply.code(answer.status).send(answer.body);
    }
    const didYouMean = nearestRoute(request.method, path);
    const detail = `There is no ${request.method} ${path.slice(0, 200)} here. ${didYouMean === undefined ? 'GET / says what there is' : `Did you mean ${didYouMean}?`}`;
    return sendProblem(
      reply,
      toProblem(new JobError('route-not-found', detail, { facts: didYouMean === undefined ? {} : { didYouMean } })),
    );
  });
  app.setErrorHandler(async (error, request, reply) => {
    const problem = toProblem(toJobError(error));
    if (problem.code === 'internal') deps.log.error({ err: error, path: request.routeOptions.url }, 'request failed by an error of ours');
    return sendProblem(reply, problem);
  });
}
