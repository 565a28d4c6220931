import type { Account, AccountHold, AccountPause } from '../../../core/account.ts';
import { NO_LIMITS } from '../../../core/key.ts';
import { hashSecret } from '../../../account/secret-box.ts';
import type { Job, JobOutput } from '../../../core/job.ts';
import type { Store } from '../../../core/store.ts';
import { GRID_OUTPUT } from './outputs.ts';
import { createTestServices } from './test-services.ts';

export { fakeAsset, GRID_OUTPUT, SINGLE_OUTPUT, VIDEO_OUTPUT } from './outputs.ts';
export { createTestApp, policyOf } from './test-services.ts';

export type Harness = Awaited<ReturnType<typeof createTestHarness>>;

/** The services of `createTestServices` with three keys and an account that is only an object of the test. */
export async function createTestHarness() {
  const { deps, ...services } = await createTestServices();
  const { store, watch } = deps;
  await addKeys(store);
  /** Every job as it was last written. */
  const jobs = new Map<string, Job>();
  watch.subscribe((job) => jobs.set(job.id, job));
  const accounts: Account[] = [fakeAccount('1001', null)];

  return {
    ...services,
    jobs,
    accounts,
    complete: (jobId: string, output: JobOutput = GRID_OUTPUT): Promise<Job> => services.move(jobId, { status: 'completed', output }),
    deps: {
      ...deps,
      accounts: {
        ...deps.accounts,
        list: async () => accounts,
        get: async (id: string) => accounts.find((account) => account.id === id),
      },
    },
  };
}

/** Two callers and the operator; the name is the secret. */
export async function addKeys(store: Store): Promise<void> {
  const times = { createdAtMs: 0, expiresAtMs: null, suspendedAtMs: null, revokedAtMs: null, limits: NO_LIMITS };
  for (const name of ['ann', 'bob', 'root']) {
    await store.createKey({ id: `key_${name}`, name, secretHash: hashSecret(name), admin: name === 'root', replyUrl: null, ...times });
  }
}

/** A listed account that is an object of the test alone, not a row of the store. */
export const fakeAccount = (id: string, pause: AccountPause | null, hold: AccountHold | null = null): Account => ({
  id,
  channelId: id,
  guildId: '1',
  sealedToken: 'sealed',
  tokenHash: 'hash',
  maskedToken: 'ABC…secured…xyz',
  maxJobs: 3,
  listed: true,
  upstream: 'simulator',
  pause,
  hold,
  createdAtMs: 0,
  updatedAtMs: 0,
});
