import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createFfmpegFinder } from '@atelier/renderer';
import type { Composer, CompositionRequest } from '@atelier/simulator';
import { createComposer } from './create-composer.ts';

const REQUEST: CompositionRequest = { prompt: 'rain', style: 'lofi', title: 'Rain', lyrics: '', durationS: 5, take: 0 };

describe('a composer', () => {
  let composer: Composer;
  let folder: string;
  let ffmpeg: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atelier-test-'));
    const finder = createFfmpegFinder({});
    ffmpeg = await finder.path();
    composer = createComposer({ ffmpeg: () => finder.path(), temporaryFolder: folder });
  });
  after(async () => {
    await composer.close();
    await rm(folder, { recursive: true });
  });

  /** ffmpeg's description of a file that it reads from a pipe. */
  const look = (bytes: Uint8Array, filters = 'anull'): Promise<string> =>
    new Promise((resolve, reject) => {
      const args = ['-hide_banner', '-nostats', '-i', 'pipe:0', '-af', filters, '-f', 'null', '-'];
      const child = execFile(ffmpeg, args, (error, _stdout, stderr) => (error ? reject(error) : resolve(stderr)));
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(bytes);
    });

  test('gives an MP3 of the right length and loudness with its title, and the same again', async () => {
    const song = await composer.compose({ ...REQUEST, durationS: 12 });
    const report = await look(song.mp3, 'ebur128=peak=true');
    assert.match(report, /Audio: mp3.*44100 Hz, stereo.*192 kb\/s/);
    assert.match(report, /title\s+: Rain\n/);
    assert.match(report, /comment\s+: Simulated by Atelier/);
    assert.match(report, /time=00:00:12\.\d/);
    const loudness = Number(/Integrated loudness:\s+I:\s+(-?[\d.]+) LUFS/.exec(report)?.[1]);
    assert.ok(loudness > -17 && loudness < -11, `${loudness} LUFS`);
    const peak = Number(/Peak:\s+(-?[\d.]+) dBFS/.exec(report)?.[1]);
    assert.ok(peak < 0, `true peak ${peak} dBFS`);
    assert.equal(song.durationS, 12);
    const again = await composer.compose({ ...REQUEST, durationS: 12 });
    assert.equal(Buffer.compare(song.mp3, again.mp3), 0);
  });

  test('gives the same sound as a 16-bit WAV', async () => {
    const { mp3 } = await composer.compose(REQUEST);
    const wav = Buffer.from(await composer.toWav(mp3));
    assert.equal(wav.toString('latin1', 0, 4), 'RIFF');
    assert.equal(wav.toString('latin1', 8, 12), 'WAVE');
    const report = await look(wav);
    assert.match(report, /pcm_s16le.*44100 Hz, (?:stereo|2 channels), s16/);
    assert.ok(Math.abs(wav.byteLength / (44_100 * 4) - 5) < 0.15);
  });

  test('titles of any kind come out as text', async () => {
    const titles = ['🌊 海の歌', '-i /etc/hostname', 'a=b;c\\d"e\'', 'line one\nline two', 'x'.repeat(10_000), '\u0000\ud800', ''];
    for (const title of titles) {
      const { mp3 } = await composer.compose({ ...REQUEST, title, durationS: 2 });
      const shown = /title\s+: (.*)\n/.exec(await look(mp3))?.[1];
      if (title === '🌊 海の歌' || title.startsWith('-i')) assert.equal(shown, title);
      if (title.startsWith('line')) assert.equal(shown, 'line one line two');
      if (title.startsWith('x')) assert.equal(shown?.length, 200);
    }
    assert.deepEqual(await readdir(folder), []);
  });

  test('refuses lengths outside the range', async () => {
    for (const durationS of [0, -5, Number.NaN, Infinity, 601])
      await assert.rejects(composer.compose({ ...REQUEST, durationS }), RangeError);
  });

  test('without an ffmpeg songs reject with the reason; a closed composer rejects every request and leaves no file', async () => {
    const lost = createComposer({ ffmpeg: () => Promise.reject(new Error('no usable ffmpeg')), temporaryFolder: folder });
    await assert.rejects(lost.compose({ ...REQUEST, durationS: 2 }), /no usable ffmpeg/);
    const pending = assert.rejects(lost.compose({ ...REQUEST, durationS: 30 }), /closed/);
    await lost.close();
    await pending;
    await assert.rejects(lost.compose(REQUEST), /closed/);
    await assert.rejects(lost.toWav(new Uint8Array(1)), /closed/);
    assert.deepEqual(await readdir(folder), []);
  });
});
