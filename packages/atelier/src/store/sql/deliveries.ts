import { sql } from 'kysely';
import type { Delivery, NewDelivery } from '../../core/delivery.ts';
import type { ClaimDeliveries, DeliveryFilter, RecordAttempt, Store } from '../../core/store.ts';
import { type Statement, type StoreCommand, define, memoize } from './statement.ts';
import { type RowOf, paramsFor } from './tables/columns.ts';
import { ATTEMPT, DELIVERY, DELIVERY_COLUMNS, type DeliveryRow, toDelivery } from './tables/record-tables.ts';
import type { DeliveryTable, SqlEngine } from './tables/schema.ts';

/** Deliveries: written with the end of their job, claimed with a lease, changed by each recorded attempt. */

export function insertDeliveryStatement({ builder }: SqlEngine): (delivery: NewDelivery) => Statement {
  const insert = define<Omit<RowOf<typeof DELIVERY>, 'updated_at_ms'>>((param) =>
    builder.insertInto('delivery').values({
      ...paramsFor(
        DELIVERY.columns.filter((column) => column !== 'updated_at_ms'),
        param,
      ),
      round: sql.lit(1),
      lease_until_ms: null,
      updated_at_ms: param('created_at_ms'),
    }),
  );
  return (delivery) => insert(DELIVERY.toRow({ ...delivery, state: 'pending', attemptCount: 0, updatedAtMs: delivery.createdAtMs }));
}

/** Pending and not leased. Repeats the condition of the index `delivery_due`, which serves it. */
const waiting = () => sql<boolean>`state = 'pending' and lease_until_ms is null`;

/**
 * First ends the leases that have run out (seldom any). Then one range of one index holds the waiting deliveries, in their order,
 * and the statement does not touch leased deliveries.
 */
export function claimDeliveriesCommand({ builder, textsOf }: SqlEngine): (command: ClaimDeliveries) => StoreCommand<Delivery[]> {
  type Values = { nowMs: number; leaseUntilMs: number; limit: number; exceptOrigins: string; exceptJobIds: string };
  const endLeases = define<{ nowMs: number }>((param) =>
    builder.updateTable('delivery').set({ lease_until_ms: null }).where('lease_until_ms', '<=', param('nowMs')),
  );
  const claimFor = memoize((except) =>
    define<Values, DeliveryRow>((param) =>
      builder
        .updateTable('delivery')
        .set({ lease_until_ms: param('leaseUntilMs') })
        .where('seq', 'in', (from) =>
          from
            .selectFrom('delivery')
            .select('seq')
            .where(waiting())
            .where('due_at_ms', '<=', param('nowMs'))
            .$if(except.includes('origins'), (query) => query.where('origin', 'not in', textsOf(param('exceptOrigins'))))
            .$if(except.includes('jobs'), (query) => query.where('job_id', 'not in', textsOf(param('exceptJobIds'))))
            .orderBy('due_at_ms')
            .orderBy('seq')
            .limit(param('limit')),
        )
        .returning(DELIVERY_COLUMNS),
    ),
  );
  return ({ nowMs, leaseUntilMs, limit, exceptOrigins, exceptJobIds }) => {
    const claim = claimFor(`${exceptOrigins.length > 0 ? 'origins' : ''} ${exceptJobIds.length > 0 ? 'jobs' : ''}`);
    return {
      statements: [
        endLeases({ nowMs }),
        claim({ nowMs, leaseUntilMs, limit, exceptOrigins: JSON.stringify(exceptOrigins), exceptJobIds: JSON.stringify(exceptJobIds) }),
      ],
      toResult: (outcome) => sortByDue(claim.rowsOf(outcome, 1)),
    };
  };
}

/** The longest due first; among deliveries that are due at the same time, the older first. */
function sortByDue(rows: readonly DeliveryRow[]): Delivery[] {
  const deliveries = rows.toSorted(([a], [b]) => a - b).map(toDelivery);
  return deliveries.toSorted((a, b) => a.dueAtMs - b.dueAtMs);
}

export function recordAttemptCommand({ builder }: SqlEngine): (command: RecordAttempt) => StoreCommand<boolean> {
  type Values = { id: string; number: number; state: DeliveryTable['state']; dueAtMs: number | null; nowMs: number };
  const update = define<Values>(
    (param) =>
      builder
        .updateTable('delivery')
        .set({
          state: param('state'),
          attempt_count: param('number'),
          due_at_ms: sql<number>`coalesce(${param('dueAtMs')}, due_at_ms)`,
          lease_until_ms: null,
          updated_at_ms: param('nowMs'),
        })
        .where('id', '=', param('id'))
        .where('state', '=', sql.lit('pending'))
        .where(sql<number>`attempt_count + 1`, '=', param('number')),
    { mustChange: true },
  );
  const insert = define<RowOf<typeof ATTEMPT>>((param) =>
    builder.insertInto('attempt').values((values) => ({
      ...paramsFor(ATTEMPT.columns, param),
      round: values.selectFrom('delivery').select('round').where('id', '=', param('delivery_id')),
    })),
  );
  return ({ attempt, nowMs, next }) => ({
    statements: [
      update({
        id: attempt.deliveryId,
        number: attempt.number,
        state: next.state,
        dueAtMs: next.state === 'pending' ? next.dueAtMs : null,
        nowMs,
      }),
      insert(ATTEMPT.toRow(attempt)),
    ],
    toResult: (outcome) => outcome.refusedAt === null,
  });
}

export function releaseDeliveriesCommands({ builder, textsOf }: SqlEngine): {
  some(ids: readonly string[]): StoreCommand<void>;
  all(): StoreCommand<void>;
} {
  const some = define<{ ids: string }>((param) =>
    builder
      .updateTable('delivery')
      .set({ lease_until_ms: null })
      .where('id', 'in', textsOf(param('ids'))),
  );
  const all = define<object>(() => builder.updateTable('delivery').set({ lease_until_ms: null }).where('lease_until_ms', '>=', sql.lit(0)));
  return {
    some: (ids) => ({ statements: [some({ ids: JSON.stringify(ids) })], toResult: () => undefined }),
    all: () => ({ statements: [all({})], toResult: () => undefined }),
  };
}

/** Starts another round: the attempts of earlier rounds stay on record. */
export function replayDeliveriesCommand({
  builder,
  textsOf,
}: SqlEngine): (command: Parameters<Store['replayDeliveries']>[0]) => StoreCommand<number> {
  const replay = define<{ ids: string; nowMs: number }, readonly [id: string]>((param) =>
    builder
      .updateTable('delivery')
      .set({
        state: sql.lit('pending'),
        attempt_count: sql.lit(0),
        round: sql<number>`round + 1`,
        due_at_ms: param('nowMs'),
        lease_until_ms: null,
        updated_at_ms: param('nowMs'),
      })
      .where('id', 'in', textsOf(param('ids')))
      .where('state', '<>', sql.lit('pending'))
      .returning('id'),
  );
  return ({ deliveryIds, nowMs }) => ({
    statements: [replay({ ids: JSON.stringify(deliveryIds), nowMs })],
    toResult: (outcome) => replay.rowsOf(outcome, 0).length,
  });
}

export function deliveryReads(engine: SqlEngine) {
  const { builder } = engine;
  return {
    byId: define<{ id: string }, DeliveryRow>((param) =>
      builder.selectFrom('delivery').select(DELIVERY_COLUMNS).where('id', '=', param('id')),
    ),
    attempts: define<{ deliveryId: string }>((param) =>
      builder
        .selectFrom('attempt')
        .select(ATTEMPT.columns)
        .where('delivery_id', '=', param('deliveryId'))
        .orderBy('round')
        .orderBy('number'),
    ),
    nextDue: define<object, readonly [dueAtMs: number | null]>(() =>
      builder
        .selectFrom('delivery')
        .select(({ fn }) => fn.min('due_at_ms').as('due_at_ms'))
        .where(waiting()),
    ),
    list: listDeliveries(engine),
  };
}

function listDeliveries({ builder }: SqlEngine): (filter: DeliveryFilter) => Statement<DeliveryRow> {
  type Values = { jobId: string; keyId: string; state: string; sinceMs: number; cursor: string; limit: number };
  const listFor = memoize((shape) => {
    const has = (word: string): boolean => shape.split(' ').includes(word);
    return define<Values, DeliveryRow>((param) =>
      builder
        .selectFrom('delivery')
        .select(DELIVERY_COLUMNS)
        .$if(has('jobId'), (query) => query.where('job_id', '=', param('jobId')))
        // As an expression, so that SQLite takes the small index and not the long list of the key's delivered deliveries.
        .$if(has('keyId'), (query) => query.where(has('undelivered') ? sql<string>`key_id || ''` : 'key_id', '=', param('keyId')))
        .$if(has('state'), (query) => query.where(sql<string>`state`, '=', param('state')))
        // True for each such row; SQLite uses the small index only with this condition.
        .$if(has('undelivered'), (query) => query.where(sql<boolean>`state <> 'delivered'`))
        .$if(has('sinceMs'), (query) => query.where('created_at_ms', '>=', param('sinceMs')))
        .$if(has('cursor'), (query) =>
          query.where(
            sql<boolean>`(created_at_ms, seq) < (select last.created_at_ms, last.seq from delivery as last where last.id = ${param('cursor')})`,
          ),
        )
        .orderBy('created_at_ms', 'desc')
        .orderBy('seq', 'desc')
        .limit(param('limit')),
    );
  });
  return ({ jobId, keyId, state, sinceMs, cursor, limit }) => {
    const given = Object.entries({ jobId, keyId, state, sinceMs, cursor }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    if (state !== undefined && state !== 'delivered') given.push('undelivered');
    return listFor(given.join(' '))({
      jobId: jobId ?? '',
      keyId: keyId ?? '',
      state: state ?? '',
      sinceMs: sinceMs ?? 0,
      cursor: cursor ?? '',
      limit,
    });
  };
}
