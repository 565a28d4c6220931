import type { DiscordAccount } from '../discord/model.ts';
import type { Mode } from './prompts/prompt.ts';

export const STANDINGS = ['active', 'none', 'paused', 'cancelled', 'blocked', 'mute'] as const;
export type Standing = (typeof STANDINGS)[number];

/** The facts that Midjourney keeps about one Discord user. */
export interface Subscriber {
  readonly account: DiscordAccount;
  /** Number of jobs that run at once, and of jobs that may wait. Source: midjourney-bot, queue. */
  slots: number;
  queueLength: number;
  /** `mute`: the bot never answers anything of this user. */
  standing: Standing;
  /** The end of a temporary block, which ends by itself; null without one. */
  blockedUntilMs: number | null;
  /** A moderation message that a person has not acknowledged: every command is refused until then. */
  pendingModeration: boolean;
  mode: Mode;
  /** Pictures are kept from others: tags end in `, stealth`. */
  stealth: boolean;
  remix: boolean;
  highVariability: boolean;
  version: string;
  suffix: string;
  fastHoursLeft: number;
  lifetimeImages: number;
  relaxedImages: number;
  /** Number of presses on buttons that only a person should press. */
  noticePresses: number;
}

/** The members that the control may set. */
export type SubscriberPatch = Partial<Omit<Subscriber, 'account' | 'noticePresses'>>;

export const DEFAULT_PLAN = { slots: 3, queueLength: 10 };

export const createSubscriber = (account: DiscordAccount, plan: { slots: number; queueLength: number }): Subscriber => ({
  account,
  ...plan,
  ...freshState(),
});

/** The state of an account nobody has used. */
export const freshState = (): Omit<Subscriber, 'account' | 'slots' | 'queueLength'> => ({
  standing: 'active',
  blockedUntilMs: null,
  pendingModeration: false,
  mode: 'fast',
  stealth: false,
  remix: false,
  highVariability: true,
  version: '7.0',
  suffix: '',
  fastHoursLeft: 60,
  lifetimeImages: 0,
  relaxedImages: 0,
  noticePresses: 0,
});

const FAST_HOURS = 60;
/** Fast hours that one picture costs. */
const HOURS_PER_PICTURE = 1 / 60;

export function countPictures(subscriber: Subscriber, pictures: number, mode: Mode): void {
  subscriber.lifetimeImages += pictures;
  if (mode === 'relax') subscriber.relaxedImages += pictures;
  else subscriber.fastHoursLeft = Math.max(0, subscriber.fastHoursLeft - (pictures / 4) * HOURS_PER_PICTURE);
}

/** The text of /info, line by line. Source: useapi, jobs/info. */
export function infoText(
  subscriber: Subscriber,
  jobs: { running: readonly string[]; queuedFast: number; queuedRelaxed: number },
  renewsAtMs: number,
): string {
  const { fastHoursLeft, lifetimeImages, relaxedImages } = subscriber;
  const hours = (images: number): string => ((images / 4) * HOURS_PER_PICTURE).toFixed(2);
  const subscription = {
    active: `Mega (Active monthly, renews next on <t:${Math.floor(renewsAtMs / 1_000)}>)`,
    none: 'None',
    paused: 'Mega (Paused)',
    cancelled: 'Mega (Cancelled)',
    blocked: 'None',
    mute: 'None',
  }[subscriber.standing];
  return [
    `**User ID**: ${subscriber.account.user.id}`,
    `**Subscription**: ${subscription}`,
    `**Visibility Mode**: ${subscriber.stealth ? 'Stealth' : 'Public'}`,
    `**Fast Time Remaining**: ${fastHoursLeft.toFixed(1)}/${FAST_HOURS.toFixed(1)} hours (${Math.round((fastHoursLeft / FAST_HOURS) * 100)}%)`,
    `**Lifetime Usage**: ${lifetimeImages} images (${hours(lifetimeImages)} hours)`,
    `**Relaxed Usage**: ${relaxedImages} images (${hours(relaxedImages)} hours)`,
    '',
    `**Queued Jobs (fast)**: ${jobs.queuedFast}`,
    `**Queued Jobs (relax)**: ${jobs.queuedRelaxed}`,
    `**Running Jobs**: ${jobs.running.length === 0 ? 'None' : jobs.running.join(', ')}`,
  ].join('\n');
}
