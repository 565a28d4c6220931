import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { SUNO_OPERATIONS } from '../../../../engine/suno/input.ts';
import type { JsonValue } from '@atelier/lib/json';
import { watchAnswers, type Answers } from '../../testing/answers.ts';
import { type Harness, createTestApp, createTestHarness, policyOf } from '../../testing/harness.ts';
import { anyRequest, PROPERTY_RUNS, wellFormed } from '../../testing/requests.ts';
import { createKieDialect } from '../kie.ts';
import { AUDIO_IDS, CUSTOM, musicOutput, otherOutput } from '../testing/music.ts';
import { MP4_PATHS, SYNC_PATHS } from '../paths.ts';

const URL = 'https://example.com/a.mp3';
const operations = Object.values(SUNO_OPERATIONS);
const syncs = Object.values(SYNC_PATHS);
const POSTS = [...operations.map(({ submit }) => submit), 'mp4/generate', ...syncs.filter((path) => !path.endsWith('-info'))];
const GETS = [
  ...new Set(operations.map(({ record }) => record)),
  'mp4/record-info',
  'chat/credit',
  ...syncs.filter((path) => path.endsWith('-info')),
];

describe('kie Suno: any request', () => {
  let harness: Harness;
  let answers: Answers;
  let app: Awaited<ReturnType<typeof createTestApp>>;
  let fields: Record<string, readonly JsonValue[]>;
  before(async () => {
    harness = await createTestHarness();
    harness.suno.set({ isSimulated: false });
    answers = watchAnswers(createKieDialect({ ...harness.deps, policy: policyOf(['gore']), options: { mirrorHttpStatus: true } }));
    app = await createTestApp(answers.dialect);
    const headers = { authorization: 'Bearer ann' };
    const submit = async (path: string, payload: object): Promise<string> =>
      (await app.inject({ method: 'POST', url: `/api/v1/${path}`, headers, payload })).json().data.taskId;
    const music = await submit('generate', CUSTOM);
    await harness.complete(music, musicOutput('complete'));
    const separation = await submit('vocal-removal/generate', { taskId: music, audioId: AUDIO_IDS[0], callBackUrl: URL });
    await harness.complete(separation, otherOutput({}));
    fields = {
      prompt: ['rain', 'rain', 'rain', 'gore'],
      customMode: [true, false, 'true'],
      instrumental: [true, false],
      defaultParamFlag: [true, false],
      model: ['V4', 'V4_5PLUS', 'V5_5', 'v5'],
      style: ['rock'],
      title: ['Rain'],
      tags: ['rock'],
      negativeTags: ['metal'],
      vocalGender: ['m', 'f'],
      styleWeight: [0.5, '1'],
      personaModel: ['style_persona'],
      duration: [10],
      continueAt: [30, '1.5'],
      uploadUrl: [URL],
      uploadUrlList: [[URL, URL]],
      audioUrl: [URL],
      infillStartS: [1],
      infillEndS: [2.5],
      fullLyrics: ['la la'],
      content: ['rock'],
      name: ['Rain'],
      description: ['A soft voice'],
      type: ['separate_vocal', 'split_stem'],
      author: ['me'],
      domainName: ['example.com'],
      template: ['stage', 'HALO'],
      taskId: [music, music, separation],
      audioId: [...AUDIO_IDS],
      callBackUrl: [URL],
    };
  });
  after(async () => {
    await app.close();
    await harness.close();
  });

  const RUNS = { ...PROPERTY_RUNS, numRuns: 50 };

  for (const path of POSTS) {
    test(`POST ${path}: an answer as declared, never an internal error`, async () => {
      await fc.assert(
        fc.asyncProperty(anyRequest(fields), async ({ headers, body, query }) => {
          const reply = await app.inject({ method: 'POST', url: `/api/v1/${path}${query}`, headers, payload: body });
          assert.ok(reply.statusCode < 500 && reply.json().code < 500, reply.body);
          assert.deepEqual(answers.faults, []);
        }),
        RUNS,
      );
    });
  }

  test('GET pages: an answer as declared, never an internal error', async () => {
    await fc.assert(
      fc.asyncProperty(anyRequest(fields), fc.constantFrom(...GETS), fc.constantFrom('taskId', 'x'), async (sent, path, name) => {
        const id = wellFormed(sent.body.slice(0, 500));
        const reply = await app.inject({ url: `/api/v1/${path}?${name}=${id}&${sent.query.slice(1)}`, headers: sent.headers });
        assert.ok(reply.statusCode < 500 && reply.json().code < 500, reply.body);
        assert.deepEqual(answers.faults, []);
      }),
      { ...RUNS, numRuns: 200 },
    );
  });

  test('some random requests passed validation and became tasks', () => {
    const made = [...harness.jobs.values()].map(({ input, engine }) => (engine === 'suno' ? input['operation'] : engine));
    for (const operation of Object.keys(SUNO_OPERATIONS)) assert.ok(made.filter((one) => one === operation).length > 2, operation);
    assert.ok(made.includes('music-video'), MP4_PATHS.generate);
    assert.ok(new Set(harness.suno.asked.map(({ path }) => path)).size >= syncs.length);
  });
});
