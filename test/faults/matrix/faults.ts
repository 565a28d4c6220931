import type { AccountView, SimulatorControl } from '@atelier/simulator';

/** Breaks something for one account. `prompt`: the prompt of the seed. */
type Strike = (control: SimulatorControl, account: AccountView, prompt: string) => void;

/** Faults of the account's gateway connection and of its channel. `losesSession`: the client misses the events until a new session begins. */
export const STRIKES = {
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
  'session forgotten, close 4006': {
    losesSession: true,
    strike: (control, { userId }) => void control.forgetSessions({ userId, code: 4006 }),
  },
  'session forgotten, op 9': { losesSession: true, strike: (control, { userId }) => void control.forgetSessions({ userId }) },
  'heartbeat asked': { losesSession: false, strike: (control, { userId }) => void control.askForHeartbeat(userId) },
  'channel emptied': { losesSession: false, strike: (control, { userId }) => void control.emptyChannel(userId) },
  'strangers in the channel': {
    losesSession: false,
    strike: (control, { channelId }) => void control.postStrangers({ channelId, jobs: 6, everyMs: 100 }),
  },
  'strangers with our prompt': {
    losesSession: false,
    strike: (control, { channelId }, prompt) => void control.postStrangers({ channelId, jobs: 4, everyMs: 150, prompt }),
  },
  'a notice by a person': {
    losesSession: false,
    strike: (control, { channelId, userId }) =>
      void control.postMessage(channelId, {
        message: {
          author: { id: '1150250511937500001', username: 'prankster' },
          content: `<@${userId}>`,
          embeds: [{ type: 'rich', title: 'Pending mod message', description: 'You have a pending moderation message.' }],
        },
      }),
  },
  'a page for another user': {
    losesSession: false,
    strike: (control, { channelId }, prompt) =>
      void control.postMessage(channelId, {
        message: { content: `**${prompt}** - <@1150250511937500002> (93%) (fast)` },
        events: false,
      }),
  },
} as const satisfies Record<string, { losesSession: boolean; strike: Strike }>;

export type StrikeName = keyof typeof STRIKES;

/** Faults of Discord's REST interface beside the request itself. A job must end as without them. */
export const REST_FAULTS = {
  'history fails': (control, { channelId }) => control.addFault({ kind: 'status', status: 502, path: `${channelId}/messages`, times: 4 }),
  'history cut': (control, { channelId }) => control.addFault({ kind: 'drop', path: `${channelId}/messages`, times: 2 }),
  'upload cut': (control, { channelId }) => control.addFault({ kind: 'drop', path: `${channelId}/attachments` }),
  'commands fail': (control, { guildId }) => control.addFault({ kind: 'serverError', path: `${guildId}/application-command-index` }),
  'user limit': (control, { userId }) => control.addFault({ kind: 'rate-limit', scope: 'user', retryAfterMs: 200, userId }),
  'shared limit': (control, { userId }) => control.addFault({ kind: 'rate-limit', scope: 'shared', retryAfterMs: 500, times: 2, userId }),
  'global limit': (control, { userId }) => control.addFault({ kind: 'rate-limit', scope: 'global', retryAfterMs: 300, userId }),
} as const satisfies Record<string, Strike>;

export type RestFault = keyof typeof REST_FAULTS;

/** A state of an account, or of the way to Discord, that passes. */
interface StateFacts {
  begin: Strike;
  /** Ends it after `forMs` where it does not end by itself. */
  end?: Strike;
  forMs?: number;
  /** Requests that the client cannot know the fate of: each costs one try. */
  uncertain?: number;
  /** The code of jobs that meet it and may fail; without one, every job completes. */
  mayFail?: string;
}

const setFastHours =
  (fastHoursLeft: number): Strike =>
  (control, { userId }) =>
    void control.setAccount(userId, { fastHoursLeft });

export const STATES = {
  'a rate limit of 45 s': {
    begin: (control, { userId }) => control.addFault({ kind: 'rate-limit', scope: 'user', retryAfterMs: 45_000, userId }),
  },
  'the address is blocked': {
    begin: (control, { userId }) => control.addFault({ kind: 'networkBlocked', path: '/', forMs: 60_000, userId }),
  },
  'Cloudflare limits': { begin: (control, { userId }) => control.addFault({ kind: 'cloudflare1015', path: '/', forMs: 45_000, userId }) },
  'Cloudflare limits, with a length': {
    begin: (control, { userId }) => control.addFault({ kind: 'cloudflare1015', path: '/', forMs: 45_000, retryAfterMs: 30_000, userId }),
  },
  'one 401': { begin: (control, { userId }) => control.addFault({ kind: 'unauthorized', userId }) },
  'one 502': { begin: (control, { userId }) => control.addFault({ kind: 'badGateway', userId }), uncertain: 1 },
  'one request dropped': { begin: (control, { userId }) => control.addFault({ kind: 'drop', userId }), uncertain: 1 },
  'one answer dropped': { begin: (control, { userId }) => control.addFault({ kind: 'drop-answer', userId }), uncertain: 1 },
  'one request hangs': { begin: (control, { userId }) => control.addFault({ kind: 'hang', userId }), uncertain: 1 },
  'fast hours used up': { begin: setFastHours(0), end: setFastHours(60), forMs: 60_000 },
  'queue full': { begin: (control, { userId }) => void control.setAccount(userId, { slots: 1, queueLength: 0 }) },
  'temporary block': { begin: (control, { userId }) => control.queueScenario(userId, 'temporary-block') },
  'slowed down': { begin: (control, { userId }) => control.queueScenario(userId, 'slow-down/first') },
  'hours used up, in a private message': { begin: (control, { userId }) => control.queueScenario(userId, 'credits/thinking') },
  'mute for a while': {
    begin: (control, { userId }) => void control.setAccount(userId, { standing: 'mute' }),
    end: (control, { userId }) => void control.setAccount(userId, { standing: 'active' }),
    forMs: 20_000,
    mayFail: 'upstream-silent',
  },
} as const satisfies Record<string, StateFacts>;

export type State = keyof typeof STATES;

export const stateFacts = (state: State): StateFacts => STATES[state];
