import { join } from 'node:path';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { ensureFirstKey } from '../account/create-keys.ts';
import { BlobStoreError } from '../asset/blobs/driver.ts';
import { openBlobs } from '../asset/blobs/drivers.ts';
import { ConfigError, type Config } from '../config/config.ts';
import type { BlobStore } from '../core/asset.ts';
import type { Store } from '../core/store.ts';
import { createUrlGuard } from '../net/url-guard.ts';
import { createPolicyService, readPolicyList, type PolicyService } from '../policy/policy-service.ts';
import { lockDataFolder } from '../store/sqlite/data-lock.ts';
import { createSqliteStore } from '../store/sqlite/sqlite.ts';
import { loadSecrets, type ServerSecrets } from './secrets.ts';
import type { ShutdownHooks } from './shutdown.ts';

/** The parts below everything else: secrets, store, files, rules. */
export interface Foundation {
  secrets: ServerSecrets;
  policy: PolicyService;
  store: Store;
  blobs: BlobStore;
  /** Guards URLs of callers. */
  guard: ReturnType<typeof createUrlGuard>;
}

/** Opens the data folder. Throws `ConfigError` for a setting that cannot be used, and an error if another process uses the folder. */
export async function openFoundation(
  config: Config,
  { clock, log, hooks }: { clock: Clock; log: Log; hooks: ShutdownHooks },
): Promise<Foundation> {
  const secrets = await loadSecrets(config);
  const policy = await openPolicy(config, log);
  const lock = await lockDataFolder(config.dataFolder);
  hooks.add(() => lock.release());
  const store = createSqliteStore({ path: join(config.dataFolder, 'atelier.db'), log });
  hooks.add(() => store.close());
  await store.migrate();
  // The lock makes this process the only one: the leases of a killed process end now.
  await store.releaseAllDeliveries();
  await ensureFirstKey(store, secrets.apiKey, clock);
  const { blobs, close } = await openBlobs(config).catch((error: unknown) => {
    throw error instanceof BlobStoreError ? new ConfigError(error.message, { cause: error.cause }) : error;
  });
  hooks.add(close);
  return { secrets, policy, store, blobs, guard: createUrlGuard({ allow: config.callbackAllow, clock, log }) };
}

async function openPolicy({ contentPolicy, contentPolicyFile }: Config, log: Log): Promise<PolicyService> {
  try {
    return await createPolicyService({ dialects: contentPolicy, readList: () => readPolicyList(contentPolicyFile), log });
  } catch (error) {
    throw new ConfigError(`CONTENT_POLICY_FILE: ${error instanceof Error ? error.message : String(error)}`);
  }
}
