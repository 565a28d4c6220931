import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MediaError, type CheckAudio, type CheckPicture } from '@atelier/renderer';
import type { JobFailure } from '../../core/errors.ts';
import { UrlFetchError, type UrlGuard } from '../../core/url-guard.ts';
import type { MediaReference, MusicVideoInput } from './input.ts';
import { paintCover } from './paint-cover.ts';

export interface MaterialDeps {
  checkAudio: CheckAudio;
  checkPicture: CheckPicture;
  /** The bytes of a stored asset; undefined when it has been deleted. */
  readAsset(assetId: string): Promise<Readable | undefined>;
  /** For the URLs of callers. */
  guard: Pick<UrlGuard, 'fetch'>;
  settings: MaterialLimits;
}

export interface MaterialLimits {
  /** The longest track. */
  longestMs: number;
  maxAudioBytes: number;
  maxPictureBytes: number;
}

export type Materials =
  | { ok: true; audioPath: string; coverPath: string; durationMs: number }
  /** A file could not be fetched, or cannot be used. */
  | { ok: false; failure: JobFailure };

type Kind = 'audio' | 'cover';

/** Enough for a whole file over a slow line; ends a fetch that only trickles. */
const FETCH_TIMEOUT_MS = 30_000;

/** Copies track and cover into `folder` and checks them there. Rejects when the signal aborts, and for errors that the caller did not cause. */
export async function gatherMaterials(deps: MaterialDeps, input: MusicVideoInput, folder: string, signal: AbortSignal): Promise<Materials> {
  const { settings } = deps;
  // Fixed names without an ending: the bytes alone decide a file's type.
  const audioPath = join(folder, 'track');
  const givenPath = join(folder, 'picture');
  const coverPath = join(folder, 'cover.png');
  let kind: Kind = 'audio';
  try {
    await copyInto(deps, input.audio, { path: audioPath, maxBytes: settings.maxAudioBytes }, signal);
    const { durationMs } = await deps.checkAudio(audioPath, { longestMs: settings.longestMs }, signal);
    kind = 'cover';
    if (input.cover) {
      await copyInto(deps, input.cover, { path: givenPath, maxBytes: settings.maxPictureBytes }, signal);
      await deps.checkPicture(givenPath, coverPath);
    } else {
      await paintCover(input.title, coverPath);
    }
    signal.throwIfAborted();
    return { ok: true, audioPath, coverPath, durationMs };
  } catch (error) {
    signal.throwIfAborted();
    const failure = toFailure(error, kind);
    if (!failure) throw error;
    return { ok: false, failure };
  }
}

/** The input names an asset that has been deleted. */
class AssetGoneError extends Error {
  override readonly name = 'AssetGoneError';
}

async function copyInto(
  deps: MaterialDeps,
  reference: MediaReference,
  { path, maxBytes }: { path: string; maxBytes: number },
  signal: AbortSignal,
): Promise<void> {
  const source =
    'url' in reference
      ? (await deps.guard.fetch(reference.url, { maxBytes, timeoutMs: FETCH_TIMEOUT_MS, signal })).body
      : await deps.readAsset(reference.assetId);
  if (!source) throw new AssetGoneError('the asset has been deleted');
  await pipeline(source, createWriteStream(path), { signal });
}

/** The failure for an error that the caller's file caused; undefined for other errors. */
function toFailure(error: unknown, kind: Kind): JobFailure | undefined {
  if (error instanceof MediaError) return { code: 'media-invalid', title: `The ${kind} cannot be used`, details: error.message };
  if (error instanceof AssetGoneError) return { code: 'media-invalid', title: `The ${kind} is no longer kept`, details: null };
  if (!(error instanceof UrlFetchError)) return undefined;
  const isFinal = error.reason === 'blocked' || error.reason === 'too-large';
  return { code: isFinal ? 'media-invalid' : 'media-unavailable', title: `The ${kind} could not be fetched`, details: error.message };
}
