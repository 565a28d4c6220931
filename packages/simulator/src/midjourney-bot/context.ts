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
import { refusalDraft, REFUSALS, type PlacedRefusal, type RefusalName, type RefusalPlace } from './jobs/refusals.ts';
import { isLate, type ScenarioEffect } from './prompts/scenario.ts';
import type { Subscriber } from './subscribers.ts';

/** Dependencies that every part of the bot shares. */
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
  /** The effects of the scenario words that apply to an interaction: words of its text, and words queued through the control. */
  effectsOf: (interaction: Interaction) => readonly ScenarioEffect[];
  /** Registers the handler that gets the text of the form with this id when the user sends it. */
  onModal: (modalId: string, run: (interaction: Interaction, text: string) => void) => void;
  /** Registers the handler that gets the mask and prompt which the embedded page with this token sends. */
  onPage: (token: string, run: (sent: PageAnswer) => void) => void;
}

export const newSeed = (random: Random): number => random.below(4_294_967_296);

/** Answers an interaction with a refusal in place of a result. */
export function refuse(
  { answers, random, clock }: Pick<BotContext, 'answers' | 'random' | 'clock'>,
  interaction: Interaction,
  name: RefusalName,
  options: { description?: string | null; place?: RefusalPlace } = {},
): void {
  const { title, place } = { ...REFUSALS[name], ...options };
  if (place === 'iframe') answers.iframe(interaction, { customId: `MJ::iframe::${random.hex(16)}`, title });
  else answers.ephemeral(interaction, refusalDraft({ name, place }, { clock, prompt: typedText(interaction), ...options }));
}

/** The text that the user wrote: a prompt or the text of a form; empty for buttons. */
export function typedText({ action }: Interaction): string {
  if (action.type === 'command') return action.options.get('prompt') ?? '';
  return action.type === 'modal' ? ([...action.fields.values()][0] ?? '') : '';
}

/** The refusal that scenario words ask for at once, in place of a start. */
export const earlyRefusal = (effects: readonly ScenarioEffect[]): PlacedRefusal | null =>
  refusalsIn(effects).find((refusal) => !isLate(refusal)) ?? null;

const refusalsIn = (effects: readonly ScenarioEffect[]): PlacedRefusal[] => effects.flatMap(({ refusal }) => refusal ?? []);

/** Reads a prompt with the user's settings. Answers with a refusal and returns null when the bot cannot use the prompt. */
export function acceptPrompt(context: BotContext, interaction: Interaction, text: string): Prompt | null {
  const { version, suffix } = context.subscriberOf(interaction);
  const result = readPrompt(text, { version, suffix, rewrite: context.switches.rewritePrompts });
  if (!result.ok) {
    refuse(context, interaction, result.refusal, { description: result.description });
    return null;
  }
  // Other links cannot be checked without a request to the network.
  const ownLinks = result.prompt.imageUrls.filter((url) => URL.canParse(url) && new URL(url).origin === context.baseUrl());
  if (ownLinks.some((url) => typeof context.files.open(new URL(url)) === 'string')) {
    refuse(context, interaction, 'invalid-link');
    return null;
  }
  return result.prompt;
}

/** Gives a job with the effects of its scenario words to the runner; refuses when the queue is full. */
export function submitJob(context: BotContext, plan: Omit<JobPlan, 'subscriber' | 'fate' | 'answers'> & { answers?: boolean }): void {
  const effects = context.effectsOf(plan.interaction);
  const has = (fate: ScenarioEffect['job']): boolean => effects.some(({ job }) => job === fate);
  const refusal = refusalsIn(effects).find(isLate) ?? null;
  const fate = { refusal, slow: has('slow'), stalled: has('stalled'), queued: has('queued') };
  const outcome = context.runner.submit({ answers: true, ...plan, subscriber: context.subscriberOf(plan.interaction), fate });
  if (outcome === 'full' && plan.answers !== false) refuse(context, plan.interaction, 'queue-full');
}
