import type { FastifyRequest } from 'fastify';
import type { Job } from '../../../../core/job.ts';
import { textAt } from '@atelier/lib/json';
import { tracksOf, type Track } from '../../../music/tracks.ts';
import { recordMissing } from '../errors.ts';
import { bodyOf, requireText } from '../fields.ts';
import type { TaskDraft, Tasks } from '../tasks.ts';
import type { OtherOperation } from './other-requests.ts';

/** A track, and the task that made it. */
export interface FoundTrack {
  job: Job;
  track: Track;
}

/** The fields of a follow-up's draft that come from the task it works on. */
export type FollowUpSource = Partial<Pick<TaskDraft, 'parent' | 'echo' | 'dedupeKey'>>;

/**
 * The track that `taskId` and `audioId` name, once its sound is stored: the first of two tracks can be used before the second is done.
 * Throws `JobError('job-not-found')`. Source: kie, recorded replies, mp4 and wav.
 */
export async function requireTrack(tasks: Tasks, request: FastifyRequest): Promise<FoundTrack> {
  const body = bodyOf(request);
  const job = await tasks.find(request, 'suno', requireText(body, 'taskId'));
  const audioId = requireText(body, 'audioId');
  const track = job && tracksOf(job).find(({ id, audio }) => id === audioId && audio !== undefined);
  if (!job || !track) throw recordMissing();
  return { job, track };
}

/** The task that an operation without tracks works on; empty for an operation that works on no task. Throws `JobError('job-not-found')`. */
export async function findSource(tasks: Tasks, request: FastifyRequest, operation: OtherOperation): Promise<FollowUpSource> {
  switch (operation) {
    case 'lyrics':
      return {};
    case 'wav': {
      const { job, track } = await requireTrack(tasks, request);
      return { parent: job, echo: { musicIndex: track.index - 1 }, dedupeKey: `wav:${job.id}:${track.id}` };
    }
    case 'vocal-removal': {
      if (textAt(bodyOf(request), 'audioUrl') !== '') return {};
      const { job, track } = await requireTrack(tasks, request);
      return { parent: job, echo: { musicIndex: track.index - 1 } };
    }
    case 'midi':
      return { parent: await requireFinished(tasks, request, 'vocal-removal') };
    case 'cover':
      return { parent: await requireFinished(tasks, request, 'music') };
  }
}

async function requireFinished(tasks: Tasks, request: FastifyRequest, verb: string): Promise<Job> {
  const job = await tasks.find(request, 'suno', requireText(bodyOf(request), 'taskId'));
  if (job?.verb !== verb || job.status !== 'completed') throw recordMissing();
  return job;
}
