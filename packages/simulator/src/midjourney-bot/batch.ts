import type { Interaction } from '../discord/interactions.ts';
import type { Message } from '../discord/model.ts';
import { inForm } from './jobs/job-messages.ts';
import { refuse, switchesFor, type BotContext } from './context.ts';
import { MOST_JOBS_OF_A_PROMPT } from './prompts/expansion.ts';

const CONFIRM = 'MJ::Prompts::Confirm::';
const CANCEL = 'MJ::Prompts::Cancel::';

interface Batch {
  prompts: readonly string[];
  /** Makes one job; the first of several answers the press. */
  run: (confirmed: Interaction, prompt: string, answers: boolean) => void;
}

/**
 * Asks in private, with Yes and Cancel, before a prompt makes several jobs. Relax mode makes none of them.
 * Source: midjourney-bot, questions before a batch; midjourney-bot, refusals, "Job action restricted".
 */
export function askBack(context: BotContext, interaction: Interaction, { prompts, run }: Batch): void {
  const { answers, random, subscriberOf } = context;
  const count = prompts.length;
  if (count > MOST_JOBS_OF_A_PROMPT) {
    const description = `A prompt cannot make more than ${MOST_JOBS_OF_A_PROMPT} jobs`;
    return refuse(context, interaction, 'invalid-parameter', { description });
  }
  if (count > 1 && subscriberOf(interaction).mode === 'relax') return refuse(context, interaction, 'restricted');
  const token = random.hex(8);
  const draft = {
    embeds: [{ title: 'Please confirm', description: `This prompt makes ${count} ${count === 1 ? 'job' : 'jobs'}. Go on?`, color: 0 }],
    rows: [
      [
        { kind: 'button', style: 2, label: 'Yes', customId: CONFIRM + token },
        { kind: 'button', style: 2, label: 'Cancel', customId: CANCEL + token },
      ] as const,
    ],
  };
  answers.ephemeral(interaction, inForm(draft, switchesFor(context, interaction)));
  context.onConfirm(token, interaction, (confirmed) => {
    for (const [index, prompt] of prompts.entries()) run(confirmed, prompt, index === 0);
  });
}

/** Handles a press on Yes or Cancel, each of which works once. False for other buttons. */
export function pressConfirmation(context: BotContext, interaction: Interaction, press: { message: Message; customId: string }): boolean {
  const { customId, message } = press;
  const isYes = customId.startsWith(CONFIRM);
  if (!isYes && !customId.startsWith(CANCEL)) return false;
  const run = context.takeConfirmation(customId.split('::').at(-1) ?? '', interaction);
  context.hub.edit(message, { rows: [] });
  if (run && isYes) run(interaction);
  else context.answers.succeeded(interaction);
  return true;
}
