import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { JobFailure } from '../../core/errors.ts';
import { MediaError, type CheckAudio, type CheckPicture } from '@atelier/renderer';
import { UrlFetchError, type UrlGuard } from '../../core/url-guard.ts';
import type { MediaReference, MusicVideoInput } from './input.ts';
import { paintCover } from './paint-cover.ts';

export interface MaterialDeps {
  checkAudio: CheckAudio;
  checkPicture: CheckPicture;
  /** The bytes of a file of ours; undefined when it is gone. */
  readAsset(assetId: string): Promise<Readable | undefined>;
  /** For the URLs of callers. */
  guard: Pick<UrlGuard, 'fetch'>;
  settings: MaterialLimits;
}

export interface MaterialLimits {
  /** Of a track. */
  longestMs: number;
  maxAudioBytes: number;
  maxPictureBytes: number;
}

export type Materials =
  | { ok: true; audioPath: string; coverPath: string; durationMs: number }
  /** A file could not be had, or is not what it must be. */
  | { ok: false; failure: JobFailure };

type Kind = 'audio' | 'cover';

/** A whole file over a slow line; a source that drips is given up after it. */
const FETCH_TIMEOUT_MS = 30_000;

/** Brings track and cover into `folder` and checks them there. Rejects when the signal aborts, and by errors of ours. */
export async function gatherMaterials(deps: MaterialDeps, input: MusicVideoInput, folder: string, signal: AbortSignal): Promise<Materials> {
  const { settings } = deps;
  // Names of our own, without an ending: what a file is, its bytes say.
  const audioPath = join(folder, 'track');
  const givenPath = join(folder, 'picture');
  const coverPath = join(folder, 'cover.png');
  let kind: Kind = 'audio';
  try {
    await bring(deps, input.audio, { path: audioPath, maxBytes: settings.maxAudioBytes }, signal);
    const { durationMs } = await deps.checkAudio(audioPath, { longestMs: settings.longestMs }, signal);
    kind = 'cover';
    if (input.cover) {
      await bring(deps, input.cover, { path: givenPath, maxBytes: settings.maxPictureBytes }, signal);
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

/** A file of ours that is asked for and no longer there. */
class AssetGoneError extends Error {
  override readonly name = 'AssetGoneError';
}

async function bring(
  deps: MaterialDeps,
  reference: MediaReference,
  { path, maxBytes }: { path: string; maxBytes: number },
  signal: AbortSignal,
): Promise<void> {
  const source =
    'url' in reference
      ? (await deps.guard.fetch(reference.url, { maxBytes, timeoutMs: FETCH_TIMEOUT_MS, signal })).body
      : await deps.readAsset(reference.assetId);
  if (!source) throw new AssetGoneError('the asset is gone');
  await pipeline(source, createWriteStream(path), { signal });
}

/** Why the caller's file fails the job; undefined for an error of ours. */
function toFailure(error: unknown, kind: Kind): JobFailure | undefined {
  if (error instanceof MediaError) return { code: 'media-invalid', title: `The ${kind} cannot be used`, details: error.message };
  if (error instanceof AssetGoneError) return { code: 'media-invalid', title: `The ${kind} is no longer kept`, details: null };
  if (!(error instanceof UrlFetchError)) return undefined;
  const isFinal = error.reason === 'blocked' || error.reason === 'too-large';
  return { code: isFinal ? 'media-invalid' : 'media-unavailable', title: `The ${kind} could not be fetched`, details: error.message };
}
