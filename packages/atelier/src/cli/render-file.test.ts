import assert from 'node:assert/strict';
import { link, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import sharp from 'sharp';
import { createManualRender } from '../engine/music-video/testing/manual-render.ts';
import { MediaError } from '@atelier/renderer';
import { UserError } from './terminal.ts';
import { runVideo, type VideoOptions, type VideoTools } from './render-file.ts';

/** A folder with a song, a picture and lyrics, and the command in it. */
async function openFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-video-command-'));
  const at = (name: string): string => join(folder, name);
  await writeFile(at('song.mp3'), 'the bytes of a song');
  await writeFile(at('cover.png'), 'the bytes of a picture');
  await writeFile(at('song.lrc'), '[00:01.00]La la\n[00:02.00]');
  const hand = createManualRender();
  const stop = new AbortController();
  const tools: VideoTools = {
    render: hand.render,
    checkAudio: async () => ({ format: 'mp3', durationMs: 20_000 }),
    checkPicture: async (_path, outputPath) => {
      await writeFile(outputPath, 'a checked picture');
      return { width: 8, height: 8 };
    },
    longestMs: 600_000,
    signal: stop.signal,
  };
  return {
    at,
    hand,
    stop,
    run: (options: Partial<VideoOptions> = {}, { song = 'song.mp3', ...given }: Partial<VideoTools> & { song?: string } = {}) =>
      runVideo(at(song), { template: 'stage', output: at('out.mp4'), ...options }, { ...tools, ...given }),
    names: () => readdir(folder),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const saying = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof UserError, String(error));
  assert.match(error.message, pattern);
  return true;
};

describe('atelier video', () => {
  test('checks what it is given, renders it, and says what came of it', async () => {
    await using folder = await openFolder();
    const running = folder.run({
      cover: folder.at('cover.png'),
      title: 'Rain',
      author: 'Ada',
      domain: 'example.com',
      template: 'poster',
      lyrics: folder.at('song.lrc'),
    });
    const { request, finish } = await folder.hand.next();
    const { title, author, domain, template, lyrics, audioPath, outputPath } = request;
    assert.deepEqual([title, author, domain, template, audioPath], ['Rain', 'Ada', 'example.com', 'poster', folder.at('song.mp3')]);
    assert.deepEqual(lyrics, [{ startMs: 1_000, endMs: 2_000, text: 'La la' }]);
    assert.equal(await readFile(request.coverPath, 'utf8'), 'a checked picture');
    assert.equal(outputPath, folder.at('out.mp4'));
    await finish();
    assert.match(await running, /^Saved .*out\.mp4 \(1280x720, 0:20, 0\.0 MB, in \d+\.\d s\)$/);
    await assert.rejects(readFile(request.coverPath), /ENOENT/);
  });

  test('takes the title from the file, and paints a cover', async () => {
    await using folder = await openFolder();
    const running = folder.run();
    const { request, finish } = await folder.hand.next();
    assert.equal(request.title, 'song');
    assert.equal((await sharp(await readFile(request.coverPath)).metadata()).width, 1_024);
    await finish();
    await running;
  });

  test('says which file is missing or cannot be used', async () => {
    await using folder = await openFolder();
    await writeFile(folder.at('bad.lrc'), 'no times');
    await mkdir(folder.at('folder'));
    await link(folder.at('song.mp3'), folder.at('same.mp3'));
    const refuse = async (): Promise<never> => {
      throw new MediaError('This is no sound file.');
    };
    await assert.rejects(folder.run({}, { song: 'none.mp3' }), saying(/^File not found: .*none\.mp3$/));
    await assert.rejects(folder.run({}, { checkAudio: refuse }), saying(/song\.mp3: This is no sound file\.$/));
    await assert.rejects(folder.run({ cover: folder.at('no.png') }), saying(/^File not found: .*no\.png$/));
    await assert.rejects(folder.run({ cover: folder.at('cover.png') }, { checkPicture: refuse }), saying(/cover\.png: This is no/));
    await assert.rejects(folder.run({ lyrics: folder.at('bad.lrc') }), saying(/bad\.lrc: line 1 has no time/));
    await assert.rejects(folder.run({ output: folder.at('nowhere/out.mp4') }), saying(/^Folder not found: .*nowhere$/));
    await assert.rejects(folder.run({ output: folder.at('folder') }), saying(/is a folder; name a file/));
    await assert.rejects(folder.run({ output: folder.at('song.mp3') }), saying(/^The video would replace .*song\.mp3/));
    await assert.rejects(folder.run({ output: folder.at('same.mp3') }), saying(/^The video would replace .*song\.mp3/));
    assert.equal(await readFile(folder.at('song.mp3'), 'utf8'), 'the bytes of a song');
  });

  test('is stopped half way', async () => {
    await using folder = await openFolder();
    const running = folder.run();
    await folder.hand.next();
    folder.stop.abort(new Error('Ctrl+C'));
    await assert.rejects(running, saying(/^Stopped. No video was saved\.$/));
    assert.deepEqual((await folder.names()).toSorted(), ['cover.png', 'song.lrc', 'song.mp3']);
  });
});
