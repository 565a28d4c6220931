import cors from '@fastify/cors';
import formbody from '@fastify/formbody';
import multipart from '@fastify/multipart';
import { parse as parseQuery } from 'node:querystring';
import { isDeeperThan, isJsonObject, parseJson, type JsonObject } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import { JobError } from '../core/errors.ts';
import type { Dialect } from './dialect.ts';
import { createErrorHandler } from './error-handler.ts';
import type { Metrics } from './metrics.ts';
import { createDocsPage, documentPath, withDocument } from './openapi.ts';
import { sendProblem } from './problem.ts';
import { nearestRoute, SURFACE } from './surface.ts';

import fastify, { type FastifyInstance, type FastifyPluginAsync, type FastifyReply, type FastifyRequest } from 'fastify';

export interface AppDeps {
  log: Log;
  metrics: Metrics;
  dialects: readonly Dialect[];
  /** Routes that belong to no vendor. */
  plugins: readonly FastifyPluginAsync[];
  /** The state that `/readyz` shows. Throws when the server cannot accept jobs at this moment. */
  checkReady(): Promise<JsonObject>;
}

const MAX_BODY_BYTES = 1024 * 1024;
/** Real bodies have fewer than ten levels; a recursive function over some thousands of levels overflows the stack. */
const MAX_BODY_LEVELS = 100;
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * The HTTP server, not yet listening. Each dialect is a plugin with its own error handler. All dialects share how URLs and bodies are read (JSON,
 * form, multipart: always a plain object or nothing), CORS, health, metrics, and the answer to unknown paths.
 */
export async function createApp(deps: AppDeps): Promise<FastifyInstance> {
  const urls = createUrlRewriter();
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    logger: false,
    routerOptions: { maxParamLength: 1_024 },
    rewriteUrl: ({ url = '/' }) => urls.rewrite(url),
    frameworkErrors: (_error, request, reply) => answerBadUrl(deps, request, reply),
  });
  app.addHook('onRoute', urls.addRoute);
  readBodies(app);
  // Every OPTIONS request is answered, with or without `access-control-request-method`.
  await app.register(cors, { origin: true, maxAge: 86_400, strictPreflight: false });
  await app.register(formbody, { parser: parseForm });
  await app.register(multipart, { limits: { fieldSize: MAX_BODY_BYTES, files: 0 } });
  // Before the plugins: hooks and handlers that are registered later do not apply to them.
  answerUnknownPaths(app, deps);
  registerOperations(app, deps);
  for (const plugin of deps.plugins) await app.register(plugin);
  for (const dialect of deps.dialects) await app.register(withDocument(dialect));
  await app.register(createDocsPage(deps.dialects));
  return app;
}

/**
 * JSON bodies as Fastify reads them, with two differences. An empty body counts as absent: many clients send `content-type` without a body.
 * A body with more than `MAX_BODY_LEVELS` levels is refused.
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

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route takes files in multipart forms, so many and no larger; all of them together fit its `bodyLimit`. Left out: no files. */
    files?: { max: number; maxBytes: number };
  }
}

/**
 * The fields of a multipart form; a repeated name gives a list. A file becomes a base64 data URL, where the route takes files. A form that ends
 * before its last boundary is refused with 400.
 */
async function readMultipart(request: FastifyRequest): Promise<Record<string, unknown>> {
  const { bodyLimit, config } = request.routeOptions;
  const { files } = config;
  const fields = new Map<string, unknown[]>();
  let bytes = 0;
  try {
    const options = files && { limits: { files: files.max, fileSize: files.maxBytes, fieldSize: bodyLimit } };
    for await (const part of request.parts(options)) {
      const value = part.type === 'field' ? part.value : toDataUrl(part.mimetype, await part.toBuffer());
      bytes += typeof value === 'string' ? value.length : 0;
      if (files && bytes > bodyLimit) throw new JobError('body-too-large', 'The request body is too large');
      fields.set(part.fieldname, [...(fields.get(part.fieldname) ?? []), value]);
    }
  } catch (error) {
    if (error instanceof JobError) throw error;
    if (error instanceof Error && 'statusCode' in error) throw error;
    throw new JobError('malformed-body', 'The request body is not a valid multipart form', { cause: error });
  }
  return Object.fromEntries([...fields].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

const toDataUrl = (type: string, bytes: Buffer): string => `data:${type};base64,${bytes.toString('base64')}`;

/** The fields of a form. `curl -d '{…}'` sends JSON with the content type of a form: such a body is read as JSON. */
function parseForm(text: string): Record<string, unknown> {
  const parsed = text.trimStart().startsWith('{') ? parseJson(text) : undefined;
  return parsed?.ok && isJsonObject(parsed.value) ? parsed.value : { ...parseQuery(text) };
}

function registerOperations(app: FastifyInstance, deps: AppDeps): void {
  app.get('/', async () => ({ name: 'Atelier', ...SURFACE, documents: deps.dialects.map(({ name }) => documentPath(name)) }));
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    try {
      return { status: 'ready', ...(await deps.checkReady()) };
    } catch (error) {
      deps.log.warn({ err: error }, 'not ready');
      return reply.code(503).send({ status: 'not ready' });
    }
  });
  app.get('/metrics', async (_request, reply) => reply.type(deps.metrics.contentType).send(await deps.metrics.render()));
}

/** A path with invalid percent-encoding gets the 404 of its dialect, or a 400 where no dialect claims it. */
function answerBadUrl(deps: AppDeps, request: FastifyRequest, reply: FastifyReply): void {
  const answer = answerOfDialect(deps, request);
  if (answer) void reply.code(answer.status).send(answer.body);
  else void sendProblem(new JobError('invalid-request', 'This URL cannot be decoded'), reply);
}

/** Answers unknown paths in the shape of the dialect that they belong to, else as a problem; errors outside every dialect as problems too. */
function answerUnknownPaths(app: FastifyInstance, deps: AppDeps): void {
  // Before the body is read: a broken body must not hide that the path is wrong.
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    const answer = answerOfDialect(deps, request);
    if (answer) return reply.code(answer.status).send(answer.body);
    const didYouMean = nearestRoute(request.method, pathOf(request.url));
    const hint = didYouMean === undefined ? 'GET / lists the routes' : `Did you mean ${didYouMean}?`;
    const detail = `Route not found: ${request.method} ${pathOf(request.originalUrl).slice(0, 200)}. ${hint}`;
    return sendProblem(new JobError('route-not-found', detail, { facts: didYouMean === undefined ? {} : { didYouMean } }), reply);
  });
  app.setErrorHandler(createErrorHandler({ log: deps.log, send: sendProblem }));
}

function answerOfDialect({ dialects }: AppDeps, { method, url }: FastifyRequest): ReturnType<Dialect['answerUnknownPath']> {
  for (const dialect of dialects) {
    const answer = dialect.answerUnknownPath(method, pathOf(url));
    if (answer) return answer;
  }
  return undefined;
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '/';

/** The part of Fastify's route options that the rewriter reads. */
interface RegisteredRoute {
  /** The whole pattern. */
  url: string;
  /** The pattern without the prefix of its plugin. */
  routePath: string;
  prefix: string;
}

/**
 * Lets every route answer whether or not the caller's base URL ends in a slash: doubled slashes of a path become one, and a slash at its end goes,
 * unless a route was registered with it (`/v2/jobs/` is another page than `/v2/jobs`). The query, percent-encoded text and a URL inside the path
 * (`https://…`) stay as they came. A path with `.` or `..` segments stays too, and so leads nowhere.
 */
export function createUrlRewriter() {
  const slashRoutes = new Set(['/']);
  return {
    /** For Fastify's `onRoute`. */
    addRoute({ url, routePath, prefix }: RegisteredRoute): void {
      if (url.endsWith('/')) slashRoutes.add(url);
      // Fastify answers the index route of a plugin with and without a slash.
      else if (routePath === '' && prefix !== '') slashRoutes.add(`${url}/`);
    },
    rewrite(url: string): string {
      const end = url.indexOf('?');
      const path = end === -1 ? url : url.slice(0, end);
      if (!path.startsWith('/') || !(path.endsWith('/') || path.includes('//')) || DOT_SEGMENT.test(path)) return url;
      const single = path.replaceAll(DOUBLED, '/');
      const routed = slashRoutes.has(single) ? single : single.replace(/\/$/, '');
      return end === -1 ? routed : routed + url.slice(end);
    },
  };
}

const DOT_SEGMENT = /\/\.{1,2}(\/|$)/;
/** Two or more slashes, except after a colon (`https://`). */
const DOUBLED = /(?<!:)\/{2,}/g;
