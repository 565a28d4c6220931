import { sql } from 'kysely';
import type { Asset } from '../../core/asset.ts';
import { isFinal, type Job, type JobStatus } from '../../core/job.ts';
import type { StartJob, Store, TransitionJob } from '../../core/store.ts';
import { insertDeliveryStatement } from './deliveries.ts';
import { define, type Definition, memoize, type Statement, type StoreCommand } from './statement.ts';
import { paramsFor, type RowOf, takenOver, toNullableJson } from './tables/columns.ts';
import { atWork, mayBecome, queued } from './tables/job-conditions.ts';
import { ASSET, JOB, JOB_COLUMNS, type JobRow, toJob } from './tables/record-tables.ts';
import type { AssetTable, SqlEngine } from './tables/schema.ts';

/** Starting jobs, and the leases of the jobs at work. */

const bySeq = (a: JobRow, b: JobRow): number => a[0] - b[0];

interface StartValues {
  id: string;
  version: number;
  accountId: string | null;
  operation: string | null;
  owner: string;
  nowMs: number;
  leaseUntilMs: number;
  maxJobs: number;
}

/** Starts a queued job for its owner. The statement depends on whether the job runs on an account and needs a slot there. */
export function startJobCommand(engine: SqlEngine): (command: StartJob) => StoreCommand<Job | undefined> {
  const anywhere = startStatement(engine, { hasAccount: false, needsSlot: false });
  const onAccount = startStatement(engine, { hasAccount: true, needsSlot: false });
  const inSlot = startStatement(engine, { hasAccount: true, needsSlot: true });
  return ({ jobId, version, accountId, slots, operation, owner, nowMs, leaseUntilMs }) => {
    const start = accountId === null ? anywhere : slots ? inSlot : onAccount;
    const values = { id: jobId, version, accountId, operation: toNullableJson(operation), owner, nowMs, leaseUntilMs };
    return {
      statements: [start({ ...values, maxJobs: slots?.maxJobs ?? 0 })],
      locks: slots && accountId !== null ? [`slots of ${accountId}`] : [],
      toResult: (outcome) => start.rowsOf(outcome, 0).map(toJob)[0],
    };
  };
}

function startStatement(
  { builder }: SqlEngine,
  { hasAccount, needsSlot }: { hasAccount: boolean; needsSlot: boolean },
): Definition<StartValues, JobRow> {
  return define<StartValues, JobRow>((param) => {
    const taken = builder
      .selectFrom('job as other')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('other.account_id', '=', param('accountId'))
      .where('other.uses_slot', '=', sql.lit(1))
      .where('other.lease_until_ms', '>=', sql.lit(0));
    const unusableAccount = builder
      .selectFrom('account')
      .select('id')
      .where('id', '=', param('accountId'))
      .where(({ or, eb }) => or([eb('pause', 'is not', null), eb('held_until_ms', '>', param('nowMs'))]));
    return builder
      .updateTable('job')
      .set({
        status: sql.lit('starting'),
        version: sql<number>`version + 1`,
        account_id: param('accountId'),
        // The right side sees the row before the update.
        account_chosen: sql<0 | 1>`case when account_id is null then 1 else account_chosen end`,
        operation: param('operation'),
        updated_at_ms: param('nowMs'),
        started_at_ms: param('nowMs'),
        lease_owner: param('owner'),
        lease_until_ms: param('leaseUntilMs'),
      })
      .where('id', '=', param('id'))
      .where('version', '=', param('version'))
      .where(queued())
      .$if(hasAccount, (query) => query.where(({ not, exists }) => not(exists(unusableAccount))))
      .$if(needsSlot, (query) => query.where(taken, '<', param('maxJobs')))
      .returning(JOB_COLUMNS);
  });
}

/** Recovers jobs at work. Their version grows, so that a process that has lost its lease cannot write to them any more. */
export function recoverJobsCommand({ builder }: SqlEngine): (command: Parameters<Store['recoverJobs']>[0]) => StoreCommand<Job[]> {
  type Values = { owner: string; nowMs: number; endedAtMs: number; leaseUntilMs: number; limit: number };
  const recover = define<Values, JobRow>((param) =>
    builder
      .updateTable('job')
      .set({
        lease_owner: param('owner'),
        lease_until_ms: param('leaseUntilMs'),
        version: sql<number>`version + 1`,
        updated_at_ms: param('nowMs'),
      })
      .where('seq', 'in', (from) =>
        from
          .selectFrom('job')
          .select('seq')
          .where(atWork())
          .where('lease_until_ms', '<=', param('endedAtMs'))
          .orderBy('seq')
          .limit(param('limit')),
      )
      .returning(JOB_COLUMNS),
  );
  return ({ owner, nowMs, leaseUntilMs, everyLease, limit }) => ({
    statements: [recover({ owner, nowMs, leaseUntilMs, limit, endedAtMs: everyLease ? Number.MAX_SAFE_INTEGER : nowMs })],
    toResult: (outcome) => recover.rowsOf(outcome, 0).toSorted(bySeq).map(toJob),
  });
}

export function renewJobLeasesCommand({
  builder,
  textsOf,
}: SqlEngine): (command: Parameters<Store['renewJobLeases']>[0]) => StoreCommand<string[]> {
  type Values = { owner: string; jobIds: string; leaseUntilMs: number };
  const renew = define<Values, readonly [id: string]>((param) =>
    builder
      .updateTable('job')
      .set({ lease_until_ms: param('leaseUntilMs') })
      .where('id', 'in', textsOf(param('jobIds')))
      .where('lease_owner', '=', param('owner'))
      .where(atWork())
      .returning('id'),
  );
  return ({ owner, jobIds, leaseUntilMs }) => ({
    statements: [renew({ owner, jobIds: JSON.stringify(jobIds), leaseUntilMs })],
    toResult: (outcome) => renew.rowsOf(outcome, 0).map(([id]) => id),
  });
}

export function releaseJobLeasesCommand({ builder }: SqlEngine): (owner: string) => StoreCommand<void> {
  const release = define<{ owner: string }>((param) =>
    builder
      .updateTable('job')
      .set({ lease_owner: null, lease_until_ms: sql.lit(0) })
      .where('lease_owner', '=', param('owner'))
      .where(atWork()),
  );
  return (owner) => ({ statements: [release({ owner })], toResult: () => undefined });
}

type ChangedRow = RowOf<typeof JOB>;
type TransitionValues = ChangedRow & { nowMs: number };

/** Moves a job to another state, with its deliveries and assets. One statement is compiled for each set of fields that is written. */
export function transitionCommand(engine: SqlEngine): (command: TransitionJob) => StoreCommand<Job | undefined> {
  const updateFor = memoize((shape) => {
    const [status = '', ...columns] = shape.split(' ');
    return updateStatement(engine, status === '' ? undefined : (status as JobStatus), columns as (keyof ChangedRow)[]);
  });
  const insertDelivery = insertDeliveryStatement(engine);
  const insertAsset = insertAssetStatement(engine);
  return ({ jobId, version, nowMs, set: { status, ...fields }, deliveries = [], assets = [] }) => {
    const changes = JOB.toChanges(fields);
    const update = updateFor([status ?? '', ...Object.keys(changes)].join(' '));
    return {
      statements: [
        // The statement of this shape needs only the columns that it changes.
        update({ ...changes, id: jobId, version, nowMs } as TransitionValues),
        ...deliveries.map(insertDelivery),
        ...assets.map(insertAsset),
      ],
      toResult: (outcome) => update.rowsOf(outcome, 0).map(toJob)[0],
    };
  };
}

/** `version` is the version before the update. */
function updateStatement(
  { builder }: SqlEngine,
  status: JobStatus | undefined,
  columns: readonly (keyof ChangedRow)[],
): Definition<TransitionValues, JobRow> {
  return define<TransitionValues, JobRow>(
    (param) =>
      builder
        .updateTable('job')
        .set({
          ...paramsFor(columns, param),
          version: sql<number>`version + 1`,
          updated_at_ms: param('nowMs'),
          ...(status === undefined ? {} : { status: sql.lit(status) }),
          // A job at work always has a lease (see `JobBookkeeping`); only `starting` can follow `queued`, which has none.
          ...(status === 'starting' ? { lease_until_ms: sql<number>`coalesce(lease_until_ms, 0)` } : {}),
          ...(status !== undefined && isFinal(status) ? { finished_at_ms: param('nowMs'), lease_owner: null, lease_until_ms: null } : {}),
        })
        .where('id', '=', param('id'))
        .where('version', '=', param('version'))
        .where(mayBecome(status))
        .returning(JOB_COLUMNS),
    { mustChange: true },
  );
}

/** Writes the record of an asset; the same id again replaces it. */
export function insertAssetStatement({ builder }: SqlEngine): (asset: Asset) => Statement {
  const replaced = ASSET.columns.filter((column) => column !== 'id');
  const insert = define<AssetTable>((param) =>
    builder
      .insertInto('asset')
      .values(paramsFor(ASSET.columns, param))
      .onConflict((conflict) => conflict.column('id').doUpdateSet(takenOver(replaced))),
  );
  return (asset) => insert(ASSET.toRow(asset));
}

export function assetCommands(engine: SqlEngine): {
  put(asset: Asset): StoreCommand<void>;
  remove(ids: readonly string[]): StoreCommand<void>;
} {
  const { builder, textsOf } = engine;
  const insert = insertAssetStatement(engine);
  const remove = define<{ ids: string }>((param) => builder.deleteFrom('asset').where('id', 'in', textsOf(param('ids'))));
  return {
    put: (asset) => ({ statements: [insert(asset)], toResult: () => undefined }),
    remove: (ids) => ({ statements: [remove({ ids: JSON.stringify(ids) })], toResult: () => undefined }),
  };
}

export function assetReads({ builder }: SqlEngine) {
  const assets = builder.selectFrom('asset').select(ASSET.columns);
  return {
    byId: define<{ id: string }>((param) => assets.where('id', '=', param('id'))),
    expired: define<{ nowMs: number; limit: number }>((param) =>
      assets.where('expires_at_ms', '<=', param('nowMs')).orderBy('expires_at_ms').limit(param('limit')),
    ),
  };
}
