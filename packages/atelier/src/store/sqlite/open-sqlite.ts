import { DatabaseSync } from 'node:sqlite';

const BUSY_TIMEOUT_MS = 5_000;
const WRITER_CACHE_KIB = 32_768;
const READER_CACHE_KIB = 16_384;
/** A write-ahead log that grew in a burst is cut back to this. */
const JOURNAL_BYTES = 64 * 1024 * 1024;

/**
 * The connection that writes. `synchronous = full` makes every commit wait for the disk: without it a power cut takes the
 * last ones back.
 */
export function openWriter(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  db.exec(`
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma cache_size = -${WRITER_CACHE_KIB};
    pragma journal_size_limit = ${JOURNAL_BYTES};
    pragma temp_store = memory;
  `);
  return db;
}

/** A connection that only reads: in write-ahead mode it waits for no writer and holds none up. The file must exist. */
export function openReader(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  db.exec(`pragma cache_size = -${READER_CACHE_KIB}`);
  return db;
}
