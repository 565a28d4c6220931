import type { Clock } from '@atelier/lib/clock';
import type { FileStore } from '../discord/file-store.ts';
import type { Hub } from '../discord/hub.ts';
import type { Interaction } from '../discord/interactions.ts';
import type { User } from '../discord/model.ts';
import type { PageAnswer } from '../discord/rest/rest-support.ts';
import type { Painter } from '../art/painter.ts';
import type { Random } from '@atelier/lib/random';
import type { Switches } from '../switches.ts';
import type { Answers } from './answers.ts';
import type { Gallery } from './jobs/gallery.ts';
import type { JobPlan } from './jobs/job.ts';
import type { JobRunner } from './jobs/job-runner.ts';
import { readPrompt, type Prompt } from './prompts/prompt.ts';
import { refusalDraft } from './jobs/refusal-draft.ts';
import { REFUSALS, type RefusalPlace, type RefusalName } from './jobs/refusals.ts';
import { isLate, refusalOrderOf, type RefusalOrder } from './prompts/scenario.ts';
import type { Subscriber } from './subscribers.ts';

/** What every part of the bot works with. */
export interface BotContext {
  clock: Clock;
  random: Random;
  switches: Switches;
  hub: Hub;
  files: FileStore;
  answers: Answers;
  painter: Painter;
  gallery: Gallery;
  runner: JobRunner;
  bot: User;
  pace: number;
  tilePixels: number;
  baseUrl: () => string;
  subscriberOf: (interaction: Interaction) => Subscriber;
  /** The scenario words that apply to an interaction: from its own text, or ordered through the control. */
  wordsOf: (interaction: Interaction) => readonly string[];
  /** What to do with the text of a form once it is sent, by the id of the form. */
  onModal: (modalId: string, run: (interaction: Interaction, text: string) => void) => void;
  /** What to do with what an embedded page sends, by its token. */
  onPage: (token: string, run: (sent: PageAnswer) => void) => void;
}

export const newSeed = (random: Random): number => random.below(4_294_967_296);

/** Answers with a refusal instead of what was asked. */
export function refuse(
  { answers, random, clock }: Pick<BotContext, 'answers' | 'random' | 'clock'>,
  interaction: Interaction,
  name: RefusalName,
  options: { description?: string | null; placement?: RefusalPlace } = {},
): void {
  const { title, placement } = { ...REFUSALS[name], ...options };
  if (placement === 'iframe') answers.iframe(interaction, { customId: `MJ::iframe::${random.hex(16)}`, title });
  else answers.ephemeral(interaction, refusalDraft({ name, placement }, { clock, prompt: typedText(interaction), ...options }));
}

/** What the user wrote: a prompt, the text of a form; empty for buttons. */
export function typedText({ action }: Interaction): string {
  if (action.type === 'command') return action.options.get('prompt') ?? '';
  return action.type === 'modal' ? ([...action.fields.values()][0] ?? '') : '';
}

/** The refusal that scenario words ask for at once, instead of a start. */
export const earlyRefusal = (words: readonly string[]): RefusalOrder | null => refusalsIn(words).find((order) => !isLate(order)) ?? null;

const refusalsIn = (words: readonly string[]): RefusalOrder[] => words.flatMap((word) => refusalOrderOf(word) ?? []);

/** Reads a prompt the way this user's settings have it; answers with the refusal itself when it cannot be used. */
export function acceptPrompt(context: BotContext, interaction: Interaction, text: string): Prompt | null {
  const { version, suffix } = context.subscriberOf(interaction);
  const result = readPrompt(text, { version, suffix, rewrite: context.switches.rewritePrompts });
  if (!result.ok) {
    refuse(context, interaction, result.refusal, { description: result.description });
    return null;
  }
  // Only our own links can be checked without going out to the network.
  const ours = result.prompt.imageUrls.filter((url) => URL.canParse(url) && new URL(url).origin === context.baseUrl());
  if (ours.some((url) => typeof context.files.open(new URL(url)) === 'string')) {
    refuse(context, interaction, 'invalid-link');
    return null;
  }
  return result.prompt;
}

/** Hands a job to the runner, with what the scenario words do to it; refuses when the queue is full. */
export function submitJob(context: BotContext, plan: Omit<JobPlan, 'subscriber' | 'fate' | 'answers'> & { answers?: boolean }): void {
  const words = context.wordsOf(plan.interaction);
  const refusal = refusalsIn(words).find(isLate) ?? null;
  const fate = { refusal, slow: words.includes('slow'), stalled: words.includes('stall'), queued: words.includes('queued') };
  const outcome = context.runner.submit({ answers: true, ...plan, subscriber: context.subscriberOf(plan.interaction), fate });
  if (outcome === 'full' && plan.answers !== false) refuse(context, plan.interaction, 'queue-full');
}
