import type { FastifyPluginAsync } from 'fastify';
import { JobError } from '../core/errors.ts';
import { sendProblem } from './problem.ts';

interface UpstreamRouteDeps {
  /** The job of a token, or undefined for a token that this server did not make. */
  jobIdOf(token: string): string | undefined;
  onCallback(jobId: string): void;
}

/**
 * `POST /upstream/suno/{token}`: the callbacks of the music upstream. Anyone who knows the address can post to it, so the body is discarded unread:
 * a callback only makes the engine ask the upstream for the job's state. 404 for an unknown token.
 */
export function createUpstreamRoutes({ jobIdOf, onCallback }: UpstreamRouteDeps): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, payload, done) => {
      payload.resume();
      done(null);
    });
    app.post<{ Params: { token: string } }>('/upstream/suno/:token', async (request, reply) => {
      const jobId = jobIdOf(request.params.token);
      if (jobId === undefined) return sendProblem(new JobError('route-not-found', 'Route not found'), reply);
      onCallback(jobId);
      return { status: 'received' };
    });
  };
}
