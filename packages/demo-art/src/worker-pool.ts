import { Worker } from 'node:worker_threads';

/** What a worker posts back for each numbered order. */
export type Answer<Result> = { number: number } & ({ result: Result } | { error: Error });

export interface WorkerPool<Order, Result> {
  /** Rejects with the worker's error, or when the worker dies or the pool is closed first. */
  run(order: Order): Promise<Result>;
  /** Ends the workers and rejects what is pending. */
  close(): Promise<void>;
}

interface Waiting<Result> {
  resolve: (result: Result) => void;
  reject: (error: Error) => void;
}

interface Seat<Result> {
  worker: Worker;
  waiting: Map<number, Waiting<Result>>;
}

/**
 * Worker threads that answer numbered orders. A thread is started when there is work for it, and a dead one is replaced at
 * the next order. Threads keep the process alive only while they owe an answer.
 */
export function createWorkerPool<Order, Result>(options: { entry: URL; threads: number }): WorkerPool<Order, Result> {
  const seats: (Seat<Result> | undefined)[] = Array.from({ length: Math.max(1, options.threads) }, () => undefined);
  let nextNumber = 1;
  let closed = false;

  // Without `execArgv` a thread takes over the process's own switches, and some of them are not for threads.
  const start = (place: number): Seat<Result> => {
    const worker = new Worker(options.entry, { execArgv: [] });
    const seat: Seat<Result> = { worker, waiting: new Map() };
    const fail = (error: Error): void => {
      if (seats[place] === seat) seats[place] = undefined;
      for (const { reject } of seat.waiting.values()) reject(error);
      seat.waiting.clear();
    };
    worker.on('message', (answer: Answer<Result>) => {
      const waiting = seat.waiting.get(answer.number);
      if (!waiting) return;
      seat.waiting.delete(answer.number);
      if (seat.waiting.size === 0) worker.unref();
      if ('error' in answer) waiting.reject(answer.error);
      else waiting.resolve(answer.result);
    });
    worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => fail(new Error('the thread ended before it answered')));
    worker.unref();
    seats[place] = seat;
    return seat;
  };

  /** The seat with the least to do; an empty one counts as having nothing to do, but is filled last. */
  const choose = (): Seat<Result> => {
    let best = 0;
    const load = (place: number): number => seats[place]?.waiting.size ?? 0.5;
    for (let place = 1; place < seats.length; place++) if (load(place) < load(best)) best = place;
    return seats[best] ?? start(best);
  };

  return {
    run(order) {
      if (closed) return Promise.reject(new Error('the threads are closed'));
      return new Promise<Result>((resolve, reject) => {
        const seat = choose();
        const number = nextNumber++;
        seat.waiting.set(number, { resolve, reject });
        seat.worker.ref();
        seat.worker.postMessage({ number, order }, []);
      });
    },
    async close() {
      closed = true;
      const open = seats.filter((seat) => seat !== undefined);
      seats.fill(undefined);
      await Promise.all(
        open.map(async ({ worker, waiting }) => {
          for (const { reject } of waiting.values()) reject(new Error('the threads were closed'));
          waiting.clear();
          await worker.terminate();
        }),
      );
    },
  };
}
