import assert from 'node:assert/strict';
import type { AccountTrouble } from '../../../core/account.ts';
import { createJob, type Job } from '../../../core/job.ts';
import { createFakeClock } from '@atelier/lib/clock';
import { createIds } from '@atelier/lib/ids';
import { type JsonObject, type JsonValue, asText } from '@atelier/lib/json';
import { silentLog } from '@atelier/lib/log';
import type { EngineResult, EngineUpdate } from '../../../core/engine.ts';
import type { MidjourneyInput } from '../input.ts';
import { createMidjourneyEngine, type MidjourneyDeps } from '../midjourney.ts';
import { parseOperation, type MidjourneyOperation } from '../requests/operation.ts';
import { CHANNEL, GUILD, snowflakeAt } from './bot-messages.ts';
import { createFakeSession } from './fake-session.ts';

export const START_MS = 1_760_000_000_000;
export const FIRST_ANSWER_MS = 60_000;
export const GRACE_MS = 10_000;
export const VANISHED_MS = 300_000;

/** A job that a worker has just claimed. */
export const createTestJob = (input: MidjourneyInput, job: Pick<Job, 'id' | 'createdAtMs'> & Partial<Job>): Job =>
  createJob({
    dialect: 'native',
    engine: 'midjourney',
    verb: input.verb,
    keyId: 'k',
    input: { ...input },
    accountId: 'account',
    status: 'starting',
    ...job,
  });

/** One job as the queue sees it: reads each update and keeps the last operation. */
export interface FollowedJob {
  readonly job: Job;
  readonly updates: EngineUpdate[];
  /** The operation as it was last written. */
  readonly operation: MidjourneyOperation;
  /** The nonce in use. */
  readonly nonce: string;
  /** Returns the last update and fails if it has another type. */
  last<Type extends EngineUpdate['type']>(type: Type): Extract<EngineUpdate, { type: Type }>;
  readonly done: boolean;
  /** The error that `run` threw. */
  readonly error: unknown;
  /** Aborts the run, like a shutdown. */
  stop(): Promise<void>;
}

/** Creates an engine with one scripted session and a fake clock. */
export function createTestEngine(overrides: Partial<MidjourneyDeps> = {}) {
  const clock = createFakeClock(START_MS);
  const ids = createIds(clock);
  const session = createFakeSession();
  const troubles: { accountId: string; trouble: AccountTrouble }[] = [];
  const lateResults: { jobId: string; result: EngineResult }[] = [];
  const engine = createMidjourneyEngine({
    clock,
    ids,
    log: silentLog,
    openAccount: (accountId) => Promise.resolve({ accountId, channelId: CHANNEL, guildId: GUILD, token: 'a token' }),
    createSession: () => session,
    onAccountTrouble: (accountId, trouble) => troubles.push({ accountId, trouble }),
    onAccountWell: () => {},
    onFreshToken: () => {},
    onLateResult: (jobId, result) => lateResults.push({ jobId, result }),
    fetchImage: (url) => Promise.resolve({ bytes: new Uint8Array(3), contentType: 'image/png', filename: url.split('/').at(-1) ?? '' }),
    settings: { firstAnswerTimeoutMs: FIRST_ANSWER_MS, historyGraceMs: GRACE_MS, vanishedWaitMs: VANISHED_MS, fastHoursUsedUp: 'hold' },
    ...overrides,
  });
  let count = 0;
  let lastId = 0n;

  const toJob = (input: MidjourneyInput, rest: Partial<Job> = {}): Job =>
    createTestJob(input, { id: `job-${++count}`, createdAtMs: clock.now(), startedAtMs: clock.now(), ...rest });

  /** Runs everything that is due now. */
  const runDue = (): Promise<void> => clock.advance(0);

  async function follow(job: Job, planned: JsonValue, resumed: boolean): Promise<FollowedJob> {
    const updates: EngineUpdate[] = [];
    const stopping = new AbortController();
    let operation = parseOperation(planned);
    let done = false;
    let error: unknown;
    const reading = (async () => {
      for await (const update of engine.run(job, planned, { resumed, signal: stopping.signal })) {
        updates.push(update);
        if ('operation' in update && update.operation !== undefined)
          operation = parseOperation(JSON.parse(JSON.stringify(update.operation)) as JsonValue);
      }
      done = true;
    })().catch((thrown: unknown) => {
      error = thrown;
      done = true;
    });
    await runDue();
    return {
      job,
      updates,
      get operation() {
        return operation;
      },
      get nonce() {
        return operation.nonces.at(-1) ?? '';
      },
      get done() {
        return done;
      },
      get error() {
        return error;
      },
      last(type) {
        const update = updates.at(-1);
        assert.equal(update?.type, type, JSON.stringify(update));
        // The assertion above guarantees the type.
        return update as Extract<EngineUpdate, { type: typeof type }>;
      },
      async stop() {
        stopping.abort();
        await reading;
      },
    };
  }

  return {
    clock,
    session,
    engine,
    troubles,
    lateResults,
    toJob,
    runDue,
    /** Returns a new Discord id, greater than all before. */
    id(): string {
      const now = BigInt(snowflakeAt(clock.now()));
      lastId = now > lastId ? now : lastId + 1n;
      return String(lastId);
    },
    /** Plans and runs a job. */
    async start(input: MidjourneyInput, rest: Partial<Job> = {}): Promise<FollowedJob> {
      const job = toJob(input, rest);
      return await follow(job, await engine.plan(job), false);
    },
    /** Runs a job from its written operation, like after a restart. */
    resume: (job: Job, operation: JsonValue): Promise<FollowedJob> => follow(job, operation, true),
    plan: (job: Job): Promise<JsonValue> => engine.plan(job),
    async send(name: string, data: JsonObject): Promise<void> {
      session.dispatch(name, data);
      await runDue();
    },
  };
}

export type TestEngine = ReturnType<typeof createTestEngine>;

/** Returns the nonce of a posted interaction. */
export const nonceOf = (payload: JsonObject | undefined): string => asText(payload?.['nonce']) ?? '';
