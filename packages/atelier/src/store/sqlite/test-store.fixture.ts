import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@atelier/lib/log';
import { type SqliteStore, createSqliteStore } from './sqlite.ts';

/** A migrated store in a temporary folder, which `dispose` deletes. */
export async function openTestStore(): Promise<{ store: SqliteStore; dispose(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-store-'));
  const store = createSqliteStore({ path: join(folder, 'test.db'), log: silentLog });
  await store.migrate();
  return {
    store,
    async dispose() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}
