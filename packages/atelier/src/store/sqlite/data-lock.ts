import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface DataLock {
  release(): Promise<void>;
}

/**
 * Locks a data folder (and creates it where it is missing) for this process alone. Rejects when another process has locked it.
 *
 * The lock is an open exclusive transaction on a small separate database. The operating system ends that lock together with the
 * process, also after a `kill -9`, which a file with a process number in it would outlive. The lock is not reliable on network
 * file systems with broken file locks.
 */
export async function lockDataFolder(folder: string): Promise<DataLock> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
  try {
    db.exec('begin exclusive');
  } catch (error) {
    db.close();
    if (!isBusy(error)) throw new Error(`The data folder ${folder} cannot be locked`, { cause: error });
    throw new Error(`The data folder ${folder} is in use by another process. Stop that process, or set ATELIER_DATA to another folder.`, {
      cause: error,
    });
  }
  return {
    release: async () => {
      if (db.isOpen) db.close();
    },
  };
}

const SQLITE_BUSY = 5;

/** The low byte of an extended result code of SQLite is its primary result code. */
const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === SQLITE_BUSY;
