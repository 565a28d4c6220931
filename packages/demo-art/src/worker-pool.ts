import { parentPort, Worker } from 'node:worker_threads';

/** A worker posts this back for each numbered request. */
type WorkerReply<Result> = { number: number } & ({ result: Result } | { error: Error });

interface NumberedRequest<Request> {
  number: number;
  request: Request;
}

export interface WorkerPool<Request, Result> {
  /** Rejects with the worker's error, or when the worker ends or the pool is closed first. */
  run(request: Request): Promise<Result>;
  /** Ends the workers and rejects every pending request. */
  close(): Promise<void>;
}

interface PendingRequest<Result> {
  resolve: (result: Result) => void;
  reject: (error: Error) => void;
}

interface PooledWorker<Result> {
  worker: Worker;
  pending: Map<number, PendingRequest<Result>>;
}

/**
 * Worker threads that answer numbered requests. The pool starts a thread when there is work for it, and replaces an ended thread at the
 * next request. Threads keep the process alive only while they owe an answer.
 */
export function createWorkerPool<Request, Result>(options: { entry: URL; threads: number }): WorkerPool<Request, Result> {
  const slots: (PooledWorker<Result> | undefined)[] = Array.from({ length: Math.max(1, options.threads) }, () => undefined);
  let nextNumber = 1;
  let closed = false;

  const start = (slot: number): PooledWorker<Result> => {
    const started = startWorker<Result>(options.entry, () => {
      if (slots[slot] === started) slots[slot] = undefined;
    });
    slots[slot] = started;
    return started;
  };

  /** The worker with the fewest requests. An empty slot counts as half a request: an idle worker is preferred to a new one. */
  const choose = (): PooledWorker<Result> => {
    let best = 0;
    const load = (slot: number): number => slots[slot]?.pending.size ?? 0.5;
    for (let slot = 1; slot < slots.length; slot++) if (load(slot) < load(best)) best = slot;
    return slots[best] ?? start(best);
  };

  return {
    run(request) {
      if (closed) return Promise.reject(new Error('the threads are closed'));
      return new Promise<Result>((resolve, reject) => {
        const { worker, pending } = choose();
        const number = nextNumber++;
        pending.set(number, { resolve, reject });
        worker.ref();
        worker.postMessage({ number, request } satisfies NumberedRequest<Request>, []);
      });
    },
    async close() {
      closed = true;
      const open = slots.filter((slot) => slot !== undefined);
      slots.fill(undefined);
      await Promise.all(
        open.map(async ({ worker, pending }) => {
          for (const { reject } of pending.values()) reject(new Error('the threads were closed'));
          pending.clear();
          await worker.terminate();
        }),
      );
    },
  };
}

/** Calls `onEnd` and rejects the pending requests when the thread ends. */
function startWorker<Result>(entry: URL, onEnd: () => void): PooledWorker<Result> {
  // Without `execArgv` a thread inherits the switches of the process, and some of them are not allowed for threads.
  const worker = new Worker(entry, { execArgv: [] });
  const pending = new Map<number, PendingRequest<Result>>();
  const fail = (error: Error): void => {
    onEnd();
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  worker.on('message', (reply: WorkerReply<Result>) => {
    const waiting = pending.get(reply.number);
    if (!waiting) return;
    pending.delete(reply.number);
    if (pending.size === 0) worker.unref();
    if ('error' in reply) waiting.reject(reply.error);
    else waiting.resolve(reply.result);
  });
  worker.on('error', (error) => fail(toError(error)));
  worker.on('exit', () => fail(new Error('the thread ended before it answered')));
  worker.unref();
  return { worker, pending };
}

/** The thread's side: answers every request of the pool. `transfer` names the result's memory that is moved, not copied. */
export function answerRequests(handle: (request: never) => HandledRequest | Promise<HandledRequest>): void {
  const port = parentPort;
  if (!port) return;
  const answer = async ({ number, request }: NumberedRequest<never>): Promise<void> => {
    try {
      const { result, transfer } = await handle(request);
      port.postMessage({ number, result } satisfies WorkerReply<unknown>, transfer);
    } catch (error) {
      port.postMessage({ number, error: toError(error) } satisfies WorkerReply<unknown>, []);
    }
  };
  port.on('message', (message: NumberedRequest<never>) => void answer(message));
}

interface HandledRequest {
  result: unknown;
  transfer: ArrayBuffer[];
}

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
