import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { request } from 'undici';
import { isJsonObject, listAt, objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import { createTestSunoVendor, type TestSunoVendor } from '../testing/suno-vendor.ts';

const MUSIC = { prompt: 'sea', customMode: false, instrumental: true, model: 'V5', callBackUrl: 'http://127.0.0.1:1/' };
const CUSTOM = { ...MUSIC, customMode: true, instrumental: false, style: 'pop', title: 'Sea' };

describe('routes of the simulated vendor', () => {
  let vendor: TestSunoVendor;
  before(async () => {
    vendor = await createTestSunoVendor();
  });
  after(() => vendor.close());

  const finishedTrack = async (prompt = 'sea'): Promise<{ taskId: string; audioId: string }> => {
    const taskId = await vendor.generate({ prompt, callBackUrl: `${vendor.sink.url}/${encodeURIComponent(prompt)}` });
    for (let stages = 0; stages < 3; stages++) await vendor.callback(`/${encodeURIComponent(prompt)}`);
    const { body } = await vendor.call('GET', `/generate/record-info?taskId=${taskId}`);
    const [track] = listAt(objectAt(objectAt(body, 'data'), 'response'), 'sunoData').filter(isJsonObject);
    return { taskId, audioId: textAt(track ?? {}, 'id') };
  };
  const dataOf = async (path: string, taskId: string): Promise<JsonObject> =>
    objectAt((await vendor.call('GET', `${path}/record-info?taskId=${taskId}`)).body, 'data');
  const submit = async (path: string, fields: JsonObject, callbackPath: string): Promise<string> => {
    const { body } = await vendor.call('POST', `${path}/generate`, { ...fields, callBackUrl: `${vendor.sink.url}${callbackPath}` });
    assert.equal(body['code'], 200, JSON.stringify(body));
    return textAt(objectAt(body, 'data'), 'taskId');
  };

  test('requests without a key or with the wrong key are refused', async () => {
    for (const key of [null, 'wrong']) {
      const { status, body } = await vendor.call('POST', '/generate', MUSIC, key);
      assert.equal(status, 200);
      assert.deepEqual(body, { code: 401, msg: 'You do not have access permissions', data: null });
      assert.equal((await vendor.call('POST', '/generate', '{', key)).body['code'], 401);
    }
  });

  test('wrong requests for music get HTTP 200, code 422 and the fault', async () => {
    const refused: [JsonObject, RegExp][] = [
      [{ ...MUSIC, callBackUrl: '' }, /^Please enter callBackUrl\.$/],
      [{ ...MUSIC, callBackUrl: 'ftp://x.test/' }, /callBackUrl must be/],
      [{ ...MUSIC, callBackUrl: 7 }, /^Please enter callBackUrl\.$/],
      [{ ...MUSIC, prompt: ' ' }, /^Please enter prompt\.$/],
      [{ ...MUSIC, prompt: ['sea'] }, /prompt must be a string/],
      [{ ...MUSIC, prompt: 'x'.repeat(3_001) }, /prompt cannot exceed 3000/],
      [{ ...MUSIC, model: 'V9' }, /model must be one of V3_5, V4,/],
      [{ ...MUSIC, customMode: 'yes' }, /customMode/],
      [{ ...MUSIC, instrumental: null }, /instrumental/],
      [{ ...MUSIC, duration: 9 }, /duration must be between 10 and 360/],
      [{ ...MUSIC, duration: '60' }, /duration/],
      [{ ...CUSTOM, title: '' }, /^Please enter title\.$/],
      [{ ...CUSTOM, title: 'x'.repeat(81) }, /title cannot exceed 80/],
      [{ ...CUSTOM, style: '' }, /^Please enter style\.$/],
      [{ ...CUSTOM, style: 'x'.repeat(201), model: 'V4' }, /style cannot exceed 200/],
      [{ ...CUSTOM, prompt: '' }, /^Please enter prompt\.$/],
      [{ ...CUSTOM, prompt: 'x'.repeat(3_001), model: 'V4' }, /prompt cannot exceed 3000/],
      [{ ...CUSTOM, prompt: 'x'.repeat(5_001) }, /prompt cannot exceed 5000/],
      [{ ...CUSTOM, vocalGender: 'x' }, /vocalGender/],
      [{ ...CUSTOM, styleWeight: 1.5 }, /styleWeight/],
    ];
    for (const [fields, message] of refused) {
      const { status, body } = await vendor.call('POST', '/generate', fields);
      assert.equal(status, 200);
      assert.equal(body['code'], 422, JSON.stringify(fields).slice(0, 200));
      assert.match(textAt(body, 'msg'), message);
      assert.equal(body['data'], null);
    }
    for (const fields of [
      { ...CUSTOM, prompt: 'x'.repeat(5_000), style: 'y'.repeat(1_000) },
      { ...CUSTOM, instrumental: true, prompt: '' },
    ])
      assert.equal((await vendor.call('POST', '/generate', fields)).body['code'], 200);
  });

  test('a body that is not JSON, an unknown path, an unknown task', async () => {
    for (const broken of ['{', '[]', '"x"', 'null'])
      assert.equal((await vendor.call('POST', '/generate', broken)).body['code'], 400, broken);
    const lost = await vendor.call('GET', '/generate/nothing');
    assert.deepEqual([lost.status, lost.body['code']], [404, 404]);
    for (const path of ['/generate', '/lyrics', '/wav', '/suno/cover'])
      assert.deepEqual((await vendor.call('GET', `${path}/record-info?taskId=none`)).body, { code: 200, msg: 'success', data: null });
    assert.equal((await vendor.call('GET', '/generate/record-info')).body['code'], 422);
    const extend = await vendor.call('POST', '/generate/extend', {});
    assert.deepEqual([extend.status, extend.body['code']], [200, 505]);
  });

  test('scenario words refuse at once, in the codes of each vendor', async () => {
    const codesOf = async (at: TestSunoVendor): Promise<unknown[]> => {
      const codes = [];
      for (const word of ['429', 'credits', 'maintenance', '500'])
        codes.push((await at.call('POST', '/generate', { ...MUSIC, prompt: `x sim:${word}` })).body['code']);
      return codes;
    };
    assert.deepEqual(await codesOf(vendor), [429, 402, 455, 500]);
    const other = await createTestSunoVendor({ sunoVendor: 'sunoapi' });
    try {
      assert.deepEqual(await codesOf(other), [430, 429, 455, 500]);
    } finally {
      await other.close();
    }
    const once = { ...MUSIC, prompt: 'again sim:429-once' };
    assert.equal((await vendor.call('POST', '/generate', once)).body['code'], 429);
    assert.equal((await vendor.call('POST', '/generate', once)).body['code'], 200);
    const real = await vendor.call('POST', '/generate', { ...MUSIC, prompt: 'x sim:http-429' });
    assert.equal(real.status, 429);
    assert.equal(new Map(Object.entries(real.headers)).get('retry-after'), '2');
  });

  test('lyrics come in two variants', async () => {
    const ask = (prompt: string): Promise<{ body: JsonObject }> =>
      vendor.call('POST', '/lyrics', { prompt, callBackUrl: `${vendor.sink.url}/lyrics` });
    const taskId = textAt(objectAt((await ask('a lighthouse')).body, 'data'), 'taskId');
    const { code, data } = await vendor.callback('/lyrics');
    assert.equal(code, 200);
    assert.deepEqual([data['callbackType'], data['task_id']], ['complete', taskId]);
    const variants = listAt(data, 'data').filter(isJsonObject);
    assert.equal(variants.length, 2);
    assert.notEqual(variants[0]?.['text'], variants[1]?.['text']);
    assert.deepEqual(Object.keys(variants[0] ?? {}).toSorted(), ['error_message', 'status', 'text', 'title']);
    const record = await dataOf('/lyrics', taskId);
    assert.equal(record['status'], 'SUCCESS');
    assert.equal(listAt(objectAt(record, 'response'), 'data').length, 2);

    const failing = textAt(objectAt((await ask('x sim:moderated')).body, 'data'), 'taskId');
    assert.equal((await vendor.callback('/lyrics')).code, 400);
    assert.equal((await dataOf('/lyrics', failing))['status'], 'SENSITIVE_WORD_ERROR');
    assert.equal((await ask('x'.repeat(201))).body['code'], 422);
    assert.equal((await vendor.call('POST', '/lyrics', { prompt: 'x' })).body['msg'], 'Please enter callBackUrl.');
  });

  test('a track becomes a WAV once; unknown ids are refused', async () => {
    const track = await finishedTrack();
    const taskId = await submit('/wav', track, '/wav');
    const { data } = await vendor.callback('/wav');
    assert.equal(data['task_id'], taskId);
    const answer = await request(textAt(data, 'audioWavUrl'));
    assert.equal(answer.headers['content-type'], 'audio/wav');
    assert.match(await answer.body.text(), /^RIFF/);
    const record = await dataOf('/wav', taskId);
    assert.deepEqual([record['successFlag'], record['musicId'], record['musicIndex']], ['SUCCESS', track.audioId, 0]);
    assert.equal(objectAt(record, 'response')['audioWavUrl'], data['audioWavUrl']);
    const again = await vendor.call('POST', '/wav/generate', { ...track, callBackUrl: 'http://127.0.0.1:1/' });
    assert.equal(again.body['code'], 409);
    for (const fields of [{ ...track, audioId: 'none' }, { ...track, taskId: 'none' }, {}]) {
      const { body } = await vendor.call('POST', '/wav/generate', { ...fields, callBackUrl: 'http://127.0.0.1:1/' });
      assert.deepEqual(body, { code: 422, msg: 'Record does not exist', data: null });
    }
  });

  test('a song gets more covers, once', async () => {
    const { taskId: parent } = await finishedTrack();
    const taskId = await submit('/suno/cover', { taskId: parent }, '/cover');
    const { data } = await vendor.callback('/cover');
    const images = listAt(data, 'images').map(String);
    assert.equal(new Set(images).size, 2);
    for (const image of images) {
      const answer = await request(image);
      assert.equal(answer.headers['content-type'], 'image/png');
      await answer.body.dump();
    }
    const record = await dataOf('/suno/cover', taskId);
    assert.deepEqual([record['successFlag'], record['parentTaskId']], [1, parent]);
    assert.equal(
      (await vendor.call('POST', '/suno/cover/generate', { taskId: parent, callBackUrl: 'http://127.0.0.1:1/' })).body['code'],
      409,
    );
    assert.equal(
      (await vendor.call('POST', '/suno/cover/generate', { taskId: 'none', callBackUrl: 'http://127.0.0.1:1/' })).body['code'],
      422,
    );
  });

  test('words in the song make its WAV and covers fail', async () => {
    const track = await finishedTrack('x sim:wav-fail sim:cover-fail');
    const wav = await submit('/wav', track, '/wav-fail');
    const failed = await vendor.callback('/wav-fail');
    assert.deepEqual([failed.code, failed.data['audioWavUrl']], [500, null]);
    assert.equal((await dataOf('/wav', wav))['successFlag'], 'GENERATE_WAV_FAILED');
    // A failed task may be requested again.
    await submit('/wav', track, '/wav-fail');
    const cover = await submit('/suno/cover', track, '/cover-fail');
    assert.equal((await vendor.callback('/cover-fail')).code, 500);
    assert.equal((await dataOf('/suno/cover', cover))['successFlag'], 3);
  });

  test('credits go down, and a style is described', async () => {
    const read = async (path: string): Promise<number> => Number((await vendor.call('GET', path)).body['data']);
    const beforehand = await read('/chat/credit');
    await vendor.call('POST', '/generate', MUSIC);
    assert.equal(await read('/generate/credit'), beforehand - 12);
    const { body } = await vendor.call('POST', '/style/generate', { content: 'sad piano jazz' });
    const data = objectAt(body, 'data');
    assert.match(textAt(data, 'result'), /^sad piano jazz, /);
    assert.equal(data['successFlag'], '成功');
    assert.equal((await vendor.call('POST', '/style/generate', {})).body['code'], 422);
  });

  test('without a composer everything is in maintenance', async () => {
    const bare = await createTestSunoVendor({ composer: null });
    try {
      for (const [method, path] of [
        ['POST', '/generate'],
        ['GET', '/chat/credit'],
        ['GET', '/wav/record-info?taskId=x'],
      ] as const) {
        const { status, body } = await bare.call(method, path, method === 'POST' ? MUSIC : undefined);
        assert.deepEqual([status, body['code']], [200, 455]);
      }
    } finally {
      await bare.close();
    }
  });
});
