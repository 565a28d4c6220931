import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import type { RenderVideo } from '@atelier/renderer';
import { createJob, type Job } from '../../../core/job.ts';
import type { EngineUpdate } from '../../../core/engine.ts';
import { createLogTap } from '../../../discord/testing/log-tap.ts';
import { createUrlGuard } from '../../../net/url-guard.ts';
import type { MusicVideoInput } from '../input.ts';
import { createMusicVideoEngine, type MusicVideoDeps, type MusicVideoEngine } from '../music-video.ts';

export const LIMITS = { longestMs: 60_000, maxAudioBytes: 100_000, maxPictureBytes: 50_000, slots: 1 };

/** The engine with a temporary folder and the real URL guard; the test replaces the other parts. */
export interface TestVideoEngine extends AsyncDisposable {
  engine: MusicVideoEngine;
  folder: string;
  /** The clock of the engine and of the guard. */
  clock: FakeClock;
  assets: Map<string, string>;
  logLines: string[];
  /** The names in the engine's folder. */
  leftovers(): Promise<string[]>;
}

export async function createTestVideoEngine(
  render: RenderVideo,
  { allow = [], ...given }: Partial<Omit<MusicVideoDeps, 'render'>> & { allow?: string[] } = {},
): Promise<TestVideoEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-video-test-'));
  const clock = createFakeClock();
  const assets = new Map([['asset-song', 'the bytes of a song']]);
  const { log, lines } = createLogTap();
  const engine = createMusicVideoEngine({
    clock,
    log,
    render,
    folder,
    checkAudio: async () => ({ format: 'mp3', durationMs: 20_000 }),
    checkPicture: async (path, outputPath) => {
      await copyFile(path, outputPath);
      return { width: 8, height: 8 };
    },
    readAsset: async (assetId) => {
      const bytes = assets.get(assetId);
      return bytes === undefined ? undefined : Readable.from([Buffer.from(bytes)]);
    },
    guard: createUrlGuard({ allow, clock }),
    settings: LIMITS,
    ...given,
  });
  return {
    engine,
    folder,
    clock,
    assets,
    logLines: lines,
    leftovers: () => readdir(folder),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A job for the video of `asset-song` without a cover; `input` replaces any of its fields. */
export function newVideoJob(input: Partial<MusicVideoInput> = {}): Job {
  const full: MusicVideoInput = {
    audio: { assetId: 'asset-song' },
    cover: null,
    title: 'Harbour lights',
    author: 'Ada',
    domainName: 'example.com',
    template: 'stage',
    lyrics: [{ startMs: 0, endMs: 900, text: 'la la' }],
    ...input,
  };
  const names = { id: 'job-1', dialect: 'native', engine: 'music-video', verb: 'music-video', keyId: 'key-1' } as const;
  return createJob({ ...names, input: full, usesSlot: false, status: 'starting', version: 2, createdAtMs: 0, startedAtMs: 0 });
}

/** All updates of one run, taken one after the other as the queue does. */
export async function runToEnd(
  { engine }: Pick<TestVideoEngine, 'engine'>,
  job: Job,
  { signal = new AbortController().signal, onUpdate }: { signal?: AbortSignal; onUpdate?(update: EngineUpdate): Promise<void> } = {},
): Promise<EngineUpdate[]> {
  const updates: EngineUpdate[] = [];
  for await (const update of engine.run(job, await engine.plan(job), { resumed: false, signal })) {
    updates.push(update);
    await onUpdate?.(update);
  }
  return updates;
}
