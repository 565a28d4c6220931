import type { Log } from '@atelier/lib/log';
import type { Interaction } from '../discord/interactions.ts';
import type { DiscordAccount } from '../discord/model.ts';
import type { Application, PageAnswer } from '../discord/rest/rest-support.ts';
import { pressPictureButton } from './buttons.ts';
import { pressConfirmation } from './batch.ts';
import { MIDJOURNEY, NIJI } from './commands.ts';
import { earlyRefusal, refuse, switchesFor, typedText, type BotContext } from './context.ts';
import { describe, pressChoice, shorten } from './describe.ts';
import { isNotice, type RefusalName } from './jobs/refusals.ts';
import { postNotice, type NoticePlace } from './notices.ts';
import { blend, imagine, show } from './picture-commands.ts';
import { effectsOf, scenarioWords, type ScenarioEffect } from './prompts/scenario.ts';
import { tellSeed } from './jobs/seed.ts';
import { changeMode, info, prefer, pressSetting, settings } from './settings.ts';
import type { Subscriber } from './subscribers.ts';
import type { Switches } from '../switches.ts';

/** The longest time that Discord waits for an answer of the application. Source: discord-api-docs, interactions. */
const SILENCE_MS = 3_000;
/** From the end of that time to a late answer, at pace 1. */
const LATE_ANSWER_MS = 500;
/** Commands that make no pictures: every user may use them who is not blocked. */
const FREE_COMMANDS = /^(?:info|settings|fast|relax|turbo|prefer .*)$/;
const FREE_BUTTONS = /^MJ::(?:Settings|CancelJob|BOOKMARK)::/;
const MAX_OPEN_FORMS = 500;
const MAX_REMEMBERED_TEXTS = 1_000;

export type BotDependencies = Omit<BotContext, 'onModal' | 'onPage' | 'onConfirm' | 'takeConfirmation' | 'effectsOf'> & {
  log: Log;
  /** Takes the scenario words that the control queued for this user's next interaction, or undefined. */
  takeScenario: (userId: string) => string | undefined;
};

/** The simulated Midjourney bot as an application of the simulated Discord. */
export function createBot(dependencies: BotDependencies): Application {
  const { log, switches, clock, pace, answers, runner, subscriberOf, takeScenario } = dependencies;
  const effects = new WeakMap<Interaction, readonly ScenarioEffect[]>();
  const limitedOnce = new Set<string>();
  const forms = new Map<string, (interaction: Interaction, text: string) => void>();
  const pages = new Map<string, (sent: PageAnswer) => void>();
  const confirmations = new Map<string, { asked: Interaction; run: (confirmed: Interaction) => void }>();
  const context: BotContext = {
    ...dependencies,
    effectsOf: (interaction) => effects.get(interaction) ?? [],
    onModal: (modalId, run) => keep(forms, modalId, run),
    onPage: (token, run) => keep(pages, token, run),
    onConfirm: (token, asked, run) => keep(confirmations, token, { asked, run }),
    takeConfirmation(token, press) {
      const open = confirmations.get(token);
      confirmations.delete(token);
      if (open) effects.set(press, [...context.effectsOf(open.asked).filter(({ asksBack }) => !asksBack), ...context.effectsOf(press)]);
      return open?.run;
    },
  };

  const press = (interaction: Interaction, action: Extract<Interaction['action'], { type: 'component' }>): void => {
    const { customId } = action;
    if (customId.startsWith('MJ::CancelJob::')) {
      runner.cancel(customId.split('::').at(-1) ?? '');
      return answers.succeeded(interaction);
    }
    const done =
      pressConfirmation(context, interaction, action) ||
      pressSetting(context, interaction, action) ||
      pressChoice(context, interaction, action) ||
      pressPictureButton(context, interaction, action);
    // ❤️ and all other buttons have no visible effect.
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
    const chosen = context.effectsOf(interaction);
    const { action } = interaction;
    if (action.type === 'component' && isNotice(action.customId)) {
      subscriber.noticePresses += 1;
      return answers.succeeded(interaction);
    }
    if (chosen.some(({ isModerationPending }) => isModerationPending)) subscriber.pendingModeration = true;
    const nowMs = clock.now();
    if (chosen.some(({ blocks }) => blocks)) subscriber.blockedUntilMs = nowMs + switches.blockMs;
    const standing = standingRefusal(subscriber, { free: isFree(interaction), accountState: switches.accountState, nowMs });
    const untilMs = subscriber.blockedUntilMs ?? nowMs + switches.blockMs;
    if (standing) return refuse(context, interaction, standing, { untilMs });
    const refusal = earlyRefusal(chosen);
    if (refusal) return refuse(context, interaction, refusal.name, { place: refusal.place });
    if (action.type === 'command') return command(interaction, action);
    if (action.type === 'component') return press(interaction, action);
    const run = forms.get(action.modal.id);
    forms.delete(action.modal.id);
    return run ? run(interaction, typedText(interaction)) : answers.failed(interaction, 1);
  };

  /** The error that Discord itself answers, before it tells the bot of the interaction. */
  const restError = (chosen: readonly ScenarioEffect[], text: string): ScenarioEffect['rest'] => {
    const effect = chosen.find(({ rest, once }) => rest && !(once && limitedOnce.has(text)));
    if (effect?.once) {
      limitedOnce.add(text);
      if (limitedOnce.size > MAX_REMEMBERED_TEXTS) limitedOnce.clear();
    }
    return effect?.rest;
  };

  /** Runs synchronously up to its first wait; the async wrapper turns an exception into a failed answer. */
  const run = (interaction: Interaction): void =>
    void (async () => answer(interaction))().catch((error: unknown) => {
      log.error({ err: error }, 'simulated bot failed');
      answers.failed(interaction, 1);
    });

  return {
    users: [MIDJOURNEY, NIJI],
    refuse(interaction) {
      const text = typedText(interaction);
      const queuedWords = takeScenario(interaction.account.user.id)?.split(' ') ?? [];
      const chosen = effectsOf([...scenarioWords(text), ...queuedWords]);
      effects.set(interaction, chosen);
      return restError(chosen, text)?.(switches.retryAfterMs) ?? null;
    },
    handle(interaction) {
      const chosen = context.effectsOf(interaction);
      const outcomes = chosen.map(({ answer: outcome }) => outcome);
      const { account } = interaction;
      if (outcomes.includes('none')) return;
      answers.created(interaction);
      const silenceMs = Math.min(SILENCE_MS, SILENCE_MS * pace);
      const fail = (): void => answers.failed(interaction, 2);
      const isMute = subscriberOf(interaction).standing === 'mute' || switches.accountState === 'mute';
      const notice = (name: RefusalName, place: NoticePlace): void =>
        postNotice(dependencies, account, { name, place, untilMs: clock.now() + switches.blockMs });
      // Discord itself tells the user that the application did not respond.
      if (outcomes.includes('failure') || isMute) return void clock.after(silenceMs, fail);
      if (outcomes.includes('human-check') || switches.accountState === 'human-check') return notice('captcha', 'page');
      if (switchesFor(context, interaction).startForm === 'late' && !isFree(interaction)) {
        clock.after(silenceMs, fail);
        return void clock.after(silenceMs + LATE_ANSWER_MS * pace, () => run(interaction));
      }
      run(interaction);
      for (const { notice: place } of chosen) {
        if (place === undefined) continue;
        notice('pending-mod', place);
        subscriberOf(interaction).pendingModeration = true;
      }
      return undefined;
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

/** The refusal that the state of an account asks for, before the bot reads the prompt. Ends a block whose time is over. */
function standingRefusal(
  subscriber: Subscriber,
  { free, accountState, nowMs }: { free: boolean; accountState: Switches['accountState']; nowMs: number },
): RefusalName | null {
  if (subscriber.blockedUntilMs !== null && subscriber.blockedUntilMs <= nowMs) subscriber.blockedUntilMs = null;
  if (subscriber.standing === 'blocked') return 'blocked';
  if (subscriber.blockedUntilMs !== null || accountState === 'temporary-block') return 'temporary-block';
  if (subscriber.pendingModeration) return 'pending-mod';
  if (free) return null;
  if (subscriber.standing === 'none') return 'subscription';
  if (subscriber.standing === 'paused') return 'subscription-paused';
  if (subscriber.standing === 'cancelled') return 'plan-cancelled';
  if (accountState === 'queue-full' || accountState === 'slow-down') return accountState;
  if (subscriber.mode === 'relax') return null;
  if (accountState === 'fast-hours-content') return accountState;
  return subscriber.fastHoursLeft <= 0 || accountState === 'credits' ? 'credits' : null;
}

function isFree({ action }: Interaction): boolean {
  if (action.type === 'command') return FREE_COMMANDS.test(action.name);
  return action.type === 'component' && FREE_BUTTONS.test(action.customId);
}
