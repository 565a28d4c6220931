import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { request } from 'undici';
import { isJsonObject, listAt, objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import { createTestServer, type TestServer } from '../test-server.ts';
import { readTask, makeSong, SHORT_SONG, submitTask } from '../songs.ts';

describe('music, from a prompt to the files', () => {
  let server: TestServer;
  let song: { taskId: string; items: JsonObject[] };
  before(async () => {
    server = await createTestServer();
    song = await makeSong(server);
  });
  after(() => server.close());

  const audioIdOf = (place: number): string => textAt(song.items[place] ?? {}, 'id');
  const fetched = async (url: string): Promise<{ type: string; bytes: Buffer }> => {
    const reply = await request(url);
    assert.equal(reply.statusCode, 200, url);
    return { type: String(reply.headers['content-type']), bytes: Buffer.from(await reply.body.arrayBuffer()) };
  };

  test('callbacks come in stages, each once, and end with complete', () => {
    const stages = server.sink
      .received()
      .filter(({ path }) => path === '/music')
      .map(({ body }) => objectAt(JSON.parse(body), 'data'))
      .filter((data) => data['task_id'] === song.taskId)
      .map((data) => data['callbackType']);
    const expected = ['text', 'first', 'complete'].filter((stage) => stages.includes(stage));
    assert.deepEqual(stages, expected);
    assert.equal(stages.at(-1), 'complete');
  });

  test('two tracks, each with a sound and a cover on this server; polling gives the same', async () => {
    assert.equal(song.items.length, 2);
    const record = await readTask(server, `generate/record-info?taskId=${song.taskId}`);
    assert.equal(record['status'], 'SUCCESS');
    assert.deepEqual(JSON.parse(textAt(record, 'param')), { ...SHORT_SONG, callBackUrl: `${server.sink.url}/music` });
    const polled = listAt(objectAt(record, 'response'), 'sunoData').filter(isJsonObject);
    for (const [place, item] of song.items.entries()) {
      assert.equal(item['title'], SHORT_SONG.title);
      assert.equal(textAt(polled[place] ?? {}, 'audioUrl'), item['audio_url']);
      const [audioUrl, imageUrl] = [textAt(item, 'audio_url'), textAt(item, 'image_url')];
      assert.ok(audioUrl.startsWith(`${server.atelier.url}/assets/`), audioUrl);
      const [sound, cover] = [await fetched(audioUrl), await fetched(imageUrl)];
      assert.equal(sound.type, 'audio/mpeg');
      assert.match(cover.type, /^image\//);
      assert.ok(sound.bytes.length > 50_000);
    }
    assert.notDeepEqual(
      (await fetched(textAt(song.items[0] ?? {}, 'audio_url'))).bytes,
      (await fetched(textAt(song.items[1] ?? {}, 'audio_url'))).bytes,
      'two takes',
    );
  });

  test('WAV, lyrics and covers', async () => {
    const callBackUrl = `${server.sink.url}/other`;
    const ended = async (path: string, body: JsonObject): Promise<JsonObject> => {
      const taskId = await submitTask(server, path, { ...body, callBackUrl });
      const { body: called } = await server.waitForCallback('/other', (seen) => objectAt(seen, 'data')['task_id'] === taskId);
      assert.equal(called['code'], 200, JSON.stringify(called));
      return objectAt(called, 'data');
    };
    const wav = await ended('wav/generate', { taskId: song.taskId, audioId: audioIdOf(0) });
    const { type, bytes } = await fetched(textAt(wav, 'audioWavUrl'));
    assert.match(type, /^audio\/(x-)?wav$/);
    assert.equal(bytes.subarray(0, 4).toString('latin1'), 'RIFF');
    const again = await server.call('POST', '/api/v1/wav/generate', { taskId: song.taskId, audioId: audioIdOf(0), callBackUrl });
    assert.equal(again.body['code'], 409);

    const lyrics = await ended('lyrics', { prompt: 'A song about rain' });
    const [first] = listAt(lyrics, 'data').filter(isJsonObject);
    assert.notEqual(textAt(first ?? {}, 'text'), '');

    const { images } = await ended('suno/cover/generate', { taskId: song.taskId });
    assert.ok(Array.isArray(images) && images.length > 0);
    for (const image of images) assert.match((await fetched(typeof image === 'string' ? image : '')).type, /^image\//);
  });

  test('timestamped lyrics of simulated songs, at once', async () => {
    const reply = await server.call('POST', '/api/v1/generate/get-timestamped-lyrics', { taskId: song.taskId, audioId: audioIdOf(1) });
    assert.equal(reply.body['code'], 200, reply.text);
    const words = listAt(objectAt(reply.body, 'data'), 'alignedWords').filter(isJsonObject);
    assert.match(words.map((word) => textAt(word, 'word')).join(' '), /Neon/);
    const starts = words.map((word) => Number(word['startS']));
    assert.deepEqual(
      starts,
      starts.toSorted((one, other) => one - other),
    );
  });

  test('an operation that needs the real vendor is refused with the settings to configure', async () => {
    const body = { ...SHORT_SONG, uploadUrl: 'https://example.com/a.mp3', callBackUrl: `${server.sink.url}/never` };
    const reply = await server.call('POST', '/api/v1/generate/upload-cover', body);
    assert.equal(reply.status, 200);
    assert.equal(reply.body['code'], 505);
    assert.match(textAt(reply.body, 'msg'), /SUNO_UPSTREAM .* SUNO_API_KEY/);
  });

  test('a prompt that Suno refuses calls back as an error', async () => {
    const callBackUrl = `${server.sink.url}/refused`;
    const taskId = await submitTask(server, 'generate', { ...SHORT_SONG, title: 'sim:moderated', prompt: 'sim:moderated', callBackUrl });
    const { body } = await server.waitForCallback('/refused', (seen) => objectAt(seen, 'data')['callbackType'] === 'error');
    assert.equal(body['code'], 400);
    assert.deepEqual(body['data'], { callbackType: 'error', task_id: taskId, data: null });
    assert.equal((await readTask(server, `generate/record-info?taskId=${taskId}`))['status'], 'SENSITIVE_WORD_ERROR');
  });
});
