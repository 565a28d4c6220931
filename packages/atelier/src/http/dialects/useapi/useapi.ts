import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiKey } from '../../../core/key.ts';
import { isFinal } from '../../../core/job.ts';
import { documentOnly } from '../../exchange.ts';
import type { Dialect, DialectDeps } from '../../dialect.ts';
import { createAccountChooser } from './choose-account.ts';
import { ASYNC_PAGE } from './errors.ts';
import { toJobBody } from './job-body.ts';
import type { PageContext } from './page.ts';
import { registerMidjourneyChannel } from './pages/account-midjourney-channel.ts';
import { registerMidjourneyAccounts } from './pages/account-midjourney.ts';
import { registerUserAccount } from './pages/account.ts';
import { registerBlend } from './pages/jobs-blend.ts';
import { registerButton } from './pages/jobs-button.ts';
import { registerCancel } from './pages/jobs-cancel.ts';
import { registerDescribe } from './pages/jobs-describe.ts';
import { registerImagine } from './pages/jobs-imagine.ts';
import { registerInfo } from './pages/jobs-info.ts';
import { registerSeed } from './pages/jobs-seed.ts';
import { registerJobs } from './pages/jobs.ts';
import { callbackCode, createPageErrorHandler, isRefusedRequest } from './page.ts';
import { createSubmitter } from './submit-job.ts';
import { answerUnknownPath } from './unknown-path.ts';

/** From March 2024 on the vendor routed every v1 call to v2. Source: useapi, change notes. */
const PREFIXES = ['/v2', '/v1'] as const;

/** Every page of the manual. */
const PAGES: readonly ((app: FastifyInstance, context: PageContext) => void)[] = [
  registerUserAccount,
  registerMidjourneyAccounts,
  registerMidjourneyChannel,
  registerImagine,
  registerButton,
  registerBlend,
  registerDescribe,
  registerSeed,
  registerInfo,
  registerJobs,
  registerCancel,
];

const KEY = 'useapiKey';
const keyOf = (request: FastifyRequest): ApiKey => request.getDecorator<ApiKey>(KEY);

/** The wire format of useapi.net's Midjourney API, version 2. */
export function createUseapiDialect(deps: DialectDeps): Dialect {
  const context: PageContext = { deps, keyOf, submitter: createSubmitter(deps), chooser: createAccountChooser(deps) };
  const manual = async (app: FastifyInstance): Promise<void> => {
    for (const register of PAGES) register(app, context);
  };

  return {
    name: 'useapi',
    answerUnknownPath,

    async plugin(app) {
      // The schemas only describe: each page reads and refuses its requests itself.
      documentOnly(app);
      app.setErrorHandler(createPageErrorHandler(ASYNC_PAGE, deps.log));
      app.decorateRequest(KEY);
      // Before the body is read: a request without a valid key is refused whatever it holds.
      app.addHook('onRequest', async (request, reply) => {
        void reply.header('cache-control', 'no-store');
        request.setDecorator(KEY, await deps.authenticate(request));
      });
      for (const prefix of PREFIXES) await app.register(manual, { prefix });
    },

    // The callback body is the job object itself. `content` is a string for every code, since receivers call string functions on it
    // without a check. Source: useapi, callbacks, `content`.
    renderCallback(job) {
      if (!isFinal(job.status) || isRefusedRequest(job)) return null;
      const body = { content: '', ...toJobBody(job, { links: deps.links, code: callbackCode(job) }) };
      return { body: JSON.stringify(body), kieTaskId: null };
    },
  };
}
