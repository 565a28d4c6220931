import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { lockDataFolder } from './data-lock.ts';

describe('the lock on the data folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atelier-lock-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('creates the folder, and is refused until it is released', async () => {
    const data = join(folder, 'new', 'data');
    const lock = await lockDataFolder(data);
    await assert.rejects(lockDataFolder(data), /in use by another process/);
    await lock.release();
    await lock.release();
    await (await lockDataFolder(data)).release();
  });

  test('ends with its process, also after a SIGKILL', async () => {
    const holder = fork(new URL('./lock-data-folder.fixture.ts', import.meta.url), [folder], { execArgv: [] });
    try {
      assert.deepEqual(await once(holder, 'message'), ['locked', undefined]);
      await assert.rejects(lockDataFolder(folder), /in use by another process/);
    } finally {
      const exited = once(holder, 'exit');
      holder.kill('SIGKILL');
      assert.deepEqual(await exited, [null, 'SIGKILL']);
    }
    await (await lockDataFolder(folder)).release();
  });

  test('a second process is refused', async () => {
    const lock = await lockDataFolder(folder);
    const second = fork(new URL('./lock-data-folder.fixture.ts', import.meta.url), [folder], { execArgv: [] });
    const [message] = await once(second, 'message');
    await once(second, 'exit');
    await lock.release();
    assert.match(String(message), /in use by another process/);
  });
});
