import type { SqlRow, SqlTemplate } from '../sql/statement.ts';

/**
 * The messages between the main thread and the writer thread. They use arrays in place of objects and numbers in place of SQL
 * texts, because every message is copied.
 */
export type ToWriter = RunMessage | { readonly type: 'migrate' } | { readonly type: 'close' };

export interface RunMessage {
  readonly type: 'run';
  /** Templates used for the first time. The writer numbers them 0, 1, 2 … in the order in which they are sent. */
  readonly templates: readonly SqlTemplate[];
  readonly commands: readonly WireCommand[];
}

export type WireStatement = readonly [template: number, params: SqlRow];
export type WireCommand = readonly [statements: readonly WireStatement[], whenRefused: readonly WireStatement[]];

export type FromWriter =
  | { readonly type: 'migrated'; readonly error: WireError | null }
  /** Answers to the commands in the order in which they were sent; `committed` tells whether they shared a commit. */
  | { readonly type: 'ran'; readonly committed: boolean; readonly answers: readonly WireAnswer[] };

/** Null: applied, with no rows. */
export type WireAnswer = null | { readonly refusedAt: number | null; readonly rows: readonly (readonly SqlRow[])[] } | WireError;

export interface WireError {
  readonly message: string;
  /** SQLite's extended result code; undefined when the error did not come from SQLite. */
  readonly code: number | undefined;
}
