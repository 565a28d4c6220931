import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '../../../../core/account.ts';
import { JobError } from '../../../../core/errors.ts';
import type { Job } from '../../../../core/job.ts';
import type { JobRequest } from '../../../../core/submit.ts';
import { isJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import type { NativeDeps } from '../../../dialect.ts';
import { findRepeated, onceGone, readIdempotency } from '../../../exchange.ts';
import { askTimedLines } from '../../../timed-lyrics.ts';
import { findJob, keyOf } from '../context.ts';
import { invalid, type Draft, type DraftContext } from './verb.ts';
import { VERBS } from './verbs.ts';

/**
 * Makes the job that a checked body of `POST /jobs` asks for. Its callback is kept back until the reply has left.
 * Throws `JobError`, what is wrong with a field as `invalid-request` or `url-refused` with `errors`.
 */
export function createSubmitter(
  deps: NativeDeps,
): (request: FastifyRequest, reply: FastifyReply) => Promise<{ job: Job; isRepeated: boolean }> {
  const { store } = deps;

  const context: Omit<DraftContext, 'key'> = {
    findJob: (id, key) => findJob(store, id, key),
    checkUrl: (url, path) => checkUrl(deps, url, path),
    timedLines: (track) => askTimedLines(deps, track),
    requireAllowed(text) {
      const verdict = deps.policy.check('native', text);
      if (!verdict.allowed) throw new JobError('content-policy', 'The prompt holds a blocked term', { facts: { term: verdict.term } });
    },
  };

  /** The account that the job is bound to, or undefined for any. Throws when none could carry it out. */
  async function chooseAccount(body: JsonObject, { parent }: Draft): Promise<string | undefined> {
    const wanted = textAt(body, 'accountId');
    if (parent && parent.accountId !== null) {
      if (wanted !== '' && wanted !== parent.accountId) throw invalid('/accountId', 'is not the account of the job that this one works on');
      const account = await deps.accounts.get(parent.accountId);
      if (account) requireReady([account]);
      return parent.accountId;
    }
    if (wanted === '') {
      requireReady(await deps.accounts.list());
      return undefined;
    }
    const account = await deps.accounts.get(wanted);
    if (!account?.listed) throw new JobError('account-not-found', `There is no account ${wanted}`);
    requireReady([account]);
    return account.id;
  }

  return async (request, reply) => {
    const body = isJsonObject(request.body) ? request.body : {};
    const key = keyOf(request);
    const repeated = await findRepeated(store, request, key);
    if (repeated) return { job: repeated, isRepeated: true };
    const verb = VERBS.find(({ name }) => name === body['verb']);
    if (!verb) throw invalid('/verb', 'is unknown');
    const draft = await verb.read(body, { ...context, key });
    const accountId = verb.engine === 'midjourney' ? await chooseAccount(body, draft) : undefined;
    const idempotency = readIdempotency(request, key);
    const id = `job_${deps.ids.uuid().replaceAll('-', '')}`;
    const { callbackUrl, maxJobs, reference } = body;
    const wish: JobRequest = {
      id,
      dialect: 'native',
      engine: verb.engine,
      verb: verb.name,
      keyId: key.id,
      input: draft.input,
      echo: typeof reference === 'string' ? { reference } : {},
      usesSlot: draft.usesSlot,
      ...(draft.parent && { parentId: draft.parent.id }),
      ...(accountId !== undefined && { accountId }),
      ...(typeof maxJobs === 'number' && { maxJobs }),
      ...(typeof callbackUrl === 'string' && { callbackUrl: checkUrl(deps, callbackUrl, '/callbackUrl') }),
      ...(idempotency && { idempotency }),
    };
    onceGone(reply, deps.suppressCallbacks(id));
    const job = await deps.submit(wish);
    return { job, isRepeated: job.id !== id };
  };
}

function checkUrl(deps: Pick<NativeDeps, 'checkUrl'>, url: string, path: string): string {
  try {
    return deps.checkUrl(url);
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    const errors = [{ in: 'body', path, message: error.message }];
    throw new JobError(error.code, `${path}: ${error.message}`, { facts: { ...error.facts, errors }, cause: error });
  }
}

/** Throws when none of these accounts can be used before its owner has done something. */
function requireReady(accounts: readonly Account[]): void {
  if (accounts.some(({ pause }) => pause === null)) return;
  const [paused] = accounts.flatMap(({ id, pause }) => (pause ? [{ id, pause }] : []));
  if (!paused) throw new JobError('account-missing', 'No account is configured: an administrator adds one with PUT /accounts/{id}');
  const { id, pause } = paused;
  throw new JobError('account-paused', `Account ${id} is paused: ${pause.title}`, {
    facts: { accountId: id, pause: { code: pause.code, title: pause.title } },
  });
}
