import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isJsonObject, parseJson, type JsonObject } from '@atelier/lib/json';
import { parameterOf } from '../discord/rest/rest-support.ts';
import { refuseControl, type ControlGuardOptions } from './control-guard.ts';
import { controlRoutes, type ControlRoute } from './control-routes.ts';
import type { SimulatorControl } from './simulator-control.ts';

/**
 * The control over HTTP, under `/control`, for callers that `refuseControl` lets pass. Bodies are JSON objects; a mistake is a 400 or
 * 404 that explains it.
 */
export async function registerControlRoutes(app: FastifyInstance, control: SimulatorControl, guard: ControlGuardOptions): Promise<void> {
  const routes = controlRoutes(control);
  const help = { routes: Object.fromEntries(routes.map(({ method, path, does }) => [`${method} /control${path}`, does])) };
  await app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
      scope.addHook('preHandler', async (request, reply) => {
        const refusal = refuseControl(request, guard);
        return refusal ? reply.code(refusal.status).send({ error: refusal.error }) : undefined;
      });
      for (const { method, path, run } of routes)
        scope.route({ method, url: path, handler: (request, reply) => answerControl(request, reply, run) });
      scope.get('/help', async () => help);
      scope.setNotFoundHandler((request, reply) =>
        reply.code(404).send({ error: `there is no ${request.method} ${request.url}`, ...help }),
      );
    },
    { prefix: '/control' },
  );
}

/** Carries a command out. A `RangeError` is the caller's mistake: 400 with its sentence. */
async function answerControl(request: FastifyRequest, reply: FastifyReply, run: ControlRoute['run']): Promise<FastifyReply> {
  try {
    const answer = await run({
      body: readBody(request.body),
      userId: parameterOf(request, 'user'),
      channelId: parameterOf(request, 'channel'),
      afterAnswer: (task) => reply.raw.once('close', () => void task().catch(() => undefined)),
    });
    return reply.send(answer ?? {});
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return reply.code(400).send({ error: error.message });
  }
}

function readBody(body: unknown): JsonObject {
  if (typeof body !== 'string' || body.trim() === '') return {};
  const parsed = parseJson(body);
  if (!parsed.ok) throw new RangeError('the body is not JSON');
  if (!isJsonObject(parsed.value)) throw new RangeError('the body must be a JSON object');
  return parsed.value;
}
