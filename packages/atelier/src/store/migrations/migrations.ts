import { firstTables } from './0001-first-tables.ts';
import { queuesAndLimits } from './0002-queues-and-limits.ts';
import { holdsAndUpstreams } from './0003-holds-and-upstreams.ts';
import { batchesAndLateResults } from './0004-batches-and-late-results.ts';

/** One step of the schema. A released migration is never edited: a later migration corrects it. */
export interface Migration {
  /** 1, 2, 3 … without a gap. */
  readonly id: number;
  readonly name: string;
  readonly sqlite: string;
}

/** All migrations, in order. */
export const MIGRATIONS: readonly Migration[] = [firstTables, queuesAndLimits, holdsAndUpstreams, batchesAndLateResults];

/**
 * The migrations that a database with `applied` still lacks. Throws when a newer program wrote the database, or a program with
 * other migrations.
 */
export function missingMigrations(
  migrations: readonly Migration[],
  applied: readonly { id: number; name: string }[],
): readonly Migration[] {
  for (const { id, name } of applied) {
    const known = migrations.find((migration) => migration.id === id);
    if (!known) {
      throw new Error(
        `The database has schema ${id} (${name}), which is newer than this program knows (${migrations.length}). Start the newer version of Atelier, or restore a backup.`,
      );
    }
    if (known.name !== name) {
      throw new Error(`Schema ${id} is "${name}" in the database and "${known.name}" in this program: this is not a database of Atelier`);
    }
  }
  return migrations.filter(({ id }) => !applied.some((one) => one.id === id));
}
