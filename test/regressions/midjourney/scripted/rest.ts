import type { IncomingMessage, ServerResponse } from 'node:http';
import { BOT_ID, type Channels } from './channels.ts';
import type { Pictures } from './pictures.ts';
import { fieldsOf, listOf, parseFields, textOf, type Fields } from './wire.ts';

/** Where the bot's commands stand, and in which index. */
export type CommandPlace = 'guild' | 'channel' | 'user';

export interface RestBehaviour {
  commandsAt: CommandPlace;
  /** Another bot's command of the same name stands first in the index. */
  otherBotFirst: boolean;
}

/** An answer in place of the usual one. */
export interface CannedAnswer {
  /** Part of `POST /interactions`; empty: any request. */
  request: string;
  status: number;
  /** Sent as JSON, a text as HTML. */
  body: Fields | string;
  headers?: Record<string, string>;
  /** Number of times. */
  times?: number;
  /** In place of `times`: milliseconds since its first use. */
  forMs?: number;
  /** Instant of its first use. */
  sinceMs?: number;
}

export interface RestRequest {
  method: string;
  /** Below `/api/v9`, without the query. */
  path: string;
  query: URLSearchParams;
  token: string;
  body: Buffer;
}

export interface RestAnswer {
  status: number;
  body: Fields | Fields[] | string | null;
  headers?: Record<string, string>;
  /** Run when the answer has been sent. */
  onSent?: () => void;
}

export interface RestDeps {
  behaviour: RestBehaviour;
  channels: Channels;
  pictures: Pictures;
  nextId: () => string;
  /** `http://127.0.0.1:port` */
  url: () => string;
  /** The user of a token. */
  findUser: (token: string) => Fields | undefined;
  placeOf: (channelId: string) => { channelId: string; guildId: string };
  privateChannelOf: (userId: string) => string;
  interact: (payload: Fields) => RestAnswer;
}

const COMMANDS = ['imagine', 'describe', 'shorten', 'show', 'info', 'settings', 'fast', 'relax', 'turbo', 'blend', 'prefer'];
const OPTIONS: Readonly<Record<string, Fields[]>> = {
  imagine: [{ type: 3, name: 'prompt', description: 'The prompt to imagine', required: true }],
  shorten: [{ type: 3, name: 'prompt', description: 'The prompt to shorten', required: true }],
  show: [{ type: 3, name: 'job_id', description: 'The job', required: true }],
  describe: [
    { type: 11, name: 'image', description: 'The picture' },
    { type: 3, name: 'link', description: 'Its address' },
  ],
};
const NOT_FOUND: RestAnswer = { status: 404, body: { message: '404: Not Found', code: 0 } };

/** The id of a command of the bot. */
export const commandId = (name: string): string => `9389565401598812${String(COMMANDS.indexOf(name)).padStart(2, '0')}`;
export const commandName = (id: string): string | undefined => COMMANDS.find((name) => commandId(name) === id);

/** The usual answer of Discord. */
export function answerRest(deps: RestDeps, request: RestRequest): RestAnswer {
  const { method, path } = request;
  const route = `${method} ${path}`;
  const user = deps.findUser(request.token);
  if (route === 'GET /gateway') return { status: 200, body: { url: deps.url().replace(/^http/, 'ws') } };
  if (!user) return { status: 401, body: { message: '401: Unauthorized', code: 0 } };
  if (route === 'GET /users/@me') return { status: 200, body: user };
  if (route === 'POST /interactions') return deps.interact(parseFields(request.body.toString('utf8')));
  if (route === 'POST /users/@me/channels') {
    const id = deps.privateChannelOf(textOf(user['id']));
    return {
      status: 200,
      body: { id, type: 1, last_message_id: null, flags: 0, recipients: [{ id: BOT_ID, username: 'Midjourney Bot' }] },
    };
  }
  if (route === 'POST /attachments/refresh-urls') return refreshUrls(request);
  if (path.endsWith('/application-command-index')) return { status: 200, body: listCommands(deps.behaviour, path) };
  const [, channelId = '', rest = ''] = /^\/channels\/(\d+)\/(.*)$/.exec(path) ?? [];
  if (method === 'GET' && rest === 'messages') return { status: 200, body: deps.channels.list(channelId, request.query) };
  if (method === 'POST' && rest === 'messages') return postMessage(deps, channelId, request);
  if (method === 'POST' && rest === 'attachments') return reserveUpload(deps, request);
  if (method === 'PUT' && rest.includes('/reactions/')) return { status: 204, body: null };
  return NOT_FOUND;
}

function listCommands({ commandsAt, otherBotFirst }: RestBehaviour, path: string): Fields {
  const place: CommandPlace = path.startsWith('/guilds/') ? 'guild' : path.startsWith('/channels/') ? 'channel' : 'user';
  const others = otherBotFirst ? [toCommand('imagine', { id: '777000000000000001', application_id: '777000000000000000' })] : [];
  const ours = place === commandsAt ? COMMANDS.map((name) => toCommand(name, { id: commandId(name), application_id: BOT_ID })) : [];
  const applications = [...others, ...ours].map(({ application_id: id }) => textOf(id));
  return {
    applications: [...new Set(applications)].map((id) => ({ id, name: id === BOT_ID ? 'Midjourney Bot' : 'Other Bot', bot_id: id })),
    application_commands: [...others, ...ours],
    version: '1',
  };
}

const toCommand = (name: string, ids: { id: string; application_id: string }): Fields => ({
  ...ids,
  type: 1,
  name,
  description: name,
  version: '1237876415471554623',
  options: OPTIONS[name] ?? [],
  integration_types: [0, 1],
  contexts: [0, 1, 2],
});

function postMessage(
  { channels, pictures, nextId, url, placeOf, findUser }: RestDeps,
  channelId: string,
  request: RestRequest,
): RestAnswer {
  const body = parseFields(request.body.toString('utf8'));
  const attachments = listOf(body['attachments']).map(({ filename, uploaded_filename: uploaded }) => {
    const id = nextId();
    const path = `/attachments/${channelId}/${id}/${textOf(filename)}`;
    void pictures.read(`/uploads/${textOf(uploaded)}`).then((file) => file && pictures.keep(path, file.bytes, file.contentType));
    return { id, filename, url: `${url()}${path}`, content_type: 'image/png', width: 128, height: 128 };
  });
  const author = findUser(request.token);
  const message = { id: nextId(), content: textOf(body['content']), attachments, author, nonce: body['nonce'] };
  return { status: 200, body: channels.add(message, placeOf(channelId)) };
}

function reserveUpload({ nextId, url }: RestDeps, request: RestRequest): RestAnswer {
  const attachments = listOf(parseFields(request.body.toString('utf8'))['files']).map(({ id, filename }) => {
    const uploadFilename = `${nextId()}/${textOf(filename)}`;
    return { id, upload_url: `${url()}/uploads/${uploadFilename}`, upload_filename: uploadFilename };
  });
  return { status: 200, body: { attachments } };
}

function refreshUrls(request: RestRequest): RestAnswer {
  const urls = parseFields(request.body.toString('utf8'))['attachment_urls'];
  const refreshed = Array.isArray(urls) ? urls.map((original) => ({ original, refreshed: original })) : [];
  return { status: 200, body: { refreshed_urls: refreshed } };
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Sends an answer with Discord's `Date`, which is the time of its own clock. */
export function sendAnswer(response: ServerResponse, answer: RestAnswer, nowMs: number): void {
  const isText = typeof answer.body === 'string';
  response.writeHead(answer.status, {
    date: new Date(nowMs).toUTCString(),
    ...(answer.body === null ? {} : { 'content-type': isText ? 'text/html; charset=UTF-8' : 'application/json' }),
    ...answer.headers,
  });
  response.end(answer.body === null ? '' : typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body), () =>
    answer.onSent?.(),
  );
}

/** The canned answer that fits, used up by one; undefined if none fits. */
export function takeCanned(canned: CannedAnswer[], route: string, nowMs: number): RestAnswer | undefined {
  const isDue = ({ times, forMs = Infinity, sinceMs = nowMs }: CannedAnswer): boolean =>
    times === undefined ? nowMs < sinceMs + forMs : times > 0;
  const found = canned.find((answer) => route.includes(answer.request) && isDue(answer));
  if (!found) return undefined;
  found.sinceMs ??= nowMs;
  if (found.times !== undefined) found.times -= 1;
  return { status: found.status, body: found.body, ...(found.headers && { headers: found.headers }) };
}

export const promptOf = (payload: Fields): string => textOf(listOf(fieldsOf(payload['data'])['options'])[0]?.['value']);
