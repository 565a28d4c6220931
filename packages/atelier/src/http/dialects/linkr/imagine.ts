import { requireAllowed, type PolicyService } from '../../../policy/policy-service.ts';
import type { JsonObject } from '@atelier/lib/json';
import { invalid } from './errors.ts';
import { readText, requireText } from './fields.ts';

export interface ImagineRequest {
  /** The caller's words, as `fetch` repeats them. */
  prompt: string;
  /** What Midjourney gets: the reference image in front of them. */
  midjourneyPrompt: string;
}

interface ImagineRules {
  checkUrl(url: string): string;
  policy: Pick<PolicyService, 'check'>;
}

/** Source: Discord, application command options, `max_length`. */
const MAX_LENGTH = 6_000;
const IMAGE_EXTENSIONS = new Set(['jpg', 'jpeg', 'png', 'webp']);

/**
 * Reads the body of `imagine`. Throws `JobError`: `invalid-request`, `content-policy`, or `url-refused` from `checkUrl`.
 * Source: LinkrAPI, imagine.
 */
export function readImagine(body: JsonObject, { checkUrl, policy }: ImagineRules): ImagineRequest {
  const prompt = requireText(body, 'prompt');
  const referenceImage = readReferenceImage(body, checkUrl);
  const midjourneyPrompt = referenceImage === null ? prompt : `${referenceImage} ${prompt}`;
  if (midjourneyPrompt.length > MAX_LENGTH) throw invalid('prompt', `prompt must not be longer than ${MAX_LENGTH} characters.`);
  requireAllowed(policy, 'linkr', prompt);
  for (const url of leadingUrls(prompt)) checkUrl(url);
  return { prompt, midjourneyPrompt };
}

/** What the link serves is seen when it is fetched; here its extension is judged, where it has one. */
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

/** Image prompts: links before the first word. */
function leadingUrls(prompt: string): string[] {
  const words = prompt.split(/\s+/).map((word) => word.replace(/^<|>$/g, ''));
  const firstWord = words.findIndex((word) => !/^https?:\/\//i.test(word));
  return firstWord === -1 ? words : words.slice(0, firstWord);
}
