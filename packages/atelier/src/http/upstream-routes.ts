import type { FastifyPluginAsync } from 'fastify';
import { JobError } from '../core/errors.ts';
import { sendProblem, toProblem } from './problem.ts';

interface UpstreamRouteDeps {
  /** The job that a token of ours stands for. */
  jobIdOf(token: string): string | undefined;
  onCallback(jobId: string): void;
}

/**
 * `POST /upstream/suno/{token}`: the callbacks of the upstream that makes our music. Anyone who knows an address may post to it, so the body is thrown
 * away unread: a callback says that there is something to ask the upstream for, and no more. 404 for a token that we did not make.
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
      if (jobId === undefined) return sendProblem(reply, toProblem(new JobError('route-not-found', 'There is nothing here')));
      onCallback(jobId);
      return { status: 'received' };
    });
  };
}
