import { parentPort } from 'node:worker_threads';
import type { Answer } from '../worker-pool.ts';
import type { CompositionRequest } from '@atelier/simulator';
import { perform, type Performance } from './perform.ts';

/** The thread that composes: each order is answered under its number. */
const port = parentPort;
if (port)
  port.on('message', ({ number, order }: { number: number; order: CompositionRequest }) => {
    try {
      const result = perform(order);
      port.postMessage({ number, result } satisfies Answer<Performance>, [result.pcm.buffer as ArrayBuffer]);
    } catch (error) {
      port.postMessage({ number, error: error instanceof Error ? error : new Error(String(error)) } satisfies Answer<unknown>, []);
    }
  });
