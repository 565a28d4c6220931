import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SqlRow, SqlTemplate } from '../sql/statement.ts';
import type { WireAnswer, WireCommand, WireError, WireStatement } from './writer-protocol.ts';

/** Runs batches of commands on the one connection that writes. */
export interface Writer {
  /** Makes a template known; its number is how many were known before. */
  learn(template: SqlTemplate): void;
  /**
   * Runs all commands in one transaction, each whole or not at all whatever its neighbours do, and returns after the commit.
   * A failure of the transaction itself is every command's error; the next batch starts afresh.
   */
  runBatch(commands: readonly WireCommand[]): { committed: boolean; answers: WireAnswer[] };
}

interface Prepared {
  readonly template: SqlTemplate;
  readonly statement: StatementSync;
}

const NO_ROWS: readonly SqlRow[] = [];

export function createWriter(db: DatabaseSync): Writer {
  const templates: SqlTemplate[] = [];
  const prepared: Prepared[] = [];
  const begin = db.prepare('begin immediate');
  const commit = db.prepare('commit');
  const savepoint = db.prepare('savepoint command');
  const release = db.prepare('release command');
  const rollbackTo = db.prepare('rollback to command');

  /** Prepared at first use, so that a statement that cannot be prepared fails its command and no other. */
  function prepare(number: number): Prepared {
    const known = prepared[number];
    if (known) return known;
    const template = templates[number];
    if (!template) throw new Error(`Statement ${number} was never sent`);
    const statement = db.prepare(template.sql);
    statement.setReturnArrays(true);
    prepared[number] = { template, statement };
    return { template, statement };
  }

  /** The rows of one statement, or undefined when it had to change something and did not. */
  function runStatement([number, params]: WireStatement): readonly SqlRow[] | undefined {
    const { template, statement } = prepare(number);
    if (!template.returnsRows) {
      const { changes } = statement.run(...params);
      return template.mustChange && changes === 0 ? undefined : NO_ROWS;
    }
    // With `setReturnArrays` each row is an array, which the types of Node do not say.
    const rows = statement.all(...params) as unknown as readonly SqlRow[];
    return template.mustChange && rows.length === 0 ? undefined : rows;
  }

  function runCommand([statements, whenRefused]: WireCommand): WireAnswer {
    // A single statement is applied whole or not at all by itself.
    const needsSavepoint = statements.length > 1;
    if (needsSavepoint) savepoint.run();
    try {
      const answer = runStatements(statements);
      if (answer !== null && answer.refusedAt !== null) {
        if (needsSavepoint) rollbackTo.run();
        return { refusedAt: answer.refusedAt, rows: whenRefused.map((statement) => runStatement(statement) ?? NO_ROWS) };
      }
      return answer;
    } catch (error) {
      if (needsSavepoint && db.isTransaction) rollbackTo.run();
      throw error;
    } finally {
      if (needsSavepoint && db.isTransaction) release.run();
    }
  }

  function runStatements(statements: readonly WireStatement[]): { refusedAt: number | null; rows: (readonly SqlRow[])[] } | null {
    const rows: (readonly SqlRow[])[] = [];
    let hasRows = false;
    for (const [index, statement] of statements.entries()) {
      const found = runStatement(statement);
      if (!found) return { refusedAt: index, rows };
      hasRows ||= found.length > 0;
      rows.push(found);
    }
    return hasRows ? { refusedAt: null, rows } : null;
  }

  /** The answer to one command. Throws when the transaction is gone: SQLite ends it by itself after some errors (full disk, I/O). */
  function answer(command: WireCommand): WireAnswer {
    try {
      return runCommand(command);
    } catch (error) {
      if (!db.isTransaction) throw error;
      return toWireError(error);
    }
  }

  return {
    learn(template) {
      templates.push(template);
    },
    runBatch(commands) {
      try {
        begin.run();
        const answers = commands.map(answer);
        commit.run();
        return { committed: true, answers };
      } catch (error) {
        const failure = toWireError(error);
        try {
          if (db.isTransaction) db.exec('rollback');
        } catch {
          // What ended the transaction is told; the next `begin` shows whether the connection still works.
        }
        return { committed: false, answers: commands.map(() => failure) };
      }
    },
  };
}

export function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) return { message: String(error), code: undefined };
  const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined;
  return { message: error.message, code };
}
