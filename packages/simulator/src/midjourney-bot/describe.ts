import type { Interaction, NamedUpload } from '../discord/interactions.ts';
import type { Message, StoredFile } from '../discord/model.ts';
import type { Random } from '@atelier/lib/random';
import { FILLED } from './answers.ts';
import { imagine, keepUpload } from './picture-commands.ts';
import { describeRows, numberOf, shortenRows } from './components.ts';
import { acceptPrompt, refuse, type BotContext } from './context.ts';

const SUBJECTS = [
  'a quiet harbour at dawn',
  'a fox in tall grass',
  'a lighthouse above the clouds',
  'a street market in the rain',
  'a glass bowl of lotus flowers',
  'an old observatory',
] as const;
const STYLES = [
  'soft watercolour',
  'cinematic photograph',
  'fine ink drawing',
  'oil on canvas',
  'paper collage',
  'studio still life',
] as const;
const LIGHTS = ['low golden light', 'cool morning haze', 'neon reflections', 'even overcast light', 'deep shadows'] as const;
const COLOURS = ['teal and amber', 'muted greens', 'violet and gold', 'black and ivory', 'warm reds'] as const;
/** How long the bot thinks, at pace 1. */
const THINKING_MS = 400;

/** /describe: thinks, then fills the same message with four prompts and the picture. Source: midjourney-bot, describe and shorten. */
export async function describe(
  context: BotContext,
  interaction: Interaction,
  source: { upload: NamedUpload | undefined; link: string | undefined },
): Promise<void> {
  const { files, baseUrl } = context;
  const linked =
    source.link !== undefined && URL.canParse(source.link) && new URL(source.link).origin === baseUrl()
      ? files.open(new URL(source.link))
      : 'unknown';
  const upload = source.upload ?? (typeof linked === 'string' ? undefined : { ...linked.file, bytes: linked.bytes });
  const file = upload ? await keepUpload(context, interaction, upload) : null;
  if (!file) return refuse(context, interaction, 'invalid-link');
  const message = context.answers.thinking(interaction);
  context.clock.after(THINKING_MS * context.pace, () => fill(context, message, file));
  return undefined;
}

function fill({ hub, random }: BotContext, message: Message, file: StoredFile): void {
  const prompts = [0, 1, 2, 3].map((index) => `${numberOf(index)} ${describePrompt(random)} --ar ${ratioOf(file)}`);
  hub.edit(message, { ...FILLED, embeds: [{ description: prompts.join('\n\n'), color: 0, image: file }], rows: describeRows() });
}

const describePrompt = (random: Random): string =>
  `${random.pick(SUBJECTS)}, ${random.pick(STYLES)}, ${random.pick(LIGHTS)}, ${random.pick(COLOURS)}`;

function ratioOf({ width, height }: StoredFile): string {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  const common = divisor(width ?? 1, height ?? 1);
  return `${(width ?? 1) / common}:${(height ?? 1) / common}`;
}

/** /shorten: the words that weigh most, in shorter and shorter prompts. */
export function shorten(context: BotContext, interaction: Interaction, text: string): void {
  const prompt = acceptPrompt(context, interaction, text);
  if (!prompt) return;
  const words = prompt.words.split(' ').filter((word) => word.length > 2);
  const lengths = [...new Set([0.8, 0.6, 0.4, 0.25].map((share) => Math.max(1, Math.ceil(words.length * share))))];
  const shorter = lengths.map((length, index) => `${numberOf(index)} ${words.slice(0, length).join(' ')}`);
  const message = context.answers.thinking(interaction);
  const description = `**Important tokens**\n${words.map((word, index) => (index < 3 ? `**${word}**` : word)).join(' ')}\n\n**Shortened prompts**\n${shorter.join('\n')}`;
  context.clock.after(THINKING_MS * context.pace, () => {
    context.hub.edit(message, {
      ...FILLED,
      embeds: [{ title: 'Prompt Analyzer', description, color: 0 }],
      rows: shortenRows(shorter.length),
    });
  });
}

/** Handles a press on a button under a description or a shortened prompt. False for other buttons. */
export function pressChoice(context: BotContext, interaction: Interaction, press: { message: Message; customId: string }): boolean {
  const { message, customId } = press;
  const [embed] = message.embeds;
  const lines = (embed?.description ?? '')
    .split('\n')
    .filter((line) => /^\d️⃣ /u.test(line))
    .map((line) => line.slice(line.indexOf(' ') + 1));
  if (customId === 'MJ::Picread::Retry') {
    context.answers.succeeded(interaction);
    if (embed?.image) fill(context, message, embed.image);
    return true;
  }
  if (customId === 'MJ::Job::PicReader::all') {
    for (const [index, line] of lines.entries()) imagine(context, interaction, line, { answers: index === 0 });
    return true;
  }
  const choice = /^MJ::Job::(PicReader|PromptAnalyzer)::(\d)$/.exec(customId);
  if (!choice) return false;
  const [, kind, number = ''] = choice;
  context.onModal(interaction.id, (submitted, text) => imagine(context, submitted, text));
  context.answers.modal(interaction, message, {
    ...(kind === 'PicReader'
      ? { customId: `MJ::Picreader::Modal::${number}`, field: 'MJ::Picreader::Modal::PromptField' }
      : { customId: `MJ::ImagineModal::${message.id}`, field: 'MJ::ImagineModal::new_prompt' }),
    title: 'Imagine This!',
    label: 'Prompt',
    value: lines[Number(number) - 1] ?? '',
  });
  return true;
}
