import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ApiKey } from '../../../core/key.ts';
import { JobError } from '../../../core/errors.ts';
import type { Job } from '../../../core/job.ts';
import type { Store } from '../../../core/store.ts';

/** The plugin's instance: what a handler is given is typed by its route's schemas. */
export type NativeApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export const KEY = 'nativeKey';

/** The key that the request came with. */
export const keyOf = (request: Pick<FastifyRequest, 'getDecorator'>): ApiKey => request.getDecorator<ApiKey>(KEY);

/** For `onRequest` of routes that only an admin key may use. */
export const requireAdmin = async (request: FastifyRequest): Promise<void> => {
  if (!keyOf(request).admin) throw new JobError('forbidden', 'Only an admin key may do this');
};

/** Whether this key may see what belongs to that one. */
export const maySee = (key: ApiKey, owner: { keyId: string }): boolean => key.admin || owner.keyId === key.id;

/** The job, whatever dialect made it. Another key's looks like none. */
export async function findJob(store: Pick<Store, 'getJob'>, id: string, key: ApiKey): Promise<Job> {
  const job = await store.getJob(id);
  if (job && maySee(key, job)) return job;
  throw new JobError('job-not-found', `There is no job ${id.slice(0, 100)}`);
}

/** For what has no code of its own. */
export const notFound = (what: string, id: string): JobError => new JobError('route-not-found', `There is no ${what} ${id.slice(0, 100)}`);
