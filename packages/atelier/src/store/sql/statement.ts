import { type Compilable, type RawBuilder, sql } from 'kysely';

/**
 * How a write is described: a command is a list of statements, a statement is a template and its parameters. This file only
 * describes; each engine (`sqlite/`) runs the statements in its own way.
 */

/** The values of columns and parameters, the same in every engine. Booleans are 0 and 1, JSON is text. */
export type SqlValue = string | number | null;
/** The columns of one row, in the order in which the statement names them. */
export type SqlRow = readonly SqlValue[];

/** One SQL text, compiled once and kept: engines prepare it by its identity. */
export interface SqlTemplate {
  readonly sql: string;
  readonly returnsRows: boolean;
  /** Changing (or returning) no row refuses the whole command. */
  readonly mustChange: boolean;
}

/** `Row` is the type of the rows that it gives. */
export interface Statement<Row extends SqlRow = SqlRow> {
  readonly template: SqlTemplate;
  readonly params: SqlRow;
  /** Never set: carries `Row` for the type checker. */
  readonly row?: Row;
}

/** A write that is applied whole or not at all. */
export interface StoreCommand<Result> {
  readonly statements: readonly Statement[];
  /** Run in the same transaction after a `mustChange` statement has refused the command: they read the reason. */
  readonly whenRefused?: readonly Statement[];
  /**
   * Names of the sets of rows that the command counts before it writes. Two commands with a common name must not run at once: an
   * engine with several writers takes a lock of each name for the transaction, an engine with one writer needs none.
   */
  readonly locks?: readonly string[];
  toResult(outcome: CommandOutcome): Result;
}

export interface CommandOutcome {
  /** Index of the statement that refused the command; null when it was applied. */
  readonly refusedAt: number | null;
  /** The rows of each of `statements`, or of `whenRefused` when the command was refused. */
  readonly rows: readonly (readonly SqlRow[])[];
}

/** Stands for a value that is given with each use. */
export type Param<Values> = <Name extends keyof Values & string>(name: Name) => RawBuilder<Values[Name]>;

/** A compiled statement without its values. */
export interface Definition<Values, Row extends SqlRow = SqlRow> {
  (values: Values): Statement<Row>;
  /** The rows that it gave as statement `index` of a command. */
  rowsOf(outcome: CommandOutcome, index: number): readonly Row[];
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
  const template: SqlTemplate = {
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
  // Only Atelier writes the tables, so the rows have the declared types.
  return Object.assign(bind, { rowsOf: (outcome: CommandOutcome, index: number) => (outcome.rows[index] ?? []) as readonly Row[] });
}

/** A value that cannot be sent to the writer thread would fail its whole message; checked here, it fails one call. */
function toSqlValue(value: unknown, name: PropertyKey): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  throw new TypeError(`A column holds text, a number or null; ${String(name)} is of type ${typeof value}`);
}

/** Calls `make` once for each key: for statements with a text that depends on the call. */
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
