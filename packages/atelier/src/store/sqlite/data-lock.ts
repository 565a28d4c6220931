import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface DataLock {
  release(): Promise<void>;
}

/**
 * Takes a data folder (made if need be) for this process alone. Rejects when another has it.
 *
 * It is held by an open exclusive transaction on a small database of its own, that is, by a lock that the operating system ends
 * together with the process, however that dies: a file with a process number in it would outlive a `kill -9`. It cannot be relied
 * on over network file systems whose locks do not work.
 */
export async function lockDataFolder(folder: string): Promise<DataLock> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
  try {
    db.exec('begin exclusive');
  } catch (error) {
    db.close();
    if (!isBusy(error)) throw new Error(`The data folder ${folder} cannot be locked`, { cause: error });
    throw new Error(`The data folder ${folder} is in use by another process. Stop that one, or set ATELIER_DATA to another folder.`, {
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

/** The low byte of SQLite's extended result codes is the kind. */
const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === SQLITE_BUSY;
