import { isFinal } from '../../../core/job.ts';
import type { Dialect, NativeDeps } from '../../dialect.ts';
import { createErrorHandler } from '../../error-handler.ts';
import { sendProblem } from '../../problem.ts';
import { KEY, type NativeApp } from './context.ts';
import { toJobBody } from './job-body.ts';
import { ACCOUNT_ROUTES } from './routes/account-routes.ts';
import { DELIVERY_ROUTES } from './routes/delivery-routes.ts';
import { EVENT_ROUTES } from './routes/event-routes.ts';
import { JOB_ROUTES } from './routes/job-routes.ts';
import { KEY_ROUTES } from './routes/key-routes.ts';
import { OTHER_ROUTES, PUBLIC_ROUTES } from './routes/other-routes.ts';
import { COMPONENTS, toTime } from './schema.ts';
import { compileValidator } from './validation.ts';

const ROUTES = [...JOB_ROUTES, ...EVENT_ROUTES, ...DELIVERY_ROUTES, ...ACCOUNT_ROUTES, ...KEY_ROUTES, ...OTHER_ROUTES];

/**
 * Our own API: jobs of every engine and every dialect, and the administration of the server. The schema of a route is the only description of its
 * request: types, validation and the OpenAPI document follow from it. Every error is a problem (RFC 9457).
 */
export function createNativeDialect(deps: NativeDeps): Dialect {
  return {
    name: 'native',

    async plugin(app: NativeApp) {
      const closing = new AbortController();
      const routeDeps = { ...deps, closing: closing.signal };
      app.addHook('preClose', async () => closing.abort());
      app.setErrorHandler(createErrorHandler({ log: deps.log, send: sendProblem }));
      app.setValidatorCompiler(compileValidator);
      app.setSerializerCompiler(() => (data) => JSON.stringify(data));
      for (const component of COMPONENTS) app.addSchema(component);
      for (const addRoute of PUBLIC_ROUTES) addRoute(app, routeDeps);
      await app.register(async (scope: NativeApp) => {
        scope.decorateRequest(KEY);
        // Before the body is read: a caller without a valid key learns nothing about its request.
        scope.addHook('onRequest', async (request, reply) => {
          void reply.header('cache-control', 'no-store');
          request.setDecorator(KEY, await deps.authenticate(request));
        });
        for (const addRoute of ROUTES) addRoute(scope, routeDeps);
      });
    },

    // Source: standard-webhooks, payload structure, `type`, `timestamp`, `data`.
    renderCallback(job) {
      if (!isFinal(job.status)) return null;
      const body = { type: `job.${job.status}`, timestamp: toTime(job.finishedAtMs ?? job.updatedAtMs), data: toJobBody(job, deps.links) };
      return { body: JSON.stringify(body), kieTaskId: null };
    },

    renderLateResult(job) {
      const body = {
        type: 'job.late-result',
        timestamp: toTime(job.lateResult?.atMs ?? job.updatedAtMs),
        data: toJobBody(job, deps.links),
      };
      return { body: JSON.stringify(body), kieTaskId: null };
    },

    // The app answers paths that no dialect claims, in this same shape.
    answerUnknownPath: () => undefined,
  };
}
