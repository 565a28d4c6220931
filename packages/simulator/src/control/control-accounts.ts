import type { Hub } from '../discord/hub.ts';
import type { DiscordAccount } from '../discord/model.ts';
import type { TokenTable } from '../discord/conditions/tokens.ts';
import type { JobRunner } from '../midjourney-bot/jobs/job-runner.ts';
import type { RefusalName } from '../midjourney-bot/jobs/refusals.ts';
import type { NoticePlace } from '../midjourney-bot/notices.ts';
import { isScenarioWord } from '../midjourney-bot/prompts/scenario.ts';
import { createSubscriber, DEFAULT_PLAN, freshState, type Subscriber } from '../midjourney-bot/subscribers.ts';
import type { AccountView, NewAccount, SimulatorControl } from './simulator-control.ts';

export interface AccountControlDependencies {
  hub: Hub;
  tokens: TokenTable;
  runner: JobRunner;
  subscribers: Map<string, Subscriber>;
  queuedScenarios: Map<string, string[]>;
  /** The bot's notice to an account. */
  notify: (account: DiscordAccount, notice: { name: RefusalName; place: NoticePlace }) => void;
  nextId: () => string;
}

type AccountCommand = 'accounts' | 'addAccount' | 'setAccount' | 'acknowledge' | 'notify' | 'emptyChannel' | 'queueScenario';

/** The commands of the control that act on accounts. */
export interface AccountControl extends Pick<SimulatorControl, AccountCommand> {
  /** Throws a `RangeError` for an unknown user. */
  requireUser(userId: string): void;
  /** Every account as it was added. */
  resetAccounts(): void;
}

export function createAccountControl(dependencies: AccountControlDependencies): AccountControl {
  const { hub, tokens, runner, subscribers, queuedScenarios, notify, nextId } = dependencies;
  /** The plans of accounts that were added with another plan than the default. */
  const plans = new Map<string, typeof DEFAULT_PLAN>();
  const subscriberOf = (userId: string): Subscriber => {
    const subscriber = subscribers.get(userId);
    if (!subscriber) throw new RangeError(`there is no user ${userId}`);
    return subscriber;
  };
  const viewOf = (subscriber: Subscriber): AccountView => toAccountView(subscriber, tokens, runner);
  return {
    accounts: () => [...subscribers.values()].map(viewOf),
    addAccount(account = {}) {
      const added = toAccount(account, nextId);
      if (hub.accountByToken(added.token)) throw new RangeError('the token is taken');
      hub.addAccount(added, `${added.user.username}'s server`);
      const { slots = DEFAULT_PLAN.slots, queueLength = DEFAULT_PLAN.queueLength } = account;
      plans.set(added.user.id, { slots, queueLength });
      subscribers.set(added.user.id, createSubscriber(added, { slots, queueLength }));
      return viewOf(subscriberOf(added.user.id));
    },
    setAccount: (userId, patch) => viewOf(Object.assign(subscriberOf(userId), patch)),
    acknowledge(userId) {
      subscriberOf(userId).pendingModeration = false;
    },
    notify(userId, { name, place }) {
      const subscriber = subscriberOf(userId);
      if (name === 'pending-mod') subscriber.pendingModeration = true;
      notify(subscriber.account, { name, place });
    },
    emptyChannel: (userId) => hub.empty(subscriberOf(userId).account.channelId),
    queueScenario(userId, word) {
      subscriberOf(userId);
      if (!isScenarioWord(word)) throw new RangeError(`there is no scenario word ${word}`);
      queuedScenarios.set(userId, [...(queuedScenarios.get(userId) ?? []), word]);
    },
    requireUser: (userId) => void subscriberOf(userId),
    resetAccounts() {
      tokens.reset();
      for (const [userId, subscriber] of subscribers) Object.assign(subscriber, freshState(), plans.get(userId) ?? DEFAULT_PLAN);
    },
  };
}

function toAccount(account: NewAccount, nextId: () => string): DiscordAccount {
  const id = nextId();
  const username = account.username ?? `user_${id.slice(-6)}`;
  return {
    token: account.token ?? `simulator.token.${id}`,
    user: { id, username, globalName: username, bot: false },
    guildId: account.guildId ?? nextId(),
    channelId: account.channelId ?? nextId(),
  };
}

function toAccountView({ account, ...state }: Subscriber, tokens: TokenTable, runner: JobRunner): AccountView {
  const mine = runner.jobs().filter((job) => job.plan.subscriber.account === account);
  return {
    token: tokens.currentOf(account.user.id),
    userId: account.user.id,
    username: account.user.username,
    guildId: account.guildId,
    channelId: account.channelId,
    runningJobs: mine.filter((job) => job.state === 'running').length,
    queuedJobs: mine.filter((job) => job.state === 'queued').length,
    ...state,
  };
}
