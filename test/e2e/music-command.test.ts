import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runMusic } from 'atelier/cli/music';
import { UserError } from 'atelier/cli/terminal';
import { createTestServer, type TestServer } from '../test-server.ts';

/** `atelier music` against a running server with the simulated Suno. */
describe('atelier music', () => {
  let server: TestServer;
  let folder: string;

  before(async () => {
    server = await createTestServer();
    folder = await mkdtemp(join(tmpdir(), 'atelier-music-command-'));
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const credentials = () => ({ url: server.atelier.url, key: server.atelier.apiKey });
  const saying = (pattern: RegExp) => (error: unknown) => error instanceof UserError && pattern.test(error.message);

  test('saves two tracks and their covers', async () => {
    const out = join(folder, 'new', 'place');
    const files = await runMusic(
      'rain on a tin roof',
      { ...credentials(), title: 'Tin roof', lyrics: '[Verse]\nRain on the roof', duration: '12', out },
      {},
    );
    assert.deepEqual(files.map((file) => basename(file).replace(/\.(jpg|png|webp)$/, '.picture')).toSorted(), [
      'Tin-roof-1.mp3',
      'Tin-roof-1.picture',
      'Tin-roof-2.mp3',
      'Tin-roof-2.picture',
    ]);
    const sounds = await Promise.all(files.filter((file) => file.endsWith('.mp3')).map((file) => readFile(file)));
    for (const sound of sounds) assert.match(sound.toString('latin1', 0, 3), /^ID3|^\u00ff/);
    assert.notDeepEqual(sounds[0], sounds[1]);
  });

  test('names the option that it refuses', async () => {
    const out = folder;
    await assert.rejects(runMusic('x', { ...credentials(), duration: 'long', out }, {}), saying(/^"long" is not a number of seconds\.$/));
    await assert.rejects(runMusic('x', { ...credentials(), duration: '5', out }, {}), saying(/durationS/));
    await assert.rejects(runMusic('x', { ...credentials(), lyrics: 'song.txt', out }, {}), saying(/^File not found: song\.txt$/));
    await assert.rejects(
      runMusic('x', { ...credentials(), lyrics: 'la la', instrumental: true, out }, {}),
      saying(/^An instrumental has no lyrics/),
    );
  });
});
