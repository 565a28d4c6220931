import { TEMPLATES } from '@atelier/renderer';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { EMPTY_OUTPUT, type JobOutput } from '../../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import { type Harness, createTestHarness, policyOf } from '../../testing/harness.ts';
import { AUDIO_IDS, HOOK, musicOutput, openKie, REASON, soundFile, UPSTREAM_ID, type Kie } from '../testing/music.ts';

const MISSING = { code: 422, msg: 'Record does not exist', data: null };
const VIDEO: JobOutput = { ...EMPTY_OUTPUT, assets: [soundFile('video', 1, 'video.mp4')], data: { template: 'stage', durationMs: 3_000 } };
const LINK = 'https://atelier.test/assets/video1/video.mp4';

describe('kie, music videos', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
  });
  after(() => harness.close());

  const wanted = (taskId: string, more: JsonObject = {}): JsonObject => ({ taskId, audioId: AUDIO_IDS[0], callBackUrl: HOOK, ...more });
  const accepted = async (kie: Kie, more: JsonObject = {}) => kie.submit('mp4/generate', wanted(await kie.finished(), more));

  describe('POST /api/v1/mp4/generate', () => {
    test('is accepted: a video of the track with its title, its cover, the author and the domain name', async (context) => {
      const kie = await openKie(context, harness);
      const taskId = await kie.finished();
      const job = harness.jobs.get(
        await kie.submit('mp4/generate', wanted(taskId, { audioId: AUDIO_IDS[1], author: ' DJ 雨 ', domainName: 'music.example' })),
      );
      assert.equal(job?.engine, 'music-video');
      assert.equal(job.verb, 'music-video');
      assert.equal(job.parentId, taskId);
      assert.equal(job.callbackUrl, HOOK);
      assert.deepEqual(job.input, {
        audio: { assetId: 'audio2' },
        cover: { assetId: 'cover2' },
        title: 'Iron Man',
        author: 'DJ 雨',
        domainName: 'music.example',
        template: 'stage',
        lyrics: [],
      });
    });

    test('lyrics have the upstream’s times, requested with the upstream’s ids', async (context) => {
      const words = [
        { word: '[Verse]\nNeon', success: true, startS: 1, endS: 1.5, palign: 0 },
        { word: 'rain\n', success: true, startS: 1.5, endS: 2.25, palign: 0 },
        { word: 'falls', success: true, startS: 3, endS: 3.5, palign: 0 },
      ];
      harness.suno.set({ answer: async () => ({ code: 200, msg: 'success', data: { alignedWords: words } }) });
      context.after(() => harness.suno.set({ answer: async () => ({ code: 200, msg: 'success', data: {} }) }));
      const job = harness.jobs.get(await accepted(await openKie(context, harness)));
      assert.deepEqual(job?.input['lyrics'], [
        { startMs: 1_000, endMs: 2_250, text: 'Neon rain' },
        { startMs: 3_000, endMs: 3_500, text: 'falls' },
      ]);
      assert.deepEqual(harness.suno.asked.at(-1), {
        method: 'POST',
        path: 'generate/get-timestamped-lyrics',
        body: { taskId: UPSTREAM_ID, audioId: AUDIO_IDS[0] },
      });
    });

    test('an upstream that fails or hangs leaves the video without lyrics', async (context) => {
      const kie = await openKie(context, harness);
      context.after(() => harness.suno.set({ answer: async () => ({ code: 200, msg: 'success', data: {} }) }));
      harness.suno.set({ answer: async () => Promise.reject(new Error('no line')) });
      assert.deepEqual(harness.jobs.get(await accepted(kie))?.input['lyrics'], []);
      const hung = Promise.withResolvers<void>();
      harness.suno.set({
        answer: async () => {
          hung.resolve();
          return new Promise(() => {});
        },
      });
      const waiting = accepted(kie);
      await hung.promise;
      await harness.clock.advance(5_000);
      assert.deepEqual(harness.jobs.get(await waiting)?.input['lyrics'], []);
    });

    test('an unusable id is refused at once: unknown task or track, another key’s task, another kind, no sound yet', async (context) => {
      const kie = await openKie(context, harness);
      const { post } = kie;
      const taskId = await kie.finished();
      const pending = await kie.generate();
      const lyrics = await kie.submit('lyrics', { prompt: 'x', callBackUrl: HOOK });
      for (const body of [wanted('nope'), wanted(taskId, { audioId: 'nope' }), wanted(pending), wanted(lyrics)]) {
        assert.deepEqual(await post('mp4/generate', body), MISSING);
      }
      assert.deepEqual(await post('mp4/generate', wanted(taskId), { authorization: 'Bearer bob' }), MISSING);
      assert.equal((await post('mp4/generate', wanted(taskId), { authorization: 'Bearer root' })).code, 200);
      await harness.move(pending, { status: 'progress', output: musicOutput('first') });
      assert.equal((await post('mp4/generate', wanted(pending))).code, 200, 'the first track need not wait for the second');
      assert.deepEqual(await post('mp4/generate', wanted(pending, { audioId: AUDIO_IDS[1] })), MISSING);
    });

    test('fields are required, and short', async (context) => {
      const { post } = await openKie(context, harness);
      const cases: [JsonObject, string][] = [
        [{ audioId: 'a', callBackUrl: HOOK }, 'taskId is required'],
        [{ taskId: 'a', callBackUrl: HOOK }, 'audioId is required'],
        [{ taskId: 'a', audioId: 'a' }, 'Please enter callBackUrl.'],
        [wanted('a', { author: 'x'.repeat(51) }), 'author must not be longer than 50 characters'],
        [wanted('a', { domainName: 'x'.repeat(51) }), 'domainName must not be longer than 50 characters'],
        [wanted('a', { template: 'cinema' }), `template must be one of ${Object.keys(TEMPLATES).join(', ')}`],
      ];
      for (const [body, msg] of cases) assert.deepEqual(await post('mp4/generate', body), { code: 422, msg, data: null });
    });

    test('the content policy, where it is on, checks the texts that the video shows', async (context) => {
      const { policy } = harness.deps;
      harness.deps.policy = policyOf(['gore']);
      context.after(() => void (harness.deps.policy = policy));
      const { post } = await openKie(context, harness);
      assert.match((await post('mp4/generate', wanted('a', { author: 'gore' }))).msg, /content policy/);
    });

    test('the second video of a track is refused with 409, unless its template differs', async (context) => {
      const kie = await openKie(context, harness);
      const taskId = await kie.finished();
      const first = await kie.submit('mp4/generate', wanted(taskId, { author: '🎹'.repeat(50) }));
      assert.deepEqual(await kie.post('mp4/generate', wanted(taskId, { author: 'another' })), {
        code: 409,
        msg: `Record already exists: task ${first}`,
        data: null,
      });
      await harness.complete(first, VIDEO);
      assert.equal((await kie.post('mp4/generate', wanted(taskId))).code, 409);
      const halo = await kie.submit('mp4/generate', wanted(taskId, { template: 'Halo' }));
      assert.equal(harness.jobs.get(halo)?.input['template'], 'halo');
      await kie.submit('mp4/generate', wanted(taskId, { audioId: AUDIO_IDS[1] }));
      await harness.fail(halo, REASON);
      await kie.submit('mp4/generate', wanted(taskId, { template: 'halo' }));
    });

    test('the same Idempotency-Key gives the same task', async (context) => {
      const kie = await openKie(context, harness);
      const body = wanted(await kie.finished());
      const first = await kie.post('mp4/generate', body, { 'idempotency-key': 'video' });
      assert.deepEqual(await kie.post('mp4/generate', body, { 'idempotency-key': 'video' }), first);
    });
  });

  describe('callbacks', () => {
    test('success and failure, byte for byte in shape', async (context) => {
      const kie = await openKie(context, harness);
      const { dialect } = kie;
      const [done, failed] = [await accepted(kie), await accepted(kie)];
      const job = harness.jobs.get(done) ?? assert.fail();
      assert.equal(dialect.renderCallback(job), null, 'nothing before the end');
      assert.deepEqual(dialect.renderCallback(await harness.complete(done, VIDEO)), {
        body: `{"code":200,"msg":"success","data":{"task_id":"${done}","video_url":"${LINK}"}}`,
        kieTaskId: done,
      });
      assert.deepEqual(dialect.renderCallback(await harness.fail(failed, REASON)), {
        body: `{"code":500,"msg":"Internal Error - Please try again later","data":{"task_id":"${failed}","video_url":null}}`,
        kieTaskId: failed,
      });
    });

    test('every failure is 500 without a link', async (context) => {
      const kie = await openKie(context, harness);
      for (const code of ['timeout', 'cancelled', 'internal', 'media-unavailable', 'upstream-unreachable'] as const) {
        const body = kie.callback(await harness.fail(await accepted(kie), { ...REASON, code }));
        assert.deepEqual([body.code, body.data.video_url], [500, null], code);
      }
    });

    test('nothing is sent while it renders', async (context) => {
      const kie = await openKie(context, harness);
      const taskId = await accepted(kie);
      assert.equal(kie.callback(await harness.move(taskId, { status: 'progress', progressPercent: 50 })), null);
    });

    test('at sunoapi.org the texts and the failure code differ', async (context) => {
      const kie = await openKie(context, harness, { sunoVendor: 'sunoapi' });
      const [done, failed] = [await accepted(kie), await accepted(kie)];
      assert.equal(kie.callback(await harness.complete(done, VIDEO)).msg, 'MP4 generated successfully.');
      assert.equal(kie.callback(await harness.fail(failed, REASON)).code, 400);
    });
  });

  describe('GET /api/v1/mp4/record-info', () => {
    test('while it renders, when it is done and when it failed, in the documented shape', async (context) => {
      const kie = await openKie(context, harness);
      const record = async (taskId: string) => (await kie.get(`mp4/record-info?taskId=${taskId}`)).data;
      const taskId = await accepted(kie, { audioId: AUDIO_IDS[1] });
      const createTime = new Date(harness.clock.now()).toISOString().slice(0, 19).replace('T', ' ');
      const pending = {
        taskId,
        musicId: AUDIO_IDS[1],
        callbackUrl: HOOK,
        musicIndex: 1,
        audioId: AUDIO_IDS[1],
        response: null,
        successFlag: 'PENDING',
        createTime,
        completeTime: null,
        errorCode: null,
        errorMessage: null,
      };
      assert.deepEqual(await record(taskId), pending);
      await harness.move(taskId, { status: 'progress', progressPercent: 40 });
      assert.deepEqual(await record(taskId), pending);
      await harness.complete(taskId, VIDEO);
      assert.deepEqual(await record(taskId), {
        ...pending,
        response: { videoUrl: LINK },
        successFlag: 'SUCCESS',
        completeTime: createTime,
      });
      const failed = await accepted(kie);
      await harness.fail(failed, REASON);
      const { successFlag, errorCode, errorMessage, response } = await record(failed);
      assert.deepEqual(
        [successFlag, errorCode, errorMessage, response],
        ['GENERATE_MP4_FAILED', 500, 'Suno failed: Try another prompt.', null],
      );
    });

    test('an unknown task, another key’s task and a task of another kind are a success without data', async (context) => {
      const kie = await openKie(context, harness);
      const taskId = await accepted(kie);
      const nothing = { code: 200, msg: 'success', data: null };
      assert.deepEqual(await kie.get('mp4/record-info?taskId=unknown'), nothing);
      assert.deepEqual(await kie.get(`mp4/record-info?taskId=${taskId}`, 'bob'), nothing);
      assert.deepEqual(await kie.get(`generate/record-info?taskId=${taskId}`), nothing);
      assert.deepEqual(await kie.get(`mp4/record-info?taskId=${await kie.generate()}`), nothing);
      assert.equal((await kie.get('mp4/record-info')).msg, 'taskId is required');
    });

    test('at sunoapi.org times are epoch milliseconds', async (context) => {
      const kie = await openKie(context, harness, { sunoVendor: 'sunoapi' });
      const taskId = await accepted(kie);
      assert.equal((await kie.get(`mp4/record-info?taskId=${taskId}`)).data.createTime, harness.clock.now());
    });
  });
});
