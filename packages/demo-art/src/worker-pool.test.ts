import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createWorkerPool, type WorkerPool } from './worker-pool.ts';

const entry = new URL('./fixtures/fragile-thread.ts', import.meta.url);

async function withPool(threads: number, use: (pool: WorkerPool<string, string>) => Promise<void>): Promise<void> {
  const pool = createWorkerPool<string, string>({ entry, threads });
  try {
    await use(pool);
  } finally {
    await pool.close();
  }
}

describe('createWorkerPool', () => {
  test('each caller gets the result or the error of its request', () =>
    withPool(2, async (pool) => {
      assert.deepEqual(await Promise.all(Array.from({ length: 5 }, () => pool.run('echo'))), Array(5).fill('echo'));
      await assert.rejects(pool.run('fail'), { name: 'RangeError', message: 'too far' });
      assert.equal(await pool.run('echo'), 'echo');
    }));

  test('an ended worker rejects its pending requests and is replaced', () =>
    withPool(1, async (pool) => {
      const owed = assert.rejects(pool.run('silent'), /ended/);
      await assert.rejects(pool.run('die'), /ended/);
      await owed;
      assert.equal(await pool.run('echo'), 'echo');
      await assert.rejects(pool.run('throw'), /out of paint/);
      assert.equal(await pool.run('echo'), 'echo');
    }));

  test('closing rejects the pending requests', () =>
    withPool(1, async (pool) => {
      const pending = assert.rejects(pool.run('silent'), /closed/);
      await pool.close();
      await pending;
      await assert.rejects(pool.run('echo'), /closed/);
    }));

  test('an idle pool does not keep its process alive', async () => {
    const source = `
      const { createWorkerPool } = await import(${JSON.stringify(new URL('./worker-pool.ts', import.meta.url).href)});
      console.log(await createWorkerPool({ entry: new URL(${JSON.stringify(entry.href)}), threads: 1 }).run('echo'));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', source], { timeout: 10_000 });
    assert.equal(stdout.trim(), 'echo');
  });
});
