import type { CommandRegistry } from '../discord/rest/commands.ts';
import type { FileStore } from '../discord/file-store.ts';
import type { SimulatedGateway } from '../discord/gateway/gateway.ts';
import type { Hub } from '../discord/hub.ts';
import type { DiscordAccount } from '../discord/model.ts';
import { toFaultError, type FaultKind, type RequestRecord, type RestFault, type RestJournal } from '../discord/rest/rest-faults.ts';
import type { RateLimitScope } from '../discord/rest/errors.ts';
import type { Gallery } from '../midjourney-bot/jobs/gallery.ts';
import type { JobRunner } from '../midjourney-bot/jobs/job-runner.ts';
import type { RefusalName } from '../midjourney-bot/jobs/refusals.ts';
import type { NoticePlace } from '../midjourney-bot/notices.ts';
import { isScenarioWord } from '../midjourney-bot/prompts/scenario.ts';
import { createSubscriber, DEFAULT_PLAN, freshState, type Subscriber, type SubscriberPatch } from '../midjourney-bot/subscribers.ts';
import { defaultSwitches, switchFault, type Switches } from '../switches.ts';

/** One account, as tests and operators see it. */
export interface AccountView extends Omit<Subscriber, 'account'> {
  token: string;
  userId: string;
  username: string;
  guildId: string;
  channelId: string;
  runningJobs: number;
  queuedJobs: number;
}

/** A member that is left out gets a made-up value. Two accounts may share a server or a channel. */
export interface NewAccount {
  token?: string;
  username?: string;
  guildId?: string;
  channelId?: string;
  slots?: number;
  queueLength?: number;
}

/** A fault of the REST interface: `kind` is `drop`, `drop-answer`, `hang`, `rate-limit`, `status`, or the name of one of Discord's errors. */
export interface NewFault {
  kind: FaultKind;
  /** Part of the path; without `path` and `route`, `/interactions`. */
  path?: string;
  /** The whole path instead, without `/api/v9`; `*` stands for one segment. Only a route meets uploads and files of the CDN. */
  route?: string;
  method?: string;
  /** Only requests with this user's token; uploads and files carry none. */
  userId?: string;
  /** Default 1. */
  times?: number;
  /** For `status`. */
  status?: number;
  /** For `rate-limit`; the switch `retryAfterMs` by default. */
  retryAfterMs?: number;
  scope?: RateLimitScope;
}

/**
 * Every command that the simulator takes from outside; the control routes give the same commands over HTTP. An optional `userId`
 * that is left out means all users. Methods that act on connections return their number.
 */
export interface SimulatorControl {
  switches(): Readonly<Switches>;
  /** Throws a `RangeError` that names the wrong switch or value. */
  setSwitches(patch: Partial<Switches>): void;

  accounts(): AccountView[];
  addAccount(account?: NewAccount): AccountView;
  /** Account states: standing, pending moderation, plan, mode. Throws a `RangeError` for an unknown user. */
  setAccount(userId: string, patch: SubscriberPatch): AccountView;
  /** The user acknowledged the moderation message. */
  acknowledge(userId: string): void;

  /** The bot shows a notice of no job to this user: without nonce, interaction and reply. `pending-mod` waits for `acknowledge`. */
  notify(userId: string, notice: { name: RefusalName; place: NoticePlace }): void;
  /** Somebody empties the user's channel by bulk deletion; jobs go on. Returns the number of messages. */
  emptyChannel(userId: string): number;

  /**
   * The next interaction of this user meets a scenario as if its prompt contained `sim:<word>`; for buttons and commands without a prompt. Blanks
   * separate several words.
   */
  queueScenario(userId: string, word: string): void;
  addFault(fault: NewFault): void;
  /** The faults that wait for requests. */
  faults(): RestFault[];
  clearFaults(): void;
  /** The latest REST requests, oldest first. */
  requests(): RequestRecord[];

  dropConnections(userId?: string): number;
  closeConnections(code: number, userId?: string): number;
  askToReconnect(userId?: string): number;
  invalidateSessions(resumable: boolean, userId?: string): number;
  askForHeartbeat(userId?: string): number;
  /**
   * Forgets sessions: a later resume is answered with op 9 `false`. Connected clients get op 9 `false` at once, or the given close
   * code.
   */
  forgetSessions(options?: { userId?: string; code?: number }): number;
  connections(): number;
  /** One dispatch of any kind to a user's sessions. */
  dispatch(userId: string, name: string, data: object): void;

  /** New versions for all commands; the old are refused with 50035. Tells every session. */
  bumpCommands(): void;
  /** Refuses every CDN link that was signed until now. */
  expireLinks(): void;
  jobs(): { id: string; userId: string; prompt: string; nonce: string | null; state: string }[];
  /** Switches, faults, scenarios, jobs, links to finished pictures and account states as at the start; accounts and messages stay. */
  reset(): void;
}

export interface ControlDependencies {
  switches: Switches;
  hub: Hub;
  files: FileStore;
  gateway: SimulatedGateway;
  commands: CommandRegistry;
  journal: RestJournal;
  runner: JobRunner;
  gallery: Gallery;
  subscribers: Map<string, Subscriber>;
  queuedScenarios: Map<string, string[]>;
  /** The bot's notice to an account. */
  notify: (account: DiscordAccount, notice: { name: RefusalName; place: NoticePlace }) => void;
  nextId: () => string;
}

export function createControl(dependencies: ControlDependencies): SimulatorControl {
  const { switches, hub, files, gateway, commands, journal, runner, gallery, subscribers, queuedScenarios, notify, nextId } = dependencies;
  /** The plans of accounts that were added with another plan than the default. */
  const plans = new Map<string, typeof DEFAULT_PLAN>();
  const subscriberOf = (userId: string): Subscriber => {
    const subscriber = subscribers.get(userId);
    if (!subscriber) throw new RangeError(`there is no user ${userId}`);
    return subscriber;
  };
  const planOf = (userId: string): typeof DEFAULT_PLAN => plans.get(userId) ?? DEFAULT_PLAN;
  const viewOf = ({ account, ...state }: Subscriber): AccountView => {
    const mine = runner.jobs().filter((job) => job.plan.subscriber.account === account);
    return {
      token: account.token,
      userId: account.user.id,
      username: account.user.username,
      guildId: account.guildId,
      channelId: account.channelId,
      runningJobs: mine.filter((job) => job.state === 'running').length,
      queuedJobs: mine.filter((job) => job.state === 'queued').length,
      ...state,
    };
  };
  return {
    switches: () => ({ ...switches }),
    setSwitches(patch) {
      const fault = switchFault(patch);
      if (fault !== null) throw new RangeError(fault);
      Object.assign(switches, patch);
    },
    accounts: () => [...subscribers.values()].map(viewOf),
    addAccount(account = {}) {
      const id = nextId();
      const username = account.username ?? `user_${id.slice(-6)}`;
      const added: DiscordAccount = {
        token: account.token ?? `simulator.token.${id}`,
        user: { id, username, globalName: username, bot: false },
        guildId: account.guildId ?? nextId(),
        channelId: account.channelId ?? nextId(),
      };
      if (hub.accountByToken(added.token)) throw new RangeError('the token is taken');
      hub.addAccount(added, `${username}'s server`);
      const { slots = DEFAULT_PLAN.slots, queueLength = DEFAULT_PLAN.queueLength } = account;
      plans.set(id, { slots, queueLength });
      subscribers.set(id, createSubscriber(added, planOf(id)));
      return viewOf(subscriberOf(id));
    },
    setAccount(userId, patch) {
      return viewOf(Object.assign(subscriberOf(userId), patch));
    },
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
    addFault(fault) {
      const { kind, path, route = null, method = null, userId = null, times = 1 } = fault;
      const { status = 503, retryAfterMs = switches.retryAfterMs, scope = 'user' } = fault;
      if (route !== null && path !== undefined) throw new RangeError('path and route exclude each other');
      if (userId !== null) subscriberOf(userId);
      const error = toFaultError(kind, { status, retryAfterMs, scope });
      journal.add({ kind, path: path ?? (route === null ? '/interactions' : null), route, method, userId, times, error });
    },
    faults: journal.faults,
    clearFaults: journal.clearFaults,
    requests: journal.records,
    dropConnections: gateway.drop,
    closeConnections: gateway.close,
    askToReconnect: gateway.reconnect,
    invalidateSessions: gateway.invalidate,
    askForHeartbeat: gateway.heartbeat,
    forgetSessions: gateway.forget,
    connections: () => gateway.connections().length,
    dispatch(userId, name, data) {
      subscriberOf(userId);
      hub.tell(userId, name, data);
    },
    bumpCommands() {
      commands.bump();
      for (const { user, guildId } of hub.accounts())
        hub.tell(user.id, 'GUILD_APPLICATION_COMMAND_INDEX_UPDATE', {
          guild_id: guildId,
          application_command_counts: { '1': commands.list().length },
          version: commands.list()[0]?.version,
        });
    },
    expireLinks: files.expireAll,
    jobs: () =>
      runner.jobs().map(({ id, plan, state }) => ({
        id,
        userId: plan.subscriber.account.user.id,
        prompt: plan.prompt.echo,
        nonce: plan.interaction.nonce,
        state,
      })),
    reset() {
      Object.assign(switches, defaultSwitches());
      journal.clear();
      queuedScenarios.clear();
      runner.reset();
      gallery.clear();
      for (const [userId, subscriber] of subscribers) Object.assign(subscriber, freshState(), planOf(userId));
    },
  };
}
