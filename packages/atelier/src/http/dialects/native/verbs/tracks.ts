import { Type, type Static } from 'typebox';
import type { Job } from '../../../../core/job.ts';
import { tracksOf, type Track } from '../../../tracks.ts';
import { invalid, type DraftContext } from './verb.ts';

export const TrackReference = Type.Object(
  {
    jobId: Type.String({ minLength: 1, maxLength: 200, description: 'A job that has made music, in any dialect' }),
    index: Type.Optional(Type.Integer({ minimum: 1, default: 1, description: 'Which of its tracks' })),
  },
  { additionalProperties: false, description: 'A track of this server' },
);

/** The track, once its sound is there; throws `JobError` (job-not-found, invalid-request). */
export async function findTrack(
  { jobId, index = 1 }: Static<typeof TrackReference>,
  context: DraftContext,
): Promise<{ parent: Job; track: Track }> {
  const parent = await context.findJob(jobId, context.key);
  if (parent.engine !== 'suno' || parent.verb !== 'music') throw invalid('/track/jobId', 'names a job that makes no music');
  const track = tracksOf(parent).find((one) => one.index === index);
  if (!track?.audio) {
    const isThere = tracksOf(parent).flatMap((one) => (one.audio ? [one.index] : []));
    throw invalid(
      '/track/index',
      isThere.length === 0 ? `names a track of a job that is ${parent.status}` : `must be one of ${isThere.join(', ')}`,
    );
  }
  return { parent, track };
}
