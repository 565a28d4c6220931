import { Worker } from 'node:worker_threads';
import { planesBytes } from './planes.ts';
import type { SceneOrder } from './scene.ts';
import { TEMPLATE_SIZES } from '../templates/template-sizes.ts';

/** What the painting thread is started with. */
export interface ThreadOrder {
  scene: SceneOrder;
  coverPath: string;
  /** Frames are painted into these in turn. */
  buffers: SharedArrayBuffer[];
  /** One number: how many frames have been taken. */
  taken: SharedArrayBuffer;
}

/** What the painting thread says: the number of a frame that is ready. */
export interface Messages {
  painted: number;
}

export interface FrameSource {
  /** yuv420p frames in order. A frame is valid until the next is asked for. */
  frames: AsyncIterable<Uint8Array>;
  /** Ends the thread, whatever it is doing. */
  close(): Promise<void>;
}

/** One is being painted and one written; the others ride out a pause of either. */
const BUFFERS = 4;

/** Starts a thread that paints the frames of one video. It must be closed. */
export function createFrameSource(order: { scene: SceneOrder; coverPath: string; onTaken: (frames: number) => void }): FrameSource {
  const { width, height } = TEMPLATE_SIZES[order.scene.template];
  const taken = new SharedArrayBuffer(4);
  const takenCount = new Int32Array(taken);
  const buffers = Array.from({ length: BUFFERS }, () => new SharedArrayBuffer(planesBytes(width, height)));
  const workerData: ThreadOrder = { scene: order.scene, coverPath: order.coverPath, buffers, taken };
  const worker = new Worker(new URL('./paint-thread.ts', import.meta.url), { execArgv: [], env: {}, workerData });
  const state: { painted: number; failure?: Error; wake: () => void } = { painted: 0, wake: () => undefined };
  const fail = (error: Error): void => {
    state.failure ??= error;
    state.wake();
  };
  worker.on('message', (message: Messages) => {
    state.painted = message.painted + 1;
    state.wake();
  });
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => fail(new Error('the painting thread ended before its last frame')));

  /** Resolves when that many frames were painted. */
  const untilPainted = async (count: number): Promise<void> => {
    while (state.painted < count) {
      if (state.failure) throw state.failure;
      await new Promise<void>((resolve) => (state.wake = resolve));
    }
  };

  async function* frames(): AsyncGenerator<Uint8Array> {
    const views = buffers.map((memory) => new Uint8Array(memory));
    for (let number = 0; number < order.scene.frames; number++) {
      await untilPainted(number + 1);
      yield views[number % BUFFERS]!;
      // Asked for the next one: the encoder has this one.
      Atomics.store(takenCount, 0, number + 1);
      Atomics.notify(takenCount, 0);
      order.onTaken(number + 1);
    }
  }

  return {
    frames: frames(),
    async close() {
      fail(new Error('the painting thread was closed'));
      await worker.terminate();
    },
  };
}
