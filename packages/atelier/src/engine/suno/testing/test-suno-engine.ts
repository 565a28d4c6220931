import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fastify from 'fastify';
import { createJob, EMPTY_OUTPUT, type Job, type JobOutput } from '../../../core/job.ts';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import type { JsonObject, JsonValue } from '@atelier/lib/json';
import { silentLog } from '@atelier/lib/log';
import { createUpstreamRoutes } from '../../../http/upstream-routes.ts';
import type { EngineUpdate } from '../../../core/engine.ts';
import { createCallbackLinks, createSunoEngine } from '../suno.ts';
import type { CodeStyle } from '../codes.ts';
import { createSunoUpstream } from '../upstream.ts';
import { startFakeVendor, type FakeVendor } from './fake-vendor.ts';

/** The engine with its callback route and a fake vendor on loopback. The clock advances only while no request is under way. */
export interface TestSunoEngine {
  vendor: FakeVendor;
  clock: FakeClock;
  start(job: Job, from?: { operation?: JsonValue; resumed?: boolean }): TestRun;
  close(): Promise<void>;
}

export interface TestRun {
  /** The next update; undefined at the end. */
  next(): Promise<EngineUpdate | undefined>;
  /** All remaining updates. */
  end(): Promise<EngineUpdate[]>;
  /** Lets time pass until `test` returns true. */
  until(test: () => boolean): Promise<void>;
  abort(): void;
}

const STEP_MS = 250;
const MAX_TURNS = 200_000;

export async function createTestSunoEngine(options: { style?: CodeStyle; isSimulated?: boolean } = {}): Promise<TestSunoEngine> {
  const clock = createFakeClock();
  const vendor = await startFakeVendor();
  const client = createSunoUpstream({ baseUrl: vendor.url, apiKey: 'suno-key', isSimulated: options.isSimulated ?? false, clock });
  let underWay = 0;
  const app = fastify();
  let url = '';
  const links = createCallbackLinks({ secret: 'secret', publicUrl: () => url });
  const engine = createSunoEngine({
    clock,
    log: silentLog,
    upstream: {
      ...client,
      async send(...request) {
        underWay += 1;
        return client.send(...request).finally(() => (underWay -= 1));
      },
    },
    style: options.style ?? 'kie',
    callbackUrl: links.url,
    settings: { slots: 20, longestPollMs: 30_000 },
  });
  await app.register(createUpstreamRoutes({ jobIdOf: links.jobIdOf, onCallback: engine.onCallback }));
  url = await app.listen({ host: '127.0.0.1', port: 0 });

  async function passTime(isOver: () => boolean): Promise<void> {
    for (let turn = 0; !isOver(); turn += 1) {
      assert.ok(turn < MAX_TURNS, 'the awaited event did not happen');
      await nextTurn();
      if (underWay === 0 && !isOver()) await clock.advance(STEP_MS);
    }
  }

  return {
    vendor,
    clock,
    start(job, { operation = { asked: false }, resumed = false } = {}) {
      const stop = new AbortController();
      const updates = engine.run(job, operation, { resumed, signal: stop.signal })[Symbol.asyncIterator]();
      const next = async (): Promise<EngineUpdate | undefined> => {
        let found: IteratorResult<EngineUpdate> | undefined;
        const pending = updates.next().then((result) => (found = result));
        pending.catch(() => (found = { done: true, value: undefined }));
        await passTime(() => found !== undefined);
        const result = await pending;
        return result.done === true ? undefined : result.value;
      };
      return {
        next,
        until: passTime,
        abort: () => stop.abort(new Error('aborted')),
        async end() {
          const all: EngineUpdate[] = [];
          for (let update = await next(); update; update = await next()) all.push(update);
          return all;
        },
      };
    },
    async close() {
      await client.close();
      await app.close();
      await vendor.close();
    },
  };
}

export const sunoJob = (input: JsonObject, output: JobOutput = EMPTY_OUTPUT): Job =>
  createJob({
    id: 'job-1',
    dialect: 'kie',
    engine: 'suno',
    verb: 'music',
    keyId: 'key',
    input,
    output,
    usesSlot: false,
    status: 'starting',
    createdAtMs: 0,
    startedAtMs: 0,
  });

export const SONG: JsonObject = {
  operation: 'generate',
  request: { prompt: 'a calm song', customMode: false, instrumental: false, model: 'V4' },
};
