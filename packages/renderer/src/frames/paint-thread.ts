import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { createCanvas, ImageData, type Canvas } from '@napi-rs/canvas';
import { decodePicture } from '../input/decode-picture.ts';
import { planesOver } from './planes.ts';
import { createScene, type SceneOrder } from './scene.ts';
import type { Messages, ThreadOrder } from './frame-source.ts';

/** The thread that paints one video: each buffer is filled in turn, as soon as its last frame has been taken. */
const port = parentPort;
if (port) {
  beNice();
  const { scene: sceneOrder, coverPath, buffers, taken } = workerData as ThreadOrder;
  await paintAll(sceneOrder, await loadCover(coverPath), { buffers, taken: new Int32Array(taken) }, (painted) =>
    port.postMessage({ painted } satisfies Messages),
  );
}

async function loadCover(path: string): Promise<Canvas> {
  const { pixels, width, height } = await decodePicture(path);
  const canvas = createCanvas(width, height);
  canvas.getContext('2d').putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}

async function paintAll(
  order: SceneOrder,
  cover: Canvas,
  { buffers, taken }: { buffers: readonly SharedArrayBuffer[]; taken: Int32Array },
  post: (frame: number) => void,
): Promise<void> {
  const scene = createScene(order, cover, buffers.length);
  const { width, height } = scene.plate;
  const frames = buffers.map((memory) => planesOver(memory, width, height));
  for (const frame of frames) {
    frame.luma.set(scene.plate.luma);
    frame.blue.set(scene.plate.blue);
    frame.red.set(scene.plate.red);
  }
  for (let number = 0; number < order.frames; number++) {
    // Sleeps in the kernel while every buffer waits for the encoder; ending the thread wakes it.
    for (let count = Atomics.load(taken, 0); number - count >= buffers.length; count = Atomics.load(taken, 0))
      Atomics.wait(taken, 0, count);
    const slot = number % buffers.length;
    scene.paint(frames[slot]!, slot, number);
    post(number);
  }
}

/** On Linux a priority belongs to a thread, elsewhere to the whole process, which is to stay quick. */
function beNice(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Not allowed here: it runs as it is.
  }
}
