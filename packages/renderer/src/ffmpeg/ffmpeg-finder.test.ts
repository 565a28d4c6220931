import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createFfmpegFinder } from './ffmpeg-finder.ts';
import type { RunFfmpeg } from './run-ffmpeg.ts';

const ENCODERS = ' V..... libx264              H.264\n V..... libx264rgb           RGB\n A..... aac                  AAC\n';

describe('createFfmpegFinder', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'find-ffmpeg-test-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** An executable file; `answering` decides its output. */
  const place = async (...parts: string[]): Promise<string> => {
    const path = join(folder, ...parts);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, '');
    await chmod(path, 0o755);
    return path;
  };
  /** Answers in place of the programs, and records their paths. */
  const answering = (encoders: (path: string) => string): { run: RunFfmpeg; asked: string[] } => {
    const asked: string[] = [];
    const run: RunFfmpeg = async (task) => {
      asked.push(task.path);
      task.onOutput?.(Buffer.from(task.arguments.includes('-version') ? 'ffmpeg version 7.1 Copyright' : encoders(task.path)));
      return task.collect(folder);
    };
    return { run, asked };
  };
  const noPackage = (): Promise<string> => Promise.reject(new Error('not installed'));

  test('finds the ffmpeg of the installed package, which encodes H.264 and AAC', async () => {
    const finder = createFfmpegFinder({ environmentPath: folder });
    const { found, refused } = await finder.find();
    assert.equal(found?.source, 'package');
    assert.ok(found.version);
    assert.equal(await finder.path(), found.path);
    assert.deepEqual(refused, [{ source: 'search-path', path: undefined, reason: 'no ffmpeg on PATH' }]);
  });

  test('takes the first ffmpeg on PATH and skips files that cannot be run', async () => {
    const wanted = await place('second', 'ffmpeg');
    await mkdir(join(folder, 'first', 'ffmpeg'), { recursive: true });
    await chmod(await place('plain', 'ffmpeg'), 0o644);
    const { run } = answering(() => ENCODERS);
    const environmentPath = ['', '.', join(folder, 'first'), join(folder, 'plain'), join(folder, 'second')].join(delimiter);
    const { found } = await createFfmpegFinder({ environmentPath, run, packagePath: noPackage }).find();
    assert.deepEqual(found, { source: 'search-path', path: wanted, version: '7.1' });
  });

  test('goes on to the package when the ffmpeg on PATH lacks an encoder', async () => {
    const poor = await place('poor', 'ffmpeg');
    const packaged = await place('package', 'ffmpeg');
    const { run } = answering((path) => (path === poor ? ENCODERS.replace(/^ V.*264 .*\n/m, '') : ENCODERS));
    const report = await createFfmpegFinder({ environmentPath: join(folder, 'poor'), run, packagePath: async () => packaged }).find();
    assert.deepEqual(report.found, { source: 'package', path: packaged, version: '7.1' });
    assert.deepEqual(report.refused, [{ source: 'search-path', path: poor, reason: 'it cannot encode libx264' }]);
  });

  test('a set path that cannot be used is an error, even with a usable ffmpeg on PATH', async () => {
    await place('good', 'ffmpeg');
    const { run, asked } = answering(() => '');
    const bad = await place('bad');
    for (const [path, reason] of [
      [join(folder, 'absent'), /FFMPEG_PATH: not found/],
      [folder, /FFMPEG_PATH: not a file/],
      ['ffmpeg', /FFMPEG_PATH: not an absolute path/],
      [bad, /FFMPEG_PATH: it cannot encode libx264 and aac/],
    ] as const) {
      await assert.rejects(createFfmpegFinder({ path, environmentPath: join(folder, 'good'), run }).path(), reason);
    }
    assert.deepEqual(asked, [bad, bad]);
  });

  test('names the reason for each place when no ffmpeg is found', async () => {
    await assert.rejects(createFfmpegFinder({ packagePath: noPackage }).path(), {
      message: 'no usable ffmpeg: PATH: no ffmpeg on PATH; package: the package @ffmpeg-installer/ffmpeg is not installed',
    });
  });

  test('refuses a program that is not ffmpeg, or does not stop printing', async () => {
    const path = await place('other');
    const saying =
      (text: string): RunFfmpeg =>
      async (task) => {
        task.onOutput?.(Buffer.from(text));
        return task.collect(folder);
      };
    await assert.rejects(createFfmpegFinder({ path, run: saying('GNU bash') }).path(), /it is not ffmpeg/);
    await assert.rejects(createFfmpegFinder({ path, run: saying('x'.repeat(1_000_001)) }).path(), /prints too much/);
  });

  test('asks an accepted program again only when it has changed, a refused one each time', async () => {
    const path = await place('changing');
    let encoders = '';
    const { run, asked } = answering(() => encoders);
    const finder = createFfmpegFinder({ path, run });
    await assert.rejects(finder.path());
    encoders = ENCODERS;
    await finder.path();
    await finder.path();
    assert.equal(asked.length, 4);
    await utimes(path, 1, 1);
    await finder.path();
    assert.equal(asked.length, 6);
  });
});
