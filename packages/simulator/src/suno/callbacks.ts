import { Agent, request } from 'undici';
import { deadline, type Clock } from '@atelier/lib/clock';
import type { JsonObject } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';

/** Sends the progress of tasks to their callback URLs. */
export interface SunoCallbacks {
  /** Sends in the order of the calls for one task; never throws. A receiver that fails is not asked again. */
  send(task: { taskId: string; callBackUrl: string }, body: JsonObject): void;
  /** Cancels the POSTs under way. */
  close(): Promise<void>;
}

/** Source: kie, callback delivery, 15 seconds. */
const TIMEOUT_MS = 15_000;
const LARGEST_ANSWER_BYTES = 64 * 1024;

/** One POST each, no redirects, at most 15 s. */
export function createSunoCallbacks({ clock, log }: { clock: Clock; log: Log }): SunoCallbacks {
  const agent = new Agent({ keepAliveTimeout: 1_000, connect: { timeout: TIMEOUT_MS } });
  const closing = new AbortController();
  const queues = new Map<string, Promise<void>>();

  const post = async (url: string, body: JsonObject): Promise<void> => {
    const { signal, cancel } = deadline(clock, TIMEOUT_MS, closing.signal);
    try {
      const headers = { 'content-type': 'application/json' };
      const answer = await request(url, { method: 'POST', headers, body: JSON.stringify(body), dispatcher: agent, signal });
      await answer.body.dump({ limit: LARGEST_ANSWER_BYTES, signal });
    } finally {
      cancel();
    }
  };

  return {
    send({ taskId, callBackUrl }, body) {
      if (closing.signal.aborted) return;
      const sent = (queues.get(taskId) ?? Promise.resolve())
        .then(() => (closing.signal.aborted ? undefined : post(callBackUrl, body)))
        .catch((error: unknown) => log.debug({ err: error, taskId }, 'simulated vendor callback failed'))
        .then(() => {
          if (queues.get(taskId) === sent) queues.delete(taskId);
        });
      queues.set(taskId, sent);
    },
    async close() {
      closing.abort(new Error('the simulator is closing'));
      await Promise.all(queues.values());
      await agent.destroy();
    },
  };
}
