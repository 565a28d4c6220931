import type { Store } from '../../core/store.ts';
import { acceptJobCommand } from './accept-job.ts';
import { accountReads, deleteAccountCommand, putAccountCommand, setHoldCommand, setPauseCommand, setTokenCommand } from './accounts.ts';
import {
  assetCommands,
  assetReads,
  recoverJobsCommand,
  releaseJobLeasesCommand,
  renewJobLeasesCommand,
  startJobCommand,
  transitionCommand,
} from './run-jobs.ts';
import {
  claimDeliveriesCommand,
  deliveryReads,
  recordAttemptCommand,
  releaseDeliveriesCommands,
  replayDeliveriesCommand,
} from './deliveries.ts';
import { jobReads, queueReads } from './job-reads.ts';
import { attachLateResultCommand } from './late-results.ts';
import { queuePositionRead } from './queue-position.ts';
import { requeueJobCommand } from './requeue-job.ts';
import { createKeyCommand, keyReads, updateKeyCommand } from './keys.ts';
import type { SqlRow, Statement, StoreCommand } from './statement.ts';
import { ACCOUNT, ASSET, ATTEMPT, toDelivery, toJob, toKey } from './tables/record-tables.ts';
import type { SqlEngine } from './tables/schema.ts';

/** The part of a store that each engine implements: it runs commands and reads, and knows no jobs. */
export interface SqlRunner {
  /** Applied whole or not at all, and durable when it resolves. */
  run<Result>(command: StoreCommand<Result>): Promise<Result>;
  /** Sees every command that was acknowledged before. */
  read<Row extends SqlRow>(statement: Statement<Row>): Promise<readonly Row[]>;
}

/** All of `Store` but opening and closing it, for any engine. */
export function createSqlStore(engine: SqlEngine, { run, read }: SqlRunner): Omit<Store, 'migrate' | 'close'> {
  return {
    ...jobStore(engine, { run, read }),
    ...deliveryStore(engine, { run, read }),
    ...accountStore(engine, { run, read }),
    ...keyStore(engine, { run, read }),
    ...assetStore(engine, { run, read }),
  };
}

function jobStore(engine: SqlEngine, { run, read }: SqlRunner) {
  const accept = acceptJobCommand(engine);
  const start = startJobCommand(engine);
  const recover = recoverJobsCommand(engine);
  const renew = renewJobLeasesCommand(engine);
  const release = releaseJobLeasesCommand(engine);
  const transition = transitionCommand(engine);
  const requeue = requeueJobCommand(engine);
  const attachLateResult = attachLateResultCommand(engine);
  const position = queuePositionRead(engine);
  const reads = jobReads(engine);
  const queue = queueReads(engine);
  return {
    acceptJob: async (command) => run(accept(command)),
    getJob: async (id) => (await read(reads.byId({ id }))).map(toJob)[0],
    async findRepeated({ keyId, key, fingerprint }) {
      const [first] = await read(reads.repeated({ keyId, idempotencyKey: key }));
      if (!first) return undefined;
      const [firstFingerprint, ...row] = first;
      return firstFingerprint === fingerprint ? toJob(row) : undefined;
    },
    listJobs: async (filter) => (await read(reads.list(filter))).map(toJob),
    executingJobs: async (accountId) => (await read(reads.executing({ accountId }))).map(toJob),
    executingJobIds: async (accountIds, keyId) =>
      (await read(queue.executingIds({ accountIds: JSON.stringify(accountIds), keyId: keyId ?? null }))).map(([id]) => id),
    countSlotJobs: async (which) => new Map(await read(queue.slotJobs[which]({}))),
    countStartedJobs: async (sinceMs) =>
      new Map((await read(queue.startedJobs({ sinceMs }))).map(([accountId, count, lastAtMs]) => [accountId, { count, lastAtMs }])),
    queuedJobs: async (name, limit, which) => (await read(queue.queued(name, limit, which))).map(toJob),
    awaitedAccounts: async (name, { usesSlot }) =>
      (await read(queue.awaitedAccounts({ engine: name, usesSlot: usesSlot ? 1 : 0 }))).map(([id]) => id),
    startJob: async (command) => run(start(command)),
    recoverJobs: async (command) => run(recover(command)),
    renewJobLeases: async (command) => run(renew(command)),
    releaseJobLeases: async (owner) => run(release(owner)),
    requeueJob: async (command) => run(requeue(command)),
    transition: async (command) => run(transition(command)),
    attachLateResult: async (command) => run(attachLateResult(command)),
    async queuePosition(id) {
      const [row] = await read(position({ id }));
      return row && row[0] + 1;
    },
  } satisfies Partial<Store>;
}

function deliveryStore(engine: SqlEngine, { run, read }: SqlRunner) {
  const claim = claimDeliveriesCommand(engine);
  const record = recordAttemptCommand(engine);
  const release = releaseDeliveriesCommands(engine);
  const replay = replayDeliveriesCommand(engine);
  const reads = deliveryReads(engine);
  return {
    claimDeliveries: async (command) => run(claim(command)),
    recordAttempt: async (command) => run(record(command)),
    releaseDeliveries: async (ids) => run(release.some(ids)),
    releaseAllDeliveries: async () => run(release.all()),
    getDelivery: async (id) => (await read(reads.byId({ id }))).map(toDelivery)[0],
    listDeliveries: async (filter) => (await read(reads.list(filter))).map(toDelivery),
    listAttempts: async (deliveryId) => (await read(reads.attempts({ deliveryId }))).map(ATTEMPT.toRecord),
    replayDeliveries: async (command) => run(replay(command)),
    nextDeliveryDueAtMs: async () => (await read(reads.nextDue({})))[0]?.[0] ?? undefined,
  } satisfies Partial<Store>;
}

function accountStore(engine: SqlEngine, { run, read }: SqlRunner) {
  const put = putAccountCommand(engine);
  const remove = deleteAccountCommand(engine);
  const setPause = setPauseCommand(engine);
  const setHold = setHoldCommand(engine);
  const setToken = setTokenCommand(engine);
  const reads = accountReads(engine);
  return {
    putAccount: async (account) => run(put(account)),
    getAccount: async (id) => (await read(reads.byId({ id }))).map(ACCOUNT.toRecord)[0],
    listAccounts: async (options) => (await read(reads.list({ leastListed: options?.unlisted ? 0 : 1 }))).map(ACCOUNT.toRecord),
    deleteAccount: async (id) => run(remove(id)),
    setAccountPause: async (id, pause, nowMs, deliveries = []) => run(setPause({ id, pause, nowMs, deliveries })),
    setAccountHold: async (id, hold, nowMs, deliveries = []) => run(setHold({ id, hold, nowMs, deliveries })),
    setAccountToken: async (id, token, nowMs) => run(setToken({ id, token, nowMs })),
  } satisfies Partial<Store>;
}

function keyStore(engine: SqlEngine, { run, read }: SqlRunner) {
  const create = createKeyCommand(engine);
  const update = updateKeyCommand(engine);
  const reads = keyReads(engine);
  return {
    createKey: async (key) => run(create(key)),
    findKey: async (secretHash) => (await read(reads.bySecretHash({ secretHash }))).map(toKey)[0],
    getKey: async (id) => (await read(reads.byId({ id }))).map(toKey)[0],
    listKeys: async () => (await read(reads.all({}))).map(toKey),
    updateKey: async (id, set) => run(update(id, set)),
  } satisfies Partial<Store>;
}

function assetStore(engine: SqlEngine, { run, read }: SqlRunner) {
  const commands = assetCommands(engine);
  const reads = assetReads(engine);
  return {
    putAsset: async (asset) => run(commands.put(asset)),
    getAsset: async (id) => (await read(reads.byId({ id }))).map(ASSET.toRecord)[0],
    expiredAssets: async (nowMs, limit) => (await read(reads.expired({ nowMs, limit }))).map(ASSET.toRecord),
    deleteAssets: async (ids) => run(commands.remove(ids)),
  } satisfies Partial<Store>;
}
