import type { Interaction } from '../discord/interactions.ts';
import type { DiscordButton, Message } from '../discord/model.ts';
import { FILLED } from './answers.ts';
import type { BotContext } from './context.ts';
import { freshState, infoText, type Subscriber } from './subscribers.ts';

const VERSIONS = ['7.0', '6.1', '6.0', '5.2', 'niji 6'] as const;
/** How long the bot thinks, at pace 1. */
const THINKING_MS = 200;
const RENEWAL_MS = 30 * 86_400_000;

/** /info: an empty message that is filled a moment later. Source: midjourney-bot, info. */
export function info(context: BotContext, interaction: Interaction): void {
  const { hub, runner, clock, pace } = context;
  const subscriber = context.subscriberOf(interaction);
  const message = context.answers.thinking(interaction);
  clock.after(THINKING_MS * pace, () => {
    const mine = runner.jobs().filter((job) => job.plan.subscriber === subscriber);
    const queued = (relaxed: boolean): number =>
      mine.filter((job) => job.state === 'queued' && ((job.plan.prompt.mode ?? subscriber.mode) === 'relax') === relaxed).length;
    const jobs = {
      running: mine.filter((job) => job.state === 'running').map((job) => job.id),
      queuedFast: queued(false),
      queuedRelaxed: queued(true),
    };
    const { globalName, username } = subscriber.account.user;
    hub.edit(message, {
      ...FILLED,
      embeds: [
        {
          title: `Your info - ${globalName ?? username}`,
          description: infoText(subscriber, jobs, clock.now() + RENEWAL_MS),
          contentScanVersion: 0,
          color: 0,
        },
      ],
    });
  });
}

/** /settings: buttons that are green while on. */
export function settings(context: BotContext, interaction: Interaction): void {
  const subscriber = context.subscriberOf(interaction);
  const message = context.answers.thinking(interaction);
  context.clock.after(THINKING_MS * context.pace, () =>
    context.hub.edit(message, {
      ...FILLED,
      content: 'Adjust your settings here. Current suffix: ' + (subscriber.suffix || '*none set*'),
      rows: settingsRows(subscriber),
    }),
  );
}

function settingsRows(subscriber: Subscriber): Message['rows'] {
  const { version, mode, remix, highVariability } = subscriber;
  const toggle = (label: string, on: boolean, customId: string): DiscordButton => ({ kind: 'button', style: on ? 3 : 2, label, customId });
  return [
    [
      {
        kind: 'select',
        customId: 'MJ::Settings::VersionSelector',
        options: VERSIONS.map((value) => ({ label: `Midjourney Model V${value}`, value, chosen: value === version })),
      },
    ],
    [
      toggle('Remix mode', remix, 'MJ::Settings::RemixMode::1'),
      toggle('High Variation Mode', highVariability, 'MJ::Settings::HighVariabilityMode::1'),
      toggle('Low Variation Mode', !highVariability, 'MJ::Settings::HighVariabilityMode::0'),
    ],
    [
      toggle('Turbo mode', mode === 'turbo', 'MJ::Settings::TurboMode::on'),
      toggle('Fast mode', mode === 'fast', 'MJ::Settings::FastMode::on'),
      toggle('Relax mode', mode === 'relax', 'MJ::Settings::RelaxMode::on'),
    ],
    [toggle('Reset Settings', false, 'MJ::Settings::Reset')],
  ];
}

/** Handles a press on the settings message, which changes in place. False for other buttons. */
export function pressSetting(
  context: BotContext,
  interaction: Interaction,
  press: { message: Message; customId: string; values: readonly string[] },
): boolean {
  const subscriber = context.subscriberOf(interaction);
  const [, group, name, value] = press.customId.split('::');
  if (group !== 'Settings') return false;
  if (name === 'VersionSelector') subscriber.version = VERSIONS.find((version) => version === press.values[0]) ?? subscriber.version;
  else if (name === 'RemixMode') subscriber.remix = !subscriber.remix;
  else if (name === 'HighVariabilityMode') subscriber.highVariability = value === '1';
  else if (name === 'TurboMode') subscriber.mode = 'turbo';
  else if (name === 'FastMode') subscriber.mode = 'fast';
  else if (name === 'RelaxMode') subscriber.mode = 'relax';
  else {
    const { mode, remix, highVariability, version, suffix } = freshState();
    Object.assign(subscriber, { mode, remix, highVariability, version, suffix });
  }
  context.hub.edit(press.message, { rows: settingsRows(subscriber) });
  context.answers.succeeded(interaction);
  return true;
}

/** /prefer remix, variability and suffix: the answer tells the new value. */
export function prefer(context: BotContext, interaction: Interaction, preference: { name: string; value: string | undefined }): void {
  const subscriber = context.subscriberOf(interaction);
  const message = context.answers.thinking(interaction);
  let content: string;
  if (preference.name === 'prefer remix') {
    subscriber.remix = !subscriber.remix;
    content = subscriber.remix ? 'Remix mode turned on! You can edit the prompt of variations now.' : 'Remix mode turned off!';
  } else if (preference.name === 'prefer variability') {
    subscriber.highVariability = !subscriber.highVariability;
    content = `High variability mode turned ${subscriber.highVariability ? 'on' : 'off'}! V buttons now make ${subscriber.highVariability ? 'strong' : 'subtle'} variations.`;
  } else {
    subscriber.suffix = preference.value?.trim() ?? '';
    content = subscriber.suffix === '' ? 'Suffix removed!' : `Your prompts now end with: ${subscriber.suffix}`;
  }
  context.clock.after(THINKING_MS * context.pace, () => context.hub.edit(message, { ...FILLED, content }));
}

/** /fast, /relax and /turbo: one message, complete at once. */
export function changeMode(context: BotContext, interaction: Interaction, mode: Subscriber['mode']): void {
  context.subscriberOf(interaction).mode = mode;
  const content =
    mode === 'relax'
      ? 'Done! Your jobs now do not consume fast-hours, but might take a little longer.'
      : 'Done! Note that once you exhaust your fast hours, jobs might not be processed until you switch to relax mode.';
  context.answers.ephemeral(interaction, { content });
}
