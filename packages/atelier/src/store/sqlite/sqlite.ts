import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { DummyDriver, Kysely, sql, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { Log } from '@atelier/lib/log';
import type { Store } from '../../core/store.ts';
import { createSqlStore } from '../sql/sql-store.ts';
import type { SqlRow, SqlTemplate, Statement } from '../sql/statement.ts';
import type { Database, SqlEngine } from '../sql/tables/schema.ts';
import { createGroupCommit, type WriteStats } from './group-commit.ts';
import { openReader } from './open-sqlite.ts';

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

export interface Reader {
  /** Sees every commit that was acknowledged before the call. */
  read<Row extends SqlRow>(statement: Statement<Row>): readonly Row[];
  close(): void;
}

/** Reads in the calling thread: a read by id takes some microseconds, less than a message to another thread. Opens at the first read. */
export function createReader(path: string): Reader {
  const prepared = new Map<SqlTemplate, StatementSync>();
  let db: DatabaseSync | undefined;
  let isClosed = false;

  const open = (): DatabaseSync => {
    if (isClosed) throw new Error('The store is closed');
    db ??= openReader(path);
    return db;
  };
  const prepare = (template: SqlTemplate): StatementSync => {
    const known = prepared.get(template);
    if (known) return known;
    const statement = open().prepare(template.sql);
    statement.setReturnArrays(true);
    prepared.set(template, statement);
    return statement;
  };
  return {
    read<Row extends SqlRow>({ template, params }: Statement<Row>) {
      if (isClosed) throw new Error('The store is closed');
      // With `setReturnArrays` each row is an array, which Node's types do not express. The template gives the types of the values.
      return prepare(template).all(...params) as unknown as readonly Row[];
    },
    close() {
      isClosed = true;
      prepared.clear();
      db?.close();
    },
  };
}
