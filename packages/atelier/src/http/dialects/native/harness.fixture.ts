import assert from 'node:assert/strict';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { isJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import type { Job, JobOutput } from '../../../core/job.ts';
import type { Store } from '../../../core/store.ts';
import type { NativeDeps } from '../../dialect.ts';
import { addKeys } from '../testing/harness.ts';
import { GRID_OUTPUT } from '../testing/outputs.ts';
import { createTestApp, createTestServices, type TestServices } from '../testing/test-services.ts';
import { createNativeDialect } from './native.ts';

export interface Answer {
  status: number;
  body: JsonObject;
  headers: Record<string, unknown>;
}

/** The dialect inside the real app over real services, with one configured account. Keys: `ann`, `bob`, and `root`, the admin. */
export interface Harness extends TestServices {
  app: FastifyInstance;
  store: Store;
  complete(jobId: string, output?: JobOutput): Promise<Job>;
  call(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    body?: JsonObject,
    options?: { as?: string; headers?: Record<string, string> },
  ): Promise<Answer>;
  inject(options: InjectOptions): Promise<Answer>;
  /** The id of a new job of ann, made with `POST /jobs`. */
  imagine(more?: JsonObject): Promise<string>;
}

export const TOKEN = 'MTIzNDU2Nzg5.fake.token-xyz';

export async function createTestHarness(): Promise<Harness> {
  const services = await createTestServices();
  const { store } = services.deps;
  await addKeys(store);
  await services.deps.accounts.configure({ channelId: '10010010', guildId: '20020020', token: TOKEN, maxJobs: 3 });
  const deps: NativeDeps = {
    ...services.deps,
    policy: {
      check: (_dialect, text) => (text.includes('forbidden fruit') ? { allowed: false, term: 'forbidden fruit' } : { allowed: true }),
      reload: async () => ({ terms: 7 }),
    },
  };
  const app = await createTestApp(createNativeDialect(deps));

  async function inject(options: InjectOptions): Promise<Answer> {
    const response = await app.inject(options);
    const parsed: unknown = response.body === '' ? {} : JSON.parse(response.body);
    return { status: response.statusCode, body: isJsonObject(parsed) ? parsed : {}, headers: response.headers };
  }
  const call: Harness['call'] = (method, url, body, { as = 'ann', headers = {} } = {}) =>
    inject({ method, url, headers: { authorization: `Bearer ${as}`, ...headers }, ...(body && { payload: body }) });

  return {
    ...services,
    deps,
    app,
    store,
    inject,
    call,
    complete: (jobId, output = GRID_OUTPUT) => services.move(jobId, { status: 'completed', output }),
    async imagine(more = {}) {
      const { status, body } = await call('POST', '/jobs', { verb: 'imagine', prompt: 'a fox', ...more });
      assert.equal(status, 202, JSON.stringify(body));
      return textAt(body, 'id');
    },
    async close() {
      await app.close();
      await services.close();
    },
  };
}
