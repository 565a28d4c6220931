import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { isJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import type { Account } from '../../../../core/account.ts';
import { JobError } from '../../../../core/errors.ts';
import type { Upload } from '../../../../core/asset.ts';
import type { Job } from '../../../../core/job.ts';
import type { ApiKey } from '../../../../core/key.ts';
import type { JobRequest } from '../../../../core/submit.ts';
import { requireAllowed } from '../../../../policy/policy-service.ts';
import type { NativeDeps } from '../../../dialect.ts';
import { findRepeated, onceGone, readIdempotency } from '../../../exchange.ts';
import { askTimedLines } from '../../../music/timed-lyrics.ts';
import { BATCH_PROMPT, findJobView, viewOf, type BatchView } from '../batch.ts';
import { keyOf } from '../context.ts';
import { MIDJOURNEY_VERBS } from './midjourney-verbs.ts';
import { MUSIC_VERBS } from './music-verbs.ts';
import { MUSIC_VIDEO_VERB } from './music-video-verb.ts';
import { invalid, namingAsync, requestName, type Verb, type VerbContext, type VerbDraft } from './verb.ts';

/** Every verb of every engine. Names are unique over all engines. */
export const VERBS: readonly Verb[] = [...MIDJOURNEY_VERBS, ...MUSIC_VERBS, MUSIC_VIDEO_VERB];

/** The body of `POST /jobs`. */
export const NewJobBody = Type.Union(
  VERBS.map(({ schema }) => schema),
  {
    discriminator: {
      propertyName: 'verb',
      mapping: Object.fromEntries(VERBS.map(({ name }) => [name, `#/components/schemas/${requestName(name)}`])),
    },
  },
);

/**
 * Makes the job or the batch of a checked `POST /jobs`, or finds the one that the same request made earlier. Callbacks of new jobs are suppressed
 * until the reply is out. Throws `JobError`: `invalid-request` or `url-refused` with `errors` where a field is wrong.
 */
export async function submitJob(
  deps: NativeDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<{ view: BatchView; isRepeated: boolean }> {
  const key = keyOf(request);
  const repeated = await findRepeated(deps.store, request, key);
  if (repeated) return { view: await viewOf(deps.store, repeated), isRepeated: true };
  const body = isJsonObject(request.body) ? request.body : {};
  const verb = VERBS.find(({ name }) => name === body['verb']);
  if (!verb) throw invalid('/verb', 'is unknown');
  const uploads: Upload[] = [];
  const draft = await verb.read(body, createVerbContext(deps, key, uploads));
  const accountId = verb.engine === 'midjourney' ? await chooseAccount(deps, textAt(body, 'accountId'), draft) : undefined;
  const idempotency = readIdempotency(request, key);
  const [wanted, ...siblings] = toJobRequests(deps, draft, {
    dialect: 'native',
    engine: verb.engine,
    verb: verb.name,
    keyId: key.id,
    ...(accountId !== undefined && { accountId }),
    ...readCommonFields(deps, body),
  });
  for (const { id } of [wanted, ...siblings]) onceGone(reply, deps.suppressCallbacks(id));
  const job = await submitWithUploads(deps, uploads, [{ ...wanted, ...(idempotency && { idempotency }) }, ...siblings]);
  return { view: await viewOf(deps.store, job), isRepeated: job.id !== wanted.id };
}

/** The pictures are on disk before the job that needs them is. If no new job was made, they are deleted again. */
async function submitWithUploads(
  { uploads: kept, submit }: Pick<NativeDeps, 'uploads' | 'submit'>,
  uploads: readonly Upload[],
  [wanted, ...siblings]: readonly [JobRequest, ...JobRequest[]],
): Promise<Job> {
  if (uploads.length === 0) return submit(wanted, siblings);
  try {
    await kept.keep(uploads, wanted);
    const job = await submit(wanted, siblings);
    if (job.id !== wanted.id) await kept.discard(uploads);
    return job;
  } catch (error) {
    await kept.discard(uploads);
    throw error;
  }
}

const newJobId = ({ ids }: Pick<NativeDeps, 'ids'>): string => `job_${ids.uuid().replaceAll('-', '')}`;

/** One request, or one for each job of a batch. The ids of a batch grow in the order of its prompts, after the id of their parent. */
function toJobRequests(
  deps: Pick<NativeDeps, 'ids'>,
  { input, batch, usesSlot, parent }: VerbDraft,
  common: Omit<JobRequest, 'id' | 'input' | 'usesSlot'>,
): [JobRequest, ...JobRequest[]] {
  const shared = { ...common, usesSlot, ...(parent && { parentId: parent.id }) };
  if (!batch) return [{ id: newJobId(deps), input, ...shared }];
  const ofBatch = { ...shared, batchId: newJobId(deps), echo: { ...common.echo, [BATCH_PROMPT]: batch.prompt } };
  const toRequest = (one: JsonObject): JobRequest => ({ id: newJobId(deps), input: one, ...ofBatch });
  return [toRequest(input), ...batch.inputs.map(toRequest)];
}

/** `uploads` collects the pictures of the request. */
const createVerbContext = (deps: NativeDeps, key: ApiKey, uploads: Upload[]): VerbContext => ({
  findJob: async (id) => (await findJobView(deps.store, id, key)).job,
  checkUrl: (url, path) => checkUrl(deps, url, path),
  async addPicture(text, path) {
    const upload = await namingAsync(path, () => deps.uploads.read(text));
    uploads.push(upload);
    return upload.source;
  },
  timedLines: (track) => askTimedLines(deps, track),
  requireAllowed: (text) => requireAllowed(deps.policy, 'native', text),
});

function readCommonFields(deps: NativeDeps, { callbackUrl, maxJobs, reference }: JsonObject) {
  return {
    echo: typeof reference === 'string' ? { reference } : {},
    ...(typeof maxJobs === 'number' && { maxJobs }),
    ...(typeof callbackUrl === 'string' && { callbackUrl: checkUrl(deps, callbackUrl, '/callbackUrl') }),
  };
}

/** The account that the job must run on, or undefined for any account. Throws when no account can run it. */
async function chooseAccount({ accounts }: NativeDeps, wanted: string, { parent }: VerbDraft): Promise<string | undefined> {
  if (parent && parent.accountId !== null) {
    if (wanted !== '' && wanted !== parent.accountId) throw invalid('/accountId', 'is not the account of the parent job');
    const account = await accounts.get(parent.accountId);
    if (account) requireUnpaused([account]);
    return parent.accountId;
  }
  if (wanted === '') {
    requireUnpaused(await accounts.list());
    return undefined;
  }
  const account = await accounts.get(wanted);
  if (!account?.listed) throw new JobError('account-not-found', `Account not found: ${wanted}`);
  requireUnpaused([account]);
  return account.id;
}

/** Throws when every account of the list is paused, or the list is empty. */
function requireUnpaused(accounts: readonly Account[]): void {
  if (accounts.some(({ pause }) => pause === null)) return;
  const [paused] = accounts.flatMap(({ id, pause }) => (pause ? [{ id, pause }] : []));
  if (!paused) throw new JobError('account-missing', 'No account is configured: an administrator adds one with PUT /accounts/{id}');
  const { id, pause } = paused;
  throw new JobError('account-paused', `Account ${id} is paused: ${pause.title}`, {
    facts: { accountId: id, pause: { code: pause.code, title: pause.title } },
  });
}

/** The URL normalised. Throws `JobError` that names the field. */
function checkUrl(deps: Pick<NativeDeps, 'checkUrl'>, url: string, path: string): string {
  try {
    return deps.checkUrl(url);
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    const errors = [{ in: 'body', path, message: error.message }];
    throw new JobError(error.code, `${path}: ${error.message}`, { facts: { ...error.facts, errors }, cause: error });
  }
}
