import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiKey } from '../../../account/account.ts';
import type { Dialect, DialectDeps } from '../../dialect.ts';
import { ASYNC_PAGE, createErrorHandler } from './errors.ts';
import { toJobBody } from './job-body.ts';
import { registerJobGets } from './job-gets.ts';
import { registerJobPosts } from './job-posts.ts';
import { registerMidjourneyAccounts } from './midjourney-accounts.ts';
import { callbackCode, isRefusedRequest } from './post-reply.ts';
import { createSubmitter } from './submit-job.ts';
import { answerUnknownPath } from './unknown-path.ts';
import { registerUserAccount } from './user-account.ts';

/** From March 2024 on the vendor routed every v1 call to v2. Source: useapi, change notes. */
const PREFIXES = ['/v2', '/v1'] as const;
const KEY = 'useapiKey';
const keyOf = (request: FastifyRequest): ApiKey => request.getDecorator<ApiKey>(KEY);

/** The wire format of useapi.net's Midjourney API, version 2. */
export function createUseapiDialect(deps: DialectDeps): Dialect {
  const submitter = createSubmitter(deps);

  const surface = async (app: FastifyInstance): Promise<void> => {
    registerJobPosts(app, deps, submitter, keyOf);
    registerJobGets(app, deps, keyOf);
    registerUserAccount(app, deps, keyOf);
    registerMidjourneyAccounts(app, deps, keyOf);
  };

  return {
    name: 'useapi',
    answerUnknownPath,

    async plugin(app) {
      app.setErrorHandler(createErrorHandler(ASYNC_PAGE, deps.log));
      app.decorateRequest(KEY);
      // Before the body is read: who may not ask is told so, whatever is asked.
      app.addHook('onRequest', async (request, reply) => {
        void reply.header('cache-control', 'no-store');
        request.setDecorator(KEY, await deps.authenticate(request));
      });
      for (const prefix of PREFIXES) await app.register(surface, { prefix });
    },

    // A job of this dialect is called back as it is: no envelope. Source: useapi v2, callback bodies read by clients.
    renderCallback(job) {
      if (isRefusedRequest(job)) return null;
      return { body: JSON.stringify(toJobBody(job, { links: deps.links, code: callbackCode(job) })), kieTaskId: null };
    },
  };
}
