import type { FastifyInstance } from 'fastify';
import type { MusicVideoInput } from '../../../../engine/music-video/input.ts';
import { requireAllowed } from '../../../../policy/policy-service.ts';
import type { DialectDeps } from '../../../dialect.ts';
import { askTimedLines } from '../../../timed-lyrics.ts';
import { toVideoInput, upstreamTaskIdOf } from '../../../tracks.ts';
import { sendEnvelope, success } from '../envelope.ts';
import { recordMissing } from '../errors.ts';
import { bodyOf, taskIdOf } from '../fields.ts';
import { createParents } from '../suno/parents.ts';
import type { SunoVendor } from '../suno/vendor.ts';
import type { Tasks } from '../tasks.ts';
import { MP4_PATHS } from './paths.ts';
import { toMp4Record } from './record.ts';
import { readMp4 } from './request.ts';
import { mp4RecordSchema, mp4Schema } from './schemas.ts';

/** The pages on music videos. They are rendered here, whatever makes the music. */
export function registerMp4Routes(
  app: FastifyInstance,
  deps: Pick<DialectDeps, 'clock' | 'links' | 'policy' | 'suno'> & { tasks: Tasks; vendor: SunoVendor },
): void {
  const { tasks } = deps;
  const { requireTrack } = createParents(tasks);

  app.post(MP4_PATHS.generate, { schema: mp4Schema }, async (request, reply) => {
    const wanted = readMp4(bodyOf(request));
    for (const shown of [wanted.author, wanted.domainName]) requireAllowed(deps.policy, 'kie', shown);
    const { job, track } = await requireTrack(request);
    const lyrics = await askTimedLines(deps, { upstreamTaskId: upstreamTaskIdOf(job), audioId: track.id });
    const input: MusicVideoInput | undefined = toVideoInput(track, { ...wanted, lyrics });
    if (!input) throw recordMissing();
    return tasks.submit(request, reply, {
      engine: 'music-video',
      verb: 'music-video',
      input,
      echo: { audioId: track.id, musicIndex: track.index - 1 },
      usesSlot: false,
      parent: job,
      // One video of a track, as at the vendor; another template makes another.
      dedupeKey: `mp4:${job.id}:${track.id}:${wanted.template}`,
    });
  });

  app.get(MP4_PATHS.record, { schema: mp4RecordSchema }, async (request, reply) => {
    const job = await tasks.find(request, 'music-video', taskIdOf(request));
    return sendEnvelope(reply, success(job ? toMp4Record(job, deps.links, deps.vendor) : null));
  });
}
