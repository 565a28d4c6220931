import assert from 'node:assert/strict';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { createAccounts } from '../../../account/account-service.ts';
import type { ApiKey } from '../../../core/key.ts';
import type { KeyService } from '../../../core/key.ts';
import { createSecretBox, hashSecret } from '../../../account/secret-box.ts';
import { isFinal, type Job } from '../../../core/job.ts';
import { isJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import { silentLog } from '@atelier/lib/log';
import type { Store } from '../../../core/store.ts';
import type { NativeDeps } from '../../dialect.ts';
import { openApp, createTestHarness as createTestCommonHarness, type Harness as CommonHarness } from '../testing/harness.ts';
import { createNativeDialect } from './native.ts';

export interface Answer {
  status: number;
  body: JsonObject;
  headers: Record<string, unknown>;
}

/** The dialect inside the real app over a real store, with real accounts; the queue is moved by hand. Keys: `ann`, `bob`, and `root`, the admin. */
export interface Harness extends Omit<CommonHarness, 'deps' | 'accounts'> {
  app: FastifyInstance;
  deps: NativeDeps;
  store: Store;
  /** How often the dispatcher was woken. */
  wakes(): number;
  call(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    body?: JsonObject,
    options?: { as?: string; headers?: Record<string, string> },
  ): Promise<Answer>;
  inject(options: InjectOptions): Promise<Answer>;
  /** A job of ann's, as `POST /jobs` made it. */
  imagine(more?: JsonObject): Promise<string>;
}

export const TOKEN = 'MTIzNDU2Nzg5.fake.token-xyz';

export async function createTestHarness(): Promise<Harness> {
  const { deps: common, accounts: _accounts, ...harness } = await createTestCommonHarness();
  const { store, clock, watch } = common;
  let wakes = 0;
  const accounts = createAccounts({
    findPrivateChannel: async () => '30030030',
    clock,
    store,
    ids: common.ids,
    log: silentLog,
    operatorUrl: undefined,
    secretBox: createSecretBox('a secret of the tests'),
    onChanged: () => {},
    onFreed: () => {},
    onPaused: () => {},
  });
  await accounts.configure({ channelId: '10010010', guildId: '20020020', token: TOKEN, maxJobs: 3 });

  const cancel = async (job: Job): Promise<Job> => {
    const now = (await store.getJob(job.id)) ?? job;
    if (isFinal(now.status)) return now;
    const failure = { code: 'cancelled', title: 'Cancelled by its caller', details: null } as const;
    const ended = await store.transition({
      jobId: now.id,
      version: now.version,
      nowMs: clock.now(),
      set: { status: 'cancelled', failure },
    });
    assert.ok(ended);
    watch.publish(ended);
    return ended;
  };

  const deps: NativeDeps = {
    ...common,
    accounts,
    cancel,
    fail: async (job) => job,
    keys: createMemoryKeys(store),
    policy: {
      check: (_dialect, text) => (text.includes('forbidden fruit') ? { allowed: false, term: 'forbidden fruit' } : { allowed: true }),
      reload: async () => ({ terms: 7 }),
    },
    onDeliveriesDue: () => void wakes++,
  };
  const app = await openApp(createNativeDialect(deps));

  async function inject(options: InjectOptions): Promise<Answer> {
    const response = await app.inject(options);
    const parsed: unknown = response.body === '' ? {} : JSON.parse(response.body);
    return { status: response.statusCode, body: isJsonObject(parsed) ? parsed : {}, headers: response.headers };
  }
  const call: Harness['call'] = (method, url, body, { as = 'ann', headers = {} } = {}) =>
    inject({ method, url, headers: { authorization: `Bearer ${as}`, ...headers }, ...(body && { payload: body }) });

  return {
    ...harness,
    app,
    deps,
    store,
    inject,
    call,
    wakes: () => wakes,
    async imagine(more = {}) {
      const { status, body } = await call('POST', '/jobs', { verb: 'imagine', prompt: 'a fox', ...more });
      assert.equal(status, 202, JSON.stringify(body));
      return textAt(body, 'id');
    },
    async close() {
      await app.close();
      await harness.close();
    },
  };
}

/** Keys with their limits in memory, over the store's own. */
function createMemoryKeys(store: Store): KeyService {
  const limitsOf = new Map<string, object>();
  const withLimits = (key: ApiKey): ApiKey => ({ ...key, ...limitsOf.get(key.id) });
  const one = (key: ApiKey | undefined): ApiKey | undefined => key && withLimits(key);
  let made = 0;
  return {
    async create({ name, limits, expiresAtMs }) {
      made += 1;
      const secret = `secret-${made}`;
      const times = { createdAtMs: 0, suspendedAtMs: null, revokedAtMs: null, expiresAtMs };
      limitsOf.set(`key_${made}`, { limits });
      const record = { id: `key_${made}`, name, secretHash: hashSecret(secret), admin: false, replyUrl: null, limits, ...times };
      const key = await store.createKey(record);
      return { key: withLimits(key), secret };
    },
    list: async () => (await store.listKeys()).map(withLimits),
    get: async (id) => one(await store.getKey(id)),
    async update(id, { limits, suspended, ...set }) {
      if (limits) limitsOf.set(id, { limits });
      return one(await store.updateKey(id, { ...set, ...(suspended !== undefined && { suspendedAtMs: suspended ? 1 : null }) }));
    },
    revoke: async (id) => one(await store.updateKey(id, { revokedAtMs: 1 })),
  };
}
