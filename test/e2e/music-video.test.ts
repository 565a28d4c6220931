import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { request } from 'undici';
import { isFinal } from 'atelier/core/job';
import { objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import { createTestServer, type TestServer } from '../test-server.ts';
import { readTask, makeSong, submitTask } from '../songs.ts';

/** A port that nothing listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

const idOf = (body: JsonObject) => objectAt(body, 'data')['task_id'];

describe('a music video, from a prompt to the MP4', () => {
  let server: TestServer;
  /** Two tracks of one song. */
  let track: { taskId: string; audioId: string };
  let otherTrack: { taskId: string; audioId: string };
  let items: JsonObject[];
  before(async () => {
    server = await createTestServer();
    const song = await makeSong(server);
    const { taskId } = song;
    ({ items } = song);
    track = { taskId, audioId: textAt(items[0] ?? {}, 'id') };
    otherTrack = { taskId, audioId: textAt(items[1] ?? {}, 'id') };
  });
  after(() => server.close());

  test('a music video from submit to callback, file and record', async () => {
    const path = '/suno-video-callback?ref=7';
    const callBackUrl = `${server.sink.url}${path}`;
    const taskId = await submitTask(server, 'mp4/generate', {
      ...track,
      callBackUrl,
      author: 'DJ "雨" %{x}',
      domainName: 'music.example',
    });
    assert.match(taskId, /^[0-9a-f]{32}$/);
    const { body, received } = await server.waitForCallback(path, (seen) => idOf(seen) === taskId);
    const videoUrl = textAt(objectAt(body, 'data'), 'video_url');
    assert.match(received.headers['content-type'] ?? '', /^application\/json\b/);
    assert.equal(received.body, `{"code":200,"msg":"success","data":{"task_id":"${taskId}","video_url":${JSON.stringify(videoUrl)}}}`);
    const [secret = ''] = server.atelier.signingSecrets;
    assert.doesNotThrow(() => new Webhook(secret).verify(received.body, received.headers));

    const video = await request(videoUrl);
    const bytes = Buffer.from(await video.body.arrayBuffer());
    assert.deepEqual([video.statusCode, video.headers['content-type']], [200, 'video/mp4']);
    assert.equal(bytes.subarray(4, 8).toString('latin1'), 'ftyp');
    const part = await request(videoUrl, { headers: { range: 'bytes=4-7' } });
    assert.deepEqual([part.statusCode, await part.body.text()], [206, 'ftyp']);

    const record = await readTask(server, `mp4/record-info?taskId=${taskId}`);
    assert.equal(record['successFlag'], 'SUCCESS');
    assert.deepEqual(record['response'], { videoUrl });
    assert.deepEqual([record['audioId'], record['callbackUrl']], [track.audioId, callBackUrl]);
    assert.equal((await server.waitForDelivery(taskId)).state, 'delivered');
    assert.equal(server.sink.received().filter((seen) => seen.path === path).length, 1);
  });

  test('an unknown id and a second video of a track are refused at once', async () => {
    const callBackUrl = `${server.sink.url}/never`;
    for (const wrong of [{ taskId: 'a'.repeat(32) }, { audioId: 'no track' }]) {
      const reply = await server.call('POST', '/api/v1/mp4/generate', { ...track, callBackUrl, ...wrong });
      assert.equal(reply.status, 200);
      assert.equal(reply.text, '{"code":422,"msg":"Record does not exist","data":null}');
    }
    const body = { ...otherTrack, callBackUrl: `${server.sink.url}/once` };
    const taskId = await submitTask(server, 'mp4/generate', body);
    assert.equal((await server.call('POST', '/api/v1/mp4/generate', body)).body['code'], 409);
    await server.waitForDelivery(taskId);
  });

  test('native: a video of any sound at a URL, and of a track by its job', async () => {
    const [{ audio_url: audio } = {}] = items;
    const requests: JsonObject[] = [
      { audio: audio ?? '', title: 'Line one\nline two %{eif} 😀 שלום', lyrics: [{ startMs: 0, endMs: 2_000, text: 'la' }] },
      { track: { jobId: track.taskId, index: 2 }, template: 'poster', domain: 'music.example' },
    ];
    for (const fields of requests) {
      const reply = await server.call('POST', '/jobs', { verb: 'music-video', ...fields });
      assert.equal(reply.status, 202, reply.text);
      const job = await server.waitForJob(textAt(reply.body, 'id'), ({ status }) => isFinal(status));
      assert.deepEqual([job.status, job.failure], ['completed', null]);
      assert.deepEqual(
        job.output.assets.map(({ role, contentType }) => [role, contentType]),
        [['video', 'video/mp4']],
      );
    }
  });

  test('polling alone ends the same', async () => {
    // The vendor requires a callback URL from pollers too; this port is closed.
    const callBackUrl = `http://127.0.0.1:${await closedPort()}/placeholder`;
    const taskId = await submitTask(server, 'mp4/generate', { ...track, callBackUrl, template: 'halo' });
    await server.waitForJob(taskId, ({ status }) => isFinal(status));
    const { successFlag, response } = await readTask(server, `mp4/record-info?taskId=${taskId}`);
    assert.equal(successFlag, 'SUCCESS');
    const video = await request(textAt(Object(response), 'videoUrl'), { method: 'HEAD' });
    await video.body.dump();
    assert.equal(video.statusCode, 200);
  });
});

test('a render that cannot be made calls back with 500 and no link', async () => {
  const server = await createTestServer({ VIDEO_LONGEST: '5s' });
  try {
    const { taskId: song, items } = await makeSong(server);
    const callBackUrl = `${server.sink.url}/failing`;
    const taskId = await submitTask(server, 'mp4/generate', { taskId: song, audioId: textAt(items[0] ?? {}, 'id'), callBackUrl });
    const { received } = await server.waitForCallback('/failing', (seen) => idOf(seen) === taskId);
    const failure = { code: 500, msg: 'Internal Error - Please try again later', data: { task_id: taskId, video_url: null } };
    assert.equal(received.body, JSON.stringify(failure));
    const record = await readTask(server, `mp4/record-info?taskId=${taskId}`);
    assert.deepEqual([record['successFlag'], record['errorCode'], record['response']], ['GENERATE_MP4_FAILED', 500, null]);
    assert.notEqual(textAt(record, 'errorMessage'), '');
  } finally {
    await server.close();
  }
});
