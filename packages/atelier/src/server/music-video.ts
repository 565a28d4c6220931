import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { BlobStore } from '../core/asset.ts';
import type { Config } from '../config/config.ts';
import { MAX_AUDIO_BYTES, MAX_PICTURE_BYTES } from '../engine/music-video/input.ts';
import { createMusicVideoEngine, type MusicVideoDeps, type MusicVideoEngine } from '../engine/music-video/music-video.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { createCheckAudio, createCheckPicture, createFfmpegFinder, createRenderVideo, sweepTemporaryFolders } from '@atelier/renderer';
import type { UrlGuard } from '../core/url-guard.ts';

/** The engine of music videos on this machine. Removes the files that a killed process left. */
export async function openMusicVideo(
  config: Config,
  deps: { clock: Clock; log: Log; blobs: BlobStore; guard: Pick<UrlGuard, 'fetch'> },
): Promise<MusicVideoEngine> {
  const { clock, log, blobs, guard } = deps;
  // The data folder belongs to this process alone, so every file here is left over from a killed one.
  const folder = join(config.dataFolder, 'renders');
  const engine = createMusicVideoEngine({
    ...createVideoTools(config, { clock, temporaryFolder: folder }),
    clock,
    log,
    folder,
    guard,
    readAsset: (assetId) => blobs.get(assetId),
    settings: {
      longestMs: config.videoLongest,
      maxAudioBytes: MAX_AUDIO_BYTES,
      maxPictureBytes: MAX_PICTURE_BYTES,
      slots: config.videoWorkers ?? Math.max(1, Math.floor(availableParallelism() / 2)),
    },
  });
  await engine.sweep();
  // Other users of ffmpeg work in the system's temporary folder.
  await sweepTemporaryFolders();
  return engine;
}

/** The renderer and its checks, with the ffmpeg of the settings. `ffmpegPath` rejects with the reason if there is no usable ffmpeg. */
export function createVideoTools(
  config: Config,
  places: { clock: Clock; temporaryFolder?: string },
): Pick<MusicVideoDeps, 'render' | 'checkAudio' | 'checkPicture'> & { ffmpegPath(): Promise<string> } {
  const finder = createFfmpegFinder({ path: config.ffmpegPath, environmentPath: config.searchPath });
  const ffmpegPath = (): Promise<string> => finder.path();
  const deps = { ...places, ffmpeg: ffmpegPath };
  return {
    ffmpegPath,
    render: createRenderVideo({ ...deps, longestMs: config.videoLongest }),
    checkAudio: createCheckAudio(deps),
    checkPicture: createCheckPicture(),
  };
}
