import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { request } from 'undici';
import { isFinal, type Job } from 'atelier/core/job';
import { isJsonObject, listAt, objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import { composeSamples, toWav } from '@atelier/renderer/testing';
import { startReceiver, type Receiver } from 'atelier/net/testing/receiver';
import { waitFor, createTestServer, type TestServer } from '../test-server.ts';

/** Music videos of sound at a URL: the native API, a queue with one worker, the renderer, and the file behind its link. */
describe('music videos of a URL, end to end', () => {
  const sounds = new Map([
    ['/short.wav', toWav(composeSamples(2))],
    ['/list.mp3', Buffer.from("ffconcat version 1.0\nfile '/etc/hostname'\n")],
  ]);
  let server: TestServer;
  let dataFolder: string;
  let source: Receiver;

  before(async () => {
    dataFolder = await mkdtemp(join(tmpdir(), 'atelier-video-e2e-'));
    server = await createTestServer({ ATELIER_DATA: dataFolder, VIDEO_WORKERS: '1', VIDEO_LONGEST: '5m' });
    source = await startReceiver({
      onRequest(socket, { line }) {
        const body = sounds.get(line.split(' ')[1] ?? '');
        if (body) socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
        // An unknown path never ends its answer.
        if (body) socket.end(body);
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nID3');
      },
    });
  });
  after(async () => {
    await server.close();
    await source[Symbol.asyncDispose]();
    await rm(dataFolder, { recursive: true, force: true });
  });

  async function submit(path: string, fields: JsonObject = {}): Promise<string> {
    const body = { verb: 'music-video', audio: `${source.origin}${path}`, ...fields };
    const answer = await server.call('POST', '/jobs', body);
    assert.equal(answer.status, 202, answer.text);
    return textAt(answer.body, 'id');
  }
  const ended = (jobId: string): Promise<Job> => server.waitForJob(jobId, ({ status }) => isFinal(status));

  test('a video is rendered, kept, called back, and served in ranges', async () => {
    const jobId = await submit('/short.wav', {
      title: 'Rain 🌧',
      author: 'Ada',
      template: 'halo',
      callbackUrl: `${server.sink.url}/video`,
    });
    const { body } = await server.waitForCallback('/video', (seen) => objectAt(seen, 'data')['id'] === jobId);
    const job = await ended(jobId);
    assert.equal(job.status, 'completed', JSON.stringify(job.failure));
    assert.deepEqual(job.output.data, { template: 'halo', durationMs: 2_000 });
    const [file] = job.output.assets;
    assert.deepEqual(
      [file?.role, file?.contentType, file?.filename, file?.width, file?.height],
      ['video', 'video/mp4', 'Rain.mp4', 1080, 1080],
    );
    const [shown] = listAt(objectAt(body, 'data'), 'assets').filter(isJsonObject);
    const url = textAt(shown ?? {}, 'url');
    const answer = await request(url, { headers: { range: 'bytes=4-7' } });
    assert.deepEqual([answer.statusCode, answer.headers['content-type'], await answer.body.text()], [206, 'video/mp4', 'ftyp']);
  });

  test('a list of other files fails its job and names the fault', async () => {
    const { status, failure } = await ended(await submit('/list.mp3'));
    assert.deepEqual([status, failure?.code, failure?.title], ['failed', 'media-invalid', 'The audio cannot be used']);
  });

  test('an address inside the network is refused before a job exists', async () => {
    const answer = await server.call('POST', '/jobs', { verb: 'music-video', audio: 'http://169.254.169.254/latest' });
    assert.deepEqual([answer.status, answer.body['code']], [400, 'url-refused']);
  });

  test('one renders, the next waits, both may be cancelled, and no file is left', async () => {
    const requests = source.requests.length;
    const slow = await submit('/drips');
    await source.received(requests + 1);
    await server.waitForJob(slow, ({ status }) => status === 'starting');
    const waiting = await submit('/short.wav');
    assert.equal((await server.call('GET', `/jobs/${waiting}`)).body['status'], 'queued');
    assert.equal((await server.call('POST', `/jobs/${slow}/cancel`)).body['status'], 'cancelled');
    assert.equal((await ended(waiting)).status, 'completed');
    // The folder is deleted after the queue has written the end of the job.
    await waitFor(async () => (await readdir(join(dataFolder, 'renders'))).length === 0 || undefined);
  });
});
