import type { Account } from '../../../core/account.ts';
import type { Job, JobStatus, OutputAsset, UpstreamMessage } from '../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { AssetLinks } from '../../../core/asset.ts';
import { toButton } from './buttons.ts';
import { serverOf } from './fields.ts';

/** Source: useapi, jobs/?jobid, `status`. */
export type WireStatus = 'created' | 'started' | 'progress' | 'completed' | 'moderated' | 'failed' | 'cancelled';

const WIRE_STATUS: Record<JobStatus, WireStatus> = {
  queued: 'created',
  starting: 'created',
  started: 'started',
  progress: 'progress',
  completed: 'completed',
  moderated: 'moderated',
  failed: 'failed',
  cancelled: 'cancelled',
};

export const toWireStatus = (status: JobStatus): WireStatus => WIRE_STATUS[status];

export interface JobView {
  links: AssetLinks;
  /** The body's `code`. A failure's own code stands in its POST reply and its callback; a GET always says 200. */
  code: number;
  /** Replaces the job's own status. */
  status?: WireStatus;
  /** Replaces the job's own echo: for jobs of other dialects, see `echoOf`. */
  echo?: JsonObject;
  /** Jobs made from this one, oldest first. */
  children?: readonly Job[];
}

/**
 * The job object of v2: in POST replies, under GET jobs/?jobid=, and as the body of callbacks.
 * Source: useapi, jobs/?jobid; useapi, jobs/button; useapi, jobs/info.
 */
export function toJobBody(job: Job, view: JobView): JsonObject {
  const status = view.status ?? toWireStatus(job.status);
  const children = (view.children ?? []).flatMap(toChild);
  const updatedAtMs = Math.max(job.updatedAtMs, ...children.map((child) => child.createdAtMs));
  return {
    jobid: job.id,
    verb: job.verb,
    status,
    created: new Date(job.createdAtMs).toISOString(),
    updated: new Date(updatedAtMs).toISOString(),
    ...(view.echo ?? job.echo),
    ...(job.parentId === null ? {} : { parentJobId: job.parentId }),
    ...(job.maxJobs === null ? {} : { maxJobs: job.maxJobs }),
    ...(children.length === 0 ? {} : { children: children.map((child) => child.body) }),
    ...messageFields(job.output.message, view.code === 200),
    ...(status === 'completed' ? resultFields(job, view.links) : {}),
    ...(job.failure !== null && job.status !== 'cancelled' ? failureFields(job.failure) : {}),
    code: view.code,
  };
}

/** `error`, and `errorDetails` where there are any: title and description of Midjourney's own message when it refused. */
export const failureFields = (failure: { title: string; details: string | null }): JsonObject => ({
  error: failure.title,
  ...(failure.details === null || failure.details === '' ? {} : { errorDetails: failure.details }),
});

/**
 * `content` is a string in every body with code 200: receivers call string functions on it without a check. If Midjourney's message
 * has no text (info, describe), `content` is a copy of the first embed's description. Source: useapi, jobs/info, `content`.
 * A failure stands in `error`; its body has no copy of the embed. Source: useapi, jobs/info, 596.
 */
function messageFields(message: UpstreamMessage | null, answered: boolean): JsonObject {
  if (message === null) return answered ? { content: '' } : {};
  const identity = { messageId: message.id, timestamp: message.timestamp };
  if (!answered) return { ...identity, ...(message.content === '' ? {} : { content: message.content }) };
  return {
    ...identity,
    content: message.content || descriptionOf(message),
    ...(message.embeds.length === 0 ? {} : { embeds: [...message.embeds] }),
  };
}

function descriptionOf(message: UpstreamMessage): string {
  const description = message.embeds[0]?.['description'];
  return typeof description === 'string' ? description : '';
}

/** A child is listed once its message is known: strict clients need all three fields. */
function toChild(child: Job): { body: JsonObject; createdAtMs: number }[] {
  const button = pressedLabel(child.input);
  const messageId = child.output.message?.id;
  if (button === '' || messageId === undefined) return [];
  return [{ body: { button, jobid: child.id, messageId }, createdAtMs: child.createdAtMs }];
}

function resultFields(job: Job, links: AssetLinks): JsonObject {
  const buttons = offeredButtons(job);
  const attachments = attachedAssets(job).map((asset) => toAttachment(asset, links.url(asset, job)));
  // The number, and the bot's message around it. Source: useapi, jobs/seed_async.
  const seed = job.output.data['seed'];
  return {
    ...(buttons.length === 0 ? {} : { buttons }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(seed === undefined ? {} : { seed: { value: Number(seed), content: job.output.message?.content ?? '' } }),
  };
}

/** Labels of the buttons that a finished job offers and v2 names, in Midjourney's order, without repeats: several videos have the same buttons. */
export const offeredButtons = (job: Job): string[] =>
  job.status === 'completed' ? [...new Set(job.output.buttons.flatMap((offered) => toButton(offered.label) ?? []))] : [];

/**
 * Files of Midjourney's own message: only the grid, or the single picture or video. The four pictures that this server cuts from the grid are left out,
 * since clients cut `attachments[0]` themselves.
 */
function attachedAssets(job: Job): readonly OutputAsset[] {
  const grids = job.output.assets.filter((asset) => asset.role === 'grid');
  return grids.length > 0 ? grids : job.output.assets;
}

/** Discord's attachment object with links of this server, which outlive Discord's links. */
const toAttachment = (asset: OutputAsset, url: string): JsonObject => ({
  url,
  proxy_url: url,
  width: asset.width,
  height: asset.height,
  content_type: asset.contentType,
  id: asset.assetId,
  filename: asset.filename,
  size: asset.bytes,
});

/** Fields of the request that the job repeats to its caller, under their wire names. A job of this dialect stores them when it is accepted. */
export interface UseapiEcho {
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
 * The job's echo. For a job of another dialect the fields are derived from its Midjourney request and its account, if it has one.
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

/** The button that a job pressed, in v2's spelling if v2 names it; the empty string for other jobs. */
export function pressedLabel(input: JsonObject): string {
  const { label } = input;
  return typeof label === 'string' ? (toButton(label) ?? label) : '';
}
