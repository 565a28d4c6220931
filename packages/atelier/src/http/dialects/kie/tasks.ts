import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKey } from '../../../core/key.ts';
import type { EngineName, Job } from '../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { DialectDeps } from '../../dialect.ts';
import { findRepeated, onceGone, readIdempotency } from '../../exchange.ts';
import { sendEnvelope, success } from './envelope.ts';
import { bodyOf, readText } from './fields.ts';
import { createRateLimiter, type RateLimit } from './rate-limit.ts';

/** A request as its page has read it: what a task is made from. */
export interface TaskDraft {
  engine: EngineName;
  verb: string;
  input: JsonObject;
  /** What the record and the callback must repeat. */
  echo: JsonObject;
  usesSlot: boolean;
  /** The task whose result this one works on. It runs where that one ran. */
  parent?: Job;
  /** At most one running or completed task of this key may have it. */
  dedupeKey?: string;
}

/** What every page of this vendor does with tasks. */
export interface Tasks {
  /** Accepts the task and answers with its id, before any callback of it can go out. */
  submit(request: FastifyRequest, reply: FastifyReply, draft: TaskDraft): Promise<FastifyReply>;
  /** The caller's own task, or any for the admin key, whatever dialect it was made in. */
  find(request: FastifyRequest, engine: EngineName, taskId: string): Promise<Job | undefined>;
}

const API_KEY = 'kieApiKey';

export interface TaskDeps extends Pick<DialectDeps, 'clock' | 'ids' | 'submit' | 'authenticate' | 'suppressCallbacks'> {
  store: Pick<DialectDeps['store'], 'getJob' | 'findRepeated'>;
}

export function createTasks(deps: TaskDeps, rateLimit: RateLimit | null) {
  const countTask = createRateLimiter({ clock: deps.clock, limit: rateLimit });
  const keyOf = (request: FastifyRequest): ApiKey => request.getDecorator<ApiKey>(API_KEY);

  return {
    decorator: API_KEY,
    /** A hook: who may not ask is told so before the body is read. */
    identify: async (request: FastifyRequest): Promise<void> => request.setDecorator(API_KEY, await deps.authenticate(request)),

    /** A hook: a request that was sent before gets its first task, whatever has been forbidden since then. */
    async answerRepeated(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
      const repeated = await findRepeated(deps.store, request, keyOf(request));
      return repeated && sendEnvelope(reply, success({ taskId: repeated.id }));
    },

    async submit(request: FastifyRequest, reply: FastifyReply, draft: TaskDraft): Promise<FastifyReply> {
      const key = keyOf(request);
      countTask(key.id);
      const { parent, dedupeKey, ...task } = draft;
      const callbackUrl = readText(bodyOf(request), 'callBackUrl');
      const idempotency = readIdempotency(request, key);
      // 32 hexadecimal digits as at the vendor, in the order of time: the store likes ids that grow.
      const id = deps.ids.uuid().replaceAll('-', '');
      onceGone(reply, deps.suppressCallbacks(id));
      const job = await deps.submit({
        id,
        dialect: 'kie',
        keyId: key.id,
        ...task,
        ...(parent ? { parentId: parent.id } : {}),
        // A button can be pressed only where its message stands.
        ...(parent?.accountId ? { accountId: parent.accountId } : {}),
        ...(callbackUrl === null ? {} : { callbackUrl }),
        ...(dedupeKey === undefined ? {} : { dedupeKey: `${key.id}:${dedupeKey}` }),
        ...(idempotency === undefined ? {} : { idempotency }),
      });
      return sendEnvelope(reply, success({ taskId: job.id }));
    },

    async find(request: FastifyRequest, engine: EngineName, taskId: string): Promise<Job | undefined> {
      const key = keyOf(request);
      const job = await deps.store.getJob(taskId);
      return job?.engine === engine && (job.keyId === key.id || key.admin) ? job : undefined;
    },
  } satisfies Tasks & Record<string, unknown>;
}
