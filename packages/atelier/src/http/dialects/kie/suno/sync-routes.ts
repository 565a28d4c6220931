import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SunoEnvelope } from '../../../../engine/suno/input.ts';
import { JobError } from '../../../../core/errors.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { DialectDeps } from '../../../dialect.ts';
import { upstreamTaskIdOf } from '../../../music/tracks.ts';
import { failure, sendEnvelope, success } from '../envelope.ts';
import { bodyOf, readText, requireText, taskIdOf } from '../fields.ts';
import { CREDIT_PATHS, creditPath, SYNC_PATHS, syncPath } from '../paths.ts';
import type { Tasks } from '../tasks.ts';
import { requireTrack } from './parents.ts';
import { needsVendor, requireAllowedTexts } from './routes.ts';
import { creditSchema, SYNC_SCHEMAS } from './schemas/page-schemas.ts';

interface SyncRouteDeps extends Pick<DialectDeps, 'checkUrl' | 'policy' | 'suno'> {
  tasks: Tasks;
  /** The number that the credit pages answer while Suno is simulated. */
  creditBalance: number;
}

/** Pages that the upstream answers at once, without a job. Each request is authenticated already (`tasks.addHooks`). */
export function registerSyncRoutes(app: FastifyInstance, deps: SyncRouteDeps): void {
  const { tasks, suno, checkUrl, creditBalance } = deps;
  const requireVendor = (): void => {
    if (suno.isSimulated) throw needsVendor();
  };
  /** The body with the upstream's own id of the task. */
  const translated = async (request: FastifyRequest): Promise<JsonObject> => {
    const { job } = await requireTrack(tasks, request);
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
  for (const path of CREDIT_PATHS) {
    app.get(creditPath(path), { schema: creditSchema }, async (_request, reply) => {
      if (suno.isSimulated) return sendEnvelope(reply, success(creditBalance));
      // Each vendor knows one of the two paths.
      const first = await suno.ask('GET', CREDIT_PATHS[0], {});
      return sendRelayed(reply, first.code === 404 ? await suno.ask('GET', CREDIT_PATHS[1], {}) : first);
    });
  }
}

/**
 * Fields of the voice pages that hold URLs. The upstream calls `callBackUrl` itself, since voices are not tasks of this server; `calBackUrl` is the
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

/** Sends the upstream's answer, with its code under HTTP 200. */
function sendRelayed(reply: FastifyReply, { code, msg, data }: SunoEnvelope): FastifyReply {
  if (code === 200) return sendEnvelope(reply, success(data));
  // The upstream refused this server's key; passed on as 401, it would blame the key of the request.
  if (code === 401) throw new JobError('not-configured', 'The Suno upstream refused the key in SUNO_API_KEY');
  return sendEnvelope(reply, failure(code, msg === '' ? 'The upstream refused the request' : msg));
}
