import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import { RestRefusal } from '../discord/rest/rest-support.ts';
import { MEDIA_PATH, type MediaStore } from './tasks/media-store.ts';
import type { SunoService } from './service.ts';
import { envelope, SunoRefusal, success } from './wire.ts';

/** Routes that only the real vendor can serve. Source: kie, Suno API; sunoapi, Suno API. */
const NOT_SIMULATED = [
  'generate/extend',
  'generate/upload-cover',
  'generate/upload-extend',
  'generate/add-vocals',
  'generate/add-instrumental',
  'generate/replace-section',
  'generate/mashup',
  'generate/sounds',
  'generate/generate-persona',
  'vocal-removal/generate',
  'midi/generate',
  'mp4/generate',
] as const;

/** The only key that is refused. */
const WRONG_KEY = 'wrong';

/** The vendor's routes under `/api/v1`, and the files that their links lead to. Without a service all of them are in maintenance. */
export async function registerSunoRoutes(
  app: FastifyInstance,
  { service, media, log }: { service: SunoService | undefined; media: MediaStore; log: Log },
): Promise<void> {
  app.get(`${MEDIA_PATH}/:name`, (request, reply) => {
    const { pathname } = new URL(request.url, 'http://media');
    const file = media.open(pathname.slice(pathname.lastIndexOf('/') + 1));
    if (!file) return reply.code(404).type('text/plain').send('This link has expired.');
    return reply.type(file.contentType).header('cache-control', 'public, max-age=31536000').send(Buffer.from(file.bytes));
  });
  await app.register(
    async (api) => {
      api.setErrorHandler((error, _request, reply) => answerError(error, reply, log));
      api.addHook('onRequest', async (request) => {
        const key = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
        if (key === undefined || key === WRONG_KEY) throw new SunoRefusal(401, 'You do not have access permissions');
        if (!service) throw new SunoRefusal(455, 'This simulator has no composer.');
      });
      if (service) registerServiceRoutes(api, service);
      for (const path of NOT_SIMULATED)
        api.post(`/${path}`, () => {
          throw new SunoRefusal(505, `The simulator does not do ${path}: it needs the vendor.`);
        });
      api.setNotFoundHandler(async (request, reply) =>
        service
          ? reply.code(404).send(envelope(404, `There is no ${request.method} ${pathOf(request)}.`, null))
          : reply.send(envelope(455, 'This simulator has no composer.', null)),
      );
    },
    { prefix: '/api/v1' },
  );
}

function registerServiceRoutes(api: FastifyInstance, service: SunoService): void {
  const submit = (path: string, act: (body: JsonObject) => JsonObject): void => {
    api.post(path, async (request) => success(act(bodyOf(request))));
  };
  const record = (path: string, read: (taskId: string) => JsonObject | null): void => {
    api.get(path, async (request) => success(read(taskIdOf(request))));
  };
  submit('/generate', (body) => service.generate(body));
  record('/generate/record-info', (taskId) => service.musicRecord(taskId));
  submit('/lyrics', (body) => service.lyrics(body));
  record('/lyrics/record-info', (taskId) => service.lyricsRecord(taskId));
  submit('/wav/generate', (body) => service.wav(body));
  record('/wav/record-info', (taskId) => service.wavRecord(taskId));
  submit('/suno/cover/generate', (body) => service.cover(body));
  record('/suno/cover/record-info', (taskId) => service.coverRecord(taskId));
  submit('/style/generate', (body) => service.style(body));
  api.post('/generate/get-timestamped-lyrics', async (request) => success(service.timestampedLyrics(bodyOf(request))));
  for (const path of ['/chat/credit', '/generate/credit']) api.get(path, async () => success(service.credits()));
}

function answerError(error: unknown, reply: FastifyReply, log: Log): FastifyReply {
  if (error instanceof SunoRefusal) {
    if (error.httpStatus === 429) reply.header('retry-after', '2');
    return reply.code(error.httpStatus).send(envelope(error.code, error.message, null));
  }
  // The body parser refuses a body that is not JSON or is too large.
  if (error instanceof RestRefusal || isClientError(error))
    return reply.code(200).send(envelope(400, 'The request body is not valid JSON.', null));
  log.error({ err: error }, 'simulated Suno route failed');
  return reply.code(200).send(envelope(500, 'Internal Error - Please try again later', null));
}

const isClientError = (error: unknown): boolean =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500;

function bodyOf({ body }: FastifyRequest): JsonObject {
  if (!isJsonObject(body)) throw new SunoRefusal(400, 'The request body must be a JSON object.');
  return body;
}

const pathOf = ({ url }: FastifyRequest): string => url.split('?')[0] ?? '';

function taskIdOf(request: FastifyRequest): string {
  const taskId = isJsonObject(request.query) ? textAt(request.query, 'taskId') : '';
  if (taskId === '') throw new SunoRefusal(422, 'Please enter taskId.');
  return taskId;
}
