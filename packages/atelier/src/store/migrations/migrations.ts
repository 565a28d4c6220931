import { firstTables } from './0001-first-tables.ts';
import { queuesAndLimits } from './0002-queues-and-limits.ts';

/** One step of the schema. Never edited once released: what is wrong is put right by the next one. */
export interface Migration {
  /** 1, 2, 3 … without a gap. */
  readonly id: number;
  readonly name: string;
  readonly sqlite: string;
}

/** All of them, in order. */
export const MIGRATIONS: readonly Migration[] = [firstTables, queuesAndLimits];

/**
 * Those that a database with `applied` still lacks. Throws when the database was written by a newer program, or by one
 * whose migrations were others.
 */
export function missingMigrations(
  migrations: readonly Migration[],
  applied: readonly { id: number; name: string }[],
): readonly Migration[] {
  for (const { id, name } of applied) {
    const known = migrations.find((migration) => migration.id === id);
    if (!known) {
      throw new Error(
        `The database has schema ${id} (${name}), which is newer than this program knows (${migrations.length}). Start the newer version, or restore a backup.`,
      );
    }
    if (known.name !== name) {
      throw new Error(`Schema ${id} is "${name}" in the database and "${known.name}" in this program: it is not our database`);
    }
  }
  return migrations.filter(({ id }) => !applied.some((one) => one.id === id));
}
