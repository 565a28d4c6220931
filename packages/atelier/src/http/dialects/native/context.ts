import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import { Type } from 'typebox';
import type { ApiKey } from '../../../core/key.ts';
import { JobError } from '../../../core/errors.ts';
import type { Job } from '../../../core/job.ts';
import type { Store } from '../../../core/store.ts';
import type { NativeDeps } from '../../dialect.ts';
import { onceGone } from '../../exchange.ts';

/** The plugin's instance. The schemas of a route type its handler. */
export type NativeApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface NativeRouteDeps extends NativeDeps {
  /** Aborts when the server closes: requests that wait and open streams end then. */
  closing: AbortSignal;
}

/** Adds one route. Its request carries a checked key (`keyOf`), unless the route belongs to the list of problems. */
export type NativeRoute = (app: NativeApp, deps: NativeRouteDeps) => void;

export const KEY = 'nativeKey';

/** The key of the request. */
export const keyOf = (request: Pick<FastifyRequest, 'getDecorator'>): ApiKey => request.getDecorator<ApiKey>(KEY);

/** For `onRequest` of routes that only an admin key may use. */
export const requireAdmin = async (request: FastifyRequest): Promise<void> => {
  if (!keyOf(request).admin) throw new JobError('forbidden', 'Only an admin key may do this');
};

/** Whether a key may see a record of `owner.keyId`. */
export const maySee = (key: ApiKey, owner: { keyId: string }): boolean => key.admin || owner.keyId === key.id;

/** The job, made in any dialect. A job of another key is not found either: its existence is not shown. */
export async function findJob(store: Pick<Store, 'getJob'>, id: string, key: ApiKey): Promise<Job> {
  const job = await store.getJob(id);
  if (job && maySee(key, job)) return job;
  throw new JobError('job-not-found', `Job not found: ${id.slice(0, 100)}`);
}

/** For records without an error code of their own. */
export const notFound = (record: 'Key' | 'Delivery' | 'Asset' | 'Problem', id: string): JobError =>
  new JobError('route-not-found', `${record} not found: ${id.slice(0, 100)}`);

/** Aborts when the caller has gone or the server closes. */
export function untilGone(reply: FastifyReply, closing: AbortSignal): AbortSignal {
  const gone = new AbortController();
  onceGone(reply, () => gone.abort());
  return AbortSignal.any([gone.signal, closing]);
}

const DEFAULT_LIMIT = 20;

/** The query fields of every listing. */
export const PAGING = {
  cursor: Type.Optional(Type.String({ maxLength: 200, description: 'The `nextCursor` of the previous page' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: DEFAULT_LIMIT })),
};

/** One page of a listing and the cursor of the next page. `list` is asked for one item more than the page shows, which tells whether a next page exists. */
export async function readPage<Item extends { id: string }, Body>(
  { cursor, limit = DEFAULT_LIMIT }: { cursor?: string; limit?: number },
  list: (paging: { cursor?: string; limit: number }) => Promise<Item[]>,
  toBody: (item: Item) => Body,
): Promise<{ items: Body[]; nextCursor: string | null }> {
  const found = await list({ limit: limit + 1, ...(cursor === undefined ? {} : { cursor }) });
  const shown = found.slice(0, limit);
  return { items: shown.map(toBody), nextCursor: found.length > limit ? (shown.at(-1)?.id ?? null) : null };
}
