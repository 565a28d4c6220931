import type { DatabaseSync } from 'node:sqlite';
import { type Migration, missingMigrations } from '../migrations/migrations.ts';

/**
 * Brings a database to the schema of `migrations`, each in its own transaction; one that is there already does nothing.
 * Throws, and changes nothing, when the database is newer.
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
      throw new Error(`Migration ${migration.id} (${migration.name}) failed; the database is as it was before it`, { cause: error });
    }
  }
}

function appliedMigrations(db: DatabaseSync): { id: number; name: string }[] {
  const rows = db.prepare('select id, name from schema_migration order by id').all();
  return rows.map(({ id, name }) => ({ id: Number(id), name: String(name) }));
}
