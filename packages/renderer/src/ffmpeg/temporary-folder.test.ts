import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sweepTemporaryFolders, withTemporaryFolder } from './temporary-folder.ts';

describe('sweepTemporaryFolders', () => {
  let parent = '';
  before(async () => {
    parent = await mkdtemp(join(tmpdir(), 'temporary-folder-test-'));
  });
  after(() => rm(parent, { recursive: true }));

  test('removes the folders of killed processes alone', async () => {
    const nowMs = Date.now();
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const make = async (name: string, ageMs: number): Promise<void> => {
      await mkdir(join(parent, name));
      await writeFile(join(parent, name, 'video.mp4'), 'x');
      await utimes(join(parent, name), new Date(nowMs - ageMs), new Date(nowMs - ageMs));
    };
    await make(`atelier-ffmpeg-${dead}-abc`, 1_000);
    await make(`atelier-ffmpeg-${process.pid}-earlier`, 120_000);
    await make(`atelier-ffmpeg-${process.pid}-mine`, 1_000);
    await make(`atelier-ffmpeg-${process.ppid}-other`, 120_000);
    await make(`atelier-ffmpeg-${process.ppid}-old`, 2 * 86_400_000);
    await make('atelier-ffmpeg-abcdef', 2 * 86_400_000);
    await make('something-else', 2 * 86_400_000);
    const swept = await sweepTemporaryFolders({ parent, nowMs, startedAtMs: nowMs - 60_000 });
    assert.equal(swept, 4);
    assert.deepEqual(
      (await readdir(parent)).toSorted(),
      [`atelier-ffmpeg-${process.pid}-mine`, `atelier-ffmpeg-${process.ppid}-other`, 'something-else'].toSorted(),
    );
  });

  test('a folder that is not there holds nothing to sweep', async () => {
    assert.equal(await sweepTemporaryFolders({ parent: join(parent, 'absent') }), 0);
  });

  test('a folder is gone when its use ends, well or badly', async () => {
    let seen = '';
    const use = async (folder: string): Promise<never> => {
      seen = folder;
      await writeFile(join(folder, 'x'), 'x');
      throw new Error('bad');
    };
    await assert.rejects(withTemporaryFolder(parent, use), /bad/);
    assert.match(seen, new RegExp(`atelier-ffmpeg-${process.pid}-`));
    await assert.rejects(readdir(seen), /ENOENT/);
  });
});
