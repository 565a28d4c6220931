import type { JsonObject } from '@atelier/lib/json';
import { amount, anyText, flag, object, oneOf, readFields, required, share, text, version, whole } from './control-fields.ts';
import type { SimulatorControl } from './simulator-control.ts';
import { CONNECTION_FAULTS, FAULT_KINDS, isFaultKind, type FaultKind } from '../discord/rest/rest-faults.ts';
import { MODES } from '../midjourney-bot/prompts/prompt.ts';
import { describeScenarioWords } from '../midjourney-bot/prompts/scenario.ts';
import { REFUSAL_NAMES } from '../midjourney-bot/jobs/refusals.ts';
import { NOTICE_PLACES } from '../midjourney-bot/notices.ts';
import { STANDINGS } from '../midjourney-bot/subscribers.ts';
import { describeSwitches } from '../switches.ts';

const ACTIONS = ['drop', 'close', 'reconnect', 'invalidate', 'heartbeat', 'forget'] as const;

const NEW_ACCOUNT = { token: text, username: text, guildId: text, channelId: text, slots: whole(1), queueLength: whole(0) };
const ACCOUNT = {
  standing: oneOf(STANDINGS),
  pendingModeration: flag,
  slots: whole(1),
  queueLength: whole(0),
  mode: oneOf(MODES),
  stealth: flag,
  remix: flag,
  highVariability: flag,
  version,
  suffix: anyText,
  fastHoursLeft: amount,
  lifetimeImages: whole(0),
  relaxedImages: whole(0),
};
const FAULT = {
  kind: { kind: `one of ${FAULT_KINDS.join(', ')}`, accepts: isFaultKind },
  path: text,
  route: text,
  method: oneOf(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  userId: text,
  times: whole(1),
  status: whole(400, 599),
  retryAfterMs: whole(0),
  scope: oneOf(['user', 'global', 'shared']),
  forMs: whole(1),
  chance: share,
};
const MESSAGE = { message: object, events: flag, edits: text, userId: text };
const STRANGERS = { channelId: text, jobs: whole(1), everyMs: whole(0), prompt: text };
const OUTAGE = { forMs: whole(1) };
const CLOSE_CODE = whole(1_000, 4_999);
const GATEWAY = { action: oneOf(ACTIONS), userId: text, code: CLOSE_CODE, resumable: flag };
const EVENT = { name: text, data: object };
const WORD = { word: text };
const NOTICE = { name: oneOf(REFUSAL_NAMES), place: oneOf(NOTICE_PLACES) };

/** The parts of a request that a route reads. */
export interface ControlRequest {
  body: JsonObject;
  /** The `:user` of the path; empty without one. */
  userId: string;
  /** The `:channel` of the path; empty without one. */
  channelId: string;
  /** Runs a task once the answer has left. */
  afterAnswer: (task: () => Promise<void>) => void;
}
export interface ControlRoute {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  does: string;
  run: (request: ControlRequest) => unknown;
}

/** Requests about accounts. */
const accountRoutes = (control: SimulatorControl): ControlRoute[] => [
  { method: 'GET', path: '/accounts', does: 'accounts and their state', run: () => control.accounts() },
  { method: 'POST', path: '/accounts', does: 'a new account', run: ({ body }) => control.addAccount(readFields(body, NEW_ACCOUNT)) },
  {
    method: 'POST',
    path: '/accounts/:user',
    does: 'changes the state of an account',
    run: ({ body, userId }) => control.setAccount(userId, readFields(body, ACCOUNT)),
  },
  {
    method: 'POST',
    path: '/accounts/:user/acknowledge',
    does: 'the user acknowledges the moderation message',
    run: ({ body, userId }) => (readFields(body, {}), control.acknowledge(userId)),
  },
  {
    method: 'POST',
    path: '/accounts/:user/notice',
    does: 'the bot shows a notice of no job',
    run({ body, userId }) {
      const { name = 'pending-mod', place = 'channel' } = readFields(body, NOTICE);
      control.notify(userId, { name, place });
    },
  },
  {
    method: 'POST',
    path: '/accounts/:user/empty-channel',
    does: 'every message of the channel is deleted',
    run: ({ body, userId }) => (readFields(body, {}), { messages: control.emptyChannel(userId) }),
  },
  {
    method: 'POST',
    path: '/accounts/:user/scenario',
    does: "the user's next interaction meets a scenario word",
    run: ({ body, userId }) => control.queueScenario(userId, required(readFields(body, WORD).word, 'word', text).replace(/^sim:/, '')),
  },
  {
    method: 'POST',
    path: '/accounts/:user/event',
    does: "any dispatch to the user's sessions",
    run({ body, userId }) {
      const { name, data = {} } = readFields(body, EVENT);
      control.dispatch(userId, required(name, 'name', text), data);
    },
  },
];

/** Requests about connections, REST and the bot. */
const discordRoutes = (control: SimulatorControl): ControlRoute[] => [
  { method: 'GET', path: '', does: 'accounts, switches, connections, faults and jobs', run: () => stateOf(control) },
  { method: 'GET', path: '/switches', does: 'each switch with its meaning', run: () => describeSwitches(control.switches()) },
  { method: 'POST', path: '/switches', does: 'sets switches', run: ({ body }) => (control.setSwitches(body), control.switches()) },
  { method: 'GET', path: '/words', does: 'the scenario words', run: describeScenarioWords },
  { method: 'GET', path: '/jobs', does: 'jobs that wait or run', run: () => control.jobs() },
  { method: 'GET', path: '/requests', does: 'the latest REST requests', run: () => control.requests() },
  { method: 'GET', path: '/faults', does: 'the kinds of faults, and those that wait', run: () => faultsOf(control) },
  { method: 'POST', path: '/faults', does: 'the next REST requests fail', run: ({ body }) => addFault(control, body) },
  { method: 'DELETE', path: '/faults', does: 'forgets the faults that wait', run: () => (control.clearFaults(), faultsOf(control)) },
  {
    method: 'POST',
    path: '/gateway',
    does: 'acts on gateway connections',
    run: ({ body }) => ({ connections: actOnGateway(control, body) }),
  },
  {
    method: 'POST',
    path: '/commands/bump',
    does: 'new command versions',
    run: ({ body }) => (readFields(body, {}), control.bumpCommands()),
  },
  { method: 'POST', path: '/links/expire', does: 'all links so far end', run: ({ body }) => (readFields(body, {}), control.expireLinks()) },
  { method: 'POST', path: '/reset', does: 'all as at the start', run: ({ body }) => (readFields(body, {}), control.reset()) },
];

/** Requests about channels, the network and the record of a run. */
const surroundingRoutes = (control: SimulatorControl): ControlRoute[] => [
  {
    method: 'POST',
    path: '/channels/:channel/messages',
    does: "a message or an edit in Discord's own form, with or without an event",
    run({ body, channelId }) {
      const { message, ...options } = readFields(body, MESSAGE);
      return control.postMessage(channelId, { message: required(message, 'message', object), ...options });
    },
  },
  {
    method: 'POST',
    path: '/strangers',
    does: 'jobs of other users in a channel; answers after the last message',
    run({ body }) {
      const { jobs, ...options } = readFields(body, STRANGERS);
      return control.postStrangers({ jobs: required(jobs, 'jobs', STRANGERS.jobs), ...options });
    },
  },
  {
    method: 'POST',
    path: '/outage',
    does: 'the port refuses connections for a time, the control too',
    run({ body, afterAnswer }) {
      const forMs = required(readFields(body, OUTAGE).forMs, 'forMs', OUTAGE.forMs);
      afterAnswer(() => control.beginOutage(forMs));
    },
  },
  { method: 'GET', path: '/interactions', does: 'the interactions that Discord has read', run: () => control.interactions() },
  { method: 'GET', path: '/asked', does: 'the jobs that the bot was asked for', run: () => control.askedJobs() },
  { method: 'GET', path: '/counts', does: 'both, counted by prompt, nonce and command', run: () => control.counts() },
];

/** All requests that the control accepts over HTTP. */
export const controlRoutes = (control: SimulatorControl): ControlRoute[] => [
  ...discordRoutes(control),
  ...accountRoutes(control),
  ...surroundingRoutes(control),
];

const stateOf = (control: SimulatorControl): object => ({
  accounts: control.accounts(),
  switches: control.switches(),
  connections: control.connections(),
  faults: faultsOf(control).waiting,
  jobs: control.jobs(),
});

const faultsOf = (control: SimulatorControl): { kinds: readonly string[]; connection: object; waiting: object[] } => ({
  kinds: FAULT_KINDS,
  connection: CONNECTION_FAULTS,
  waiting: control.faults().map(({ error: _error, ...fault }) => fault),
});

function addFault(control: SimulatorControl, body: JsonObject): object {
  const { kind, ...fault } = readFields(body, FAULT);
  control.addFault({ kind: required<FaultKind>(kind, 'kind', FAULT.kind), ...fault });
  return faultsOf(control).waiting;
}

function actOnGateway(control: SimulatorControl, body: JsonObject): number {
  const { action, userId, code, resumable } = readFields(body, GATEWAY);
  const known = required(action, 'action', GATEWAY.action);
  if (code !== undefined && known !== 'close' && known !== 'forget') throw new RangeError(`code does not go with ${known}`);
  if (resumable !== undefined && known !== 'invalidate') throw new RangeError(`resumable does not go with ${known}`);
  if (code !== undefined && code !== 1_000 && code !== 1_001 && code < 3_000)
    throw new RangeError(`no server may close with ${code}: 1000, 1001, or 3000 to 4999`);
  if (userId !== undefined && !control.accounts().some((account) => account.userId === userId))
    throw new RangeError(`there is no user ${userId}`);
  switch (known) {
    case 'drop':
      return control.dropConnections(userId);
    case 'close':
      return control.closeConnections(code ?? 4_000, userId);
    case 'reconnect':
      return control.askToReconnect(userId);
    case 'invalidate':
      return control.invalidateSessions(resumable ?? false, userId);
    case 'heartbeat':
      return control.askForHeartbeat(userId);
    case 'forget':
      return control.forgetSessions({ ...(userId === undefined ? {} : { userId }), ...(code === undefined ? {} : { code }) });
  }
}
