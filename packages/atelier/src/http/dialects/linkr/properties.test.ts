import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { EMPTY_OUTPUT } from '../../../core/job.ts';
import type { JsonValue } from '@atelier/lib/json';
import { watchAnswers, type Answers } from '../testing/answers.ts';
import { type Harness, createTestApp, createTestHarness, policyOf, SINGLE_OUTPUT } from '../testing/harness.ts';
import { anyRequest, PROPERTY_RUNS, wellFormed } from '../testing/requests.ts';
import { createLinkrDialect } from './linkr.ts';

const URL = 'https://example.com/a.png';

describe('linkr: any request', () => {
  let harness: Harness;
  let answers: Answers;
  let app: Awaited<ReturnType<typeof createTestApp>>;
  let fields: Record<string, readonly JsonValue[]>;
  before(async () => {
    harness = await createTestHarness();
    const { submit } = harness.deps;
    answers = watchAnswers(
      createLinkrDialect({
        ...harness.deps,
        policy: policyOf(['gore']),
        // Midjourney answers `info` at once.
        submit: async (request) => {
          const job = await submit(request);
          return request.verb === 'info' ? harness.complete(job.id, { ...EMPTY_OUTPUT, data: { user_id: '1' } }) : job;
        },
      }),
    );
    app = await createTestApp(answers.dialect);
    const finished = async (output?: typeof SINGLE_OUTPUT): Promise<string> => {
      const headers = { authorization: 'Bearer ann' };
      const reply = await app.inject({ method: 'POST', url: '/v1/imagine', headers, payload: { prompt: 'a fox' } });
      return (await harness.complete(reply.json().task_id, output)).id;
    };
    fields = {
      prompt: ['a fox', `${URL} a fox`, 'gore'],
      reference_image: [URL, 'https://example.com/a.gif'],
      webhook_url: [URL],
      task_id: [await finished(), await finished(SINGLE_OUTPUT)],
      action: ['upsample1', 'U2', 'reroll', 'MJ::JOB::variation::3::uuid', 'upsample9'],
    };
  });
  after(async () => {
    await app.close();
    await harness.close();
  });

  for (const path of ['/v1/imagine', '/api/v1/imagine', '/v1/action', '/api/v1/action']) {
    test(`POST ${path}: an answer as declared, never an internal error`, async () => {
      await fc.assert(
        fc.asyncProperty(anyRequest(fields), async ({ headers, body, query }) => {
          const reply = await app.inject({ method: 'POST', url: path + query, headers, payload: body });
          assert.ok(reply.statusCode < 500, reply.body);
          assert.deepEqual(answers.faults, []);
        }),
        PROPERTY_RUNS,
      );
    });
  }

  test('GET pages: an answer as declared, never an internal error', async () => {
    await fc.assert(
      fc.asyncProperty(anyRequest(fields), fc.constantFrom('', '/api'), fc.boolean(), async (sent, prefix, isInfo) => {
        const page = isInfo ? 'info' : `fetch/${wellFormed(sent.body.slice(0, 100)) || 'x'}`;
        const reply = await app.inject({ url: `${prefix}/v1/${page}${sent.query}`, headers: sent.headers });
        assert.ok(reply.statusCode < 500, reply.body);
        assert.deepEqual(answers.faults, []);
      }),
      PROPERTY_RUNS,
    );
  });

  test('some random requests passed validation and became tasks', () => {
    const verbs = [...harness.jobs.values()].map(({ verb }) => verb);
    for (const verb of ['imagine', 'button']) assert.ok(verbs.filter((each) => each === verb).length > 10, verb);
  });
});
