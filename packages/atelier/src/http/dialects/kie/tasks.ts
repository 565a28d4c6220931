import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { JobError } from '../../../core/errors.ts';
import type { EngineName, Job } from '../../../core/job.ts';
import type { ApiKey } from '../../../core/key.ts';
import type { Clock } from '@atelier/lib/clock';
import type { JsonObject } from '@atelier/lib/json';
import { createSlidingWindow, type SlidingWindow } from '@atelier/lib/sliding-window';
import type { DialectDeps } from '../../dialect.ts';
import { findRepeated, onceGone, readIdempotency } from '../../exchange.ts';
import { sendEnvelope, success } from './envelope.ts';
import { bodyOf, readText } from './fields.ts';

/** A validated request: the task that its page wants to submit. */
export interface TaskDraft {
  engine: EngineName;
  verb: string;
  input: JsonObject;
  /** Fields of the request that the record and the callback repeat. */
  echo: JsonObject;
  usesSlot: boolean;
  /** The task that made the result to work on. The new task runs on the same account. */
  parent?: Job;
  /** At most one running or completed task of a key may have this value. */
  dedupeKey?: string;
}

export interface TaskDeps extends Pick<DialectDeps, 'clock' | 'ids' | 'submit' | 'authenticate' | 'suppressCallbacks'> {
  store: Pick<DialectDeps['store'], 'getJob' | 'findRepeated'>;
}

export type Tasks = ReturnType<typeof createTasks>;

const API_KEY = 'kieApiKey';

/** Authenticates requests, submits tasks and finds them, for every page of this vendor. `rateLimit`: new tasks per key in 10 s; 0: no limit. */
export function createTasks(deps: TaskDeps, rateLimit: number) {
  const countTask = rateLimit > 0 ? createRateLimiter(deps.clock, rateLimit) : undefined;
  const keyOf = (request: FastifyRequest): ApiKey => request.getDecorator<ApiKey>(API_KEY);

  return {
    /** Adds the two steps before every handler: authentication, before the body is read, and the answer to a repeated request. */
    addHooks(app: FastifyInstance): void {
      app.decorateRequest(API_KEY, null);
      app.addHook('onRequest', async (request) => request.setDecorator(API_KEY, await deps.authenticate(request)));
      // A repeated request gets its first task even where the policy or the account's state forbids that task now.
      app.addHook('preHandler', async (request, reply) => {
        const repeated = await findRepeated(deps.store, request, keyOf(request));
        return repeated && sendTaskId(reply, repeated);
      });
    },

    /** Stores the task. Its callbacks wait until `reply` is sent. Throws `JobError('rate-limited')`. */
    async submit(request: FastifyRequest, reply: FastifyReply, draft: TaskDraft): Promise<Job> {
      const key = keyOf(request);
      countTask?.(key.id);
      const { parent, dedupeKey, ...task } = draft;
      const callbackUrl = readText(bodyOf(request), 'callBackUrl');
      const idempotency = readIdempotency(request, key);
      // 32 hexadecimal digits as at the vendor, growing with time: the store is faster with ids that grow.
      const id = deps.ids.uuid().replaceAll('-', '');
      onceGone(reply, deps.suppressCallbacks(id));
      return deps.submit({
        id,
        dialect: 'kie',
        keyId: key.id,
        ...task,
        ...(parent ? { parentId: parent.id } : {}),
        // A button can be pressed only in the channel of its message.
        ...(parent?.accountId ? { accountId: parent.accountId } : {}),
        ...(callbackUrl === null ? {} : { callbackUrl }),
        ...(dedupeKey === undefined ? {} : { dedupeKey: `${key.id}:${dedupeKey}` }),
        ...(idempotency === undefined ? {} : { idempotency }),
      });
    },

    /** A task of the request's key, or any task for the admin key; every dialect's tasks are found. */
    async find(request: FastifyRequest, engine: EngineName, taskId: string): Promise<Job | undefined> {
      const key = keyOf(request);
      const job = await deps.store.getJob(taskId);
      return job?.engine === engine && (job.keyId === key.id || key.admin) ? job : undefined;
    },
  };
}

/** The answer to an accepted task. */
export const sendTaskId = (reply: FastifyReply, task: Job): FastifyReply => sendEnvelope(reply, success({ taskId: task.id }));

/** The answer of record-info: a task that does not exist for this key is a success without data. Source: kie, recorded replies. */
export const sendRecord = (reply: FastifyReply, record: JsonObject | null): FastifyReply => sendEnvelope(reply, success(record));

/** The vendor accepts 20 tasks in this time. Source: kie, rate limits. */
const WINDOW_MS = 10_000;

/**
 * Counts new tasks of each key. The vendor refuses the tasks above its limit. Here they wait in the queue, so only the operator's setting limits them. Throws `JobError('rate-limited')` with `retryAfterSeconds`.
 */
function createRateLimiter(clock: Clock, max: number): (keyId: string) => void {
  /** Ordered by each key's latest task, the oldest first. */
  const windows = new Map<string, SlidingWindow>();
  return (keyId) => {
    for (const [id, window] of windows) {
      if (!window.isEmpty()) break;
      windows.delete(id);
    }
    const window = windows.get(keyId) ?? createSlidingWindow({ clock, max, windowMs: WINDOW_MS });
    const waitMs = window.take();
    if (waitMs > 0) {
      const message = `At most ${max} new tasks in ${WINDOW_MS / 1_000} s; please try again later`;
      throw new JobError('rate-limited', message, { facts: { retryAfterSeconds: Math.ceil(waitMs / 1_000) } });
    }
    windows.delete(keyId);
    windows.set(keyId, window);
  };
}
