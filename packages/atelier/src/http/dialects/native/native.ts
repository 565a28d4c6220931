import { isFinal } from '../../../core/job.ts';
import type { Dialect, NativeDeps } from '../../dialect.ts';
import { createErrorHandler } from '../../error-handler.ts';
import { sendProblem } from '../../problem.ts';
import { registerAccountRoutes } from './routes/account-routes.ts';
import { KEY, type NativeApp } from './context.ts';
import { registerDeliveryRoutes } from './routes/delivery-routes.ts';
import { registerEventRoutes } from './routes/event-routes.ts';
import { toJobBody } from './job-body.ts';
import { registerJobRoutes } from './routes/job-routes.ts';
import { registerKeyRoutes } from './routes/key-routes.ts';
import { registerAssetRoutes, registerPolicyRoutes, registerProblemRoutes } from './routes/other-routes.ts';
import { COMPONENTS, toTime } from './schema.ts';
import { compileValidator } from './validation.ts';

/**
 * Our own API: `/jobs` and what belongs to it, for every engine and every dialect's jobs. What a request must be is said once, by
 * the schema of its route, from which its types, its validation and the OpenAPI document follow. Every error is a problem (RFC 9457).
 */
export function createNativeDialect(deps: NativeDeps): Dialect {
  return {
    name: 'native',

    async plugin(app: NativeApp) {
      const closing = new AbortController();
      app.addHook('preClose', async () => closing.abort());
      app.setErrorHandler(createErrorHandler({ log: deps.log, send: sendProblem }));
      app.setValidatorCompiler(compileValidator);
      app.setSerializerCompiler(() => (data) => JSON.stringify(data));
      for (const component of COMPONENTS) app.addSchema(component);
      await app.register(async (scope: NativeApp) => {
        scope.decorateRequest(KEY);
        // Before the body is read: who may not ask is told so, whatever is asked.
        scope.addHook('onRequest', async (request, reply) => {
          void reply.header('cache-control', 'no-store');
          request.setDecorator(KEY, await deps.authenticate(request));
        });
        registerJobRoutes(scope, deps, closing.signal);
        registerEventRoutes(scope, deps, closing.signal);
        registerDeliveryRoutes(scope, deps);
        registerAssetRoutes(scope, deps);
        registerAccountRoutes(scope, deps);
        registerKeyRoutes(scope, deps);
        registerPolicyRoutes(scope, deps);
      });
      registerProblemRoutes(app);
    },

    // Source: standard-webhooks, payload structure, `type`, `timestamp`, `data`.
    renderCallback(job) {
      if (!isFinal(job.status)) return null;
      const body = { type: `job.${job.status}`, timestamp: toTime(job.finishedAtMs ?? job.updatedAtMs), data: toJobBody(job, deps.links) };
      return { body: JSON.stringify(body), kieTaskId: null };
    },

    // Paths that no vendor knows are answered by the server itself, in this same shape.
    answerUnknownPath: () => undefined,
  };
}
