import type { ApiKey } from '../../../core/key.ts';
import { JobError, toReason } from '../../../core/errors.ts';
import { isFinal, type Job } from '../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { DialectDeps } from '../../dialect.ts';
import { STATUS } from './errors.ts';
import { toInfo } from './info-fields.ts';

/** The vendor's own answers take 5–15 s. Source: linkr, info. */
const ANSWER_LIMIT_MS = 15_000;

/**
 * Asks Midjourney's `/info` and keeps the answer for `cacheMs`. Requests of one key share one `/info` job, also after a time-out: the next
 * request gets the answer that came meanwhile.
 * Throws `JobError`: `upstream-silent` without an answer in 15 s, the failure of a suspended account, or `upstream-failed`.
 */
export function createInfoReader(deps: Pick<DialectDeps, 'clock' | 'ids' | 'submit' | 'watch'>, { cacheMs }: { cacheMs: number }) {
  const answers = new Map<string, { atMs: number; data: JsonObject }>();
  /** The `/info` job of each key that waits for its answer. */
  const asked = new Map<string, Promise<Job>>();

  function ask(keyId: string): Promise<Job> {
    const running = asked.get(keyId);
    if (running) return running;
    const submitted = deps.submit({
      id: deps.ids.uuid(),
      dialect: 'linkr',
      engine: 'midjourney',
      verb: 'info',
      keyId,
      input: { verb: 'info' },
      echo: { action: 'info', prompt: '' },
      usesSlot: false,
    });
    asked.set(keyId, submitted);
    submitted.catch(() => asked.delete(keyId));
    return submitted;
  }

  return async (key: ApiKey): Promise<JsonObject> => {
    const known = answers.get(key.id);
    if (known && deps.clock.now() - known.atMs < cacheMs) return known.data;
    const submitted = ask(key.id);
    const { id } = await submitted;
    const job = await deps.watch.wait(id, ({ status }) => isFinal(status), { timeoutMs: ANSWER_LIMIT_MS });
    if (!job) throw new JobError('upstream-silent', 'Midjourney did not answer in time. Please try again.');
    if (asked.get(key.id) === submitted) asked.delete(key.id);
    if (job.status !== 'completed') {
      // The manual has 403 for a suspended account and 502 for every other failure. Source: linkr, info.
      const code = job.failure && STATUS[job.failure.code] === 403 ? job.failure.code : 'upstream-failed';
      throw new JobError(code, job.failure ? toReason(job.failure) : 'Midjourney did not answer.');
    }
    const data = toInfo(job.output.data);
    answers.set(key.id, { atMs: deps.clock.now(), data });
    return data;
  };
}
