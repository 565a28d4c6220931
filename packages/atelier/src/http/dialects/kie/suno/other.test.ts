import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { JsonObject } from '@atelier/lib/json';
import { type Harness, createTestHarness } from '../../testing/harness.ts';
import { AUDIO_IDS, HOOK, openKie, otherOutput, REASON, UPSTREAM_ID, type Kie } from '../testing/music.ts';

const MISSING = { code: 422, msg: 'Record does not exist', data: null };
const [audioId] = AUDIO_IDS;
const file = (index: number): string => `https://atelier.test/assets/audio${index}/${index}.wav`;

describe('kie: Suno operations that make no tracks', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
    harness.suno.set({ isSimulated: false });
  });
  after(() => harness.close());

  const inputOf = (taskId: string): JsonObject => harness.jobs.get(taskId)?.input ?? assert.fail();
  const separated = async (kie: Kie): Promise<string> => {
    const taskId = await kie.submit('vocal-removal/generate', { taskId: await kie.finished(), audioId, callBackUrl: HOOK });
    await harness.complete(taskId, otherOutput({ vocalUrl: 'https://suno.test/v.mp3' }, [{ field: 'vocalUrl', index: 1 }]));
    return taskId;
  };

  test('lyrics: request, record and callback', async (context) => {
    const kie = await openKie(context, harness);
    const taskId = await kie.submit('lyrics', { prompt: 'A song about rain', callBackUrl: HOOK });
    assert.deepEqual(inputOf(taskId), { operation: 'lyrics', request: { prompt: 'A song about rain' } });
    assert.equal(harness.jobs.get(taskId)?.verb, 'lyrics');
    const record = async () => (await kie.get(`lyrics/record-info?taskId=${taskId}`)).data;
    const pending = {
      taskId,
      param: JSON.stringify({ prompt: 'A song about rain', callBackUrl: HOOK }),
      response: null,
      status: 'PENDING',
      type: 'LYRICS',
      errorCode: null,
      errorMessage: null,
    };
    assert.deepEqual(await record(), pending);
    const good = { text: '[Verse] Rain', title: 'Rain', status: 'complete' };
    const bad = { text: '', title: '', status: 'failed', errorMessage: 'No' };
    const job = await harness.complete(taskId, otherOutput({ taskId: UPSTREAM_ID, data: [good, bad] }));
    assert.deepEqual(await record(), {
      ...pending,
      response: { taskId, data: [{ ...good, errorMessage: '' }, bad] },
      status: 'SUCCESS',
    });
    const { errorMessage, ...failed } = bad;
    assert.deepEqual(kie.callback(job), {
      code: 200,
      msg: 'All generated successfully.',
      data: {
        callbackType: 'complete',
        task_id: taskId,
        data: [
          { ...good, error_message: '' },
          { ...failed, error_message: errorMessage },
        ],
      },
    });
    const other = await openKie(context, harness, { sunoVendor: 'sunoapi' });
    assert.deepEqual(other.callback(job).data, { callbackType: 'complete', taskId, data: [{ ...good, errorMessage: '' }, bad] });

    const refused = await kie.submit('lyrics', { prompt: 'x', callBackUrl: HOOK });
    const end = await harness.fail(refused, { ...REASON, code: 'prompt-moderated' });
    assert.equal((await kie.get(`lyrics/record-info?taskId=${refused}`)).data.status, 'SENSITIVE_WORD_ERROR');
    assert.deepEqual(kie.callback(end), {
      code: 400,
      msg: 'Lyrics generation failed: Suno failed: Try another prompt.',
      data: { callbackType: 'error', task_id: refused, data: null },
    });
    assert.match((await kie.post('lyrics', { prompt: 'x'.repeat(201), callBackUrl: HOOK })).msg, /200/);
  });

  test('wav: request, record and callback, once for each track', async (context) => {
    const kie = await openKie(context, harness);
    const music = await kie.finished();
    const body = { taskId: music, audioId: AUDIO_IDS[1], callBackUrl: HOOK };
    const taskId = await kie.submit('wav/generate', body);
    assert.deepEqual(inputOf(taskId), { operation: 'wav', request: { taskId: UPSTREAM_ID, audioId: AUDIO_IDS[1] } });
    assert.equal(harness.jobs.get(taskId)?.parentId, music);
    assert.equal((await kie.post('wav/generate', body)).code, 409);
    const record = async () => (await kie.get(`wav/record-info?taskId=${taskId}`)).data;
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
    assert.deepEqual(await record(), pending);
    const job = await harness.complete(
      taskId,
      otherOutput({ audioWavUrl: 'https://suno.test/a.wav' }, [{ field: 'audioWavUrl', index: 1 }]),
    );
    assert.deepEqual(await record(), { ...pending, response: { audioWavUrl: file(1) }, successFlag: 'SUCCESS', completeTime: createTime });
    assert.deepEqual(kie.callback(job), { code: 200, msg: 'success', data: { audioWavUrl: file(1), task_id: taskId } });

    const failing = await kie.submit('wav/generate', { ...body, audioId });
    const end = await harness.fail(failing, REASON);
    assert.equal((await kie.get(`wav/record-info?taskId=${failing}`)).data.successFlag, 'GENERATE_WAV_FAILED');
    const { code, data } = kie.callback(end);
    assert.deepEqual([code, data], [500, { audioWavUrl: null, task_id: failing }]);
    await kie.submit('wav/generate', { ...body, audioId });
    assert.deepEqual(await kie.post('wav/generate', { ...body, audioId: 'nope' }), MISSING);
    assert.deepEqual(await kie.post('wav/generate', body, { authorization: 'Bearer bob' }), MISSING);
  });

  test('vocal-removal: a track or any sound; every stem by name, this server’s links in place of the upstream’s', async (context) => {
    const kie = await openKie(context, harness);
    const music = await kie.finished();
    const generate = 'vocal-removal/generate';
    const any = await kie.submit(generate, { audioUrl: 'https://example.com/a.mp3', type: 'split_stem', callBackUrl: HOOK });
    assert.deepEqual(inputOf(any)['request'], { audioUrl: 'https://example.com/a.mp3', type: 'split_stem' });
    const taskId = await kie.submit(generate, { taskId: music, audioId, callBackUrl: HOOK });
    assert.deepEqual(inputOf(taskId)['request'], { taskId: UPSTREAM_ID, audioId, type: 'separate_vocal' });
    const response = { vocalUrl: 'https://suno.test/v.mp3', originUrl: 'https://suno.test/o.mp3', originData: [{ id: 'x' }] };
    const job = await harness.complete(taskId, otherOutput(response, [{ field: 'vocalUrl', index: 2 }]));
    const record = (await kie.get(`vocal-removal/record-info?taskId=${taskId}`)).data;
    assert.equal(record.response.vocalUrl, file(2));
    assert.equal(record.response.instrumentalUrl, null);
    assert.equal(record.response.originUrl, 'https://suno.test/o.mp3', 'what was not copied stays as it came');
    assert.deepEqual(record.response.originData, [{ id: 'x' }]);
    assert.deepEqual([record.successFlag, record.createTime], ['SUCCESS', harness.clock.now()]);
    const { code, msg, data } = kie.callback(job);
    assert.deepEqual([code, msg], [200, 'vocal Removal generated successfully.']);
    assert.deepEqual(Object.keys(data), ['task_id', 'vocal_removal_info', 'vocal_separation_info']);
    assert.equal(data.vocal_removal_info.vocal_url, file(2));
    assert.equal(data.vocal_removal_info.backing_vocals_url, null);
    assert.deepEqual(data.vocal_separation_info, data.vocal_removal_info);
    assert.equal(kie.callback(await harness.fail(any, REASON)).data.vocal_removal_info, null);
    for (const [body, msg] of [
      [{ taskId: music, callBackUrl: HOOK }, 'taskId and audioId, or audioUrl, are required'],
      [{ audioUrl: 'http://localhost/', callBackUrl: HOOK }, 'This URL may not be used'],
      [{ audioUrl: 'https://example.com', type: 'split_stem_advanced', callBackUrl: HOOK }, 'stemName is required'],
      [
        { audioUrl: 'https://example.com', type: 'split', callBackUrl: HOOK },
        'type must be one of separate_vocal, split_stem, split_stem_advanced',
      ],
      [{ taskId: music, audioId: 'nope', callBackUrl: HOOK }, 'Record does not exist'],
    ] as const) {
      assert.deepEqual(await kie.post(generate, body), { code: 422, msg, data: null });
    }
  });

  test('midi: for a separation; the notes are within midiData and beside it', async (context) => {
    const kie = await openKie(context, harness);
    const source = await separated(kie);
    const taskId = await kie.submit('midi/generate', { taskId: source, callBackUrl: HOOK });
    assert.deepEqual(inputOf(taskId), { operation: 'midi', request: { taskId: UPSTREAM_ID } });
    const midiData = { state: 'complete', instruments: [{ name: 'Drums', notes: [{ pitch: 36, start: 0, end: 0.1, velocity: 1 }] }] };
    for (const response of [midiData, { midiData }]) {
      const id = await kie.submit('midi/generate', { taskId: source, callBackUrl: HOOK });
      const job = await harness.complete(id, otherOutput(response));
      const { data } = await kie.get(`midi/record-info?taskId=${id}`);
      assert.deepEqual([data.successFlag, data.midiData, data.recordTaskId], [1, midiData, source]);
      assert.deepEqual(kie.callback(job), { code: 200, msg: 'success', data: { task_id: id, midiData, ...midiData } });
    }
    const failed = await harness.fail(taskId, REASON);
    assert.equal((await kie.get(`midi/record-info?taskId=${taskId}`)).data.successFlag, 3);
    assert.deepEqual(kie.callback(failed).data, { task_id: taskId, midiData: null });
    assert.deepEqual(await kie.post('midi/generate', { taskId: await kie.finished(), callBackUrl: HOOK }), MISSING);
  });

  test('covers: for a music task, with this server’s links', async (context) => {
    const kie = await openKie(context, harness);
    const music = await kie.finished();
    const taskId = await kie.submit('suno/cover/generate', { taskId: music, callBackUrl: HOOK });
    assert.deepEqual(inputOf(taskId), { operation: 'cover', request: { taskId: UPSTREAM_ID } });
    const response = { images: ['https://suno.test/1.png', 'https://suno.test/2.png'] };
    const files = [1, 2].map((index) => ({ field: `images.${index - 1}`, index }));
    const job = await harness.complete(taskId, otherOutput(response, files));
    const { data } = await kie.get(`suno/cover/record-info?taskId=${taskId}`);
    assert.deepEqual([data.successFlag, data.parentTaskId, data.response], [1, music, { images: [file(1), file(2)] }]);
    assert.deepEqual(kie.callback(job).data, { taskId, task_id: taskId, images: [file(1), file(2)] });
    const failing = await kie.submit('suno/cover/generate', { taskId: music, callBackUrl: HOOK });
    assert.equal(kie.callback(await harness.fail(failing, { ...REASON, code: 'credits-exhausted' })).code, 500);
    assert.equal((await kie.get(`suno/cover/record-info?taskId=${failing}`)).data.successFlag, 2);
    assert.deepEqual(await kie.post('suno/cover/generate', { taskId: await kie.generate(), callBackUrl: HOOK }), MISSING);
  });

  test('with the simulator: lyrics, WAV and covers are made, stems and notes need the vendor', async (context) => {
    harness.suno.set({ isSimulated: true });
    context.after(() => harness.suno.set({ isSimulated: false }));
    const kie = await openKie(context, harness);
    const music = await kie.finished();
    await kie.submit('lyrics', { prompt: 'x', callBackUrl: HOOK });
    await kie.submit('wav/generate', { taskId: music, audioId, callBackUrl: HOOK });
    await kie.submit('suno/cover/generate', { taskId: music, callBackUrl: HOOK });
    for (const path of ['vocal-removal/generate', 'midi/generate']) {
      const { code, msg } = await kie.post(path, { taskId: music, audioId, callBackUrl: HOOK });
      assert.equal(code, 505);
      assert.match(msg, /SUNO_UPSTREAM .* SUNO_API_KEY/);
    }
  });

  test('all but a few pages require callBackUrl', async (context) => {
    const { post } = await openKie(context, harness);
    for (const path of ['lyrics', 'wav/generate', 'vocal-removal/generate', 'midi/generate', 'suno/cover/generate']) {
      assert.equal((await post(path, { prompt: 'x', taskId: 'x', audioId: 'x' })).msg, 'Please enter callBackUrl.', path);
    }
  });
});
