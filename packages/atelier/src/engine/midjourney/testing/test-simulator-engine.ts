import assert from 'node:assert/strict';
import sharp from 'sharp';
import { createDiscordSession } from '../../../discord/session.ts';
import type { JobFailure } from '../../../core/errors.ts';
import type { Job } from '../../../core/job.ts';
import { systemClock, type Clock } from '@atelier/lib/clock';
import { createIds } from '@atelier/lib/ids';
import { isJsonObject, parseJson, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { silentLog } from '@atelier/lib/log';
import { type Simulator, startSimulator } from '@atelier/simulator';
import type { EngineUpdate } from '../../../core/engine.ts';
import type { ButtonInput, MidjourneyInput } from '../input.ts';
import { createMidjourneyEngine, type MidjourneyEngine } from '../midjourney.ts';
import { parseOperation } from '../requests/operation.ts';
import { createTestJob } from './test-engine.ts';
import { createMarkingPainter } from './marking-painter.ts';

/** The sockets are real and the time runs faster, because reconnects and waits take seconds. */
const SPEED = 10;

function createFastClock(): Clock {
  const startMs = systemClock.now();
  return {
    now: () => startMs + Math.round((systemClock.now() - startMs) * SPEED),
    after: (delayMs, task) => systemClock.after(delayMs / SPEED, task),
  };
}

type Ended = Extract<EngineUpdate, { type: 'completed' | 'failed' }>;
export type CompletedUpdate = Extract<EngineUpdate, { type: 'completed' }>;

/** A job that the engine runs as the queue would run it. */
export interface SimulatedJob {
  readonly job: Job;
  readonly updates: EngineUpdate[];
  /** The operation as it was last written. */
  operation(): JsonValue;
  /** Resolves to the first update that matches; rejects if the job ends before. */
  until(matches: (update: EngineUpdate) => boolean): Promise<EngineUpdate>;
  ended(): Promise<Ended>;
  completed(): Promise<CompletedUpdate>;
  /** Aborts the run, like a shutdown; resolves when the engine has stopped. */
  stop(): Promise<void>;
}

/** Creates an engine with a real Discord client and its own simulator. */
export async function createTestSimulatorEngine() {
  const clock = createFastClock();
  const simulator: Simulator = await startSimulator({
    host: '127.0.0.1',
    port: 0,
    pace: 0.5,
    clock,
    log: silentLog,
    painter: createMarkingPainter(),
    tilePixels: 8,
    seed: 1,
  });
  const { token, guildId, channelId, userId } = simulator.account;
  const troubles: JobFailure[] = [];
  let count = 0;

  const openEngine = (): MidjourneyEngine =>
    createMidjourneyEngine({
      clock,
      ids: createIds(clock),
      log: silentLog,
      openAccount: (accountId) => Promise.resolve({ accountId, channelId, guildId, token }),
      createSession: (opened) =>
        createDiscordSession({
          token: opened,
          endpoints: { restUrl: simulator.restUrl, gatewayUrl: simulator.gatewayUrl },
          clock,
          log: silentLog,
          limits: { interactionIntervalMs: 0, requestTimeoutMs: 60_000 },
        }),
      onAccountTrouble: (_accountId, { failure }) => troubles.push(failure),
      onAccountWell: () => {},
      onLateResult: () => {},
      onFreshToken: () => {},
      fetchImage: async () => ({
        bytes: await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
          .png()
          .toBuffer(),
        contentType: 'image/png',
        filename: 'cat.png',
      }),
      settings: { firstAnswerTimeoutMs: 15_000, historyGraceMs: 5_000, vanishedWaitMs: 300_000, fastHoursUsedUp: 'hold' },
    });
  let engine = openEngine();

  function follow(job: Job, planned: JsonValue, resumed: boolean): SimulatedJob {
    const updates: EngineUpdate[] = [];
    const stopping = new AbortController();
    const watchers = new Set<() => void>();
    let operation = planned;
    let done = false;
    let fault: unknown;
    const reading = (async () => {
      for await (const update of engine.run(job, planned, { resumed, signal: stopping.signal })) {
        updates.push(update);
        if ('operation' in update && update.operation !== undefined) operation = update.operation;
        for (const check of watchers) check();
      }
    })()
      .catch((error: unknown) => {
        fault = error;
      })
      .finally(() => {
        done = true;
        for (const check of watchers) check();
      });
    const until: SimulatedJob['until'] = (matches) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const found = updates.find(matches);
          if (!found && !done) return;
          watchers.delete(check);
          if (found) resolve(found);
          else reject(new Error(`the job ended with ${JSON.stringify(updates.at(-1))}`, { cause: fault }));
        };
        watchers.add(check);
        check();
      });
    const isEnd = (update: EngineUpdate): update is Ended => update.type === 'completed' || update.type === 'failed';
    const ended = async (): Promise<Ended> => {
      const update = await until(isEnd);
      assert.ok(isEnd(update));
      return update;
    };
    return {
      job,
      updates,
      operation: () => operation,
      until,
      ended,
      async completed() {
        const update = await ended();
        assert.equal(update.type, 'completed', JSON.stringify(update));
        assert.ok(update.type === 'completed');
        return update;
      },
      async stop() {
        stopping.abort();
        await reading;
      },
    };
  }

  const toJob = (input: MidjourneyInput): Job =>
    createTestJob(input, { id: `job-${++count}`, accountId: channelId, createdAtMs: clock.now(), startedAtMs: clock.now() });

  return {
    simulator,
    userId,
    troubles,
    async start(input: MidjourneyInput): Promise<SimulatedJob> {
      const job = toJob(input);
      return follow(job, await engine.plan(job), false);
    },
    /** Stops the engine and resumes its jobs in a new one. */
    async restart(jobs: readonly SimulatedJob[]): Promise<SimulatedJob[]> {
      await Promise.all(jobs.map((job) => job.stop()));
      await engine.close();
      engine = openEngine();
      return jobs.map((old) => follow(old.job, old.operation(), true));
    },
    async close(): Promise<void> {
      await engine.close();
      await simulator.close();
    },
  };
}

export type TestSimulatorEngine = Awaited<ReturnType<typeof createTestSimulatorEngine>>;

/** Returns the press of a button that a result offers. */
export function press({ message, buttons }: CompletedUpdate, label: string, prompt: string | null = null): ButtonInput {
  const button = buttons.find((offered) => offered.label === label);
  assert.ok(button && message, `no ${label} among ${buttons.map((offered) => offered.label).join(' ')}`);
  return { verb: 'button', label, customId: button.customId, messageId: message.id, messageFlags: message.flags, prompt, mask: null };
}

/** Returns the mark that the simulator wrote into the picture of a result: it names the owner. */
export async function markOf({ media }: CompletedUpdate): Promise<JsonObject> {
  const [file] = media;
  assert.ok(file && 'url' in file.source);
  const response = await fetch(file.source.url);
  assert.equal(response.status, 200);
  const { exif } = await sharp(Buffer.from(await response.arrayBuffer())).metadata();
  const text = exif?.toString('latin1') ?? '';
  const mark = parseJson(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
  assert.ok(mark.ok && isJsonObject(mark.value), text);
  return mark.value;
}

const noncesOf = (job: SimulatedJob): string[] => parseOperation(job.operation()).nonces;

/** Fails unless each result is the picture of its own job. */
export async function assertOwnPictures(jobs: readonly SimulatedJob[]): Promise<void> {
  for (const job of jobs) {
    const { nonce } = await markOf(await job.completed());
    assert.ok(typeof nonce === 'string' && noncesOf(job).includes(nonce), `${job.job.id} has a picture of ${JSON.stringify(nonce)}`);
  }
  await assertOnePictureEach(jobs);
}

/**
 * Fails unless each of these jobs has one of their pictures and no two have the same. For equal prompts no more can be required if all
 * events between request and result were lost: then nothing in Discord distinguishes their results.
 */
export async function assertOnePictureEach(jobs: readonly SimulatedJob[]): Promise<void> {
  const results = await Promise.all(jobs.map((job) => job.completed()));
  assert.equal(new Set(results.map(({ message }) => message?.id)).size, jobs.length);
  const nonces = jobs.flatMap(noncesOf);
  for (const result of results) {
    const { nonce } = await markOf(result);
    assert.ok(typeof nonce === 'string' && nonces.includes(nonce), `a picture of ${JSON.stringify(nonce)}`);
  }
}
