import { asObjects, asText, type JsonObject } from '@atelier/lib/json';
import { IMAGE_USES, MAX_DISCORD_PROMPT_LENGTH, type PromptImage } from '../input.ts';
import { BotRequestError } from './failures.ts';
import type { RequestSender } from '../run/request-sender.ts';

/** The pictures that come with the prompt of an input. */
export const readImages = (input: JsonObject): PromptImage[] =>
  asObjects(input['images']).flatMap(({ source, use }) => {
    const known = IMAGE_USES.find((one) => one === use);
    return typeof source === 'string' && known ? [{ source, use: known }] : [];
  });

/**
 * The prompt with a link to each picture: in front of the words, or as the first value of its parameter, which is added where the prompt has
 * none. Source: midjourney-bot, prompt echo.
 */
export function placeImages(prompt: string, images: readonly PromptImage[], linkOf: (image: PromptImage) => string): string {
  const linksFor = (use: PromptImage['use']): string =>
    images
      .filter((image) => image.use === use)
      .map(linkOf)
      .join(' ');
  const front = linksFor('prompt');
  const words = front === '' ? prompt : `${front} ${prompt}`;
  return IMAGE_USES.filter((use) => use !== 'prompt').reduce((text, use) => addToParameter(text, use, linksFor(use)), words);
}

function addToParameter(prompt: string, name: string, value: string): string {
  if (value === '') return prompt;
  const given = new RegExp(`(?<!\\S)(?:--|—|–)${name}(?!\\S)`, 'i');
  return given.test(prompt) ? prompt.replace(given, (parameter) => `${parameter} ${value}`) : `${prompt} --${name} ${value}`;
}

/**
 * Uploads the pictures to the job's channel and returns the prompt with their links. Throws `BotRequestError` for a prompt that is too long with
 * them; rejects as `RequestSender.publish` does.
 */
export async function publishImages(
  sender: Pick<RequestSender, 'publish'>,
  prompt: string,
  images: readonly PromptImage[],
): Promise<string> {
  const links = new Map<PromptImage, string>();
  for (const image of images) links.set(image, await sender.publish(image.source));
  const full = placeImages(prompt, images, (image) => asText(links.get(image)) ?? '');
  if (full.length <= MAX_DISCORD_PROMPT_LENGTH) return full;
  const details = `With its pictures it has ${full.length} characters; Discord takes ${MAX_DISCORD_PROMPT_LENGTH}.`;
  throw new BotRequestError({ code: 'prompt-invalid', title: 'The prompt is too long', details });
}
