import { writeFile } from 'node:fs/promises';
import type { RenderedVideo, RenderVideo, RenderRequest } from '@atelier/renderer';

export const RENDERED: RenderedVideo = { width: 1280, height: 720, durationMs: 20_000, frames: 500, bytes: 5 };

/** A started render that the test controls. */
export interface ManualRun {
  request: RenderRequest;
  progress(done: number): void;
  finish(): Promise<void>;
  fail(error: Error): void;
}

/** Renders nothing: the test reports progress, finishes or fails each run. A run rejects when its signal aborts, as the contract says. */
export function createManualRender(): { render: RenderVideo; next(): Promise<ManualRun> } {
  const started: ManualRun[] = [];
  const waiting: ((run: ManualRun) => void)[] = [];
  const render: RenderVideo = async (request) => {
    const { promise, resolve, reject } = Promise.withResolvers<RenderedVideo>();
    request.signal?.addEventListener('abort', () => reject(request.signal?.reason as Error));
    const run: ManualRun = {
      request,
      progress: (done) => request.onProgress?.(done),
      fail: reject,
      async finish() {
        await writeFile(request.outputPath, 'video');
        resolve(RENDERED);
      },
    };
    const next = waiting.shift();
    if (next) next(run);
    else started.push(run);
    return promise;
  };
  return {
    render,
    next: () => {
      const run = started.shift();
      return run ? Promise.resolve(run) : new Promise((resolve) => waiting.push(resolve));
    },
  };
}
