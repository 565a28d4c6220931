import type { Account } from '../../../core/account.ts';
import type { Job } from '../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import { toButton } from './buttons.ts';
import { serverOf } from './midjourney-account.ts';

/** What a job repeats to its caller, under the names that it has on the wire. A job of this dialect keeps it from its submit on. */
export interface Echo {
  /** In place of the engine's verb: one seed verb carries out both `seed` and `seed_async`. */
  verb?: string;
  prompt?: string;
  blendUrls?: string[];
  blendDimensions?: string;
  describeUrl?: string;
  button?: string;
  /** Masked: first 3 and last 3 characters. */
  discord: string;
  channel: string;
  server: string;
  replyUrl?: string;
  replyRef?: string;
}

const DIMENSIONS: Record<string, string> = { portrait: 'Portrait', square: 'Square', landscape: 'Landscape' };

/**
 * The job's echo. One that came in through another dialect has none in these words: its fields are read from what Midjourney
 * was asked, and from the account that it ran on, as far as there is one.
 */
export function echoOf(job: Job, account: Account | undefined): JsonObject {
  if (job.dialect === 'useapi') return job.echo;
  const limit = job.usesSlot ? (job.maxJobs ?? account?.maxJobs) : undefined;
  return {
    ...requestOf(job),
    ...(account === undefined ? {} : { discord: account.maskedToken, channel: account.channelId, ...serverOf(account) }),
    ...(limit === undefined ? {} : { maxJobs: limit }),
    ...(job.callbackUrl === null ? {} : { replyUrl: job.callbackUrl }),
  };
}

function requestOf({ input, verb }: Job): JsonObject {
  const { prompt, imageUrls, dimensions, imageUrl } = input;
  const shape = typeof dimensions === 'string' ? DIMENSIONS[dimensions] : undefined;
  return {
    ...(verb === 'button' ? { button: pressedLabel(input) } : {}),
    ...(typeof prompt === 'string' ? { prompt } : {}),
    ...(Array.isArray(imageUrls) ? { blendUrls: imageUrls } : {}),
    ...(shape === undefined ? {} : { blendDimensions: shape }),
    ...(typeof imageUrl === 'string' ? { describeUrl: imageUrl } : {}),
  };
}

/** The button that a job has pressed, in v2's spelling where v2 names it; empty for a job that pressed none. */
export function pressedLabel(input: JsonObject): string {
  const { label } = input;
  return typeof label === 'string' ? (toButton(label) ?? label) : '';
}
