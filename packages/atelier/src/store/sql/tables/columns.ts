import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type { Param, SqlRow, SqlValue } from '../statement.ts';

/**
 * How records are kept in rows. Each table is declared once, as a list of its columns; the types of the rows, the lists of
 * columns in the statements and the conversion in both directions follow from that list.
 */

/** One column: the field of `Item` that it keeps, and how the field is stored. */
export interface Column<Item, Field extends keyof Item, Stored extends SqlValue> {
  readonly field: Field;
  toStored(value: Item[Field]): Stored;
  fromStored(stored: Stored): Item[Field];
}

type ColumnsOf<Item> = Readonly<Record<string, Column<Item, keyof Item, SqlValue>>>;

/** The row of a table with these columns. */
export type StoredRow<Columns> = {
  [Name in keyof Columns]: Columns[Name] extends { toStored(value: never): infer Stored } ? Stored : never;
};

export interface RecordTable<Item, Columns> {
  /** In the order in which `toRecord` expects the values. */
  readonly columns: readonly (keyof Columns & string)[];
  toRow(record: Item): StoredRow<Columns>;
  /** The columns of the given fields alone, for an update of these fields. */
  toChanges(set: { readonly [Field in keyof Item]?: Item[Field] | undefined }): Partial<StoredRow<Columns>>;
  /** Throws when the JSON of a column does not parse: the file is damaged. */
  toRecord(values: SqlRow): Item;
}

/** The row that a `RecordTable` writes. */
export type RowOf<Table> = Table extends RecordTable<infer _, infer Columns> ? StoredRow<Columns> : never;

/** The ways to store a field of `Item`. */
export function columnKinds<Item>() {
  type FieldOf<Value> = { [Field in keyof Item]: Item[Field] extends Value ? Field : never }[keyof Item];
  return {
    plain: <Field extends FieldOf<SqlValue>>(field: Field): Column<Item, Field, Item[Field] & SqlValue> => ({
      field,
      toStored: (value) => value as Item[Field] & SqlValue,
      fromStored: (stored) => stored,
    }),
    /** 0 and 1. */
    bit: <Field extends FieldOf<boolean>>(field: Field): Column<Item, Field, 0 | 1> => ({
      field,
      toStored: (value) => (value === true ? 1 : 0),
      fromStored: (stored) => (stored === 1) as Item[Field] & boolean,
    }),
    json: <Field extends keyof Item>(field: Field): Column<Item, Field, string> => ({
      field,
      toStored: (value) => JSON.stringify(value),
      fromStored: (stored) => JSON.parse(stored) as Item[Field],
    }),
    /** Null is stored as the null of SQL. */
    nullableJson: <Field extends keyof Item>(field: Field): Column<Item, Field, string | null> => ({
      field,
      toStored: toNullableJson,
      fromStored: (stored) => (stored === null ? null : JSON.parse(stored)) as Item[Field],
    }),
  };
}

export const toNullableJson = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

/** Does not compile when a field of the record has no column. */
type EveryField<Item, Columns> =
  Exclude<keyof Item, Columns[keyof Columns] extends { field: infer Field } ? Field : never> extends never ? unknown : never;

/** Declares a table. `name` stands in error texts; the first column must be the id of the record. */
export function defineTable<Item>() {
  return <Columns extends ColumnsOf<Item>>(name: string, columns: Columns & EveryField<Item, Columns>): RecordTable<Item, Columns> => {
    const list = Object.entries<Column<Item, keyof Item, SqlValue>>(columns).map(([column, kind]) => ({ column, ...kind }));
    return {
      columns: list.map(({ column }) => column),
      toRow(record) {
        const row: Record<string, SqlValue> = {};
        for (const { column, field, toStored } of list) row[column] = toStored(record[field]);
        return row as StoredRow<Columns>;
      },
      toChanges(set) {
        const row: Record<string, SqlValue> = {};
        for (const { column, field, toStored } of list) {
          const value = set[field];
          if (value !== undefined) row[column] = toStored(value);
        }
        return row as Partial<StoredRow<Columns>>;
      },
      toRecord(values) {
        const record: Partial<Item> = {};
        let index = 0;
        try {
          for (const { field, fromStored } of list) {
            record[field] = fromStored(values[index] ?? null);
            index += 1;
          }
        } catch (cause) {
          throw new Error(`The database holds damaged JSON in ${name} ${String(values[0])}, column ${list[index]?.column}`, { cause });
        }
        return record as Item;
      },
    };
  };
}

/** `{ id: param('id'), … }`: the values of an insert or update that writes these columns. */
export function paramsFor<Values, Name extends keyof Values & string>(
  columns: readonly Name[],
  param: Param<Values>,
): { [Column in Name]: RawBuilder<Values[Column]> } {
  return Object.fromEntries(columns.map((column) => [column, param(column)])) as { [Column in Name]: RawBuilder<Values[Column]> };
}

/** `{ id: excluded.id, … }`: an upsert takes these columns over from the row that it could not insert. */
export function takenOver<Name extends string>(columns: readonly Name[]): { [Column in Name]: RawBuilder<never> } {
  return Object.fromEntries(columns.map((column) => [column, sql.ref(`excluded.${column}`)])) as { [Column in Name]: RawBuilder<never> };
}
