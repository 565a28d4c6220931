import { Type } from 'typebox';
import type { ApiKey } from '../../../../core/key.ts';
import type { Attempt, Delivery as StoredDelivery } from '../../../../core/delivery.ts';
import type { DeliveryFilter } from '../../../../core/store.ts';
import type { NativeDeps } from '../../../dialect.ts';
import { findJob, keyOf, maySee, notFound, type NativeApp } from '../context.ts';
import { answers, Delivery, page, PAGING, readPage, toTime } from '../schema.ts';

const TAGS = ['deliveries'];
const DeliveryParams = Type.Object({ deliveryId: Type.String() });
const State = Delivery.properties.state;
const Since = Type.String({ format: 'date-time', description: 'Only deliveries made at this instant or later' });
/** So many are made due again in one command. */
const REPLAY_BATCH = 500;

const FILTER = {
  state: Type.Optional(State),
  jobId: Type.Optional(Type.String({ maxLength: 200 })),
  since: Type.Optional(Since),
};

/** Callbacks: whether they arrived, what came back, and another try. */
export function registerDeliveryRoutes(app: NativeApp, deps: NativeDeps): void {
  const { store, clock } = deps;

  async function findDelivery(id: string, key: ApiKey): Promise<StoredDelivery> {
    const delivery = await store.getDelivery(id);
    if (delivery && maySee(key, delivery)) return delivery;
    throw notFound('delivery', id);
  }

  async function replay(deliveryIds: readonly string[]): Promise<number> {
    let replayed = 0;
    for (let from = 0; from < deliveryIds.length; from += REPLAY_BATCH) {
      replayed += await store.replayDeliveries({ deliveryIds: deliveryIds.slice(from, from + REPLAY_BATCH), nowMs: clock.now() });
      deps.onDeliveriesDue();
    }
    return replayed;
  }

  async function findAll(filter: Omit<DeliveryFilter, 'limit' | 'cursor'>): Promise<string[]> {
    const ids: string[] = [];
    for (;;) {
      const cursor = ids.at(-1);
      const found = await store.listDeliveries({ ...filter, limit: REPLAY_BATCH, ...(cursor !== undefined && { cursor }) });
      ids.push(...found.map(({ id }) => id));
      if (found.length < REPLAY_BATCH) return ids;
    }
  }

  const ofJob = {
    summary: 'List the deliveries of a job',
    operationId: 'listJobDeliveries',
    tags: TAGS,
    params: Type.Object({ jobId: Type.String() }),
    querystring: Type.Object(PAGING, { additionalProperties: false }),
    response: answers({ 200: page('Delivery') }),
  };
  app.get('/jobs/:jobId/deliveries', { schema: ofJob }, async (request) => {
    const job = await findJob(store, request.params.jobId, keyOf(request));
    return readPage(request.query, (paging) => store.listDeliveries({ jobId: job.id, ...paging }), toDelivery);
  });

  const list = {
    summary: 'List deliveries, newest first',
    operationId: 'listDeliveries',
    tags: TAGS,
    querystring: Type.Object({ ...FILTER, ...PAGING }, { additionalProperties: false }),
    response: answers({ 200: page('Delivery') }),
  };
  app.get('/deliveries', { schema: list }, async (request) => {
    const filter = toFilter(request.query, keyOf(request));
    return readPage(request.query, (paging) => store.listDeliveries({ ...filter, ...paging }), toDelivery);
  });

  const read = {
    summary: 'Read a delivery and its attempts',
    operationId: 'getDelivery',
    tags: TAGS,
    params: DeliveryParams,
    response: answers({ 200: Type.Ref('DeliveryDetails') }),
  };
  app.get('/deliveries/:deliveryId', { schema: read }, async (request) => {
    const delivery = await findDelivery(request.params.deliveryId, keyOf(request));
    const attempts = await store.listAttempts(delivery.id);
    return { ...toDelivery(delivery), body: delivery.body, attempts: attempts.map(toAttempt) };
  });

  const replayOne = {
    summary: 'Send a delivery again',
    description: 'Due at once, with a fresh set of attempts. One that is pending stays as it is.',
    operationId: 'replayDelivery',
    tags: TAGS,
    params: DeliveryParams,
    response: answers({ 202: Type.Ref('Delivery') }),
  };
  app.post('/deliveries/:deliveryId/replay', { schema: replayOne }, async (request, reply) => {
    const key = keyOf(request);
    const { id } = await findDelivery(request.params.deliveryId, key);
    await replay([id]);
    return reply.code(202).send(toDelivery(await findDelivery(id, key)));
  });

  const replayMany = {
    summary: 'Send many deliveries again',
    description: 'Those that are named, or those that a filter finds. What is pending stays as it is and is not counted.',
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
  app.post('/deliveries/replay', { schema: replayMany }, async (request, reply) => {
    const key = keyOf(request);
    const { ids = [], filter } = request.body;
    // All are looked up before any is sent: a wrong id in the list sends none.
    const named = await Promise.all(ids.map((id) => findDelivery(id, key)));
    const found = filter ? await findAll(toFilter(filter, key)) : [];
    return reply.code(202).send({ replayed: await replay([...named.map(({ id }) => id), ...found]) });
  });
}

function toFilter(
  { state, jobId, since }: { state?: StoredDelivery['state']; jobId?: string; since?: string },
  key: ApiKey,
): Omit<DeliveryFilter, 'limit' | 'cursor'> {
  return {
    ...(key.admin ? {} : { keyId: key.id }),
    ...(state !== undefined && { state }),
    ...(jobId !== undefined && { jobId }),
    ...(since !== undefined && { sinceMs: Date.parse(since) }),
  };
}

const toDelivery = (delivery: StoredDelivery) => ({
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

const toAttempt = ({ number, startedAtMs, durationMs, outcome, status, responseBody, error }: Attempt) => ({
  number,
  startedAt: toTime(startedAtMs),
  durationMs,
  outcome,
  status,
  responseBody,
  error,
});
