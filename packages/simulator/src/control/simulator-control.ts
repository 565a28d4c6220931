import type { JsonObject } from '@atelier/lib/json';
import type { AskedJob, InteractionCounts, InteractionRecord } from '../discord/interaction-log.ts';
import type { RateLimitScope } from '../discord/rest/errors.ts';
import type { FaultKind, RequestRecord, RestFault } from '../discord/rest/rest-faults.ts';
import type { RefusalName } from '../midjourney-bot/jobs/refusals.ts';
import type { NoticePlace } from '../midjourney-bot/notices.ts';
import type { Subscriber, SubscriberPatch } from '../midjourney-bot/subscribers.ts';
import type { Switches } from '../switches.ts';
import type { StrangerTraffic } from './strangers.ts';

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
  /** Milliseconds for which it lasts; then `times` is without limit unless it is given too. */
  forMs?: number;
  /** The share of matching requests that it meets, above 0 and up to 1; default 1. */
  chance?: number;
}

/** A message written by hand. */
export interface HandwrittenMessage {
  /** Members in Discord's form: `content`, `embeds`, `components`, `interaction_metadata`, … The bot is the author unless `author` names another. */
  message: JsonObject;
  /** False: it stands in the history without an event; default true. */
  events?: boolean;
  /** The id of a message that gets these members instead of a new message. */
  edits?: string;
  /** The user who sees an ephemeral message (`flags` 64); the first account by default. */
  userId?: string;
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
  /** Somebody, a moderator or a cleaning bot, empties the user's channel: MESSAGE_DELETE_BULK; jobs go on. Returns the number of messages. */
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

  /** Throws a `RangeError` for an unknown channel or message. */
  postMessage(channelId: string, message: HandwrittenMessage): { id: string };
  /** Resolves after the last message. */
  postStrangers(traffic: StrangerTraffic): Promise<void>;

  /**
   * Takes Discord off the network: REST, gateway and CDN refuse connections, and so does the control over HTTP. Resolves when they do; after `forMs`
   * milliseconds, or at `endOutage`, the same port listens again.
   */
  beginOutage(forMs?: number): Promise<void>;
  /** Resolves when the port listens. */
  endOutage(): Promise<void>;

  /** The interactions that Discord has read, oldest first. */
  interactions(): InteractionRecord[];
  /** The jobs that the bot was asked for, oldest first. */
  askedJobs(): AskedJob[];
  /** Both, counted by prompt, nonce and command. */
  counts(): InteractionCounts;

  /** New versions for all commands; the old are refused with 50035. Tells every session. */
  bumpCommands(): void;
  /** Refuses every CDN link that was signed until now. */
  expireLinks(): void;
  jobs(): { id: string; userId: string; prompt: string; nonce: string | null; state: string }[];
  /** Switches, faults, scenarios, jobs, counts, links to finished pictures, tokens and account states as at the start; accounts and messages stay. An outage goes on. */
  reset(): void;
}
