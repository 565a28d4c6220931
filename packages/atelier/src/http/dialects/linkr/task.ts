import { toReason } from '../../../core/errors.ts';
import { isFinal, type Job, type OutputAsset } from '../../../core/job.ts';
import { textAt, type JsonObject } from '@atelier/lib/json';
import type { CallbackBody } from '../../dialect.ts';
import type { AssetLinks } from '../../../core/asset.ts';

/**
 * The task as `fetch` shows it. `image_url` is the grid, or the one picture of an upscale; `images` are the four pictures cut from the
 * grid. Results are null until the task is completed. Videos, which the vendor lacks, are in `videos`, the first also in
 * `image_url`. Source: linkr, fetch; linkr, client programs, `images`, `grid_url` and `cdn_url`.
 */
export function toTask(job: Job, links: AssetLinks): JsonObject {
  const { action, prompt } = echoOf(job);
  const isCompleted = job.status === 'completed';
  return {
    task_id: job.id,
    action,
    status: statusOf(job),
    progress: isCompleted ? 100 : job.progressPercent,
    prompt,
    ...(isCompleted ? resultFields(job, links) : NO_RESULT),
    // Midjourney's own words, to be shown to end users. Source: linkr, Midjourney rejections.
    error: job.failure && toReason(job.failure),
    created_at: toTime(job.createdAtMs),
  };
}

/**
 * The body sent to `webhook_url` when a task has ended, well or not: the same object as `fetch` answers at that moment. Null
 * before. Source: linkr, webhook, its shape is not documented.
 */
export function renderLinkrCallback(job: Job, links: AssetLinks): CallbackBody | null {
  return isFinal(job.status) ? { body: JSON.stringify(toTask(job, links)), kieTaskId: null } : null;
}

const NO_RESULT = { image_url: null, images: null, grid_url: null, cdn_url: null, message_id: null, components: null };

function resultFields(job: Job, links: AssetLinks): JsonObject {
  const { assets, buttons, message } = job.output;
  const url = (asset: OutputAsset | undefined): string | null => (asset ? links.url(asset, job) : null);
  const withRole = (role: OutputAsset['role']): OutputAsset[] =>
    assets.filter((asset) => asset.role === role).toSorted((one, other) => one.index - other.index);
  const [grid] = withRole('grid');
  const images = withRole('image');
  const videos = withRole('video');
  const shown = url(grid ?? images[0] ?? videos[0]);
  return {
    image_url: shown,
    images: images.map((image) => links.url(image, job)),
    grid_url: url(grid),
    cdn_url: shown,
    ...(videos.length === 0 ? {} : { videos: videos.map((video) => links.url(video, job)) }),
    message_id: message?.id ?? null,
    components: buttons.map(({ customId, label, style }) => ({ custom_id: customId, label, style })),
  };
}

/** Source: linkr, fetch, `status`. */
function statusOf(job: Job): 'pending' | 'processing' | 'completed' | 'failed' | 'timeout' {
  if (job.status === 'queued') return 'pending';
  if (!isFinal(job.status)) return 'processing';
  if (job.status === 'completed') return 'completed';
  return job.failure?.code === 'timeout' ? 'timeout' : 'failed';
}

/** UTC, without a zone: `2025-02-26T10:30:00`. */
const toTime = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19);

/** The request of a LinkrAPI task, as kept with its job. */
export interface LinkrTaskEcho {
  /** `imagine`, `upsample1`, … */
  action: string;
  prompt: string;
}

/** The request of a task. A task of another dialect is shown as the LinkrAPI request for the same result. */
export function echoOf(job: Job): LinkrTaskEcho {
  if (job.dialect === 'linkr') return { action: textAt(job.echo, 'action'), prompt: textAt(job.echo, 'prompt') };
  const { verb, input } = job;
  return {
    action: verb === 'button' ? actionName(textAt(input, 'label')) : verb,
    prompt: textAt(input, 'prompt') || promptInMessage(job.output.message?.content ?? ''),
  };
}

/** The action's name of a button, else the button's label: `action` of `fetch`. Source: linkr, action. */
export function actionName(label: string): string {
  if (label === REROLL) return 'reroll';
  const [, kind, number] = /^([UV])([1-4])$/.exec(label) ?? [];
  if (kind === undefined) return label;
  return `${kind === 'U' ? 'upsample' : 'variation'}${number}`;
}

const REROLL = '🔄';

/** `**a fox --ar 16:9** - Image #2 <@1>`: the prompt in the message that offers the button. */
const promptInMessage = (content: string): string => /^\*\*(.*)\*\* - /s.exec(content)?.[1] ?? '';
