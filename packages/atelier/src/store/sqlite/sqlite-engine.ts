import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely';
import type { Database, SqlEngine } from '../sql/tables/schema.ts';

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
