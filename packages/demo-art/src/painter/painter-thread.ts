import { parentPort } from 'node:worker_threads';
import type { Order } from './order.ts';
import { createStudio } from './studio.ts';
import type { Answer } from '../worker-pool.ts';

/** The thread that paints: each order is answered under its number. */
const port = parentPort;
if (port) {
  const studio = createStudio();
  const answer = async (number: number, order: Order): Promise<void> => {
    try {
      const picture = await studio.paint(order);
      const bytes = new Uint8Array(picture.bytes);
      port.postMessage({ number, result: { ...picture, bytes } } satisfies Answer<unknown>, [bytes.buffer]);
    } catch (error) {
      port.postMessage({ number, error: error instanceof Error ? error : new Error(String(error)) } satisfies Answer<unknown>, []);
    }
  };
  port.on('message', ({ number, order }: { number: number; order: Order }) => void answer(number, order));
}
