import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { composeSamples, toWav } from './testing/index.ts';
import { paintCover } from './testing/content.ts';

test('the example of the README renders a video', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'renderer-readme-test-'));
  try {
    await writeFile(join(folder, 'song.mp3'), toWav(composeSamples(2)));
    await writeFile(join(folder, 'cover.jpg'), paintCover().toBuffer('image/jpeg'));
    const [, example = ''] = /```js\n([^]*?)```/.exec(await readFile(new URL('../README.md', import.meta.url), 'utf8')) ?? [];
    const code = example.replaceAll(/'(@atelier\/[\w-]+)'/g, (_, name: string) => `'${import.meta.resolve(name)}'`);
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { cwd: folder });
    assert.ok((await stat(join(folder, 'video.mp4'))).size > 10_000);
  } finally {
    await rm(folder, { recursive: true });
  }
});
