import { type Compilable, type RawBuilder, sql } from 'kysely';

/**
 * How a write is written down here: a command is a list of statements, a statement is a template and its parameters. Nothing in
 * this file runs anything; the engines do (`sqlite/`), each its own way.
 */

/** What a column holds and what a parameter may be, the same in every engine. Booleans are 0 and 1, JSON is text. */
export type SqlValue = string | number | null;
/** The columns of one row, in the order in which the statement names them. */
export type SqlRow = readonly SqlValue[];

/** One SQL text, compiled once and kept: engines prepare it by its identity. */
export interface Template {
  readonly sql: string;
  readonly returnsRows: boolean;
  /** Changing (or returning) no row refuses the whole command. */
  readonly mustChange: boolean;
}

/** `Row` is what each of its rows holds. */
export interface Statement<Row extends SqlRow = SqlRow> {
  readonly template: Template;
  readonly params: SqlRow;
  /** Never set: carries `Row` for the type checker. */
  readonly row?: Row;
}

/** A write that is applied whole or not at all. */
export interface Command<Result> {
  readonly statements: readonly Statement[];
  /** Run in the same transaction after a `mustChange` statement has refused the command: they find out why. */
  readonly whenRefused?: readonly Statement[];
  /**
   * What the command counts before it writes. Two commands with a common name must not run at once; an engine with one writer
   * has nothing to do for it, others take a lock of that name for the transaction.
   */
  readonly locks?: readonly string[];
  toResult(outcome: Outcome): Result;
}

export interface Outcome {
  /** Which statement refused the command; null when it was applied. */
  readonly refusedAt: number | null;
  /** Rows of each of `statements`, or of `whenRefused` when it was refused. */
  readonly rows: readonly (readonly SqlRow[])[];
}

/** Stands for a value that is given with each use. */
export type Param<Values> = <Name extends keyof Values & string>(name: Name) => RawBuilder<Values[Name]>;

/** A compiled statement that waits for its values. */
export interface Definition<Values, Row extends SqlRow = SqlRow> {
  (values: Values): Statement<Row>;
  /** What it gave as statement `index` of a command. */
  rowsOf(outcome: Outcome, index: number): readonly Row[];
}

/** Compiles a statement, once. */
export function define<Values extends { [Name in keyof Values]: SqlValue }, Row extends SqlRow = SqlRow>(
  build: (param: Param<Values>) => Compilable,
  options: { mustChange?: boolean } = {},
): Definition<Values, Row> {
  const names = new Map<unknown, keyof Values>();
  const compiled = build((name) => {
    const marker = { name };
    names.set(marker, name);
    return sql`${marker}`;
  }).compile();
  const template: Template = {
    sql: compiled.sql,
    returnsRows: compiled.query.kind === 'SelectQueryNode' || ('returning' in compiled.query && compiled.query.returning !== undefined),
    mustChange: options.mustChange ?? false,
  };
  const slots = compiled.parameters.map((parameter) => {
    const name = names.get(parameter);
    return name === undefined ? { constant: toSqlValue(parameter, 'a constant') } : { name };
  });
  const bind = (values: Values): Statement<Row> => {
    const params: SqlValue[] = [];
    for (const slot of slots) params.push('name' in slot ? toSqlValue(values[slot.name], slot.name) : slot.constant);
    return { template, params };
  };
  // The tables are ours, so a row holds what its columns were declared to hold.
  return Object.assign(bind, { rowsOf: (outcome: Outcome, index: number) => (outcome.rows[index] ?? []) as readonly Row[] });
}

/** Checked here, where it fails one call: what cannot be sent to a writing thread would fail the whole message it is in. */
function toSqlValue(value: unknown, name: PropertyKey): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  throw new TypeError(`The database takes text, numbers and null; ${String(name)} is of type ${typeof value}`);
}

/** Keeps what `make` made for each key: for statements whose text depends on what is asked. */
export function memoize<Made>(make: (key: string) => Made): (key: string) => Made {
  const made = new Map<string, Made>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const fresh = make(key);
    made.set(key, fresh);
    return fresh;
  };
}
