import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createLogTap } from '../../../discord/testing/log-tap.ts';
import { EMPTY_OUTPUT, type Job } from '../../../core/job.ts';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import type { RenderVideo } from '@atelier/renderer';
import { createUrlGuard } from '../../../net/url-guard.ts';
import type { EngineUpdate } from '../../../core/engine.ts';
import type { MusicVideoInput } from '../input.ts';
import { createMusicVideoEngine, type MusicVideoDeps, type MusicVideoEngine } from '../music-video.ts';

export const LIMITS = { longestMs: 60_000, maxAudioBytes: 100_000, maxPictureBytes: 50_000, slots: 1 };

/** The engine with files of its own, the real guard, and what the test puts in place of the rest. */
export interface VideoHarness extends AsyncDisposable {
  engine: MusicVideoEngine;
  folder: string;
  /** The guard's. */
  clock: FakeClock;
  assets: Map<string, string>;
  logLines: string[];
  /** Names of what lies in the engine's folder. */
  leftovers(): Promise<string[]>;
}

export async function createTestVideoHarness(
  render: RenderVideo,
  { allow = [], ...given }: Partial<Omit<MusicVideoDeps, 'render'>> & { allow?: string[] } = {},
): Promise<VideoHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-video-test-'));
  const clock = createFakeClock();
  const assets = new Map([['asset-song', 'the bytes of a song']]);
  const { log, lines } = createLogTap();
  const engine = createMusicVideoEngine({
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

/** A job for the video of `asset-song`, without a cover, unless told otherwise. */
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
  return {
    id: 'job-1',
    dialect: 'native',
    engine: 'music-video',
    verb: 'music-video',
    keyId: 'key-1',
    parentId: null,
    input: full,
    echo: {},
    callbackUrl: null,
    accountId: null,
    usesSlot: false,
    maxJobs: null,
    status: 'starting',
    version: 2,
    progressPercent: 0,
    operation: null,
    output: EMPTY_OUTPUT,
    failure: null,
    createdAtMs: 0,
    updatedAtMs: 0,
    startedAtMs: 0,
    finishedAtMs: null,
  };
}

/** Every update of one run to its end, as the queue takes them. */
export async function runToEnd(
  { engine }: Pick<VideoHarness, 'engine'>,
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
