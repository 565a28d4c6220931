import type { ApiKey } from '../../../core/key.ts';
import { JobError, toReason } from '../../../core/errors.ts';
import { isFinal, type Job } from '../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { DialectDeps } from '../../dialect.ts';
import { STATUS } from './errors.ts';
import { toInfo } from './info-fields.ts';

/** The vendor's own answers take 5–15 s. Source: LinkrAPI, info. */
const ANSWER_LIMIT_MS = 15_000;

/**
 * Asks Midjourney's `/info` and remembers the answer for `cacheMs`. Callers with the same key share one question, also one
 * that was asked before an earlier caller gave up: who asks again after a time-out gets the answer that came meanwhile.
 * Throws `JobError`: `upstream-silent` when no answer comes in 15 s, the failure of an account that is suspended, or `upstream-failed`.
 */
export function createInfoReader(deps: Pick<DialectDeps, 'clock' | 'ids' | 'submit' | 'watch'>, { cacheMs }: { cacheMs: number }) {
  const answers = new Map<string, { atMs: number; data: JsonObject }>();
  const questions = new Map<string, Promise<Job>>();

  function ask(keyId: string): Promise<Job> {
    const asked = questions.get(keyId);
    if (asked) return asked;
    const question = deps.submit({
      id: deps.ids.uuid(),
      dialect: 'linkr',
      engine: 'midjourney',
      verb: 'info',
      keyId,
      input: { verb: 'info' },
      echo: { action: 'info', prompt: '' },
      usesSlot: false,
    });
    questions.set(keyId, question);
    question.catch(() => questions.delete(keyId));
    return question;
  }

  return async (key: ApiKey): Promise<JsonObject> => {
    const known = answers.get(key.id);
    if (known && deps.clock.now() - known.atMs < cacheMs) return known.data;
    const question = ask(key.id);
    const { id } = await question;
    const job = await deps.watch.wait(id, ({ status }) => isFinal(status), { timeoutMs: ANSWER_LIMIT_MS });
    if (!job) throw new JobError('upstream-silent', 'Midjourney did not answer in time. Please try again.');
    if (questions.get(key.id) === question) questions.delete(key.id);
    if (job.status !== 'completed') {
      // The manual knows a suspended account, and 502 for all else. Source: LinkrAPI, info, "Status Codes".
      const code = job.failure && STATUS[job.failure.code] === 403 ? job.failure.code : 'upstream-failed';
      throw new JobError(code, job.failure ? toReason(job.failure) : 'Midjourney did not answer.');
    }
    const data = toInfo(job.output.data);
    answers.set(key.id, { atMs: deps.clock.now(), data });
    return data;
  };
}
