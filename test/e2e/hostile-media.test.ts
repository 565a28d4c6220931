import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { readConfig } from 'atelier/config/config';
import type { JobFailure } from 'atelier/core/errors';
import { systemClock } from '@atelier/lib/clock';
import { composeSamples, toWav } from '@atelier/renderer/testing';
import { startReceiver, type Receiver } from 'atelier/net/testing/receiver';
import { createVideoTools } from 'atelier/server/music-video';
import type { EngineUpdate } from 'atelier/core/engine';
import { LIMITS, newVideoJob, createTestVideoEngine, runToEnd } from 'atelier/engine/music-video/testing/test-video-engine';

const newWav = (seconds: number): Buffer => toWav(composeSamples(seconds));

/** A PNG of 67 bytes with a header of 20 000 × 20 000 pixels. */
function newBomb(): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const size = Buffer.from([0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20, 8, 2, 0, 0, 0]);
  const data = Buffer.from('789c63000000010001', 'hex');
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', size), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

/** The real parts that handle a caller's URL: sockets, the URL guard, the checks, ffmpeg. */
describe('a music video of a URL with a false file type', () => {
  const files = new Map<string, Buffer>();
  let source: Receiver;
  /** A receiver that must get no connection. */
  let secret: Receiver;
  let secretFile: string;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atelier-hostile-'));
    secretFile = join(folder, 'secret.wav');
    await writeFile(secretFile, newWav(1));
    secret = await startReceiver({ host: '127.0.0.2', onRequest: (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nsecret') });
    source = await startReceiver({
      onRequest(socket, { line }) {
        const body = files.get(line.split(' ')[1] ?? '') ?? Buffer.from('no such file');
        socket.write(`HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: ${body.length}\r\n\r\n`);
        socket.end(body);
      },
    });
  });
  after(async () => {
    await source[Symbol.asyncDispose]();
    await secret[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs a job for these files and checks that it leaves no file. Returns its updates. */
  async function updatesOf(audio: Buffer, cover?: Buffer, onUpdate?: (update: EngineUpdate) => Promise<void>): Promise<EngineUpdate[]> {
    const work = await mkdtemp(join(folder, 'work-'));
    const tools = createVideoTools(readConfig({ PATH: process.env['PATH'] }), { clock: systemClock, temporaryFolder: work });
    const settings = { ...LIMITS, longestMs: 4_000, maxAudioBytes: 1_000_000 };
    await using harness = await createTestVideoEngine(tools.render, { ...tools, folder: work, settings, allow: ['127.0.0.1'] });
    files.set('/song.mp3', audio);
    if (cover) files.set('/cover.png', cover);
    const job = newVideoJob({
      audio: { url: `${source.origin}/song.mp3` },
      cover: cover ? { url: `${source.origin}/cover.png` } : null,
    });
    const updates = await runToEnd(harness, job, onUpdate ? { onUpdate } : {});
    assert.deepEqual(await readdir(work), []);
    return updates;
  }

  async function failureOf(audio: Buffer | string, cover?: Buffer): Promise<JobFailure> {
    const updates = await updatesOf(Buffer.from(audio), cover);
    const [only] = updates;
    assert.ok(updates.length === 1 && only?.type === 'failed', JSON.stringify(updates));
    return only.failure;
  }

  test('a true sound file becomes a video that plays from its first bytes', async () => {
    let video = '';
    const picture = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#4060a0' } })
      .png()
      .toBuffer();
    const updates = await updatesOf(newWav(2), picture, async (update) => {
      const [file] = update.type === 'completed' ? update.media : [];
      if (!file || !('path' in file.source)) return;
      video = await readFile(file.source.path, 'latin1');
    });
    const last = updates.at(-1);
    assert.ok(last?.type === 'completed', JSON.stringify(updates));
    assert.deepEqual(last.data, { template: 'stage', durationMs: 2_000 });
    assert.equal(video.slice(4, 8), 'ftyp');
    assert.ok(video.includes('moov') && video.indexOf('moov') < video.indexOf('mdat'));
  });

  for (const [name, text] of [
    ['an HLS playlist', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nSECRET_URL\n#EXTINF:1,\nfile://SECRET_FILE\n#EXT-X-ENDLIST\n'],
    ['a list for concat', "ffconcat version 1.0\nfile 'SECRET_FILE'\nfile 'SECRET_URL'\n"],
    ['a name with a protocol', 'concat:SECRET_FILE|SECRET_FILE'],
    ['a session description', 'v=0\no=- 0 0 IN IP4 127.0.0.2\ns=x\nc=IN IP4 127.0.0.2\nt=0 0\nm=audio 5004 RTP/AVP 0\n'],
    ['a DASH manifest', '<?xml version="1.0"?><MPD><Period><BaseURL>SECRET_URL</BaseURL></Period></MPD>'],
    ['an ID3 tag before a playlist', 'ID3\u0003\0\0\0\0\0\0#EXTM3U\n#EXTINF:1,\nSECRET_URL\n'],
    ['a page', '<!doctype html><title>404</title>'],
    ['nothing', ''],
  ] as const) {
    test(`${name} is refused, and the files that it names are not read`, async () => {
      const failure = await failureOf(text.replaceAll('SECRET_FILE', secretFile).replaceAll('SECRET_URL', `${secret.origin}/key.wav`));
      assert.deepEqual([failure.code, failure.title], ['media-invalid', 'The audio cannot be used']);
      assert.ok(failure.details !== null && !failure.details.includes(folder), failure.details ?? 'no details');
      assert.equal(secret.connectionCount(), 0);
    });
  }

  test('a track beyond the limit, a cut track and a false file type have different errors', async () => {
    assert.match((await failureOf(newWav(5))).details ?? '', /longer|at most|limit/);
    assert.match((await failureOf(newWav(3).subarray(0, 20_000))).details ?? '', /cut short/);
    const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#000' } })
      .png()
      .toBuffer();
    assert.match((await failureOf(picture)).details ?? '', /not a sound file/);
  });

  test('a cover of 20 000 pixels each way, a document and a sound are refused as covers', async () => {
    const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg"><image href="${secret.origin}/x.png"/></svg>`);
    for (const cover of [newBomb(), svg, newWav(1)]) {
      const failure = await failureOf(newWav(1), cover);
      assert.deepEqual([failure.code, failure.title], ['media-invalid', 'The cover cannot be used']);
    }
    assert.equal(secret.connectionCount(), 0);
  });
});
