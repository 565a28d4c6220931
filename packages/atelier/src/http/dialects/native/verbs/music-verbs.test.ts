import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Job, JobOutput } from '../../../../core/job.ts';
import { EMPTY_OUTPUT } from '../../../../core/job.ts';
import { textAt, type JsonObject } from '@atelier/lib/json';
import { fakeAsset } from '../../testing/harness.ts';
import { createTestHarness, type Harness } from '../harness.fixture.ts';

const track = (index: number) => ({
  index,
  id: `audio-${index}`,
  title: 'Rain',
  tags: 'rock',
  prompt: 'la',
  modelName: 'm',
  duration: 3,
  createdAtMs: 1,
});
const MUSIC: JobOutput = {
  ...EMPTY_OUTPUT,
  assets: [fakeAsset('audio', 1), fakeAsset('cover', 1), fakeAsset('audio', 2)],
  data: { upstreamTaskId: 'upstream', stage: 'complete', tracks: [track(1), track(2), track(3)] },
};
const LINES = [{ startMs: 0, endMs: 900, text: 'la la' }];

describe('POST /jobs, music', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
  });
  after(() => harness.close());

  const make = async (body: JsonObject): Promise<Job> => {
    const reply = await harness.call('POST', '/jobs', body);
    assert.equal(reply.status, 202, JSON.stringify(reply.body));
    return (await harness.store.getJob(textAt(reply.body, 'id'))) ?? assert.fail();
  };
  const finished = async (): Promise<string> => {
    const { id } = await make({ verb: 'music', prompt: 'rain' });
    await harness.complete(id, MUSIC);
    return id;
  };
  const refusal = async (body: JsonObject, as = 'ann'): Promise<[number, string]> => {
    const reply = await harness.call('POST', '/jobs', body, { as });
    return [reply.status, textAt(reply.body, 'detail')];
  };

  test('music of a description alone: the vendor writes the lyrics', async () => {
    const job = await make({
      verb: 'music',
      prompt: 'slow rain',
      style: 'jazz',
      title: 'Rain',
      vocalGender: 'f',
      callbackUrl: 'https://example.com/cb',
    });
    assert.deepEqual([job.engine, job.verb, job.dialect, job.usesSlot, job.accountId], ['suno', 'music', 'native', false, null]);
    assert.equal(job.callbackUrl, 'https://example.com/cb');
    assert.deepEqual(job.input, {
      operation: 'generate',
      request: { customMode: false, instrumental: false, model: 'V5', prompt: 'jazz, slow rain', title: 'Rain', vocalGender: 'f' },
    });
  });

  test('music with lyrics, or without voice: the description is the style', async () => {
    const sung = await make({
      verb: 'music',
      prompt: 'slow rain',
      lyrics: '[Verse]\nla',
      model: 'V4',
      durationS: 30,
      negativeTags: 'metal',
    });
    assert.deepEqual(sung.input['request'], {
      customMode: true,
      instrumental: false,
      model: 'V4',
      prompt: '[Verse]\nla',
      style: 'slow rain',
      title: 'slow rain',
      duration: 30,
      negativeTags: 'metal',
    });
    const played = await make({ verb: 'music', prompt: 'one two three four five six seven', style: 'jazz', instrumental: true });
    const { style, title, customMode, instrumental } = Object(played.input['request']);
    assert.deepEqual([style, title], ['jazz, one two three four five six seven', 'one two three four five six']);
    assert.deepEqual([customMode, instrumental], [true, true]);
  });

  test('lyrics and WAV files', async () => {
    assert.deepEqual((await make({ verb: 'lyrics', prompt: 'rain' })).input, { operation: 'lyrics', request: { prompt: 'rain' } });
    const jobId = await finished();
    const wav = await make({ verb: 'wav', track: { jobId, index: 2 } });
    assert.deepEqual(wav.input, { operation: 'wav', request: { taskId: 'upstream', audioId: 'audio-2' } });
    assert.equal(wav.parentId, jobId);
  });

  test('a music video of a track: title, cover and lyrics are the track’s, unless others are given', async (context) => {
    const answer = (alignedWords: JsonObject[]) =>
      harness.suno.set({ answer: async () => ({ code: 200, msg: 'success', data: { alignedWords } }) });
    context.after(() => answer([]));
    answer([{ word: 'la la', success: true, startS: 0, endS: 0.9 }]);
    const jobId = await finished();
    const job = await make({ verb: 'music-video', track: { jobId } });
    assert.deepEqual([job.engine, job.verb, job.parentId], ['music-video', 'music-video', jobId]);
    assert.deepEqual(job.input, {
      audio: { assetId: 'audio1' },
      cover: { assetId: 'cover1' },
      title: 'Rain',
      author: '',
      domainName: '',
      template: 'stage',
      lyrics: LINES,
    });
    const other = await make({
      verb: 'music-video',
      track: { jobId, index: 2 },
      cover: 'https://example.com/c.png',
      title: 'Snow',
      author: 'me',
      domain: 'example.com',
      template: 'halo',
      lyrics: [],
    });
    assert.deepEqual(other.input, {
      audio: { assetId: 'audio2' },
      cover: { url: 'https://example.com/c.png' },
      title: 'Snow',
      author: 'me',
      domainName: 'example.com',
      template: 'halo',
      lyrics: [],
    });
    assert.equal((await make({ verb: 'music-video', track: { jobId, index: 2 } })).input['cover'], null);
  });

  test('a music video of any sound: the title is its name unless another is given', async () => {
    const asked = harness.suno.asked.length;
    const job = await make({ verb: 'music-video', audio: 'https://example.com/a/My%20Song.mp3?x=1', lyrics: LINES });
    assert.deepEqual(job.input, {
      audio: { url: 'https://example.com/a/My%20Song.mp3?x=1' },
      cover: null,
      title: 'My Song',
      author: '',
      domainName: '',
      template: 'stage',
      lyrics: LINES,
    });
    assert.equal(harness.suno.asked.length, asked, 'nobody is asked for lyrics');
    assert.equal((await make({ verb: 'music-video', audio: 'https://example.com/%E0%A4%A' })).input['title'], '%E0%A4%A');
  });

  test('refuses requests that cannot be fulfilled', async () => {
    const jobId = await finished();
    const picture = await harness.imagine();
    const waiting = (await make({ verb: 'music', prompt: 'rain' })).id;
    const cases: [JsonObject, number, RegExp][] = [
      [{ verb: 'music-video' }, 400, /^\/track or \/audio is required$/],
      [{ verb: 'music-video', track: { jobId }, audio: 'https://example.com/a.mp3' }, 400, /^\/audio cannot be combined with \/track$/],
      [{ verb: 'music-video', track: { jobId, index: 3 } }, 400, /^\/track\/index must be one of 1, 2$/],
      [{ verb: 'music-video', track: { jobId: picture } }, 400, /^\/track\/jobId names a job that makes no music$/],
      [{ verb: 'wav', track: { jobId: waiting } }, 400, /^\/track\/index names a track of a job that is queued$/],
      [{ verb: 'wav', track: { jobId: 'nope' } }, 404, /^Job not found: nope$/],
      [{ verb: 'music-video', audio: 'http://localhost/a.mp3' }, 400, /^\/audio: /],
      [{ verb: 'music-video', audio: 'https://example.com/a.mp3', cover: 'http://localhost/a.png' }, 400, /^\/cover: /],
      [{ verb: 'music-video', track: { jobId }, lyrics: [{ startMs: 5, endMs: 4, text: 'x' }] }, 400, /^\/lyrics\/0\/endMs/],
      [{ verb: 'music-video', track: { jobId }, template: 'cinema' }, 400, /must be one of stage, halo, poster/],
      [{ verb: 'music-video', track: { jobId }, accountId: '1' }, 400, /^\/accountId is not a known field/],
      [{ verb: 'music', prompt: 'rain', model: 'gpt' }, 400, /^\/model/],
      [{ verb: 'music', prompt: 'rain', model: 'V4', lyrics: 'x'.repeat(3_001) }, 400, /^\/lyrics must not be longer than 3000 for V4$/],
      [{ verb: 'music', prompt: 'rain', durationS: 5 }, 400, /^\/durationS/],
      [{ verb: 'music', prompt: 'rain', style: 'forbidden fruit' }, 422, /content policy/],
      [{ verb: 'lyrics', prompt: 'x'.repeat(201) }, 400, /^\/prompt/],
    ];
    for (const [body, status, detail] of cases) {
      const [given, why] = await refusal(body);
      assert.equal(given, status, `${JSON.stringify(body)} ${why}`);
      assert.match(why, detail);
    }
    assert.equal((await refusal({ verb: 'wav', track: { jobId } }, 'bob'))[0], 404);
    assert.equal((await refusal({ verb: 'wav', track: { jobId } }, 'root'))[0], 202);
  });
});
