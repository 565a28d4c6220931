import { Type, type Static } from 'typebox';
import { expandPrompt } from '../../../../engine/midjourney/expand-prompt.ts';
import { IMAGE_USES, MAX_DISCORD_PROMPT_LENGTH, type MidjourneyInput, type PromptImage } from '../../../../engine/midjourney/input.ts';
import { Base64, Bot, Prompt, verb } from './midjourney-verb.ts';
import { invalid, naming, type VerbContext } from './verb.ts';

/** More pictures than any prompt is known to use. */
const MAX_IMAGES = 8;

/** Discord's links to uploads are shorter than this. */
const LINK_LENGTH = 300;

const Image = Type.Union(
  [
    Base64,
    Type.Object(
      {
        data: Base64,
        use: Type.Optional(Type.Enum(IMAGE_USES, { description: 'In front of the prompt, or as `--sref`, `--cref` or `--oref`' })),
      },
      { additionalProperties: false },
    ),
  ],
  { $id: 'PromptImage', description: 'A picture that is uploaded to Discord before the prompt is sent' },
);

export const IMAGINE_VERB = verb(
  'imagine',
  'Four pictures of a prompt; of each prompt, where it stands for several with `{a, b}` or `--repeat n`',
  { prompt: Prompt, images: Type.Optional(Type.Array(Image, { maxItems: MAX_IMAGES })), bot: Bot },
  async ({ prompt, images = [], bot }, context) => {
    context.requireAllowed(prompt);
    const prompts = naming('/prompt', () => expandPrompt(prompt));
    for (const single of prompts) checkPrompt(single, images.length, context);
    const kept = await readImages(images, context);
    const toInput = (single: string): MidjourneyInput => ({
      verb: 'imagine',
      prompt: single,
      ...(kept.length > 0 && { images: kept }),
      ...(bot === 'niji' && { bot }),
    });
    const [first = prompt, ...others] = prompts;
    if (others.length === 0) return toInput(first);
    return { input: toInput(first), batch: { inputs: others.map((other) => ({ ...toInput(other) })), prompt } };
  },
);

/** The expansion may join parts to a word that the policy refuses, or to a link. */
function checkPrompt(prompt: string, imageCount: number, context: VerbContext): void {
  if (prompt.trim() === '') throw invalid('/prompt', 'stands for an empty prompt');
  context.requireAllowed(prompt);
  for (const url of leadingUrls(prompt)) context.checkUrl(url, '/prompt');
  const room = MAX_DISCORD_PROMPT_LENGTH - imageCount * LINK_LENGTH;
  if (prompt.length > room) throw invalid('/prompt', `must not be longer than ${room} characters with ${imageCount} images`);
}

async function readImages(images: readonly Static<typeof Image>[], context: VerbContext): Promise<PromptImage[]> {
  const kept: PromptImage[] = [];
  for (const [index, image] of images.entries()) {
    const { data, use = 'prompt' } = typeof image === 'string' ? { data: image } : image;
    kept.push({ source: await context.addPicture(data, `/images/${index}`), use });
  }
  return kept;
}

/** Image prompts: the links before the first other word. */
function leadingUrls(prompt: string): string[] {
  const words = prompt.trim().split(/\s+/);
  const firstWord = words.findIndex((word) => !/^<?https?:\/\//i.test(word));
  return words.slice(0, firstWord === -1 ? words.length : firstWord).map((word) => word.replace(/^<|>$/g, ''));
}
