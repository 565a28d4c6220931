import { sql } from 'kysely';
import type { ClaimDeliveries, RecordAttempt, Store } from '../../core/store.ts';
import type { Delivery, NewDelivery } from '../../core/delivery.ts';
import { DELIVERY_COLUMNS, type DeliveryRow, toDelivery } from './rows.ts';
import type { AttemptTable, DeliveryTable, SqlEngine } from './schema.ts';
import { type Command, type Statement, define, memoize } from './statement.ts';

/** Callback bodies on their way: written with their job, claimed with a lease, settled by attempt number. */

export function insertDeliveryStatement({ builder }: SqlEngine): (delivery: NewDelivery) => Statement {
  type Values = Omit<DeliveryTable, 'seq' | 'state' | 'attempt_count' | 'round' | 'lease_until_ms' | 'updated_at_ms'>;
  const insert = define<Values>((param) =>
    builder.insertInto('delivery').values({
      id: param('id'),
      job_id: param('job_id'),
      key_id: param('key_id'),
      dialect: param('dialect'),
      url: param('url'),
      origin: param('origin'),
      body: param('body'),
      kie_task_id: param('kie_task_id'),
      state: sql.lit('pending'),
      attempt_count: sql.lit(0),
      round: sql.lit(1),
      due_at_ms: param('due_at_ms'),
      lease_until_ms: null,
      created_at_ms: param('created_at_ms'),
      updated_at_ms: param('created_at_ms'),
    }),
  );
  return (delivery) =>
    insert({
      id: delivery.id,
      job_id: delivery.jobId,
      key_id: delivery.keyId,
      dialect: delivery.dialect,
      url: delivery.url,
      origin: delivery.origin,
      body: delivery.body,
      kie_task_id: delivery.kieTaskId,
      due_at_ms: delivery.dueAtMs,
      created_at_ms: delivery.createdAtMs,
    });
}

/** Pending and held by nobody. Served by `delivery_due`, whose condition this repeats. */
export const waiting = () => sql<boolean>`state = 'pending' and lease_until_ms is null`;

/** The longest due first; of those due at the same time, the older. */
function byDueTime(a: DeliveryRow, b: DeliveryRow): number {
  const [seqA, , , , , , , , , , , dueA] = a;
  const [seqB, , , , , , , , , , , dueB] = b;
  return dueA - dueB || seqA - seqB;
}

/**
 * First ends the leases that have run out (seldom any), so that what waits is found by one range of one index, in order,
 * without touching what others hold.
 */
export function claimDeliveriesCommand({ builder, textsOf }: SqlEngine): (command: ClaimDeliveries) => Command<Delivery[]> {
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
      toResult: (outcome) => claim.rowsOf(outcome, 1).toSorted(byDueTime).map(toDelivery),
    };
  };
}

export function recordAttemptCommand({ builder }: SqlEngine): (command: RecordAttempt) => Command<boolean> {
  type Values = { id: string; number: number; state: DeliveryTable['state']; dueAtMs: number | null; nowMs: number };
  const settle = define<Values>(
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
  const record = define<Omit<AttemptTable, 'round'>>((param) =>
    builder.insertInto('attempt').values((values) => ({
      delivery_id: param('delivery_id'),
      round: values.selectFrom('delivery').select('round').where('id', '=', param('delivery_id')),
      number: param('number'),
      started_at_ms: param('started_at_ms'),
      duration_ms: param('duration_ms'),
      outcome: param('outcome'),
      status: param('status'),
      response_body: param('response_body'),
      error: param('error'),
    })),
  );
  return ({ attempt, nowMs, next }) => ({
    statements: [
      settle({
        id: attempt.deliveryId,
        number: attempt.number,
        state: next.state,
        dueAtMs: next.state === 'pending' ? next.dueAtMs : null,
        nowMs,
      }),
      record({
        delivery_id: attempt.deliveryId,
        number: attempt.number,
        started_at_ms: attempt.startedAtMs,
        duration_ms: attempt.durationMs,
        outcome: attempt.outcome,
        status: attempt.status,
        response_body: JSON.stringify(attempt.responseBody),
        error: attempt.error === null ? null : JSON.stringify(attempt.error),
      }),
    ],
    toResult: (outcome) => outcome.refusedAt === null,
  });
}

export function releaseDeliveriesCommands({ builder, textsOf }: SqlEngine): {
  some(ids: readonly string[]): Command<void>;
  all(): Command<void>;
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

/** Starts another round: the attempts of the rounds before stay on record. */
export function replayDeliveriesCommand({
  builder,
  textsOf,
}: SqlEngine): (command: Parameters<Store['replayDeliveries']>[0]) => Command<number> {
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
