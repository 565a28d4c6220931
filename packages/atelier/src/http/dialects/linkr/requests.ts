import type { FastifyRequest } from 'fastify';
import { JobError } from '../../../core/errors.ts';
import type { Job, OfferedButton } from '../../../core/job.ts';
import { requireSinglePrompt } from '../../../engine/midjourney/expand-prompt.ts';
import { botOf, MAX_DISCORD_PROMPT_LENGTH, toButtonInput, type ButtonInput } from '../../../engine/midjourney/input.ts';
import { requireAllowed, type PolicyService } from '../../../policy/policy-service.ts';
import { isJsonObject, type JsonObject } from '@atelier/lib/json';
import { invalid } from './errors.ts';
import { actionName } from './task.ts';

/** The body as sent; a request without a body reads as an empty one. */
export const bodyOf = (request: FastifyRequest): JsonObject => (isJsonObject(request.body) ? request.body : {});

/** A trimmed text; null where the field is left out, null or blank. */
export function readText(body: JsonObject, field: string): string | null {
  const value = body[field] ?? '';
  if (typeof value !== 'string') throw invalid(field, `${field} must be a string.`);
  return value.trim() || null;
}

export function requireText(body: JsonObject, field: string): string {
  const text = readText(body, field);
  if (text === null) throw invalid(field, `${field} is empty or missing.`);
  return text;
}

/** A validated `imagine`. */
interface ImagineRequest {
  /** The caller's words, as `fetch` repeats them. */
  prompt: string;
  /** The prompt for Midjourney: the reference image, then the caller's words. */
  midjourneyPrompt: string;
}

interface ImagineRules {
  checkUrl(url: string): string;
  policy: Pick<PolicyService, 'check'>;
}

const IMAGE_EXTENSIONS = new Set(['jpg', 'jpeg', 'png', 'webp']);

/**
 * Reads the body of `imagine`. Throws `JobError`: `invalid-request`, `content-policy`, or `url-refused` from `checkUrl`.
 * Source: linkr, imagine.
 */
export function readImagine(body: JsonObject, { checkUrl, policy }: ImagineRules): ImagineRequest {
  const prompt = requireText(body, 'prompt');
  const referenceImage = readReferenceImage(body, checkUrl);
  const midjourneyPrompt = referenceImage === null ? prompt : `${referenceImage} ${prompt}`;
  if (midjourneyPrompt.length > MAX_DISCORD_PROMPT_LENGTH) {
    throw invalid('prompt', `prompt must not be longer than ${MAX_DISCORD_PROMPT_LENGTH} characters.`);
  }
  requireAllowed(policy, 'linkr', prompt);
  requireSinglePrompt(prompt);
  for (const url of leadingUrls(prompt)) checkUrl(url);
  return { prompt, midjourneyPrompt };
}

/** Checks the extension of the link, where it has one; the file itself is checked when it is fetched. */
function readReferenceImage(body: JsonObject, checkUrl: (url: string) => string): string | null {
  const given = readText(body, 'reference_image');
  if (given === null) return null;
  const url = checkUrl(given);
  const extension = /\.([a-z0-9]+)$/i.exec(new URL(url).pathname)?.[1]?.toLowerCase();
  if (extension !== undefined && !IMAGE_EXTENSIONS.has(extension)) {
    throw invalid('reference_image', 'reference_image must be a JPG, JPEG, PNG or WebP image.');
  }
  return url;
}

/** Image prompts: the links before the first word. */
function leadingUrls(prompt: string): string[] {
  const words = prompt.split(/\s+/).map((word) => word.replace(/^<|>$/g, ''));
  const firstWord = words.findIndex((word) => !/^https?:\/\//i.test(word));
  return firstWord === -1 ? words : words.slice(0, firstWord);
}

/**
 * The press of a button that a completed task offers: by the action's name (`upsample1`–`upsample4`, `variation1`–`variation4`,
 * `reroll`), by `custom_id`, or by its label, which the vendor refuses and client programs send. Throws `JobError`: `invalid-request`
 * for a task that is not completed or offers nothing, `button-not-offered`. Source: linkr, action; linkr, client programs.
 */
export function pressAction(source: Job, action: string): ButtonInput {
  const { buttons, message } = source.output;
  if (source.status !== 'completed') throw new JobError('invalid-request', 'Source task is not completed');
  if (buttons.length === 0 || !message) throw new JobError('invalid-request', 'Source task has no components');
  const button = findButton(buttons, action);
  if (!button) throw new JobError('button-not-offered', 'Action not found in task components', { facts: { button: action } });
  return toButtonInput(button, message, botOf(source));
}

function findButton(buttons: readonly OfferedButton[], action: string): OfferedButton | undefined {
  const wanted = action.toLowerCase();
  return (
    buttons.find(({ label }) => actionName(label) === wanted) ??
    buttons.find(({ customId }) => customId === action) ??
    buttons.find(({ label }) => label.toLowerCase() === wanted)
  );
}
