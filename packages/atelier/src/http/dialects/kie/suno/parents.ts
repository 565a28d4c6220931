import type { FastifyRequest } from 'fastify';
import type { Job } from '../../../../core/job.ts';
import { textAt, type JsonObject } from '@atelier/lib/json';
import { tracksOf, type Track } from '../../../tracks.ts';
import { recordMissing } from '../errors.ts';
import { bodyOf, requireText } from '../fields.ts';
import type { Tasks } from '../tasks.ts';
import type { OtherOperation } from './other-requests.ts';

/** A track, and the task that made it. */
export interface FoundTrack {
  job: Job;
  track: Track;
}

/** What a follow-up works on. */
export interface FollowUpSource {
  parent?: Job;
  /** What its record must say of it. */
  echo?: JsonObject;
  /** Of what there may be only one. */
  dedupeKey?: string;
}

export type Parents = ReturnType<typeof createParents>;

/** Finds the tasks that follow-ups work on: the caller's own, or any for the admin key. */
export function createParents(tasks: Pick<Tasks, 'find'>) {
  /**
   * The track that `taskId` and `audioId` name, once its sound is there: the first of two may be used before the second is done.
   * Throws `job-not-found`. Source: kie, mp4 and wav, recorded replies.
   */
  async function requireTrack(request: FastifyRequest): Promise<FoundTrack> {
    const body = bodyOf(request);
    const job = await tasks.find(request, 'suno', requireText(body, 'taskId'));
    const audioId = requireText(body, 'audioId');
    const track = job && tracksOf(job).find(({ id, audio }) => id === audioId && audio !== undefined);
    if (!job || !track) throw recordMissing();
    return { job, track };
  }

  async function requireFinished(request: FastifyRequest, verb: string): Promise<Job> {
    const job = await tasks.find(request, 'suno', requireText(bodyOf(request), 'taskId'));
    if (job?.verb !== verb || job.status !== 'completed') throw recordMissing();
    return job;
  }

  /** What an operation that makes no track works on, if anything. */
  async function find(request: FastifyRequest, operation: OtherOperation, wanted: JsonObject): Promise<FollowUpSource> {
    switch (operation) {
      case 'lyrics':
        return {};
      case 'wav': {
        const { job, track } = await requireTrack(request);
        return { parent: job, echo: { musicIndex: track.index - 1 }, dedupeKey: `wav:${job.id}:${track.id}` };
      }
      case 'vocal-removal': {
        if (textAt(wanted, 'audioUrl') !== '') return {};
        const { job, track } = await requireTrack(request);
        return { parent: job, echo: { musicIndex: track.index - 1 } };
      }
      case 'midi':
        return { parent: await requireFinished(request, 'vocal-removal') };
      case 'cover':
        return { parent: await requireFinished(request, 'music') };
    }
  }

  return { requireTrack, find };
}
