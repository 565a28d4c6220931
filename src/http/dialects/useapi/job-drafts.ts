import type { ApiKey } from '../../../account/account.ts';
import type { Job, OfferedButton, UpstreamMessage } from '../../../job/job.ts';
import { JobError } from '../../../job/errors.ts';
import type { JsonObject } from '../../../lib/json.ts';
import type { DialectDeps } from '../../dialect.ts';
import { checkUrlField, invalid, MAX_PROMPT_LENGTH, readList, readMaxJobs, readText, requireText, toText } from './fields.ts';
import { findJob } from './find-job.ts';
import { offeredButtons } from './job-body.ts';
import { DEFAULT_MAX_JOBS } from './choose-account.ts';
import type { Draft } from './submit-job.ts';
import { isPressedOnce, makesVideo, takesPrompt, toButton, type Button } from './vocabulary.ts';

/**
 * What each page under jobs/ reads from its body: one function a page. Work on a finished job also names that job, whose
 * account it runs on.
 */
export type ReadNew = (body: JsonObject) => Draft;
export type ReadOnParent = (body: JsonObject, key: ApiKey) => Promise<{ parent: Job; draft: Draft }>;

/** The longest address that browsers and servers agree on. */
const MAX_URL_LENGTH = 2048;
/** Source: useapi v2, jobs/blend, `blendUrls`. */
const FEWEST_BLEND_URLS = 2;
const MOST_BLEND_URLS = 5;

const DIMENSIONS = { Portrait: 'portrait', Square: 'square', Landscape: 'landscape' } as const;
const isDimension = (text: string): text is keyof typeof DIMENSIONS => Object.hasOwn(DIMENSIONS, text);

/** Source: useapi v2, jobs/imagine. */
export const readImagine: ReadNew = (body) => {
  const prompt = requireText(body, 'prompt', MAX_PROMPT_LENGTH);
  return { input: { verb: 'imagine', prompt }, echo: { prompt }, ...thresholdOf(body) };
};

/** Source: useapi v2, jobs/blend. */
export function createReadBlend(deps: Pick<DialectDeps, 'checkUrl'>): ReadNew {
  return (body) => {
    const blendUrls = readList(body, 'blendUrls');
    if (blendUrls.length === 0) throw invalid('blendUrls is missing', 'blendUrls');
    if (blendUrls.length < FEWEST_BLEND_URLS || blendUrls.length > MOST_BLEND_URLS) {
      throw invalid(`blendUrls must have ${FEWEST_BLEND_URLS} to ${MOST_BLEND_URLS} URLs`, 'blendUrls');
    }
    for (const url of blendUrls) readUrl(url, 'blendUrls', deps);
    const blendDimensions = readText(body, 'blendDimensions');
    if (blendDimensions !== undefined && !isDimension(blendDimensions)) {
      throw invalid(`blendDimensions ${blendDimensions} is not valid, Portrait, Square or Landscape supported`, 'blendDimensions');
    }
    return {
      input: {
        verb: 'blend',
        imageUrls: blendUrls,
        dimensions: blendDimensions === undefined ? null : DIMENSIONS[blendDimensions],
      },
      echo: { blendUrls, ...(blendDimensions === undefined ? {} : { blendDimensions }) },
      ...thresholdOf(body),
    };
  };
}

/** Source: useapi v2, jobs/describe. */
export function createReadDescribe(deps: Pick<DialectDeps, 'checkUrl'>): ReadNew {
  return (body) => {
    const describeUrl = readUrl(requireText(body, 'describeUrl'), 'describeUrl', deps);
    return { input: { verb: 'describe', imageUrl: describeUrl }, echo: { describeUrl }, ...thresholdOf(body) };
  };
}

/** Source: useapi v2, jobs/button. */
export function createReadButton(deps: Pick<DialectDeps, 'store'>): ReadOnParent {
  return async (body, key) => {
    const jobid = requireText(body, 'jobid').trim();
    const label = requireText(body, 'button');
    const button = toButton(label);
    if (button === undefined) throw new JobError('button-unknown', `button ${label} not supported`, { facts: { button: label } });
    const prompt = readPrompt(body, button);
    const mask = readText(body, 'mask');
    if (button === 'Vary (Region)' && mask === undefined) throw invalid('mask is missing', 'mask');
    const maxJobs = readMaxJobs(body);
    const parent = await findJob(deps.store, jobid, key);
    const { offered, message } = findOffered(parent, button);
    return {
      parent,
      draft: {
        input: {
          verb: 'button',
          label: offered.label,
          customId: offered.customId,
          messageId: offered.messageId ?? message.id,
          messageFlags: message.flags,
          prompt: takesPrompt(button) ? (prompt ?? null) : null,
          mask: button === 'Vary (Region)' ? (mask ?? null) : null,
        },
        echo: { button, ...(prompt === undefined ? {} : { prompt }) },
        parentId: parent.id,
        maxJobs: maxJobs ?? parent.maxJobs ?? DEFAULT_MAX_JOBS,
        ...(isPressedOnce(button) ? { dedupeKey: `useapi:${parent.id}:${button}` } : {}),
      },
    };
  };
}

/** Source: useapi v2, jobs/seed and jobs/seed_async: a finished picture, no video. */
export function createReadSeed(deps: Pick<DialectDeps, 'store'>, verb: 'seed' | 'seed_async'): ReadOnParent {
  return async (body, key) => {
    const parent = await findJob(deps.store, requireText(body, 'jobid').trim(), key);
    const message = parent.output.message;
    if (parent.status !== 'completed' || message === null) throw invalid(`job ${parent.id} is not completed`, 'jobid');
    if (!hasSeed(parent)) throw invalid(`${verb} not supported for job ${parent.id}`, 'jobid');
    return {
      parent,
      draft: { input: { verb: 'seed', messageId: message.id }, echo: { verb }, parentId: parent.id },
    };
  };
}

function hasSeed(parent: Job): boolean {
  const button = toButton(toText(parent.echo['button']));
  if ((button !== undefined && makesVideo(button)) || parent.output.assets.some(({ role }) => role === 'video')) return false;
  return parent.verb === 'imagine' || parent.verb === 'button' || parent.verb === 'blend';
}

function readPrompt(body: JsonObject, button: Button): string | undefined {
  return button === 'Custom Zoom' ? requireText(body, 'prompt', MAX_PROMPT_LENGTH) : readText(body, 'prompt', MAX_PROMPT_LENGTH);
}

/** The button on the parent's message. A parent that has not completed offers none. */
function findOffered(parent: Job, button: Button): { offered: OfferedButton; message: UpstreamMessage } {
  const labels = offeredButtons(parent);
  const offered = parent.output.buttons.find((candidate) => toButton(candidate.label) === button);
  const message = parent.output.message;
  if (!labels.includes(button) || !offered || message === null) {
    throw new JobError('button-not-offered', `button ${button} not found in job ${parent.id} buttons ${JSON.stringify(labels)}`, {
      facts: { button, jobId: parent.id },
    });
  }
  return { offered, message };
}

function readUrl(url: string, field: string, deps: Pick<DialectDeps, 'checkUrl'>): string {
  if (url.length > MAX_URL_LENGTH) throw invalid(`${field} is too long`, field);
  return checkUrlField(url, field, deps.checkUrl);
}

function thresholdOf(body: JsonObject): { maxJobs?: number } {
  const maxJobs = readMaxJobs(body);
  return maxJobs === undefined ? {} : { maxJobs };
}
