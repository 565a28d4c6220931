import { writeFile } from 'node:fs/promises';
import type { RenderedVideo, RenderVideo, RenderRequest } from '@atelier/renderer';

export const RENDERED: RenderedVideo = { width: 1280, height: 720, durationMs: 20_000, frames: 500, bytes: 5 };

/** A render that has begun and waits for the test's hand. */
export interface HandRun {
  order: RenderRequest;
  progress(done: number): void;
  finish(): Promise<void>;
  fail(error: Error): void;
}

/** Renders nothing: each run goes on, ends and fails by hand, and stops when its signal says so, as the contract has it. */
export function createHandRender(): { render: RenderVideo; next(): Promise<HandRun> } {
  const begun: HandRun[] = [];
  const waiting: ((run: HandRun) => void)[] = [];
  const render: RenderVideo = async (order) => {
    const { promise, resolve, reject } = Promise.withResolvers<RenderedVideo>();
    order.signal?.addEventListener('abort', () => reject(order.signal?.reason as Error));
    const run: HandRun = {
      order,
      progress: (done) => order.onProgress?.(done),
      fail: reject,
      async finish() {
        await writeFile(order.outputPath, 'video');
        resolve(RENDERED);
      },
    };
    const next = waiting.shift();
    if (next) next(run);
    else begun.push(run);
    return promise;
  };
  return {
    render,
    next: () => {
      const run = begun.shift();
      return run ? Promise.resolve(run) : new Promise((resolve) => waiting.push(resolve));
    },
  };
}
