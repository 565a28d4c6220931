import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { silentLog } from '@atelier/lib/log';
import { accept, newJob, start } from '../conformance/fixtures.ts';
import { testStore } from '../store.conformance.ts';
import { type SqliteStore, createSqliteStore } from './sqlite.ts';
import { openTestStore } from './test-store.fixture.ts';

testStore('SQLite', openTestStore);

describe('the SQLite store', () => {
  let folder: string;
  let path: string;
  let opened: SqliteStore[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atelier-store-'));
    path = join(folder, 'test.db');
    opened = [];
  });
  afterEach(async () => {
    for (const store of opened) await store.close();
    await rm(folder, { recursive: true });
  });
  const openStore = (): SqliteStore => {
    const store = createSqliteStore({ path, log: silentLog });
    opened.push(store);
    return store;
  };

  test('a thousand parallel commands share a few commits', async () => {
    const store = openStore();
    await store.migrate();
    await Promise.all(Array.from({ length: 1_000 }, () => store.acceptJob({ job: newJob() })));
    const { commands, commits } = store.stats();
    assert.equal(commands, 1_000);
    assert.ok(commits <= 3, `${commits} commits`);
  });

  test('a value that no column can store fails its own call alone', async () => {
    const store = openStore();
    await store.migrate();
    const good = store.acceptJob({ job: newJob() });
    await assert.rejects(store.acceptJob({ job: newJob({ verb: JSON.parse('["imagine"]') }) }), /verb is of type object/);
    assert.equal((await good).outcome, 'accepted');
  });

  test('records survive closing and opening, and migrating again changes nothing', async () => {
    const first = openStore();
    await first.migrate();
    const job = await start(first);
    await first.close();
    const second = openStore();
    await second.migrate();
    await second.migrate();
    assert.deepEqual(await second.getJob(job.id), job);
  });

  test('a closed store says so', async () => {
    const store = openStore();
    await store.migrate();
    const writing = store.acceptJob({ job: newJob() });
    await store.close();
    assert.equal((await writing).outcome, 'accepted');
    await assert.rejects(store.acceptJob({ job: newJob() }), /closed/);
    await assert.rejects(store.getJob('any'), /closed/);
    await store.close();
  });

  test('a database of a newer program is refused', async () => {
    const store = openStore();
    await store.migrate();
    await store.close();
    const db = new DatabaseSync(path);
    db.exec(`insert into schema_migration (id, name) values (99, 'from the future')`);
    db.close();
    await assert.rejects(openStore().migrate(), /schema 99 \(from the future\), which is newer/);
  });

  test('a file that is not a database or cannot be created fails the migration and later calls', async () => {
    await writeFile(path, 'this is not a database, however long it may be. '.repeat(100));
    const store = openStore();
    await assert.rejects(store.migrate(), /cannot be opened: file is not a database/);
    await assert.rejects(store.acceptJob({ job: newJob() }), /cannot be opened/);
    await assert.rejects(store.getJob('any'), /not a database/);
    const nowhere = createSqliteStore({ path: join(folder, 'missing', 'test.db'), log: silentLog });
    opened.push(nowhere);
    await assert.rejects(nowhere.migrate(), /cannot be opened/);
  });

  test('damaged JSON is an error of the call that reads it', async () => {
    const store = openStore();
    await store.migrate();
    const [damaged, whole] = [await accept(store), await accept(store)];
    const db = new DatabaseSync(path, { timeout: 1_000 });
    db.prepare('update job set output = ? where id = ?').run('{"message":', damaged.id);
    db.close();
    await assert.rejects(store.getJob(damaged.id), new RegExp(`damaged JSON in job ${damaged.id}`));
    assert.deepEqual(await store.getJob(whole.id), whole);
  });

  test('a writer killed with SIGKILL loses nothing that it acknowledged, and no end without its delivery', async () => {
    const acknowledged = await killAfter(path, 400);
    assert.ok(acknowledged.length >= 400);
    const store = openStore();
    await store.migrate();
    for (const [event, jobId = '', deliveryId = ''] of acknowledged) {
      const job = await store.getJob(jobId);
      assert.ok(job, `${jobId} is lost`);
      if (event !== 'ended') continue;
      assert.equal(job.status, 'completed');
      assert.equal((await store.getDelivery(deliveryId))?.jobId, jobId);
    }
    const ended = await store.listJobs({ statuses: ['completed'], limit: 100_000 });
    for (const { id } of ended) assert.equal((await store.listDeliveries({ jobId: id, limit: 2 })).length, 1);
    assert.equal((await store.acceptJob({ job: newJob() })).outcome, 'accepted');
  });
});

/** The words of each line that a writing process printed before it was killed, after `lines` lines or a few more. */
async function killAfter(path: string, lines: number): Promise<string[][]> {
  const script = fileURLToPath(new URL('./kill-writer.fixture.ts', import.meta.url));
  const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const printed: string[][] = [];
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      printed.push(line.split(' '));
      if (printed.length === lines) child.kill('SIGKILL');
    }
  } finally {
    child.kill('SIGKILL');
  }
  assert.deepEqual(await exited, [null, 'SIGKILL']);
  return printed;
}
