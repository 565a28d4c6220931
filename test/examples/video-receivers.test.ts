import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { request } from 'undici';
import { createFileBlobs } from 'atelier/asset/blobs/file-blobs';
import { isJsonObject, listAt, objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import { createTestServer, type TestServer } from '../test-server.ts';
import { createProgramRunner, type RunningProgram, type ProgramRunner } from './program-runner.ts';

interface Track extends JsonObject {
  taskId: string;
  audioId: string;
}

/** The receivers that kie.ai printed for its music video callbacks. Each gets one completed and one failed video. */
describe('kie.ai’s printed receivers of music video callbacks', () => {
  let runner: ProgramRunner;
  let server: TestServer;
  let dataFolder: string;
  /** Tracks without a video. */
  let tracks: Track[];
  /** A track without its sound file: its videos fail. */
  let lost: Track;

  before(async () => {
    runner = await createProgramRunner();
    dataFolder = await mkdtemp(join(tmpdir(), 'atelier-receivers-'));
    server = await createTestServer({ ATELIER_DATA: dataFolder });
    const [first, ...others] = (await Promise.all([compose(), compose()])).flat();
    lost = first ?? assert.fail('no track');
    tracks = others;
    await loseSound(lost);
  });
  after(async () => {
    await server.close();
    await runner.close();
    await rm(dataFolder, { recursive: true, force: true });
  });

  async function post(path: string, body: JsonObject): Promise<string> {
    const answer = await server.call('POST', path, body);
    assert.equal(answer.body['code'], 200, answer.text);
    return textAt(objectAt(answer.body, 'data'), 'taskId');
  }

  /** The two takes of a short song. */
  async function compose(): Promise<Track[]> {
    const wanted = { customMode: true, instrumental: true, model: 'V5_5', style: 'lofi', title: 'Harbour', prompt: '', duration: 10 };
    const taskId = await post('/api/v1/generate', { ...wanted, callBackUrl: `${server.sink.url}/music` });
    const { body } = await server.waitForCallback('/music', (seen) => {
      const data = objectAt(seen, 'data');
      return data['task_id'] === taskId && data['callbackType'] === 'complete';
    });
    const made = listAt(objectAt(body, 'data'), 'data').filter(isJsonObject);
    return made.map((track) => ({ taskId, audioId: textAt(track, 'id') }));
  }

  async function loseSound({ taskId }: Track): Promise<void> {
    const job = await server.atelier.store.getJob(taskId);
    const sound = job?.output.assets.find(({ role, index }) => role === 'audio' && index === 1);
    await createFileBlobs(join(dataFolder, 'assets')).remove(sound?.assetId ?? assert.fail('no sound'));
  }

  /** Sends both callbacks to the receiver. Returns the ids of their tasks and the link of the video. */
  async function takesBothBodies(receiver: RunningProgram): Promise<{ made: string; failed: string; url: string }> {
    const callBackUrl = `${receiver.url}/suno-video-callback`;
    const made = await post('/api/v1/mp4/generate', { ...(tracks.pop() ?? assert.fail('no track is left')), callBackUrl });
    const failed = await post('/api/v1/mp4/generate', { ...lost, callBackUrl });
    for (const taskId of [made, failed]) {
      const { state, attemptCount } = await server.waitForDelivery(taskId);
      assert.deepEqual([state, attemptCount], ['delivered', 1]);
    }
    await receiver.waitForOutput(/Music video generation completed/);
    const [, url = ''] = await receiver.waitForOutput(/Video URL: (\S+)/);
    await receiver.waitForOutput(/Note: Video link is valid for 14 days/);
    await receiver.waitForOutput(/Music video generation failed: Internal Error - Please try again later/);
    return { made, failed, url };
  }

  test('Node.js with Express prints the link', async () => {
    const receiver = await runner.startReceiver('001-video-receiver.js');
    const { made, url } = await takesBothBodies(receiver);
    await receiver.waitForOutput(new RegExp(`taskId: '${made}',\\s+status: 200,\\s+message: 'success'`));
    const answer = await request(url);
    assert.deepEqual([answer.statusCode, answer.headers['content-type']], [200, 'video/mp4']);
    await answer.body.dump();
  });

  for (const [language, program] of [
    ['Python with Flask', '001-video-receiver.py'],
    ['PHP', '001-video-receiver.php'],
  ] as const) {
    test(`${language} saves the video and prints when its link ends`, async () => {
      const receiver = await runner.startReceiver(program);
      const { made, failed, url } = await takesBothBodies(receiver);
      await receiver.waitForOutput(new RegExp(`callback: ${made}, status: 200, message: success`));
      await receiver.waitForOutput(new RegExp(`callback: ${failed}, status: 500, message: Internal Error`));
      await receiver.waitForOutput(/Video link will expire on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
      const { body } = await request(url);
      const film = new Uint8Array(await body.arrayBuffer());
      assert.equal(Buffer.from(film.subarray(4, 8)).toString('latin1'), 'ftyp');
      assert.deepEqual(new Uint8Array(await readFile(join(runner.folder, `music_video_${made}.mp4`))), film);
    });
  }
});
