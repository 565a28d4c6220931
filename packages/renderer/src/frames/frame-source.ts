import { Worker } from 'node:worker_threads';
import { systemClock } from '@atelier/lib/clock';
import { createWaker } from '@atelier/lib/waker';
import { planesBytes } from './planes.ts';
import { TEMPLATES } from '../templates/templates.ts';
import type { VideoContent } from './video-painter.ts';

/** `workerData` of the painting thread. */
export interface PaintThreadData {
  content: VideoContent;
  coverPath: string;
  /** The thread paints frames into these buffers in turn. */
  buffers: SharedArrayBuffer[];
  /** One 32-bit number: how many frames the encoder has taken. */
  taken: SharedArrayBuffer;
}

/** The painting thread posts this for each frame that is ready: the frame's number. */
export interface FramePainted {
  painted: number;
}

export interface FrameSource {
  /** yuv420p frames in order. A frame is valid until the reader asks for the next one. */
  frames: AsyncIterable<Uint8Array>;
  /** Terminates the thread at once. */
  close(): Promise<void>;
}

/** One buffer is being painted and one written; the other two bridge a pause of either side. */
const BUFFERS = 4;

/** Starts a thread that paints the frames of one video. The caller must close it. */
export function createFrameSource(options: { content: VideoContent; coverPath: string; onTaken: (frames: number) => void }): FrameSource {
  const { content, coverPath, onTaken } = options;
  const { width, height } = TEMPLATES[content.template];
  const taken = new SharedArrayBuffer(4);
  const takenCount = new Int32Array(taken);
  const buffers = Array.from({ length: BUFFERS }, () => new SharedArrayBuffer(planesBytes(width, height)));
  const workerData: PaintThreadData = { content, coverPath, buffers, taken };
  const worker = new Worker(new URL('./paint-thread.ts', import.meta.url), { execArgv: [], env: {}, workerData });
  const state: { painted: number; failure?: Error } = { painted: 0 };
  const waker = createWaker(systemClock);
  const fail = (error: Error): void => {
    state.failure ??= error;
    waker.wake();
  };
  worker.on('message', (message: FramePainted) => {
    state.painted = message.painted + 1;
    waker.wake();
  });
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => fail(new Error('the painting thread ended before its last frame')));

  /** Resolves when the thread has painted `count` frames; rejects when the thread failed. */
  const untilPainted = async (count: number): Promise<void> => {
    while (state.painted < count) {
      if (state.failure) throw state.failure;
      await waker.wait(Infinity);
    }
  };

  async function* frames(): AsyncGenerator<Uint8Array> {
    const views = buffers.map((memory) => new Uint8Array(memory));
    for (let number = 0; number < content.frames; number++) {
      await untilPainted(number + 1);
      yield views[number % BUFFERS]!;
      // The reader asks for the next frame, so the encoder has taken this one.
      Atomics.store(takenCount, 0, number + 1);
      Atomics.notify(takenCount, 0);
      onTaken(number + 1);
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
