import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { JsonValue } from '@atelier/lib/json';
import { watchAnswers, type Answers } from '../../testing/answers.ts';
import { GRID_OUTPUT, type Harness, createTestApp, createTestHarness, policyOf, VIDEO_OUTPUT } from '../../testing/harness.ts';
import { anyRequest, PROPERTY_RUNS, wellFormed } from '../../testing/requests.ts';
import { createKieDialect } from '../kie.ts';
import { MIDJOURNEY_PATHS } from '../paths.ts';

const { record, ...posts } = MIDJOURNEY_PATHS;
const URL = 'https://example.com/a.png';

describe('kie Midjourney: any request', () => {
  let harness: Harness;
  let answers: Answers;
  let app: Awaited<ReturnType<typeof createTestApp>>;
  let fields: Record<string, readonly JsonValue[]>;
  before(async () => {
    harness = await createTestHarness();
    answers = watchAnswers(createKieDialect({ ...harness.deps, policy: policyOf(['gore']), options: { mirrorHttpStatus: true } }));
    app = await createTestApp(answers.dialect);
    const finished = async (output: typeof GRID_OUTPUT): Promise<string> => {
      const headers = { authorization: 'Bearer ann' };
      const reply = await app.inject({ method: 'POST', url: MIDJOURNEY_PATHS.generate, headers, payload: { prompt: 'a fox' } });
      return (await harness.complete(reply.json().data.taskId, output)).id;
    };
    fields = {
      taskType: ['mj_txt2img', 'mj_img2img', 'mj_video', 'mj_omni_reference', 'mj_video_extend_auto', 'mj_video_extend_manual'],
      prompt: ['a fox', 'a fox', 'gore'],
      speed: ['fast', 'Relax'],
      fileUrl: [URL],
      fileUrls: [[URL], URL, []],
      aspectRatio: ['16:9'],
      version: ['7', 6.1],
      variety: [5],
      stylization: ['100'],
      weirdness: [0],
      ow: [1],
      motion: ['high', 40],
      videoBatchSize: [1, '4'],
      waterMark: ['me'],
      enableTranslation: [true],
      callBackUrl: [URL],
      taskId: [await finished(GRID_OUTPUT), await finished(VIDEO_OUTPUT)],
      imageIndex: [0, '3', 4],
      index: [0, 1, 4],
    };
  });
  after(async () => {
    await app.close();
    await harness.close();
  });

  for (const path of Object.values(posts)) {
    test(`POST ${path}: an answer as declared, never an internal error`, async () => {
      await fc.assert(
        fc.asyncProperty(anyRequest(fields), async ({ headers, body, query }) => {
          const reply = await app.inject({ method: 'POST', url: path + query, headers, payload: body });
          assert.ok(reply.statusCode < 500 && reply.json().code < 500, reply.body);
          assert.deepEqual(answers.faults, []);
        }),
        PROPERTY_RUNS,
      );
    });
  }

  test('GET record-info: an answer as declared, never an internal error', async () => {
    await fc.assert(
      fc.asyncProperty(anyRequest(fields), fc.constantFrom('taskId', 'x'), async (sent, name) => {
        const id = wellFormed(sent.body.slice(0, 500));
        const reply = await app.inject({ url: `${record}?${name}=${id}&${sent.query.slice(1)}`, headers: sent.headers });
        assert.ok(reply.statusCode < 500 && reply.json().code < 500, reply.body);
        assert.deepEqual(answers.faults, []);
      }),
      PROPERTY_RUNS,
    );
  });

  test('some random requests passed validation and became tasks', () => {
    const inputs = [...harness.jobs.values()].map(({ verb }) => verb);
    assert.ok(inputs.filter((verb) => verb === 'imagine').length > 20, 'generate');
    assert.ok(inputs.filter((verb) => verb === 'button').length > 20, 'follow-ups');
  });
});
