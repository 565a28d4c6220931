import { Worker } from 'node:worker_threads';
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely';
import type { Log } from '@atelier/lib/log';
import type { Store } from '../../core/store.ts';
import { createSqlStore } from '../sql/sql-store.ts';
import type { Database, SqlEngine } from '../sql/tables/schema.ts';
import { type WriteStats, createGroupCommit } from './group-commit.ts';
import { createReader } from './reader.ts';

export interface SqliteStore extends Store {
  stats(): WriteStats;
}

/**
 * A store in one SQLite file, for one process (`lockDataFolder` keeps other processes out). A writer thread runs the writes, which
 * share commits; the reads run in the calling thread, on a second connection. `path` must be a file: two connections open it.
 *
 * When the disk is full or fails, the commands that it stops are rejected, and no others. When the writer thread dies, all later
 * calls are rejected, and `log` gets the error.
 */
export function createSqliteStore({ path, log }: { path: string; log: Log }): SqliteStore {
  const thread = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: { path }, execArgv: [] });
  thread.on('error', (error) => log.error({ err: error }, 'database writer thread has stopped: restart the server'));
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

/** Compiles statements for SQLite. */
export function createSqliteEngine(): SqlEngine {
  return {
    builder: new Kysely<Database>({
      dialect: {
        createAdapter: () => new SqliteAdapter(),
        createDriver: () => new DummyDriver(),
        createIntrospector: (db) => new SqliteIntrospector(db),
        createQueryCompiler: () => new SqliteQueryCompiler(),
      },
    }),
    textsOf: (jsonArray) => sql<string>`(select value from json_each(${jsonArray}))`,
  };
}
