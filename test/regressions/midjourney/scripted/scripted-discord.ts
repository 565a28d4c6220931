import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@atelier/lib/clock';
import { BOT_ID, createChannels, type Channels } from './channels.ts';
import { createScriptedGateway, refuseUpgrade, stopListening, type ScriptedGateway } from './gateway.ts';
import { createPictures } from './pictures.ts';
import {
  answerRest,
  commandName,
  promptOf,
  readBody,
  sendAnswer,
  takeCanned,
  type CannedAnswer,
  type RestAnswer,
  type RestDeps,
} from './rest.ts';
import {
  ACCOUNT,
  createScope,
  playSteps,
  PRIVATE_CHANNEL_ID,
  USER_ID,
  type DiscordState,
  type PlayedInteraction,
  type Respond,
  type ScriptedBehaviour,
} from './play.ts';
import type { Scope, Script, Step } from './steps.ts';
import { createSnowflakes, fieldsOf, textOf, type Fields } from './wire.ts';

export interface ScriptedDiscord {
  restUrl: string;
  host: string;
  behaviour: ScriptedBehaviour;
  account: { token: string; userId: string; guildId: string; channelId: string };
  /** Accepted interactions in the order of arrival. */
  interactions: readonly PlayedInteraction[];
  /** Every request with its answer's status: `POST /interactions`. */
  requests: readonly { route: string; status: number; atMs: number }[];
  gateway: Pick<ScriptedGateway, 'cut' | 'received' | 'sessionCount'>;
  channels: Channels;
  /** Remote ports of all connections since the start. */
  peers: ReadonlySet<number>;
  /** Decides how the bot answers from now on. */
  respondWith(respond: Respond): void;
  /** Plays steps now: in the scope of an interaction, or of no job. */
  play(steps: readonly Step[], scope?: Scope): Promise<void>;
  /** Answers requests in place of Discord. Returns the answer, whose `sinceMs` is set by its first use. */
  answerWith(answer: CannedAnswer): CannedAnswer;
  /** Bytes of the CDN file that a playing calls `{cdn:name}`. */
  pictureOf(scope: Scope, name?: string): Promise<Buffer>;
  /** Closes the listening socket and every connection: new ones are refused. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

const API = '/api/v9';
const NO_SUCH_ANSWER: readonly Step[] = [
  { afterMs: 20, event: 'INTERACTION_CREATE', data: { id: '{interaction}', nonce: '{nonce}' } },
  {
    afterMs: 20,
    event: 'MESSAGE_CREATE',
    data: {
      id: '{id:reply}',
      type: 20,
      flags: 64,
      nonce: '{nonce}',
      content: 'Unknown job or command.',
      interaction_metadata: { id: '{interaction}', type: 2, user: { id: '{user}' } },
    },
  },
  { afterMs: 0, event: 'INTERACTION_SUCCESS', data: { id: '{interaction}', nonce: '{nonce}' } },
];

/** Plays a script for every `/imagine`; other commands get a private answer that says nothing. */
export const playFor =
  (script: Pick<Script, 'steps'>): Respond =>
  ({ name }) =>
    name === 'imagine' ? script.steps : NO_SUCH_ANSWER;

/** A stand-in for Discord and the bot, over real sockets. It shares no code with the server that it tests, nor with its simulator. */
export async function startScriptedDiscord(clock: Clock, behaviour: Partial<ScriptedBehaviour> = {}): Promise<ScriptedDiscord> {
  const state = createState(clock, behaviour);
  const server = createServer((request, response) => void handle(state, request, response).catch(() => response.destroy()));
  const peers = new Set<number>();
  server.on('connection', (socket) => peers.add(socket.remotePort ?? 0));
  server.on('upgrade', (request, socket, head) => {
    const refusal = takeCanned(state.canned, `UPGRADE ${request.url ?? ''}`, clock.now());
    if (refusal) refuseUpgrade(socket, refusal.status, JSON.stringify(refusal.body));
    else state.gateway.upgrade(request, socket, head);
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve());
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  state.url = `http://127.0.0.1:${port}`;

  return {
    ...state,
    restUrl: `${state.url}${API}`,
    host: `127.0.0.1:${port}`,
    account: ACCOUNT,
    peers,
    respondWith: (respond) => void (state.respond = respond),
    play: (steps, scope = createScope(state, { nonce: '', interaction: '', channel: ACCOUNT.channelId, prompt: '' })) =>
      playSteps(state, steps, scope),
    answerWith(answer) {
      const canned = { ...answer };
      state.canned.push(canned);
      return canned;
    },
    async pictureOf(scope, name = 'picture') {
      const path = state.cdnPaths.get(scope)?.get(name);
      const file = path === undefined ? undefined : await state.pictures.read(path);
      if (!file) throw new Error(`no file {cdn:${name}} was named`);
      return file.bytes;
    },
    async goDown() {
      state.gateway.cut();
      await stopListening(server);
    },
    comeBack: () => listen(port),
    async close() {
      state.isClosed = true;
      state.gateway.cut({ forget: true });
      if (server.listening) await stopListening(server);
    },
  };
}

function createState(clock: Clock, given: Partial<ScriptedBehaviour>): DiscordState {
  const behaviour: ScriptedBehaviour = {
    needsSubscription: false,
    freshToken: null,
    readyBytes: 0,
    commandsAt: 'guild',
    otherBotFirst: false,
    skewMs: 0,
    updates: 'full',
    tokens: new Set([ACCOUNT.token]),
    ...given,
  };
  const nowMs = (): number => clock.now() + behaviour.skewMs;
  const nextId = createSnowflakes(nowMs);
  const gateway = createScriptedGateway({
    behaviour,
    url: () => state.url.replace(/^http/, 'ws'),
    findUser: (token) => (behaviour.tokens.has(token) ? { userId: USER_ID, username: 'operator', guildIds: [ACCOUNT.guildId] } : undefined),
    onFreshToken: (token) => void behaviour.tokens.add(token),
  });
  const state: DiscordState = {
    clock,
    behaviour,
    nextId,
    gateway,
    channels: createChannels({ nowMs, nextId }),
    pictures: createPictures(),
    interactions: [],
    requests: [],
    canned: [],
    cdnPaths: new Map(),
    respond: () => NO_SUCH_ANSWER,
    url: '',
    isClosed: false,
  };
  return state;
}

async function handle(state: DiscordState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', state.url);
  const body = await readBody(request);
  const method = request.method ?? 'GET';
  const nowMs = state.clock.now();
  if (!url.pathname.startsWith(API))
    return serveFile(state, { method, path: url.pathname, body, type: request.headers['content-type'] ?? '' }, response);
  const path = url.pathname.slice(API.length);
  const route = `${method} ${path}`;
  const answer =
    takeCanned(state.canned, route, nowMs) ??
    answerRest(toRestDeps(state), { method, path, query: url.searchParams, token: request.headers.authorization ?? '', body });
  state.requests.push({ route, status: answer.status, atMs: nowMs });
  sendAnswer(response, answer, nowMs + state.behaviour.skewMs);
}

/** The CDN and the storage service for uploads. */
async function serveFile(
  state: DiscordState,
  request: { method: string; path: string; body: Buffer; type: string },
  response: ServerResponse,
): Promise<void> {
  if (request.method === 'PUT') {
    state.pictures.keep(request.path, request.body, request.type);
    return void response.writeHead(200).end();
  }
  const file = await state.pictures.read(decodeURIComponent(request.path));
  if (!file) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('This content is no longer available.');
  response.writeHead(200, { 'content-type': file.contentType, 'content-length': file.bytes.length }).end(file.bytes);
}

const toRestDeps = (state: DiscordState): RestDeps => ({
  ...state,
  url: () => state.url,
  findUser: (token) =>
    state.behaviour.tokens.has(token)
      ? { id: USER_ID, username: 'operator', global_name: 'operator', discriminator: '0', avatar: null }
      : undefined,
  placeOf: (channelId) => ({ channelId, guildId: channelId === PRIVATE_CHANNEL_ID ? '' : ACCOUNT.guildId }),
  privateChannelOf: () => PRIVATE_CHANNEL_ID,
  interact: (payload) => takeInteraction(state, payload),
});

/** Accepts an interaction with 204 and plays the bot's answer after it. */
function takeInteraction(state: DiscordState, payload: Fields): RestAnswer {
  const data = fieldsOf(payload['data']);
  const names: Readonly<Record<number, string | undefined>> = { 2: commandName(textOf(data['id'])), 3: 'button', 5: 'form' };
  const name = names[Number(payload['type'])];
  if (name === undefined || payload['application_id'] !== BOT_ID)
    return { status: 404, body: { message: 'Unknown application command', code: 10_063 } };
  const nonce = textOf(payload['nonce']);
  const prompt = promptOf(payload);
  const scope = createScope(state, { nonce, interaction: state.nextId(), channel: textOf(payload['channel_id']), prompt });
  const interaction = { name, prompt, nonce, payload, atMs: state.clock.now(), scope };
  const { promise: played, resolve } = Promise.withResolvers<void>();
  state.interactions.push({ ...interaction, played });
  const steps = state.respond(interaction);
  return { status: 204, body: null, onSent: () => void playSteps(state, steps, scope).then(resolve, resolve) };
}
