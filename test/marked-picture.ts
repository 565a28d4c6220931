import sharp from 'sharp';
import { request } from 'undici';
import type { Job } from 'atelier/core/job';
import { isJsonObject, type JsonObject } from '@atelier/lib/json';

export interface MarkedPicture {
  bytes: Buffer;
  width: number;
  height: number;
  /** What the simulator wrote into the picture: which request it belongs to. */
  mark: JsonObject;
}

/** Fetches one of our links and reads the simulator's mark. Throws for anything but 200. */
export async function fetchPicture(url: unknown): Promise<MarkedPicture> {
  const { statusCode, body } = await request(String(url));
  const bytes = Buffer.from(await body.arrayBuffer());
  if (statusCode !== 200) throw new Error(`${String(url)} answered ${statusCode}`);
  const { width, height, exif } = await sharp(bytes).metadata();
  return { width, height, bytes, mark: readMark(exif) };
}

/** Whether the request that made a picture was this job's own: the nonce in the picture is one that the job asked with. */
export function isPictureOf(job: Job | undefined, mark: JsonObject): boolean {
  const operation = job?.operation;
  if (!isJsonObject(operation) || !Array.isArray(operation['nonces'])) return false;
  const { nonce = null } = mark;
  return nonce !== null && [...operation['nonces'], operation['modalNonce']].includes(nonce);
}

function readMark(exif: Buffer | undefined): JsonObject {
  // A brace alone may be a length in the binary part.
  const text = /\{".*\}/s.exec(exif?.toString('utf8') ?? '')?.[0] ?? '{}';
  const parsed: unknown = JSON.parse(text);
  return isJsonObject(parsed) ? parsed : {};
}
