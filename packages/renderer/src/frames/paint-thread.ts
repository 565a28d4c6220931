import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { createCanvas, ImageData, type Canvas } from '@napi-rs/canvas';
import { decodePicture } from '../input/decode-picture.ts';
import { planesOver } from './planes.ts';
import { createVideoPainter, type VideoContent } from './video-painter.ts';
import type { FramePainted, PaintThreadData } from './frame-source.ts';

/** The thread that paints one video. It fills the buffers in turn; a buffer is free as soon as the encoder has taken its last frame. */
const port = parentPort;
if (port) {
  lowerPriority();
  const { content, coverPath, buffers, taken } = workerData as PaintThreadData;
  await paintAll(content, await loadCover(coverPath), { buffers, taken: new Int32Array(taken) }, (painted) =>
    port.postMessage({ painted } satisfies FramePainted),
  );
}

async function loadCover(path: string): Promise<Canvas> {
  const { pixels, width, height } = await decodePicture(path);
  const canvas = createCanvas(width, height);
  canvas.getContext('2d').putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}

async function paintAll(
  content: VideoContent,
  cover: Canvas,
  { buffers, taken }: { buffers: readonly SharedArrayBuffer[]; taken: Int32Array },
  post: (frame: number) => void,
): Promise<void> {
  const painter = await createVideoPainter(content, cover, buffers.length);
  const { width, height } = painter.plate;
  const frames = buffers.map((memory) => planesOver(memory, width, height));
  for (const frame of frames) {
    frame.luma.set(painter.plate.luma);
    frame.blue.set(painter.plate.blue);
    frame.red.set(painter.plate.red);
  }
  for (let number = 0; number < content.frames; number++) {
    // Sleeps in the kernel while every buffer waits for the encoder. `worker.terminate()` ends the sleep.
    for (let count = Atomics.load(taken, 0); number - count >= buffers.length; count = Atomics.load(taken, 0))
      Atomics.wait(taken, 0, count);
    const slot = number % buffers.length;
    painter.paint(frames[slot]!, slot, number);
    post(number);
  }
}

/** Linux sets the priority of this thread alone. Elsewhere the whole server would become slow, so nothing is changed. */
function lowerPriority(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // The system refuses: the thread keeps its priority.
  }
}
