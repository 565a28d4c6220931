import sharp from 'sharp';
import { request } from 'undici';
import type { Job } from 'atelier/core/job';
import { isJsonObject, type JsonObject } from '@atelier/lib/json';

export interface MarkedPicture {
  bytes: Buffer;
  width: number;
  height: number;
  /** The mark that the simulator wrote into the picture: it names the request. */
  mark: JsonObject;
}

/** Fetches a picture from a link of the server and reads the simulator's mark. Throws for any status but 200. */
export async function fetchPicture(url: unknown): Promise<MarkedPicture> {
  const { statusCode, body } = await request(String(url));
  const bytes = Buffer.from(await body.arrayBuffer());
  if (statusCode !== 200) throw new Error(`${String(url)} answered ${statusCode}`);
  const { width, height, exif } = await sharp(bytes).metadata();
  return { width, height, bytes, mark: readMark(exif) };
}

/** True when this job asked for the picture: the nonce in the mark is one of the job's nonces. */
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
