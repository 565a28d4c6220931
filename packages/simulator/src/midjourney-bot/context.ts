import type { Clock } from '@atelier/lib/clock';
import type { FileStore } from '../discord/file-store.ts';
import type { Hub } from '../discord/hub.ts';
import type { Interaction } from '../discord/interactions.ts';
import type { PageAnswer } from '../discord/rest/rest-support.ts';
import type { Painter } from '../art/painter.ts';
import type { Random } from '@atelier/lib/random';
import type { Switches } from '../switches.ts';
import type { Gallery } from './jobs/gallery.ts';
import type { JobPlan } from './jobs/job.ts';
import type { JobRunner } from './jobs/job-runner.ts';
import { readPrompt, type Prompt } from './prompts/prompt.ts';
import { inForm } from './jobs/job-messages.ts';
import { NIJI } from './commands.ts';
import { FILLED, type Answers } from './answers.ts';
import { respell } from './prompts/echo.ts';
import { refusalDraft, REFUSALS, type PlacedRefusal, type RefusalName, type RefusalPlace } from './jobs/refusals.ts';
import { isLate, switchesIn, type ScenarioEffect } from './prompts/scenario.ts';
import type { Subscriber } from './subscribers.ts';

/** Dependencies that every part of the bot shares. */
export interface BotContext {
  clock: Clock;
  random: Random;
  nextId: () => string;
  switches: Switches;
  hub: Hub;
  files: FileStore;
  answers: Answers;
  painter: Painter;
  gallery: Gallery;
  runner: JobRunner;
  pace: number;
  tilePixels: number;
  baseUrl: () => string;
  subscriberOf: (interaction: Interaction) => Subscriber;
  /** The effects of the scenario words that apply to an interaction: words of its text, and words queued through the control. */
  effectsOf: (interaction: Interaction) => readonly ScenarioEffect[];
  /** Registers the handler that gets the text of the form with this id when the user sends it. */
  onModal: (modalId: string, run: (interaction: Interaction, text: string) => void) => void;
  /** Registers the handler of Yes below the question with this token, which `interaction` led to. */
  onConfirm: (token: string, interaction: Interaction, run: (confirmed: Interaction) => void) => void;
  /** Takes that handler. The scenario words of the question hold for the press too. Undefined for an answered question. */
  takeConfirmation: (token: string, press: Interaction) => ((confirmed: Interaction) => void) | undefined;
  /** Registers the handler that gets the mask and prompt which the embedded page with this token sends. */
  onPage: (token: string, run: (sent: PageAnswer) => void) => void;
}

/** How long the bot thinks before a private refusal, at pace 1. */
const THINKING_MS = 400;
/** The model of the Niji bot. */
const NIJI_VERSION = 'niji 6';

export const newSeed = (random: Random): number => random.below(4_294_967_296);

/** The switches as they stand for one interaction: its scenario words win. */
export const switchesFor = ({ switches, effectsOf }: Pick<BotContext, 'switches' | 'effectsOf'>, interaction: Interaction): Switches => ({
  ...switches,
  ...switchesIn(effectsOf(interaction)),
});

/** Answers an interaction with a refusal in place of a result. `untilMs` is the instant that its text names; `blockMs` from now without it. */
export function refuse(
  context: BotContext,
  interaction: Interaction,
  name: RefusalName,
  options: { description?: string | null; place?: RefusalPlace; untilMs?: number } = {},
): void {
  const { answers, random, clock, hub, pace } = context;
  const { title, place } = { ...REFUSALS[name], ...options };
  if (place === 'iframe') return answers.iframe(interaction, { customId: `MJ::iframe::${random.hex(16)}`, title });
  const positions = switchesFor(context, interaction);
  const untilMs = options.untilMs ?? clock.now() + positions.blockMs;
  const draft = inForm(refusalDraft({ name, place }, { prompt: typedText(interaction), ...options, untilMs }), positions);
  if (place !== 'thinking') return void answers.ephemeral(interaction, draft);
  const message = answers.thinking(interaction);
  const { content = '', embeds = [], rows = [], flags = 0 } = draft;
  clock.after(THINKING_MS * pace, () => hub.edit(message, { content, embeds, rows, flags: FILLED.flags | flags }));
  return undefined;
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
  const subscriber = context.subscriberOf(interaction);
  const version = interaction.applicationId === NIJI.id ? NIJI_VERSION : subscriber.version;
  const { rewritePrompts, echoForm } = switchesFor(context, interaction);
  const result = readPrompt(text, { version, suffix: subscriber.suffix, rewrite: rewritePrompts });
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
  return { ...result.prompt, echo: respell(result.prompt.echo, echoForm) };
}

/** Gives a job with the effects of its scenario words to the runner; refuses when the queue is full. */
export function submitJob(context: BotContext, plan: Omit<JobPlan, 'subscriber' | 'fate' | 'answers'> & { answers?: boolean }): void {
  const effects = context.effectsOf(plan.interaction);
  const has = (fate: ScenarioEffect['job']): boolean => effects.some(({ job }) => job === fate);
  const refusal = refusalsIn(effects).find(isLate) ?? null;
  const fate = { refusal, slow: has('slow'), stalled: has('stalled'), queued: has('queued'), switches: switchesIn(effects) };
  const answers = switchesFor(context, plan.interaction).startForm !== 'late';
  const outcome = context.runner.submit({ answers, ...plan, subscriber: context.subscriberOf(plan.interaction), fate });
  if (outcome === 'full' && plan.answers !== false) refuse(context, plan.interaction, 'queue-full');
}
