import type { ErrorCode } from 'atelier/core/errors';
import type { AccountView, SimulatorControl } from '@atelier/simulator';
import type { Verb } from './plan.ts';

/** What happens to the account's gateway connection. `losesSession`: what Discord sends until a new session begins is lost to us. */
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

/** What Discord's REST interface does wrong beside the request itself; none of it may change how a job ends. */
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

/**
 * What the account's next request meets, by the simulator's word for it, and the code with which that one job then ends; null: the
 * job completes all the same. `only`: the verbs that it can befall, the others complete. `lasts`: it can be read in the channel
 * afterwards; what was said to us alone is lost with the session, and the job is asked for again. `alone`: it concerns more than one
 * job.
 */
interface ScenarioFacts {
  word: string;
  code: ErrorCode | null;
  only?: readonly Verb[];
  lasts?: true;
  alone?: true;
}

/** Verbs whose first request starts a job that shows progress. */
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
  // Refused to a useapi caller, and done later all the same: its picture must become nobody's.
  queued: { word: 'queued', code: 'job-queued', only: [...WITH_PROGRESS, 'U'] },
  'fails half way': { word: 'fail', code: 'upstream-failed', only: WITH_PROGRESS, lasts: true },
  'declined half way': { word: 'decline', code: 'prompt-moderated', only: WITH_PROGRESS, lasts: true },
  'denied half way': { word: 'image-denied', code: 'prompt-moderated', only: WITH_PROGRESS, lasts: true },
  'invalid half way': { word: 'invalid-parameter-content', code: 'prompt-invalid', only: WITH_PROGRESS, lasts: true },
  'slow down': { word: 'slow-down', code: 'upstream-rate-limited', only: WITH_PROGRESS, lasts: true },
  // Others of the same prompt may wait for it.
  stall: { word: 'stall', code: 'timeout', only: WITH_PROGRESS, lasts: true, alone: true },
  captcha: { word: 'captcha', code: 'captcha-required', alone: true },
  'captcha page': { word: 'captcha-page', code: 'captcha-required', alone: true },
  'captcha from Discord': { word: 'rest-captcha', code: 'captcha-required', alone: true, lasts: true },
  'abuse block': { word: 'abuse', code: 'account-blocked', alone: true, lasts: true },
  'pending moderation': { word: 'pending-mod', code: 'pending-moderation', alone: true, lasts: true },
} as const satisfies Record<string, ScenarioFacts>;

export type Scenario = keyof typeof SCENARIOS;

export const scenarioFacts = (scenario: Scenario): ScenarioFacts => SCENARIOS[scenario];
