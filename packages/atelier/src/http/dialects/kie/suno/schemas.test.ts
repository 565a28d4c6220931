import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SUNO_OPERATIONS } from '../../../../engine/suno/input.ts';
import { ERROR_CODES, JobError, type ErrorCode, type FailureCode } from '../../../../core/errors.ts';
import type { Job } from '../../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import { createSchemaCheck, watchAnswers } from '../../testing/answers.ts';
import { describedEverywhere } from '../../testing/described.ts';
import { type Harness, createTestApp, createTestHarness } from '../../testing/harness.ts';
import { createKieDialect } from '../kie.ts';
import * as mp4Schemas from '../mp4/schemas.ts';
import { AUDIO_IDS, CUSTOM, HOOK, musicOutput, otherOutput, soundFile } from '../testing/music.ts';
import { CALLBACKS, Mp4Callback, MusicCallback } from './schemas/callback-schemas.ts';
import { SYNC_PATHS } from '../paths.ts';
import { creditSchema, RECORD_SCHEMAS, SUBMIT_SCHEMAS, SYNC_SCHEMAS } from './schemas/page-schemas.ts';

const URL = 'https://example.com/a.mp3';

/** One body for all pages: each page reads its own fields. */
const BODY: JsonObject = {
  ...CUSTOM,
  tags: 'rock',
  content: 'rock',
  name: 'Rain',
  description: 'A soft voice',
  negativeTags: 'none',
  defaultParamFlag: true,
  continueAt: 30,
  uploadUrl: URL,
  uploadUrlList: [URL, URL],
  infillStartS: 1,
  infillEndS: 2,
  audioId: AUDIO_IDS[0],
  callBackUrl: HOOK,
};

const RESPONSES: JsonObject = {
  audioWavUrl: URL,
  vocalUrl: URL,
  originData: [{ id: 'x' }],
  images: [URL],
  instruments: [],
  data: [{ text: 'la', title: 't', status: 'complete', errorMessage: '' }],
};

for (const sunoVendor of ['kie', 'sunoapi'] as const) {
  describe(`Suno schemas, ${sunoVendor}`, () => {
    let harness: Harness;
    let trouble: JobError | undefined;
    let answers: ReturnType<typeof watchAnswers>;
    let app: Awaited<ReturnType<typeof createTestApp>>;
    before(async () => {
      harness = await createTestHarness();
      harness.suno.set({ isSimulated: false });
      answers = watchAnswers(
        createKieDialect({
          ...harness.deps,
          authenticate: async (request) => (trouble ? Promise.reject(trouble) : harness.deps.authenticate(request)),
          options: { mirrorHttpStatus: true, sunoVendor },
        }),
      );
      app = await createTestApp(answers.dialect);
    });
    after(async () => {
      await app.close();
      await harness.close();
    });

    const send = async (path: string, payload?: JsonObject, key = 'ann') =>
      app.inject({
        method: payload ? 'POST' : 'GET',
        url: `/api/v1/${path}`,
        headers: { authorization: `Bearer ${key}` },
        ...(payload ? { payload } : {}),
      });
    const submit = async (path: string, payload: JsonObject): Promise<Job> => {
      const reply = (await send(path, payload)).json();
      return harness.jobs.get(reply.data?.taskId) ?? assert.fail(JSON.stringify([path, reply]));
    };
    const music = async (): Promise<string> => {
      const { id } = await submit('generate', BODY);
      await harness.complete(id, musicOutput('complete'));
      return id;
    };
    /** Every page that submits a task, with a valid body. */
    const pages = async (): Promise<[string, JsonObject, string][]> => {
      const { id: separation } = await submit('vocal-removal/generate', { ...BODY, taskId: await music() });
      await harness.complete(separation, otherOutput({}));
      const all: [string, JsonObject, string][] = [];
      for (const [name, { submit: path, record }] of Object.entries(SUNO_OPERATIONS)) {
        all.push([path, { ...BODY, taskId: name === 'midi' ? separation : await music() }, record]);
      }
      return [...all, ['mp4/generate', { ...BODY, taskId: await music() }, 'mp4/record-info']];
    };

    test('every endpoint answers as declared, and every declared status is answered', async () => {
      const limited = new JobError('rate-limited', 'Too many requests', { facts: { retryAfterSeconds: 7 } });
      const syncs = Object.values(SYNC_PATHS).filter((path) => !path.endsWith('-info'));
      const posts = [
        ...(await pages()),
        ...(await Promise.all(syncs.map(async (path) => [path, { ...BODY, taskId: await music() }] as const))),
      ];
      const gets = ['generate', 'lyrics', 'wav', 'vocal-removal', 'midi', 'suno/cover', 'mp4', 'voice'].map(
        (path) => `${path}/record-info?taskId=x`,
      );
      gets.push('voice/validate-info?taskId=x', 'chat/credit', 'generate/credit');
      for (const [path, body] of [...posts, ...gets.map((path) => [path, undefined] as const)]) {
        const reply = await send(path, body);
        assert.equal(reply.json().code, 200, `${path} ${reply.body}`);
        assert.equal((await send(path, body, 'nobody')).statusCode, 401, path);
        if (body && !path.startsWith('voice/')) assert.equal((await send(path, {})).json().code, 422, path);
        trouble = limited;
        const refused = await send(path, body);
        trouble = undefined;
        assert.equal(refused.statusCode, 429, path);
        assert.equal(refused.headers['retry-after'], '7');
      }
      assert.deepEqual(answers.faults, []);
      const ofSuno = [...answers.declared].filter((answer) => !answer.includes('/mj/'));
      assert.deepEqual(new Set(answers.seen.keys()), new Set(ofSuno));
    });

    test('every error code is answered as declared', async () => {
      for (const code of Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES)) {
        trouble = new JobError(code, 'Because');
        await send('generate', BODY);
        await send('mp4/generate', BODY);
      }
      trouble = undefined;
      assert.deepEqual(answers.faults, []);
    });

    test('records at every stage, and callbacks at every end, are as declared', async () => {
      const check = createSchemaCheck();
      const called = (job: Job): void => {
        const callback = answers.dialect.renderCallback(job) ?? assert.fail('no callback');
        const other = job.verb in CALLBACKS ? CALLBACKS[job.verb as keyof typeof CALLBACKS] : MusicCallback;
        const schema = job.engine === 'music-video' ? Mp4Callback : other;
        assert.equal(check(schema, JSON.parse(callback.body)), null, callback.body);
      };
      const outputOf = ({ verb }: Job) => {
        if (verb === 'music') return musicOutput('complete');
        if (verb === 'music-video') return { ...otherOutput({}), assets: [soundFile('video', 1, 'v.mp4')] };
        return otherOutput(RESPONSES, [{ field: 'audioWavUrl', index: 1 }]);
      };
      const failures = Object.entries(ERROR_CODES).flatMap(([code, { endsAs }]) => (endsAs === null ? [] : [code as FailureCode]));
      for (const end of ['completed', 'completed-empty', ...failures.filter((_, index) => index % 4 === 0)] as const) {
        for (const [path, body, record] of await pages()) {
          const job = await submit(path, body);
          const readRecord = () => send(`${record}?taskId=${job.id}`);
          await readRecord();
          await harness.move(job.id, { status: 'starting' });
          for (const stage of job.verb === 'music' ? (['pending', 'text', 'first'] as const) : []) {
            const moved = await harness.move(job.id, { status: 'progress', output: musicOutput(stage) });
            if (stage !== 'pending') called(moved);
            await readRecord();
          }
          if (end === 'completed-empty' && job.verb === 'music-video') continue;
          const failure = { code: end as FailureCode, title: 'Because', details: null };
          const empty = job.verb === 'music' ? musicOutput('pending') : otherOutput({});
          const output = end === 'completed' ? outputOf(job) : empty;
          called(end.startsWith('completed') ? await harness.complete(job.id, output) : await harness.fail(job.id, failure));
          await readRecord();
        }
      }
      assert.deepEqual(answers.faults, []);
    });
  });
}

test('every field of the Suno and music video pages is described, and every object that is answered is closed', () => {
  const routes = { ...SUBMIT_SCHEMAS, ...RECORD_SCHEMAS, ...SYNC_SCHEMAS, creditSchema, ...mp4Schemas };
  for (const [name, schema] of Object.entries(routes)) assert.deepEqual(describedEverywhere(schema), [], name);
  for (const [name, schema] of Object.entries({ ...CALLBACKS, MusicCallback, Mp4Callback })) {
    assert.deepEqual(describedEverywhere({ response: schema }), [], name);
  }
});
