import type { Interaction, NamedUpload } from '../discord/interactions.ts';
import { dimensionsOf, safeFilename } from '../discord/rest/message-routes.ts';
import type { StoredFile } from '../discord/model.ts';
import { askBack } from './batch.ts';
import { acceptPrompt, newSeed, refuse, submitJob, switchesFor, type BotContext } from './context.ts';
import { inForm } from './jobs/job-messages.ts';
import { expandPrompt } from './prompts/expansion.ts';
import { filmOf } from './jobs/operations.ts';
import type { Prompt } from './prompts/prompt.ts';

/** /imagine, and every form that ends in a fresh prompt. The bot asks back before it makes several jobs of one prompt. */
export function imagine(
  context: BotContext,
  interaction: Interaction,
  text: string,
  { isConfirmed = false, ...options }: { answers?: boolean; isConfirmed?: boolean } = {},
): void {
  const prompts = expandPrompt(text);
  const asks = prompts.length > 1 || context.effectsOf(interaction).some(({ asksBack }) => asksBack);
  if (asks && !isConfirmed)
    return askBack(context, interaction, {
      prompts,
      run: (confirmed, each, answers) => imagine(context, confirmed, each, { answers, isConfirmed: true }),
    });
  const prompt = acceptPrompt(context, interaction, text);
  if (!prompt) return;
  const seed = prompt.seed ?? newSeed(context.random);
  const scenes = context.painter.imagine(subjectOf(prompt), { seed, aspect: prompt.aspect });
  submitJob(context, {
    interaction,
    prompt,
    seed,
    ...(prompt.video
      ? { scenes: scenes.slice(0, 1), wording: { kind: 'video', label: null }, enlargement: 1, film: filmOf(prompt, seed) }
      : { scenes, wording: { kind: 'plain' }, enlargement: null }),
    ...options,
  });
}

/** The subject of the picture: the words, or the links of a prompt without words, so that other links give another picture. */
const subjectOf = (prompt: Prompt): string => (prompt.words === '' ? prompt.echo : prompt.words);

/** /blend: the start message names the uploads, all later ones their short links. */
export async function blend(
  context: BotContext,
  interaction: Interaction,
  options: { uploads: ReadonlyMap<string, NamedUpload>; dimensions: string },
): Promise<void> {
  const files = await Promise.all([...options.uploads.values()].map((upload) => keepUpload(context, interaction, upload)));
  if (files.some((file) => file === null)) return refuse(context, interaction, 'invalid-link');
  const links = files.flatMap((file) => (file ? [context.files.urlOf(file, 'cdn')] : []));
  const prompt = acceptPrompt(context, interaction, `${links.join(' ')} ${options.dimensions}`);
  if (!prompt) return undefined;
  const seed = newSeed(context.random);
  const subject = files.map((file) => file?.filename.replace(/\.\w+$/, '') ?? '').join(' and ');
  return submitJob(context, {
    interaction,
    prompt,
    startEcho: `${links.map((link) => `<${link}>`).join(' ')} ${options.dimensions} --v ${prompt.version}`,
    seed,
    scenes: context.painter.imagine(subject, { seed, aspect: prompt.aspect }),
    wording: { kind: 'plain' },
    enlargement: null,
  });
}

/** Keeps an upload as an ephemeral file; null when it cannot be read as a picture. */
export async function keepUpload(
  { hub }: Pick<BotContext, 'hub'>,
  interaction: Interaction,
  upload: Omit<NamedUpload, 'uploadName'>,
): Promise<StoredFile | null> {
  const { width, height } = await dimensionsOf(upload.bytes);
  if (width === null || height === null) return null;
  const { bytes, contentType, filename } = upload;
  return hub.storeFile(
    interaction.channel.id,
    { bytes, contentType, filename: safeFilename(filename), width, height },
    { ephemeral: true },
  );
}

/** /show: any finished job of this user again, with its pictures and buttons, posted before or not. Source: midjourney-bot, show. */
export function show(context: BotContext, interaction: Interaction, jobId: string): void {
  const picture = context.gallery.find(jobId.trim());
  if (picture?.userId !== interaction.account.user.id)
    return refuse(context, interaction, 'invalid-request', { description: 'There is no job of that id.' });
  const { messageForm } = switchesFor(context, interaction);
  context.answers.message(interaction, inForm(picture.shown, { messageForm }));
  return undefined;
}
