import type { FastifyInstance } from 'fastify';
import { VIDEO_TEMPLATES } from '../../../../engine/music-video/input.ts';
import type { JsonObject } from '@atelier/lib/json';
import { requireAllowed } from '../../../../policy/policy-service.ts';
import type { DialectDeps } from '../../../dialect.ts';
import { askTimedLines } from '../../../music/timed-lyrics.ts';
import { toVideoInput, upstreamTaskIdOf } from '../../../music/tracks.ts';
import { recordMissing } from '../errors.ts';
import { bodyOf, limitText, readChoice, requireCallBackUrl, requireText, taskIdOf } from '../fields.ts';
import { MP4_PATHS } from '../paths.ts';
import { requireTrack } from '../suno/parents.ts';
import type { SunoVendor } from '../suno/vendor.ts';
import { sendRecord, sendTaskId, type Tasks } from '../tasks.ts';
import { toMp4Record } from './record.ts';
import { MAX_NAME_LENGTH, mp4RecordSchema, mp4Schema } from './schemas.ts';

/** The pages on music videos, which this server renders itself. Each request is authenticated already (`tasks.addHooks`). */
export function registerMp4Routes(
  app: FastifyInstance,
  deps: Pick<DialectDeps, 'clock' | 'links' | 'policy' | 'suno'> & { tasks: Tasks; vendor: SunoVendor },
): void {
  const { tasks } = deps;

  app.post(MP4_PATHS.generate, { schema: mp4Schema }, async (request, reply) => {
    const wanted = readMp4(bodyOf(request));
    for (const shown of [wanted.author, wanted.domainName]) requireAllowed(deps.policy, 'kie', shown);
    const { job, track } = await requireTrack(tasks, request);
    const lyrics = await askTimedLines(deps, { upstreamTaskId: upstreamTaskIdOf(job), audioId: track.id });
    const input = toVideoInput(track, { ...wanted, lyrics });
    if (!input) throw recordMissing();
    const task = await tasks.submit(request, reply, {
      engine: 'music-video',
      verb: 'music-video',
      input,
      echo: { audioId: track.id, musicIndex: track.index - 1 },
      usesSlot: false,
      parent: job,
      // One video of a track, as at the vendor; another template makes another.
      dedupeKey: `mp4:${job.id}:${track.id}:${wanted.template}`,
    });
    return sendTaskId(reply, task);
  });

  app.get(MP4_PATHS.record, { schema: mp4RecordSchema }, async (request, reply) => {
    const job = await tasks.find(request, 'music-video', taskIdOf(request));
    return sendRecord(reply, job ? toMp4Record(job, deps.links, deps.vendor) : null);
  });
}

/**
 * Reads the texts and the template out of the body of `mp4/generate`; an empty text is not shown. `template` is this server's own field.
 * Throws `JobError('invalid-request')`. Source: kie, mp4/generate.
 */
function readMp4(body: JsonObject) {
  requireText(body, 'taskId');
  requireText(body, 'audioId');
  requireCallBackUrl(body);
  return {
    author: limitText(body, 'author', MAX_NAME_LENGTH) ?? '',
    domainName: limitText(body, 'domainName', MAX_NAME_LENGTH) ?? '',
    template: readChoice(body, 'template', VIDEO_TEMPLATES) ?? VIDEO_TEMPLATES[0],
  };
}
