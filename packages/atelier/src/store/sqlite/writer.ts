import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SqlRow, SqlTemplate } from '../sql/statement.ts';
import type { WireAnswer, WireCommand, WireError, WireStatement } from './writer-protocol.ts';

/** Runs batches of commands on the only connection that writes. */
export interface Writer {
  /** Makes a template known; its number is the count of templates known before. */
  learn(template: SqlTemplate): void;
  /**
   * Runs all commands in one transaction, and returns after the commit. Each command is applied whole or not at all, also
   * when others fail. When the transaction itself fails, each command is answered with that error; the next batch begins
   * a new transaction.
   */
  runBatch(commands: readonly WireCommand[]): { committed: boolean; answers: WireAnswer[] };
}

export function createWriter(db: DatabaseSync): Writer {
  const begin = db.prepare('begin immediate');
  const commit = db.prepare('commit');
  const { learn, run } = createStatementRunner(db);
  const runCommand = createCommandRunner(db, run);

  /** The answer to one command. Throws when the transaction is gone: SQLite ends it by itself after some errors (full disk, I/O). */
  const answer = (command: WireCommand): WireAnswer => {
    try {
      return runCommand(command);
    } catch (error) {
      if (!db.isTransaction) throw error;
      return toWireError(error);
    }
  };
  return {
    learn,
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
          // The callers get the first error; the next `begin` shows whether the connection still works.
        }
        return { committed: false, answers: commands.map(() => failure) };
      }
    },
  };
}

/** The rows of one statement, or undefined when the statement had to change a row and did not. */
type RunStatement = (statement: WireStatement) => readonly SqlRow[] | undefined;

const NO_ROWS: readonly SqlRow[] = [];

function createStatementRunner(db: DatabaseSync): { learn(template: SqlTemplate): void; run: RunStatement } {
  const templates: SqlTemplate[] = [];
  const prepared: StatementSync[] = [];

  /** Prepared at first use, so that a statement that cannot be prepared fails its command and no other. */
  const prepare = (number: number, { sql }: SqlTemplate): StatementSync => {
    const known = prepared[number];
    if (known) return known;
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    prepared[number] = statement;
    return statement;
  };
  return {
    learn: (template) => void templates.push(template),
    run([number, params]) {
      const template = templates[number];
      if (!template) throw new Error(`Statement ${number} was never sent`);
      const statement = prepare(number, template);
      if (!template.returnsRows) {
        const { changes } = statement.run(...params);
        return template.mustChange && changes === 0 ? undefined : NO_ROWS;
      }
      // With `setReturnArrays` each row is an array, which Node's types do not express.
      const rows = statement.all(...params) as unknown as readonly SqlRow[];
      return template.mustChange && rows.length === 0 ? undefined : rows;
    },
  };
}

/** Runs one command within the open transaction. After a refusal it undoes the command alone and reads the reason. */
function createCommandRunner(db: DatabaseSync, run: RunStatement): (command: WireCommand) => WireAnswer {
  const savepoint = db.prepare('savepoint command');
  const release = db.prepare('release command');
  const rollbackTo = db.prepare('rollback to command');
  return ([statements, whenRefused]) => {
    // A single statement is applied whole or not at all by itself.
    const needsSavepoint = statements.length > 1;
    if (needsSavepoint) savepoint.run();
    try {
      const answer = runStatements(statements, run);
      if (answer !== null && answer.refusedAt !== null) {
        if (needsSavepoint) rollbackTo.run();
        return { refusedAt: answer.refusedAt, rows: whenRefused.map((statement) => run(statement) ?? NO_ROWS) };
      }
      return answer;
    } catch (error) {
      if (needsSavepoint && db.isTransaction) rollbackTo.run();
      throw error;
    } finally {
      if (needsSavepoint && db.isTransaction) release.run();
    }
  };
}

/** Null when all statements were applied and gave no rows: most answers are, and null is cheap to send. */
function runStatements(
  statements: readonly WireStatement[],
  run: RunStatement,
): { refusedAt: number | null; rows: (readonly SqlRow[])[] } | null {
  const rows: (readonly SqlRow[])[] = [];
  let hasRows = false;
  for (const [index, statement] of statements.entries()) {
    const found = run(statement);
    if (!found) return { refusedAt: index, rows };
    hasRows ||= found.length > 0;
    rows.push(found);
  }
  return hasRows ? { refusedAt: null, rows } : null;
}

export function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) return { message: String(error), code: undefined };
  const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined;
  return { message: error.message, code };
}
