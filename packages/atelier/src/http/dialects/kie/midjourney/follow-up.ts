import { botOf, toButtonInput, type ButtonInput } from '../../../../engine/midjourney/input.ts';
import type { Job, OfferedButton } from '../../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import { invalid, recordMissing } from '../errors.ts';
import { requireInteger, requireText } from '../fields.ts';
import { requirePrompt } from './generate.ts';

export type PictureAction = 'upscale' | 'vary';

/** The body's field for the number of the picture. */
export type IndexField = 'imageIndex' | 'index';

/**
 * The number of the picture, 1–4. `imageIndex` counts from 0; `index` of the vendor's quickstart sample
 * (`mj/upscale`) counts from 1. Throws `JobError('job-not-found')` for any other number. Source: kie, mj/generateUpscale; kie, Midjourney quickstart.
 */
export function readPictureNumber(body: JsonObject, field: IndexField): number {
  const number = requireInteger(body, field) + (field === 'imageIndex' ? 1 : 0);
  if (number < 1 || number > 4) throw recordMissing();
  return number;
}

/** The press of U or V of a finished task. Throws `job-not-found` when its message does not offer that button. */
export function pressPicture(parent: Job, action: PictureAction, number: number): ButtonInput {
  const label = `${action === 'upscale' ? 'U' : 'V'}${number}`;
  return press(
    parent,
    parent.output.buttons.find((button) => button.label === label),
    null,
  );
}

/** Source: kie, mj/generateVideoExtend, `taskType`. */
export const EXTEND_TYPES = ['mj_video_extend_manual', 'mj_video_extend_auto'] as const;

/** A validated `mj/generateVideoExtend`. */
export interface ExtendRequest {
  taskType: (typeof EXTEND_TYPES)[number];
  /** The number of the video, from 1. */
  number: number;
  /** How the video goes on, for manual extension; null: Midjourney decides. */
  prompt: string | null;
}

/** Source: kie, mj/generateVideoExtend. */
export function readExtend(body: JsonObject): ExtendRequest {
  const given = requireText(body, 'taskType').toLowerCase();
  const taskType = EXTEND_TYPES.find((known) => known === given);
  if (!taskType) throw invalid('taskType', `taskType must be ${EXTEND_TYPES.join(' or ')}`);
  const number = requireInteger(body, 'index') + 1;
  return { taskType, number, prompt: taskType === 'mj_video_extend_manual' ? requirePrompt(body) : null };
}

/** The press of the first extend button that a finished video task offers for that video. Throws `job-not-found` when it offers no such button. */
export function pressExtend(parent: Job, { number, prompt }: ExtendRequest): ButtonInput {
  return press(
    parent,
    parent.output.buttons.find((button) => extendsVideo(button) === number),
    prompt,
  );
}

/** `MJ::JOB::animate_high_extend::1::<uuid>`: the number of the video that the button extends. */
function extendsVideo(button: OfferedButton): number | undefined {
  const number = /^MJ::JOB::\w+_extend::(\d+)::/.exec(button.customId)?.[1];
  return number === undefined ? undefined : Number(number);
}

function press(parent: Job, button: OfferedButton | undefined, prompt: string | null): ButtonInput {
  const { message } = parent.output;
  if (!button || !message) throw recordMissing();
  return toButtonInput(button, message, { prompt, ...botOf(parent) });
}
