import { NO_LIMITS } from '../../../core/key.ts';
import { hashSecret } from '../../../account/secret-box.ts';
import type { Job } from '../../../core/job.ts';
import type { JobRequest } from '../../../core/submit.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { Harness } from './harness.ts';

/** A job of ann that another dialect accepted. */
export async function acceptElsewhere(
  harness: Harness,
  input: JsonObject & { verb: string },
  more: Partial<JobRequest> = {},
): Promise<Job> {
  return harness.deps.submit({
    id: `job:${harness.deps.ids.uuid()}-user:1-midjourney`,
    dialect: 'useapi',
    engine: 'midjourney',
    verb: input.verb,
    keyId: 'key_ann',
    input,
    // Fields of another dialect, without a meaning in the dialect under test.
    echo: { action: 7, prompt: 'not this', taskType: 'mj_nonsense', promptJson: 'no JSON' },
    usesSlot: false,
    ...more,
  });
}

/** Adds two unusable keys: `late` has expired, `banned` is suspended. */
export async function addUselessKeys(harness: Harness): Promise<void> {
  const none = {
    admin: false,
    limits: NO_LIMITS,
    replyUrl: null,
    createdAtMs: 0,
    expiresAtMs: null,
    suspendedAtMs: null,
    revokedAtMs: null,
  };
  await harness.deps.store.createKey({ ...none, id: 'key_late', name: 'late', secretHash: hashSecret('late'), expiresAtMs: 1 });
  await harness.deps.store.createKey({ ...none, id: 'key_banned', name: 'banned', secretHash: hashSecret('banned'), suspendedAtMs: 1 });
}
