import { Worker } from 'node:worker_threads';
import type { Log } from '@atelier/lib/log';
import { type WriteStats, createGroupCommit } from './group-commit.ts';
import { createSqlStore } from '../sql/sql-store.ts';
import type { Store } from '../../core/store.ts';
import { createReader } from './reader.ts';
import { createSqliteEngine } from './sqlite-engine.ts';

export interface SqliteStore extends Store {
  stats(): WriteStats;
}

/**
 * A store in one SQLite file, for one process (`lockDataFolder` sees to that). Writes go to a thread of their own and share
 * commits; reads happen here, on a second connection. `path` must be a file: two connections open it.
 *
 * A disk that is full or fails rejects the commands that it hits and no others. A writer that dies rejects everything from then
 * on; `log` is told.
 */
export function createSqliteStore({ path, log }: { path: string; log: Log }): SqliteStore {
  const thread = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: { path }, execArgv: [] });
  thread.on('error', (error) => log.error({ err: error }, 'the database writer has stopped'));
  const writer = createGroupCommit(thread);
  const reader = createReader(path);
  return {
    ...createSqlStore(createSqliteEngine(), { run: writer.run, read: async (statement) => reader.read(statement) }),
    migrate: writer.migrate,
    async close() {
      // The writer closes last: the last connection to close folds the write-ahead log into the file.
      reader.close();
      await writer.close();
    },
    stats: writer.stats,
  };
}
