import type { ErrorCode } from 'atelier/core/errors';
import type { AccountView, SimulatorControl } from '@atelier/simulator';
import type { Verb } from './plan.ts';

/** Faults of the account's gateway connection. `losesSession`: the client misses the events until a new session begins. */
export const CONNECTION_FAULTS = {
  'socket cut': { losesSession: false, strike: (control, { userId }) => void control.dropConnections(userId) },
  'op 7': { losesSession: false, strike: (control, { userId }) => void control.askToReconnect(userId) },
  'op 9 true': { losesSession: false, strike: (control, { userId }) => void control.invalidateSessions(true, userId) },
  'op 9 false': { losesSession: true, strike: (control, { userId }) => void control.invalidateSessions(false, userId) },
  'close 4000': { losesSession: false, strike: (control, { userId }) => void control.closeConnections(4000, userId) },
  'close 4007': { losesSession: true, strike: (control, { userId }) => void control.closeConnections(4007, userId) },
  'close 4008': { losesSession: false, strike: (control, { userId }) => void control.closeConnections(4008, userId) },
  'close 4009': { losesSession: true, strike: (control, { userId }) => void control.closeConnections(4009, userId) },
  'session forgotten': {
    losesSession: true,
    strike(control, { userId }) {
      control.invalidateSessions(false, userId);
      control.dropConnections(userId);
    },
  },
  'heartbeat asked': { losesSession: false, strike: (control, { userId }) => void control.askForHeartbeat(userId) },
} as const satisfies Record<string, { losesSession: boolean; strike(control: SimulatorControl, account: AccountView): void }>;

export type ConnectionFault = keyof typeof CONNECTION_FAULTS;

/** Faults of Discord's REST interface beside the request itself. A job must end as without them. */
export const REST_FAULTS = {
  'history fails': (control, { channelId }) => control.addFault({ kind: 'status', status: 502, path: `${channelId}/messages`, times: 4 }),
  'history cut': (control, { channelId }) => control.addFault({ kind: 'drop', path: `${channelId}/messages`, times: 2 }),
  'upload cut': (control, { channelId }) => control.addFault({ kind: 'drop', path: `${channelId}/attachments` }),
  'commands fail': (control, { guildId }) => control.addFault({ kind: 'serverError', path: `${guildId}/application-command-index` }),
  'user limit': (control) => control.addFault({ kind: 'rate-limit', scope: 'user', retryAfterMs: 200 }),
  'shared limit': (control) => control.addFault({ kind: 'rate-limit', scope: 'shared', retryAfterMs: 500, times: 2 }),
  'global limit': (control) => control.addFault({ kind: 'rate-limit', scope: 'global', retryAfterMs: 300 }),
} as const satisfies Record<string, (control: SimulatorControl, account: AccountView) => void>;

export type RestFault = keyof typeof REST_FAULTS;

/** A scenario that the account's next request meets. */
interface ScenarioFacts {
  /** The simulator's scenario word. */
  word: string;
  /** The code with which that job fails; null: the job completes. */
  code: ErrorCode | null;
  /** The scenario applies to these verbs; jobs of other verbs complete. */
  only?: readonly Verb[];
  /** The message stays readable in the channel. An ephemeral message is lost with the session, and the job is requested again. */
  lasts?: true;
  /** The scenario affects more than one job, so a plan with it has one request. */
  alone?: true;
}

/** Verbs that start a job with progress messages by their first request. */
const WITH_PROGRESS: readonly Verb[] = ['imagine', 'V', 'blend'];

export const SCENARIOS = {
  'fails with 500': { word: '500', code: null },
  silence: { word: 'hang', code: 'upstream-silent' },
  'interaction failure': { word: 'interaction-failure', code: 'upstream-silent' },
  moderated: { word: 'moderated', code: 'prompt-moderated' },
  banned: { word: 'banned', code: 'prompt-moderated' },
  'invalid parameter': { word: 'invalid-parameter', code: 'prompt-invalid' },
  'invalid link': { word: 'invalid-link-other-colour', code: 'prompt-invalid' },
  'queue full': { word: 'queue-full', code: 'queue-full' },
  'failed without embed': { word: 'failed-content', code: 'upstream-failed' },
  restricted: { word: 'restricted', code: 'upstream-refused' },
  'credits exhausted': { word: 'credits', code: 'credits-exhausted' },
  // useapi refuses the job and Midjourney runs it later: no job may get its picture.
  queued: { word: 'queued', code: 'job-queued', only: [...WITH_PROGRESS, 'U'] },
  'fails half way': { word: 'fail', code: 'upstream-failed', only: WITH_PROGRESS, lasts: true },
  'declined half way': { word: 'decline', code: 'prompt-moderated', only: WITH_PROGRESS, lasts: true },
  'denied half way': { word: 'image-denied', code: 'prompt-moderated', only: WITH_PROGRESS, lasts: true },
  'invalid half way': { word: 'invalid-parameter-content', code: 'prompt-invalid', only: WITH_PROGRESS, lasts: true },
  'slow down': { word: 'slow-down', code: 'upstream-rate-limited', only: WITH_PROGRESS, lasts: true },
  // Other jobs with the same prompt may wait for it.
  stall: { word: 'stall', code: 'timeout', only: WITH_PROGRESS, lasts: true, alone: true },
  captcha: { word: 'captcha', code: 'captcha-required', alone: true },
  'captcha page': { word: 'captcha-page', code: 'captcha-required', alone: true },
  'captcha from Discord': { word: 'rest-captcha', code: 'captcha-required', alone: true, lasts: true },
  'abuse block': { word: 'abuse', code: 'account-blocked', alone: true, lasts: true },
  'pending moderation': { word: 'pending-mod', code: 'pending-moderation', alone: true, lasts: true },
} as const satisfies Record<string, ScenarioFacts>;

export type Scenario = keyof typeof SCENARIOS;

export const scenarioFacts = (scenario: Scenario): ScenarioFacts => SCENARIOS[scenario];
