import type { Store } from '../../core/store.ts';
import { toJob } from './job-row.ts';
import { toAccount, toAsset, toAttempt, toDelivery, toKey } from './rows.ts';
import type { SqlEngine } from './schema.ts';
import type { Command, SqlRow, Statement } from './statement.ts';
import { acceptJobCommand } from './accept-job.ts';
import { accountCommands, accountReads } from './accounts.ts';
import { assetCommands, assetReads } from './assets.ts';
import { claimDeliveriesCommand, releaseDeliveriesCommands, replayDeliveriesCommand, recordAttemptCommand } from './deliveries.ts';
import { keyCommands, keyReads } from './keys.ts';
import { queueReads } from './queue-reads.ts';
import { deliveryReads, jobReads } from './reads.ts';
import { recoverJobsCommand, releaseJobLeasesCommand, renewJobLeasesCommand, startJobCommand } from './run-jobs.ts';
import { transitionCommand } from './transition.ts';

/** What an engine does for the store: it runs commands and reads, and knows no job. */
export interface SqlRunner {
  /** Applied whole or not at all, and durable when it resolves. */
  run<Result>(command: Command<Result>): Promise<Result>;
  /** Sees every command that was acknowledged before. */
  read<Row extends SqlRow>(statement: Statement<Row>): Promise<readonly Row[]>;
}

/** All of `Store` but its opening and closing, for any engine. */
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
  const reclaim = recoverJobsCommand(engine);
  const renew = renewJobLeasesCommand(engine);
  const release = releaseJobLeasesCommand(engine);
  const transition = transitionCommand(engine);
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
    queuedJobs: async (name, limit, which) => (await read(queue.queued(name, limit, which))).map(toJob),
    awaitedAccounts: async (name, { usesSlot }) =>
      (await read(queue.awaitedAccounts({ engine: name, usesSlot: usesSlot ? 1 : 0 }))).map(([id]) => id),
    startJob: async (command) => run(start(command)),
    recoverJobs: async (command) => run(reclaim(command)),
    renewJobLeases: async (command) => run(renew(command)),
    releaseJobLeases: async (owner) => run(release(owner)),
    transition: async (command) => run(transition(command)),
  } satisfies Partial<Store>;
}

function deliveryStore(engine: SqlEngine, { run, read }: SqlRunner) {
  const claim = claimDeliveriesCommand(engine);
  const settle = recordAttemptCommand(engine);
  const release = releaseDeliveriesCommands(engine);
  const replay = replayDeliveriesCommand(engine);
  const reads = deliveryReads(engine);
  return {
    claimDeliveries: async (command) => run(claim(command)),
    recordAttempt: async (command) => run(settle(command)),
    releaseDeliveries: async (ids) => run(release.some(ids)),
    releaseAllDeliveries: async () => run(release.all()),
    getDelivery: async (id) => (await read(reads.byId({ id }))).map(toDelivery)[0],
    listDeliveries: async (filter) => (await read(reads.list(filter))).map(toDelivery),
    listAttempts: async (deliveryId) => (await read(reads.attempts({ deliveryId }))).map(toAttempt),
    replayDeliveries: async (command) => run(replay(command)),
    nextDeliveryDueAtMs: async () => (await read(reads.nextDue({})))[0]?.[0] ?? undefined,
  } satisfies Partial<Store>;
}

function accountStore(engine: SqlEngine, { run, read }: SqlRunner) {
  const commands = accountCommands(engine);
  const reads = accountReads(engine);
  return {
    putAccount: async (account) => run(commands.put(account)),
    getAccount: async (id) => (await read(reads.byId({ id }))).map(toAccount)[0],
    listAccounts: async (options) => (await read(reads.list({ leastListed: options?.unlisted ? 0 : 1 }))).map(toAccount),
    deleteAccount: async (id) => run(commands.remove(id)),
    setAccountPause: async (id, pause, nowMs, deliveries) => run(commands.setPause(id, pause, nowMs, deliveries)),
  } satisfies Partial<Store>;
}

function keyStore(engine: SqlEngine, { run, read }: SqlRunner) {
  const commands = keyCommands(engine);
  const reads = keyReads(engine);
  return {
    createKey: async (key) => run(commands.create(key)),
    findKey: async (secretHash) => (await read(reads.bySecretHash({ secretHash }))).map(toKey)[0],
    getKey: async (id) => (await read(reads.byId({ id }))).map(toKey)[0],
    listKeys: async () => (await read(reads.all({}))).map(toKey),
    updateKey: async (id, set) => run(commands.update(id, set)),
  } satisfies Partial<Store>;
}

function assetStore(engine: SqlEngine, { run, read }: SqlRunner) {
  const commands = assetCommands(engine);
  const reads = assetReads(engine);
  return {
    putAsset: async (asset) => run(commands.put(asset)),
    getAsset: async (id) => (await read(reads.byId({ id }))).map(toAsset)[0],
    expiredAssets: async (nowMs, limit) => (await read(reads.expired({ nowMs, limit }))).map(toAsset),
    deleteAssets: async (ids) => run(commands.remove(ids)),
  } satisfies Partial<Store>;
}
