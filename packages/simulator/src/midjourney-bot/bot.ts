import type { Log } from '@atelier/lib/log';
import { rateLimited, REST_ERRORS, type RestError } from '../discord/rest/errors.ts';
import type { Interaction } from '../discord/interactions.ts';
import type { DiscordAccount } from '../discord/model.ts';
import type { Application, PageAnswer } from '../discord/rest/rest-support.ts';
import { pressPictureButton } from './buttons.ts';
import { blend, imagine, show } from './commands-with-pictures.ts';
import { earlyRefusal, refuse, typedText, type BotContext } from './context.ts';
import { describe, pressChoice, shorten } from './describe.ts';
import { isNotice, REFUSALS, type RefusalName } from './jobs/refusals.ts';
import { scenarioWords, type RefusalOrder } from './prompts/scenario.ts';
import { tellSeed } from './jobs/seed.ts';
import { changeMode, info, prefer, pressSetting, settings } from './settings.ts';
import type { Subscriber } from './subscribers.ts';

/** How long Discord waits for an application that does not answer, at most. Source: discord-api-docs, interactions. */
const SILENCE_MS = 3_000;
/** Nothing to do with pictures, and so open to everyone who is not blocked. */
const FREE_COMMANDS = /^(?:info|settings|fast|relax|turbo|prefer .*)$/;
const FREE_BUTTONS = /^MJ::(?:Settings|CancelJob|BOOKMARK)::/;
const MAX_OPEN_FORMS = 500;
const MAX_REMEMBERED_TEXTS = 1_000;

export type BotDependencies = Omit<BotContext, 'onModal' | 'onPage' | 'wordsOf'> & {
  log: Log;
  /** The scenario ordered for this user's next interaction, or undefined. */
  takeOrdered: (userId: string) => string | undefined;
};

/** The simulated Midjourney bot as an application of the simulated Discord. */
export function createBot(dependencies: BotDependencies): Application {
  const { log, switches, clock, pace, answers, runner, subscriberOf, bot, takeOrdered } = dependencies;
  const words = new WeakMap<Interaction, readonly string[]>();
  const limitedOnce = new Set<string>();
  const forms = new Map<string, (interaction: Interaction, text: string) => void>();
  const pages = new Map<string, (sent: PageAnswer) => void>();
  const context: BotContext = {
    ...dependencies,
    wordsOf: (interaction) => words.get(interaction) ?? [],
    onModal: (modalId, run) => keep(forms, modalId, run),
    onPage: (token, run) => keep(pages, token, run),
  };

  const press = (interaction: Interaction, action: Extract<Interaction['action'], { type: 'component' }>): void => {
    const { customId } = action;
    if (customId.startsWith('MJ::CancelJob::')) {
      runner.cancel(customId.split('::').at(-1) ?? '');
      return answers.succeeded(interaction);
    }
    const done =
      pressSetting(context, interaction, action) ||
      pressChoice(context, interaction, action) ||
      pressPictureButton(context, interaction, action);
    // ❤️ and whatever else has no effect that can be seen.
    return done ? undefined : answers.succeeded(interaction);
  };

  const command = (interaction: Interaction, action: Extract<Interaction['action'], { type: 'command' }>): void | Promise<void> => {
    const { name, options, uploads } = action;
    switch (name) {
      case 'imagine':
        return imagine(context, interaction, options.get('prompt') ?? '');
      case 'blend':
        return blend(context, interaction, { uploads, dimensions: options.get('dimensions') ?? '--ar 1:1' });
      case 'describe':
        return describe(context, interaction, { upload: uploads.get('image'), link: options.get('link') });
      case 'shorten':
        return shorten(context, interaction, options.get('prompt') ?? '');
      case 'show':
        return show(context, interaction, options.get('job_id') ?? '');
      case 'info':
        return info(context, interaction);
      case 'settings':
        return settings(context, interaction);
      case 'fast':
      case 'relax':
      case 'turbo':
        return changeMode(context, interaction, name);
      default:
        return prefer(context, interaction, { name, value: options.get('new_value') });
    }
  };

  const answer = (interaction: Interaction): void | Promise<void> => {
    const subscriber = subscriberOf(interaction);
    const chosen = context.wordsOf(interaction);
    const { action } = interaction;
    if (action.type === 'component' && isNotice(action.customId)) {
      subscriber.noticePresses += 1;
      return answers.succeeded(interaction);
    }
    if (chosen.includes('pending-mod')) subscriber.pendingModeration = true;
    const standing = standingRefusal(subscriber, isFree(interaction));
    const refusal: RefusalOrder | null = standing ? { name: standing, placement: REFUSALS[standing].placement } : earlyRefusal(chosen);
    if (refusal) return refuse(context, interaction, refusal.name, { placement: refusal.placement });
    if (action.type === 'command') return command(interaction, action);
    if (action.type === 'component') return press(interaction, action);
    const run = forms.get(action.modal.id);
    forms.delete(action.modal.id);
    return run ? run(interaction, typedText(interaction)) : answers.failed(interaction, 1);
  };

  return {
    user: bot,
    refuse(interaction) {
      const ordered = takeOrdered(interaction.account.user.id);
      const chosen = [...scenarioWords(typedText(interaction)), ...(ordered === undefined ? [] : [ordered])];
      words.set(interaction, chosen);
      return restRefusal(chosen, typedText(interaction), limitedOnce, switches.retryAfterMs);
    },
    handle(interaction) {
      const chosen = context.wordsOf(interaction);
      if (chosen.includes('hang')) return;
      answers.created(interaction);
      if (chosen.includes('interaction-failure')) {
        clock.after(Math.min(SILENCE_MS, SILENCE_MS * pace), () => answers.failed(interaction, 2));
        return;
      }
      // Runs at once as far as the first wait, so that a refusal in it is an answer and not an exception.
      void (async () => answer(interaction))().catch((error: unknown) => {
        log.error({ err: error }, 'simulated bot failed');
        answers.failed(interaction, 1);
      });
    },
    pageSent(token, sent) {
      const run = pages.get(token);
      pages.delete(token);
      run?.(sent);
      return run !== undefined;
    },
    reacted: (account: DiscordAccount, _channelId, messageId, emoji) => {
      if (emoji.startsWith('✉'))
        void tellSeed(context, account, messageId).catch((error: unknown) => log.error({ err: error }, 'simulated bot failed'));
    },
  };
}

function keep<Run>(open: Map<string, Run>, id: string, run: Run): void {
  open.set(id, run);
  for (const oldestId of open.keys()) {
    if (open.size <= MAX_OPEN_FORMS) break;
    open.delete(oldestId);
  }
}

/** What an account's own state refuses, before the prompt is looked at. */
function standingRefusal(subscriber: Subscriber, free: boolean): RefusalName | null {
  if (subscriber.standing === 'blocked') return 'blocked';
  if (subscriber.pendingModeration) return 'pending-mod';
  if (free) return null;
  if (subscriber.standing === 'none') return 'subscription';
  if (subscriber.standing === 'paused') return 'subscription-paused';
  if (subscriber.standing === 'cancelled') return 'plan-cancelled';
  return subscriber.mode !== 'relax' && subscriber.fastHoursLeft <= 0 ? 'credits' : null;
}

function isFree({ action }: Interaction): boolean {
  if (action.type === 'command') return FREE_COMMANDS.test(action.name);
  return action.type === 'component' && FREE_BUTTONS.test(action.customId);
}

/** Scenario words that Discord itself answers, before the bot hears of anything. */
function restRefusal(words: readonly string[], text: string, limitedOnce: Set<string>, retryAfterMs: number): RestError | null {
  if (words.includes('429')) return rateLimited(retryAfterMs, 'user');
  if (words.includes('429-once') && !limitedOnce.has(text)) {
    limitedOnce.add(text);
    if (limitedOnce.size > MAX_REMEMBERED_TEXTS) limitedOnce.clear();
    return rateLimited(retryAfterMs, 'shared');
  }
  if (words.includes('500')) return REST_ERRORS.serverError;
  if (words.includes('rest-captcha')) return REST_ERRORS.captcha;
  return words.includes('abuse') ? REST_ERRORS.abuseBlocked : null;
}
