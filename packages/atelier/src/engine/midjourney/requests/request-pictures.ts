import { ApplicationCommandOptionType as OptionType, type APIApplicationCommand } from 'discord-api-types/v10';
import { asObjects, asText, type JsonObject } from '@atelier/lib/json';
import { IMAGE_USES, MAX_DISCORD_PROMPT_LENGTH, type PromptImage } from '../input.ts';
import { BotRequestError } from './failures.ts';
import type { CommandArguments, RequestSender } from './request-port.ts';

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

/** A text option of a slash command. */
export const stringOption = (name: string, value: string): JsonObject => ({ type: OptionType.String, name, value });

/** Uploads the picture if the command takes a file, and passes its link if the command takes only a link. */
export async function describeArguments(
  sender: RequestSender,
  command: APIApplicationCommand,
  imageUrl: string,
): Promise<CommandArguments> {
  const options = command.options ?? [];
  const file = options.find(({ type }) => type === OptionType.Attachment);
  const link = options.find(({ type }) => type === OptionType.String);
  if (!file && link) {
    const url = imageUrl.startsWith('upload:') ? await sender.publish(imageUrl) : imageUrl;
    return { options: [stringOption(link.name, url)] };
  }
  return { options: [{ type: OptionType.Attachment, name: file?.name ?? 'image', value: 0 }], uploads: [await sender.upload(imageUrl)] };
}

/** The values if the command index lists no choices. Source: midjourney-bot, slash commands. */
const DIMENSIONS: Readonly<Record<string, string>> = { portrait: '--ar 2:3', square: '--ar 1:1', landscape: '--ar 3:2' };

/** Uploads the pictures of a blend. Rejects as `RequestSender.upload` does. */
export async function blendArguments(
  sender: RequestSender,
  command: APIApplicationCommand,
  imageUrls: string[],
  dimensions: string | null,
): Promise<CommandArguments> {
  const uploads = [];
  for (const url of imageUrls) uploads.push(await sender.upload(url));
  const offered = (command.options ?? []).filter(({ type }) => type === OptionType.Attachment).map(({ name }) => name);
  const options: JsonObject[] = uploads.map((_, index) => ({
    type: OptionType.Attachment,
    name: offered[index] ?? `image${index + 1}`,
    value: index,
  }));
  if (dimensions !== null) options.push(stringOption('dimensions', dimensionsValue(command, dimensions)));
  return { options, uploads };
}

function dimensionsValue(command: APIApplicationCommand, wanted: string): string {
  for (const option of command.options ?? []) {
    if (option.name !== 'dimensions' || !('choices' in option)) continue;
    const choice = option.choices?.find(({ name }) => name.toLowerCase() === wanted);
    if (choice) return String(choice.value);
  }
  return DIMENSIONS[wanted] ?? wanted;
}
