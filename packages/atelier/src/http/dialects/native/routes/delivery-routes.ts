import { Type } from 'typebox';
import type { ApiKey } from '../../../../core/key.ts';
import type { Attempt, Delivery } from '../../../../core/delivery.ts';
import type { DeliveryFilter } from '../../../../core/store.ts';
import type { NativeDeps } from '../../../dialect.ts';
import { findJobView } from '../batch.ts';
import { keyOf, maySee, notFound, PAGING, readPage, type NativeRoute } from '../context.ts';
import { answers, Delivery as DeliverySchema, toTime } from '../schema.ts';

const TAGS = ['deliveries'];
const DeliveryParams = Type.Object({ deliveryId: Type.String() });
const FILTER = {
  state: Type.Optional(DeliverySchema.properties.state),
  jobId: Type.Optional(Type.String({ maxLength: 200 })),
  since: Type.Optional(Type.String({ format: 'date-time', description: 'Only deliveries made at this instant or later' })),
};
/** Deliveries that one store command makes due again. */
const REPLAY_BATCH = 500;

const listOfJob: NativeRoute = (app, { store }) => {
  const schema = {
    summary: 'List the deliveries of a job',
    operationId: 'listJobDeliveries',
    tags: TAGS,
    params: Type.Object({ jobId: Type.String() }),
    querystring: Type.Object(PAGING, { additionalProperties: false }),
    response: answers({ 200: Type.Ref('DeliveryPage') }),
  };
  app.get('/jobs/:jobId/deliveries', { schema }, async (request) => {
    const { job } = await findJobView(store, request.params.jobId, keyOf(request));
    return readPage(request.query, (paging) => store.listDeliveries({ jobId: job.id, ...paging }), toBody);
  });
};

const list: NativeRoute = (app, { store }) => {
  const schema = {
    summary: 'List deliveries, newest first',
    operationId: 'listDeliveries',
    tags: TAGS,
    querystring: Type.Object({ ...FILTER, ...PAGING }, { additionalProperties: false }),
    response: answers({ 200: Type.Ref('DeliveryPage') }),
  };
  app.get('/deliveries', { schema }, async (request) => {
    const filter = toFilter(request.query, keyOf(request));
    return readPage(request.query, (paging) => store.listDeliveries({ ...filter, ...paging }), toBody);
  });
};

const read: NativeRoute = (app, { store }) => {
  const schema = {
    summary: 'Read a delivery and its attempts',
    operationId: 'getDelivery',
    tags: TAGS,
    params: DeliveryParams,
    response: answers({ 200: Type.Ref('DeliveryDetails') }),
  };
  app.get('/deliveries/:deliveryId', { schema }, async (request) => {
    const delivery = await findDelivery(store, request.params.deliveryId, keyOf(request));
    const attempts = await store.listAttempts(delivery.id);
    return { ...toBody(delivery), body: delivery.body, attempts: attempts.map(toAttemptBody) };
  });
};

const replayOne: NativeRoute = (app, deps) => {
  const schema = {
    summary: 'Send a delivery again',
    description: 'Due at once, with a fresh set of attempts. A pending delivery stays as it is.',
    operationId: 'replayDelivery',
    tags: TAGS,
    params: DeliveryParams,
    response: answers({ 202: Type.Ref('Delivery') }),
  };
  app.post('/deliveries/:deliveryId/replay', { schema }, async (request, reply) => {
    const key = keyOf(request);
    const { id } = await findDelivery(deps.store, request.params.deliveryId, key);
    await replay(deps, [id]);
    return reply.code(202).send(toBody(await findDelivery(deps.store, id, key)));
  });
};

const replayMany: NativeRoute = (app, deps) => {
  const schema = {
    summary: 'Send many deliveries again',
    description: 'The deliveries with these ids, or all that a filter finds. A pending delivery stays as it is and is not counted.',
    operationId: 'replayDeliveries',
    tags: TAGS,
    body: Type.Object(
      {
        ids: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { minItems: 1, maxItems: 1_000 })),
        filter: Type.Optional(
          Type.Object({ ...FILTER, state: Type.Enum(['exhausted', 'stopped', 'delivered']) }, { additionalProperties: false }),
        ),
      },
      { additionalProperties: false, minProperties: 1, maxProperties: 1, description: 'Either of the two' },
    ),
    response: answers({ 202: Type.Object({ replayed: Type.Integer() }) }),
  };
  app.post('/deliveries/replay', { schema }, async (request, reply) => {
    const key = keyOf(request);
    const { ids = [], filter } = request.body;
    // Every id is looked up before the first replay: one wrong id refuses the whole request.
    const named = await Promise.all(ids.map((id) => findDelivery(deps.store, id, key)));
    const found = filter ? await findAllIds(deps.store, toFilter(filter, key)) : [];
    return reply.code(202).send({ replayed: await replay(deps, [...named.map(({ id }) => id), ...found]) });
  });
};

/** The deliveries of callbacks: their states, their attempts, and replays. */
export const DELIVERY_ROUTES: readonly NativeRoute[] = [listOfJob, list, read, replayOne, replayMany];

type Filter = Omit<DeliveryFilter, 'limit' | 'cursor'>;

async function findDelivery(store: NativeDeps['store'], id: string, key: ApiKey): Promise<Delivery> {
  const delivery = await store.getDelivery(id);
  if (delivery && maySee(key, delivery)) return delivery;
  throw notFound('Delivery', id);
}

async function findAllIds(store: NativeDeps['store'], filter: Filter): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const cursor = ids.at(-1);
    const found = await store.listDeliveries({ ...filter, limit: REPLAY_BATCH, ...(cursor !== undefined && { cursor }) });
    ids.push(...found.map(({ id }) => id));
    if (found.length < REPLAY_BATCH) return ids;
  }
}

/** Makes deliveries due again and returns how many. Pending deliveries are not counted. */
async function replay({ store, clock, onDeliveriesDue }: NativeDeps, deliveryIds: readonly string[]): Promise<number> {
  let replayed = 0;
  for (let from = 0; from < deliveryIds.length; from += REPLAY_BATCH) {
    replayed += await store.replayDeliveries({ deliveryIds: deliveryIds.slice(from, from + REPLAY_BATCH), nowMs: clock.now() });
    onDeliveriesDue();
  }
  return replayed;
}

function toFilter({ state, jobId, since }: { state?: Delivery['state']; jobId?: string; since?: string }, key: ApiKey): Filter {
  return {
    ...(key.admin ? {} : { keyId: key.id }),
    ...(state !== undefined && { state }),
    ...(jobId !== undefined && { jobId }),
    ...(since !== undefined && { sinceMs: Date.parse(since) }),
  };
}

const toBody = (delivery: Delivery) => ({
  id: delivery.id,
  jobId: delivery.jobId,
  dialect: delivery.dialect,
  url: delivery.url,
  state: delivery.state,
  attemptCount: delivery.attemptCount,
  nextAttemptAt: delivery.state === 'pending' ? toTime(delivery.dueAtMs) : null,
  createdAt: toTime(delivery.createdAtMs),
  updatedAt: toTime(delivery.updatedAtMs),
});

const toAttemptBody = ({ number, startedAtMs, durationMs, outcome, status, responseBody, error }: Attempt) => ({
  number,
  startedAt: toTime(startedAtMs),
  durationMs,
  outcome,
  status,
  responseBody,
  error,
});
