import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SqlRow, Statement, SqlTemplate } from '../sql/statement.ts';
import { openReader } from './open-sqlite.ts';

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
