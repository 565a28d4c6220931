import { DatabaseSync } from 'node:sqlite';
import { type Migration, missingMigrations } from '../migrations/migrations.ts';

const BUSY_TIMEOUT_MS = 5_000;
const WRITER_CACHE_KIB = 32_768;
const READER_CACHE_KIB = 16_384;
/** SQLite cuts a write-ahead log that grew in a burst back to this size. */
const JOURNAL_BYTES = 64 * 1024 * 1024;

/**
 * Opens the connection that writes. `synchronous = full` makes every commit wait for the disk: without it a power cut could undo
 * the last commits.
 */
export function openWriter(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  db.exec(`
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma cache_size = -${WRITER_CACHE_KIB};
    pragma journal_size_limit = ${JOURNAL_BYTES};
    pragma temp_store = memory;
  `);
  return db;
}

/** Opens a connection that only reads: in write-ahead mode readers and the writer do not wait for each other. The file must exist. */
export function openReader(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  db.exec(`pragma cache_size = -${READER_CACHE_KIB}`);
  return db;
}

/**
 * Brings a database to the schema of `migrations`. Each missing migration runs in its own transaction. Throws, and changes
 * nothing, when the database is newer.
 */
export function migrateSqlite(db: DatabaseSync, migrations: readonly Migration[]): void {
  db.exec('create table if not exists schema_migration (id integer primary key, name text not null)');
  for (const migration of missingMigrations(migrations, appliedMigrations(db))) {
    db.exec('begin immediate');
    try {
      db.exec(migration.sqlite);
      db.prepare('insert into schema_migration (id, name) values (?, ?)').run(migration.id, migration.name);
      db.exec('commit');
    } catch (error) {
      if (db.isTransaction) db.exec('rollback');
      throw new Error(`Migration ${migration.id} (${migration.name}) failed; it has changed nothing in the database`, { cause: error });
    }
  }
}

function appliedMigrations(db: DatabaseSync): { id: number; name: string }[] {
  const rows = db.prepare('select id, name from schema_migration order by id').all();
  return rows.map(({ id, name }) => ({ id: Number(id), name: String(name) }));
}
