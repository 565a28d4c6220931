import type { Interaction } from '../discord/interactions.ts';
import type { Message } from '../discord/model.ts';
import type { ModalDraft } from './answers.ts';
import { acceptPrompt, newSeed, refuse, submitJob, type BotContext } from './context.ts';
import type { GalleryPicture } from './jobs/gallery.ts';
import { operationOf, outcomeOf, type PictureOperation } from './jobs/operations.ts';
import type { Prompt } from './prompts/prompt.ts';

/** Handles a press on a button of a finished picture: starts the job or shows a form first. False for other buttons. */
export function pressPictureButton(context: BotContext, interaction: Interaction, press: { message: Message; customId: string }): boolean {
  const { remix, highVariability } = context.subscriberOf(interaction);
  const read = operationOf(press.customId, highVariability);
  if (!read) return false;
  const { operation, jobId } = read;
  const picture = context.gallery.find(jobId);
  if (!picture) {
    refuse(context, interaction, 'failed-content');
    return true;
  }
  markUsed(context, press.message, press.customId);
  if (operation.kind === 'region') {
    openEditor(context, interaction, operation, picture);
    return true;
  }
  const form = formOf(operation, picture, press.message, remix);
  if (form) {
    context.onModal(interaction.id, (submitted, text) => {
      const prompt = acceptPrompt(context, submitted, text);
      if (prompt && operation.kind === 'custom-zoom' && prompt.zoom === null)
        refuse(context, submitted, 'invalid-parameter', { description: 'Missing value for `--zoom`' });
      else if (prompt) go(context, submitted, { operation, picture, prompt, remixed: remix });
    });
    context.answers.modal(interaction, press.message, form);
  } else go(context, interaction, { operation, picture, prompt: picture.prompt, remixed: false });
  return true;
}

function go(
  context: BotContext,
  interaction: Interaction,
  work: { operation: PictureOperation; picture: GalleryPicture; prompt: Prompt; remixed: boolean; mask?: Uint8Array; answers?: false },
): void {
  const { operation, picture, remixed } = work;
  const prompt = isVideo(operation) ? videoPrompt(work.prompt, operation.motion) : work.prompt;
  const keepsSeed = ['select', 'upscale', 'choose-video'].includes(operation.kind);
  const seed = keepsSeed ? picture.seed : newSeed(context.random);
  const outcome = outcomeOf(picture, operation, { painter: context.painter, prompt, remixed, seed });
  if (!outcome) return refuse(context, interaction, 'failed-content');
  const { mask, answers } = work;
  const [scene] = picture.scenes;
  return submitJob(context, {
    interaction,
    prompt,
    seed,
    ...outcome,
    ...(mask && scene ? { region: { mask, scene } } : {}),
    ...(answers === undefined ? {} : { answers }),
  });
}

const isVideo = (operation: PictureOperation): operation is Extract<PictureOperation, { motion: unknown }> => 'motion' in operation;

/** Words alone, with the parameters that a video has. Source: midjourney-bot, videos. */
function videoPrompt(prompt: Prompt, motion: 'low' | 'high'): Prompt {
  const [words = ''] = prompt.echo.split(/(?:^| )--(?=[a-z])/);
  const batch = prompt.batch === null ? '' : ` --bs ${prompt.batch}`;
  return { ...prompt, echo: `${words} --motion ${motion}${batch} --video 1` };
}

/** A page inside Discord, which sends its mask and prompt by itself. Source: midjourney-bot, region editor. */
function openEditor(context: BotContext, interaction: Interaction, operation: PictureOperation, picture: GalleryPicture): void {
  const token = context.random.hex(16);
  context.onPage(token, ({ mask, prompt: text }) => {
    const prompt = text === '' ? picture.prompt : acceptPrompt(context, interaction, text);
    if (prompt) go(context, interaction, { operation, picture, prompt, remixed: false, mask, answers: false });
  });
  context.answers.iframe(interaction, { customId: `MJ::iframe::${token}`, title: 'Vary (Region)' });
}

/** U and V buttons turn blue once they were pressed. Source: midjourney-bot, buttons. */
function markUsed({ hub }: BotContext, message: Message, customId: string): void {
  if (!/::(?:upsample|variation)::/.test(customId)) return;
  hub.edit(message, {
    rows: message.rows.map((row) =>
      row.map((component) =>
        component.kind === 'button' && component.customId === customId ? { ...component, style: 1 as const } : component,
      ),
    ),
  });
}

/** The form that stands between a button and its job; null when there is none. Source: midjourney-bot, region editor. */
function formOf(operation: PictureOperation, picture: GalleryPicture, message: Message, remix: boolean): ModalDraft | null {
  const { jobId, prompt } = picture;
  const form = (customId: string, field: string, title: string, value = prompt.echo): ModalDraft => ({
    customId,
    field,
    title,
    label: 'Prompt',
    value,
  });
  if (operation.kind === 'custom-zoom')
    return form(`MJ::OutpaintCustomZoomModal::${jobId}`, 'MJ::OutpaintCustomZoomModal::prompt', 'Zoom Out', `${prompt.echo} --zoom 2`);
  if (!remix) return null;
  if (operation.kind === 'vary')
    return form(
      `MJ::RemixModal::${jobId}::${operation.index}::${operation.strength === 'strong' ? 1 : 0}`,
      'MJ::RemixModal::new_prompt',
      'Remix Prompt',
    );
  if (operation.kind === 'reroll') return form(`MJ::ImagineModal::${message.id}`, 'MJ::ImagineModal::new_prompt', 'Imagine This!');
  if (isVideo(operation)) {
    const [number, extend] = operation.kind === 'extend' ? [operation.number, 1] : [operation.index, 0];
    return form(`MJ::AnimateModal::${jobId}::${number}::${operation.motion}::${extend}`, 'MJ::AnimateModal::prompt', 'Animate');
  }
  if (operation.kind === 'pan') return form(`MJ::PanModal::${operation.direction}::${jobId}::1`, 'MJ::PanModal::prompt', 'Pan');
  return null;
}
