import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

test('the example of the README makes a picture and a song', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'demo-art-readme-test-'));
  try {
    const [, example = ''] = /```js\n([^]*?)```/.exec(await readFile(new URL('../README.md', import.meta.url), 'utf8')) ?? [];
    const code = example.replaceAll(/'(@atelier\/[\w-]+)'/g, (_, name: string) => `'${import.meta.resolve(name)}'`);
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { cwd: folder });
    for (const name of ['fox.png', 'rivers.mp3']) assert.ok((await stat(join(folder, name))).size > 10_000, name);
  } finally {
    await rm(folder, { recursive: true });
  }
});
