import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SunoEnvelope } from '../../../../engine/suno/input.ts';
import { JobError } from '../../../../core/errors.ts';
import type { JsonObject } from '@atelier/lib/json';
import { upstreamTaskIdOf } from '../../../tracks.ts';
import { failure, sendEnvelope, success } from '../envelope.ts';
import { bodyOf, readText, requireText, taskIdOf } from '../fields.ts';
import { needsVendor, requireAllowedTexts, type SunoPages } from './pages.ts';
import type { Parents } from './parents.ts';
import { SYNC_PATHS, syncPath } from '../paths.ts';
import { SYNC_SCHEMAS } from './schemas/page-schemas.ts';

/** Pages that the upstream answers at once: nothing is kept of them here. */
export function registerSyncRoutes(app: FastifyInstance, deps: SunoPages, parents: Parents): void {
  const { suno, checkUrl } = deps;
  const requireVendor = (): void => {
    if (suno.isSimulated) throw needsVendor();
  };
  /** The body as the upstream knows it: ids of our tasks are ours alone. */
  const translated = async (request: FastifyRequest): Promise<JsonObject> => {
    const { job } = await parents.requireTrack(request);
    return { ...bodyOf(request), taskId: upstreamTaskIdOf(job) };
  };

  app.post(syncPath('timestampedLyrics'), { schema: SYNC_SCHEMAS.timestampedLyrics }, async (request, reply) =>
    sendRelayed(reply, await suno.ask('POST', SYNC_PATHS.timestampedLyrics, await translated(request))),
  );
  app.post(syncPath('persona'), { schema: SYNC_SCHEMAS.persona }, async (request, reply) => {
    requireVendor();
    for (const field of ['name', 'description']) requireText(bodyOf(request), field);
    requireAllowedTexts(deps, bodyOf(request));
    return sendRelayed(reply, await suno.ask('POST', SYNC_PATHS.persona, await translated(request)));
  });
  app.post(syncPath('style'), { schema: SYNC_SCHEMAS.style }, async (request, reply) => {
    requireVendor();
    requireText(bodyOf(request), 'content');
    requireAllowedTexts(deps, bodyOf(request));
    return sendRelayed(reply, await suno.ask('POST', SYNC_PATHS.style, bodyOf(request)));
  });
  for (const page of ['voiceValidate', 'voiceGenerate', 'voiceRegenerate', 'voiceCheck'] as const) {
    app.post(syncPath(page), { schema: SYNC_SCHEMAS[page] }, async (request, reply) => {
      requireVendor();
      return sendRelayed(reply, await suno.ask('POST', SYNC_PATHS[page], withCheckedUrls(bodyOf(request), checkUrl)));
    });
  }
  for (const page of ['voiceValidateInfo', 'voiceRecord'] as const) {
    app.get(syncPath(page), { schema: SYNC_SCHEMAS[page] }, async (request, reply) => {
      requireVendor();
      return sendRelayed(reply, await suno.ask('GET', SYNC_PATHS[page], { taskId: taskIdOf(request) }));
    });
  }
}

/**
 * Fields of the voice pages that hold URLs. The upstream calls the callback itself, since voices are not tasks of this server; `calBackUrl` is the
 * vendor's own spelling on one page. Source: kie, voice/regenerate.
 */
const URL_FIELDS = ['callBackUrl', 'calBackUrl', 'uploadUrl', 'voiceUrl', 'audioUrl', 'verifyUrl'];

function withCheckedUrls(body: JsonObject, checkUrl: (url: string) => string): JsonObject {
  const checked = URL_FIELDS.flatMap((field) => {
    const url = readText(body, field);
    return url === null ? [] : [[field, checkUrl(url)] as const];
  });
  return { ...body, ...Object.fromEntries(checked) };
}

/** What the upstream has answered, as this server's own answer: the code it gave, under HTTP 200. */
export function sendRelayed(reply: FastifyReply, { code, msg, data }: SunoEnvelope): FastifyReply {
  if (code === 200) return sendEnvelope(reply, success(data));
  // Its word on this server's key would be read as one on the caller's.
  if (code === 401) throw new JobError('not-configured', 'The Suno upstream refused the key in SUNO_API_KEY');
  return sendEnvelope(reply, failure(code, msg === '' ? 'The upstream refused the request' : msg));
}
