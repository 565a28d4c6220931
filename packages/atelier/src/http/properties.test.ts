import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import * as fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { request } from 'undici';
import { EMPTY_OUTPUT, isFinal, type Job, type JobOutput } from '../core/job.ts';
import { isJsonObject, textAt, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { createDialects } from './dialects.ts';
import { AUDIO_IDS, musicOutput, otherOutput } from './dialects/kie/testing/music.ts';
import { createTestHarness, type Harness } from './dialects/native/harness.fixture.ts';
import { GRID_OUTPUT, VIDEO_OUTPUT } from './dialects/testing/outputs.ts';
import { createTestApp } from './dialects/testing/test-services.ts';
import { faultOf, operationsOf, type Operation } from './dialects/testing/operations.ts';
import { anyRequest, PROPERTY_RUNS, wellFormed, type AnyRequest } from './dialects/testing/requests.ts';

const NAMES = ['native', 'useapi', 'kie', 'linkr'] as const;
const RUNS = { ...PROPERTY_RUNS, numRuns: 60, endOnFailure: true };
const PICTURE = 'https://example.com/a.png';
/** Random requests change and remove this account; jobs run on another one. */
const SPARE_ACCOUNT = '40040040';

/** useapi's documented statuses for a silent Midjourney and for a halted account: they are not errors of this server. */
const UPSTREAM = new Set([504, 596]);

/** The harness has no deliveries and no files. */
const NOTHING_THERE = /^\/(deliveries|assets)\//;

/** Sends random requests to every operation of every document: each answer fits its document, and none is an unexpected error. */
describe('every operation of every document', { timeout: 120_000 }, () => {
  let harness: Harness;
  let app: FastifyInstance;
  let origin: string;
  const documents = new Map<string, JsonObject>();
  const fields: Record<string, JsonValue[]> = {};
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addFormat('byte', true);

  before(async () => {
    harness = await createTestHarness();
    // The jobs of the harness ran on this account.
    await harness.deps.accounts.configure({ channelId: '1001', guildId: '20020022', token: 'the token of the harness', maxJobs: 15 });
    const { submit } = harness.deps;
    const dialects = createDialects(
      { kieMirrorStatus: true, kieRateLimit: 0, sunoDialect: 'kie' },
      {
        ...harness.deps,
        accounts: { ...harness.deps.accounts, findPrivateChannel: async () => SPARE_ACCOUNT },
        // Every job ends at once, so that no request waits.
        async submit(wanted) {
          const job = await submit(wanted);
          return isFinal(job.status) ? job : await harness.complete(job.id, outputOf(job));
        },
      },
    );
    app = await createTestApp({ dialects });
    origin = await app.listen({ host: '127.0.0.1', port: 0 });
    for (const name of NAMES) {
      const document: unknown = (await app.inject(`/openapi/${name}.json`)).json();
      assert.ok(isJsonObject(document));
      documents.set(name, document);
      ajv.addSchema(document, name);
    }
    Object.assign(fields, await knownValues(harness));
  });
  after(async () => {
    await app.close();
    await harness.close();
  });

  for (const name of NAMES) {
    test(`${name}: every operation answers any request as documented`, async () => {
      const operations = operationsOf(documents.get(name) ?? {});
      assert.ok(operations.length >= 4);
      const reached = new Set<Operation>();
      for (const [index, operation] of operations.entries()) {
        await harness.deps.accounts.configure({ channelId: SPARE_ACCOUNT, guildId: '20020021', token: 'a token of its own', maxJobs: 3 });
        await fc.assert(
          fc.asyncProperty(requestsTo(operation, fields), async ({ url, sent }) => {
            const { status, body } = operation.isStream ? await askStream(origin + url, sent) : await ask(app, operation, url, sent);
            if (status < 300 && !body.startsWith('{"code":4')) reached.add(operation);
            const shown = `${operation.method} ${url} ${status} ${body.slice(0, 500)}`;
            assert.ok(status < 500 || (name === 'useapi' && UPSTREAM.has(status)), shown);
            assert.equal(faultOf(ajv, name, operation, status, body), null, shown);
          }),
          // Each operation gets other requests, so that no operation repeats the Idempotency-Keys of the previous one.
          { ...RUNS, seed: RUNS.seed + index, numRuns: RUNS.numRuns * Math.min(operation.bodies.length, 5) },
        );
      }
      const unreached = operations
        .filter((operation) => !reached.has(operation) && !NOTHING_THERE.test(operation.path))
        .map(({ method, path }) => `${method} ${path}`);
      assert.deepEqual(unreached, [], 'no request to these succeeded');
    });
  }
});

/** The output of a finished job: pictures, a seed, the answer to a command, or music. */
function outputOf({ engine, verb, usesSlot }: Job): JobOutput {
  if (engine === 'suno') return verb === 'music' ? musicOutput('complete') : otherOutput({});
  if (usesSlot) return GRID_OUTPUT;
  const data = verb === 'seed' ? { seed: '5' } : { user_id: '1' };
  return { ...EMPTY_OUTPUT, message: GRID_OUTPUT.message, data };
}

/** Values that get past the first checks: existing jobs, keys and accounts. */
async function knownValues(harness: Harness): Promise<Record<string, JsonValue[]>> {
  const grid = await harness.imagine({ callbackUrl: 'https://example.com/hook' });
  await harness.complete(grid, GRID_OUTPUT);
  const video = await harness.imagine();
  await harness.complete(video, VIDEO_OUTPUT);
  const songs = await Promise.all(
    [1, 2, 3].map(async () => {
      const { body } = await harness.call('POST', '/jobs', { verb: 'music', prompt: 'a song' });
      await harness.complete(textAt(body, 'id'), musicOutput('complete'));
      return textAt(body, 'id');
    }),
  );
  const jobs = [grid, video, ...songs];
  return {
    verb: ['imagine', 'button', 'blend', 'describe', 'info', 'music', 'lyrics', 'wav', 'music-video'],
    prompt: ['a fox', `${PICTURE} a fox`, 'the forbidden fruit'],
    ...Object.fromEntries(['jobId', 'jobid', 'taskId', 'task_id', 'parentId'].map((field) => [field, jobs])),
    ...Object.fromEntries(
      ['callbackUrl', 'callBackUrl', 'replyUrl', 'webhook_url', 'fileUrl', 'describeUrl', 'imageUrl', 'reference_image'].map((field) => [
        field,
        [PICTURE],
      ]),
    ),
    ...Object.fromEntries(['fileUrls', 'blendUrls', 'imageUrls'].map((field) => [field, [[PICTURE, PICTURE], [PICTURE]]])),
    button: ['U1', 'V2', '🔄', 'Custom Zoom'],
    action: ['upsample1', 'reroll', 'MJ::JOB::variation::3::uuid'],
    taskType: ['mj_txt2img', 'mj_img2img', 'mj_video', 'mj_video_extend_auto'],
    audioId: [...AUDIO_IDS],
    track: songs.map((jobId) => ({ jobId, index: 1 })),
    customMode: [false],
    instrumental: [true, false],
    model: ['V4', 'V5'],
    template: ['stage', 'poster'],
    imageIndex: [0, '3', 4],
    index: [0, 1],
    maxJobs: [3, 15, 16, 0],
    accountId: [SPARE_ACCOUNT],
    channel: [SPARE_ACCOUNT],
    discord: ['a token of its own'],
    server: ['20020021'],
    guildId: ['20020021'],
    token: ['a token of its own'],
    keyId: ['key_bob'],
    name: ['shop'],
    limits: [{ jobsPerDay: 5 }, { runningJobs: null }],
    suspended: [true, false],
    expiresAt: [null, '2030-01-01T00:00:00Z'],
    text: ['a fox', 'the forbidden fruit'],
    dialect: ['useapi', 'native'],
    status: ['completed', 'completed,failed'],
    state: ['exhausted'],
    since: ['2025-01-01T00:00:00Z'],
    code: ['internal'],
    wait: ['0', '5s'],
    limit: [1, '100'],
    cursor: jobs,
    ids: [['dlv_none']],
    filter: [{ state: 'exhausted' }],
    replyRef: ['r'],
  };
}

/** Requests to an operation, with known and unknown values in its path and query. */
function requestsTo(
  { path, queryNames, bodies }: Operation,
  fields: Record<string, JsonValue[]>,
): fc.Arbitrary<{ url: string; sent: AnyRequest }> {
  const valueOf = (name: string): fc.Arbitrary<string> =>
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(...(fields[name] ?? ['x']).map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))),
      },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }) },
    );
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const inPath = fc.record(Object.fromEntries(names.map((name) => [name, valueOf(name)])));
  const inQuery = fc.record(Object.fromEntries(queryNames.map((name) => [name, fc.option(valueOf(name), { nil: undefined })])));
  const fitting = bodies.map((form) =>
    anyRequest(
      Object.fromEntries(
        Object.entries(form).flatMap(([name, named]) => {
          const values = named ?? fields[name];
          return values ? [[name, values]] : [];
        }),
      ),
    ),
  );
  return fc.tuple(fc.oneof(...fitting), inPath, inQuery).map(([sent, values, query]) => {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => wellFormed(values[name] ?? '').replace(/^\.+$/, 'dots'));
    const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${wellFormed(value)}`]));
    return { url: `${filled}?${[...pairs, sent.query.slice(1)].join('&')}`, sent };
  });
}

async function ask(app: FastifyInstance, { method }: Operation, url: string, { headers, body }: AnyRequest) {
  const isGet = method === 'get';
  const reply = await app.inject({ method: METHODS_OF[method] ?? 'GET', url, headers, ...(isGet ? {} : { payload: body }) });
  return { status: reply.statusCode, body: reply.body };
}

const METHODS_OF: Record<string, 'POST' | 'PUT' | 'PATCH' | 'DELETE'> = { post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' };

/** An accepted stream does not end: only its head is read. */
async function askStream(url: string, { headers }: AnyRequest): Promise<{ status: number; body: string }> {
  const { authorization = '' } = headers;
  const reply = await request(url, { headers: { authorization } });
  if (reply.statusCode !== 200) return { status: reply.statusCode, body: await reply.body.text() };
  assert.match(String(reply.headers['content-type']), /^text\/event-stream/);
  reply.body.on('error', () => {});
  reply.body.destroy();
  return { status: 200, body: '' };
}
