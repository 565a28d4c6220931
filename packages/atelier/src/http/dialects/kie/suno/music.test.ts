import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FailureCode } from '../../../../core/errors.ts';
import { type Harness, createTestHarness } from '../../testing/harness.ts';
import { AUDIO_IDS, CUSTOM, HOOK, musicOutput, openKie, REASON, SIMPLE } from '../testing/music.ts';

const item = (index: 1 | 2) => ({
  id: AUDIO_IDS[index - 1],
  audioUrl: `https://atelier.test/assets/audio${index}/${index}.mp3`,
  streamAudioUrl: `https://atelier.test/assets/audio${index}/${index}.mp3`,
  imageUrl: `https://atelier.test/assets/cover${index}/${index}.jpeg`,
  prompt: '[Verse] Neon in the rain',
  modelName: 'chirp-v3-5',
  title: 'Iron Man',
  tags: 'electrifying, rock',
  createTime: '2025-01-01 00:00:00',
  duration: 198.44,
});
const waiting = (index: 1 | 2) => ({ ...item(index), audioUrl: '', streamAudioUrl: '', imageUrl: '' });

const called = (index: 1 | 2) => {
  const { audioUrl, streamAudioUrl, imageUrl, modelName, ...rest } = item(index);
  return { ...rest, audio_url: audioUrl, stream_audio_url: streamAudioUrl, image_url: imageUrl, model_name: modelName };
};

describe('kie, music', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
  });
  after(() => harness.close());

  describe('GET /api/v1/generate/record-info', () => {
    test('at every stage, in the documented shape', async (context) => {
      const { generate, get } = await openKie(context, harness);
      const taskId = await generate();
      const running = {
        taskId,
        parentMusicId: '',
        param: JSON.stringify(SIMPLE),
        response: { taskId, sunoData: [] as object[] },
        status: 'PENDING',
        type: 'chirp-v4-5',
        operationType: 'generate',
        errorCode: null,
        errorMessage: null,
      };
      const record = () => get(`generate/record-info?taskId=${taskId}`);
      assert.deepEqual(await record(), { code: 200, msg: 'success', data: running });
      assert.deepEqual(Object.keys((await record()).data), Object.keys(running), 'in the order of the manual');
      await harness.move(taskId, { status: 'progress', output: musicOutput('pending') });
      assert.deepEqual((await record()).data, running);
      const stages = [
        ['text', 'TEXT_SUCCESS', [waiting(1), waiting(2)]],
        ['first', 'FIRST_SUCCESS', [item(1), waiting(2)]],
      ] as const;
      for (const [stage, status, sunoData] of stages) {
        await harness.move(taskId, { status: 'progress', output: musicOutput(stage) });
        assert.deepEqual((await record()).data, { ...running, status, type: 'chirp-v3-5', response: { taskId, sunoData } });
      }
      await harness.complete(taskId, musicOutput('complete'));
      const done = { ...running, status: 'SUCCESS', type: 'chirp-v3-5', response: { taskId, sunoData: [item(1), item(2)] } };
      assert.deepEqual((await record()).data, done);
    });

    test('an unknown task, another key’s task and a task of another kind are a success without data', async (context) => {
      const { generate, submit, get } = await openKie(context, harness);
      const nothing = { code: 200, msg: 'success', data: null };
      const taskId = await generate();
      const lyrics = await submit('lyrics', { prompt: 'x', callBackUrl: HOOK });
      assert.deepEqual(await get('generate/record-info?taskId=unknown'), nothing);
      assert.deepEqual(await get(`generate/record-info?taskId=${taskId}`, 'bob'), nothing);
      assert.deepEqual(await get(`generate/record-info?taskId=${lyrics}`), nothing);
      assert.deepEqual(await get(`mj/record-info?taskId=${taskId}`), nothing);
      assert.deepEqual(await get(`lyrics/record-info?taskId=${taskId}`), nothing);
      assert.equal((await get(`generate/record-info?taskId=${taskId}`, 'root')).data.taskId, taskId);
      assert.equal((await get('generate/record-info')).msg, 'taskId is required');
    });

    test('param is JSON for any request', async (context) => {
      const { generate, get } = await openKie(context, harness);
      const sent = { ...CUSTOM, title: '«雨» "quoted" \\ \u2028 🎹', extra: { a: [null, 1.5] } };
      const { param } = (await get(`generate/record-info?taskId=${await generate(sent)}`)).data;
      assert.deepEqual(JSON.parse(param), sent);
    });

    test('failures by their kind, with code and reason', async (context) => {
      const { generate, get } = await openKie(context, harness);
      const cases: [FailureCode, string, number][] = [
        ['prompt-moderated', 'SENSITIVE_WORD_ERROR', 400],
        ['prompt-invalid', 'CREATE_TASK_FAILED', 400],
        ['credits-exhausted', 'CREATE_TASK_FAILED', 501],
        ['upstream-failed', 'GENERATE_AUDIO_FAILED', 501],
        ['timeout', 'GENERATE_AUDIO_FAILED', 408],
        ['media-unavailable', 'GENERATE_AUDIO_FAILED', 500],
        ['internal', 'GENERATE_AUDIO_FAILED', 500],
        ['cancelled', 'CREATE_TASK_FAILED', 501],
      ];
      for (const [code, status, errorCode] of cases) {
        const taskId = await generate();
        await harness.fail(taskId, { ...REASON, code });
        const { data } = await get(`generate/record-info?taskId=${taskId}`);
        assert.deepEqual([data.status, data.errorCode, data.errorMessage], [status, errorCode, 'Suno failed: Try another prompt.'], code);
      }
    });

    test('a task of another dialect is shown as the kie request for the same result', async (context) => {
      const { get } = await openKie(context, harness);
      const input = { operation: 'generate', request: { prompt: 'a fox', model: 'V5' } };
      const { ids, submit } = harness.deps;
      const submission = { dialect: 'native', engine: 'suno', verb: 'music', keyId: 'key_ann', usesSlot: false } as const;
      const { id } = await submit({ id: `job_${ids.uuid()}`, ...submission, input, echo: { paramJson: 'not this' } });
      assert.equal((await get(`generate/record-info?taskId=${id}`)).data.param, JSON.stringify(input.request));
    });
  });

  describe('callbacks', () => {
    test('of the stages text, first and complete, as the manual shows them', async (context) => {
      const { generate, callback } = await openKie(context, harness);
      const taskId = await generate();
      assert.equal(callback(harness.jobs.get(taskId)), null, 'nothing when it is accepted');
      const at = async (stage: 'pending' | 'text' | 'first') =>
        callback(await harness.move(taskId, { status: 'progress', output: musicOutput(stage) }));
      assert.equal(await at('pending'), null);
      assert.deepEqual(await at('text'), {
        code: 200,
        msg: 'Text generated successfully.',
        data: { callbackType: 'text', task_id: taskId, data: [] },
      });
      assert.deepEqual(await at('first'), {
        code: 200,
        msg: 'First track generated successfully.',
        data: { callbackType: 'first', task_id: taskId, data: [called(1)] },
      });
      assert.equal(
        callback(await harness.move(taskId, { status: 'progress', output: musicOutput('complete') })),
        null,
        'the end alone is complete',
      );
      assert.deepEqual(callback(await harness.complete(taskId, musicOutput('complete'))), {
        code: 200,
        msg: 'All generated successfully.',
        data: { callbackType: 'complete', task_id: taskId, data: [called(1), called(2)] },
      });
    });

    test('of a failure: data is null, and an empty list for an extension', async (context) => {
      harness.suno.set({ isSimulated: false });
      context.after(() => harness.suno.set({ isSimulated: true }));
      const { generate, submit, callback } = await openKie(context, harness);
      const extend = { defaultParamFlag: false, audioId: 'a', model: 'V5', callBackUrl: HOOK };
      for (const [taskId, data] of [
        [await generate(), null],
        [await submit('generate/extend', extend), []],
      ] as const) {
        assert.deepEqual(callback(await harness.fail(taskId, REASON)), {
          code: 501,
          msg: 'Audio generation failed: Suno failed: Try another prompt.',
          data: { callbackType: 'error', task_id: taskId, data },
        });
      }
    });

    test('of a failure after the first track: one error, and no track', async (context) => {
      const { generate, callback } = await openKie(context, harness);
      const taskId = await generate();
      await harness.move(taskId, { status: 'progress', output: musicOutput('first') });
      const body = callback(await harness.fail(taskId, { ...REASON, code: 'timeout' }));
      assert.deepEqual([body.code, body.data], [408, { callbackType: 'error', task_id: taskId, data: null }]);
    });

    test('of a failure with an upstream code: that code, where the vendor’s callbacks have it, and the upstream’s words', async (context) => {
      const kie = await openKie(context, harness);
      const sunoapi = await openKie(context, harness, { sunoVendor: 'sunoapi' });
      const job = await harness.fail(await kie.generate(), {
        code: 'prompt-moderated',
        title: 'Suno refused the content',
        details: '413 Uploaded audio matches existing work of art',
      });
      const { code, msg } = kie.callback(job);
      assert.deepEqual(
        [code, msg],
        [413, 'Audio generation failed: Suno refused the content: Uploaded audio matches existing work of art'],
      );
      assert.equal(sunoapi.callback(job).code, 400);
      const { data } = await kie.get(`generate/record-info?taskId=${job.id}`);
      assert.deepEqual([data.errorCode, data.status], [413, 'SENSITIVE_WORD_ERROR']);
      const ours = await harness.fail(await kie.generate(), { code: 'account-unauthorized', title: 'No', details: '401 You may not' });
      assert.equal(kie.callback(ours).code, 501);
    });

    test('at sunoapi.org tracks have source links too, and failures its own codes', async (context) => {
      const { generate, callback } = await openKie(context, harness, { sunoVendor: 'sunoapi' });
      const [done, failed] = [await generate(), await generate()];
      const [first] = callback(await harness.complete(done, musicOutput('complete'))).data.data;
      const { audio_url, image_url } = called(1);
      assert.deepEqual(first, {
        ...called(1),
        source_audio_url: audio_url,
        source_stream_audio_url: audio_url,
        source_image_url: image_url,
      });
      assert.equal(callback(await harness.fail(failed, { ...REASON, code: 'media-unavailable' })).code, 451);
    });
  });
});
