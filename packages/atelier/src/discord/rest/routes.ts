import type { APIApplicationCommand, APIMessage } from 'discord-api-types/v10';
import { isJsonObject, type JsonValue } from '@atelier/lib/json';
import type { SlidingWindow } from '@atelier/lib/sliding-window';
import { DiscordRestError, type DiscordSession } from '../discord.ts';
import type { RestCall, RestClient } from './client.ts';

/** Limit of URLs in one `refresh-urls`. Source: discord-userdoccers, cloud uploads. */
const MAX_REFRESH_URLS = 50;
/** Chosen by this program; the answer repeats it. Each request reserves space for one file. */
const FILE_ID = '0';

type Routes = Pick<
  DiscordSession,
  'interact' | 'commandIndex' | 'listMessages' | 'uploadAttachment' | 'sendMessage' | 'openPrivateChannel' | 'addReaction' | 'refreshUrls'
> & {
  /** The gateway's address. Source: discord-api-docs, get gateway. */
  gatewayUrl(): Promise<string>;
};

/** Discord's routes as functions. Each builds one call and checks the shape of its answer. */
export function createRoutes({ client, interactionLimit }: { client: RestClient; interactionLimit: SlidingWindow }): Routes {
  return {
    async interact(payload, { signal } = {}) {
      const call: RestCall = { method: 'POST', path: '/interactions', body: payload, ownLimit: interactionLimit };
      await client.call({ ...call, ...(signal && { unlessSent: signal }) });
    },
    async commandIndex(place) {
      const resource =
        'guildId' in place ? `guilds/${encodeURIComponent(place.guildId)}` : `channels/${encodeURIComponent(place.channelId)}`;
      const read = await Promise.allSettled([readIndex(client, resource), readIndex(client, 'users/@me')]);
      const found = read.flatMap((index) => (index.status === 'fulfilled' ? index.value : toNone(index.reason)));
      // A place that has no index for this user is a failure only if the user has no commands of the own index either.
      const [ofPlace] = read;
      if (ofPlace.status === 'rejected' && found.length === 0) throw ofPlace.reason;
      const known = new Set<string>();
      return { commands: found.filter(({ id }) => !known.has(id) && known.add(id)) };
    },
    async listMessages(channelId, { limit, ...bounds }) {
      const call: RestCall = { method: 'GET', path: messagesPath(channelId), query: { limit: String(limit), ...bounds } };
      const answer: unknown = await client.call(call);
      if (!Array.isArray(answer)) throw unexpected(call, answer);
      return answer.filter(isMessage);
    },
    async uploadAttachment(channelId, file) {
      const { url, uploadFilename } = await reserveUpload(client, channelId, file);
      await client.putFile(url, file);
      return { uploadFilename };
    },
    sendMessage: (channelId, message) => sendMessage(client, channelId, message),
    openPrivateChannel: (userId) =>
      callForField(
        client,
        { method: 'POST', path: '/users/@me/channels', body: { recipients: [userId] }, isRepeatable: true },
        'id',
        isText,
      ),
    async addReaction(channelId, messageId, emoji) {
      const path = `${messagesPath(channelId)}/${encodeURIComponent(messageId)}/reactions/${encodeURIComponent(emoji)}/@me`;
      await client.call({ method: 'PUT', path });
    },
    refreshUrls: (urls) => refreshUrls(client, urls),
    gatewayUrl: () => callForField(client, { method: 'GET', path: '/gateway' }, 'url', isText),
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** One field of the answer. Rejects with `DiscordRestError` if the answer is not an object or the field fails the check. */
async function callForField<Value>(
  client: RestClient,
  call: RestCall,
  field: string,
  isValid: (value: unknown) => value is Value,
): Promise<Value> {
  const answer = await client.call(call);
  const value: unknown = isJsonObject(answer) ? answer[field] : undefined;
  if (!isValid(value)) throw unexpected(call, answer);
  return value;
}

async function readIndex(client: RestClient, resource: string): Promise<APIApplicationCommand[]> {
  const call: RestCall = { method: 'GET', path: `/${resource}/application-command-index` };
  return (await callForField(client, call, 'application_commands', Array.isArray)).filter(isCommand);
}

/** A place without an index for this user has no commands there. Every other failure stays one: the commands may stand in that index alone. */
function toNone(error: unknown): APIApplicationCommand[] {
  if (error instanceof DiscordRestError && error.outcome === 'refused' && [403, 404, 405].includes(error.status)) return [];
  throw error;
}

async function sendMessage(client: RestClient, channelId: string, message: Parameters<Routes['sendMessage']>[1]): Promise<APIMessage> {
  const attachments = message.attachments.map(({ filename, uploadFilename }, index) => {
    return { id: String(index), filename, uploaded_filename: uploadFilename };
  });
  const body = { content: message.content, nonce: message.nonce, channel_id: channelId, type: 0, sticker_ids: [], attachments };
  const call: RestCall = { method: 'POST', path: messagesPath(channelId), body };
  const answer: unknown = await client.call(call);
  if (!isMessage(answer)) throw unexpected(call, answer);
  return answer;
}

/**
 * Reserves a storage URL for one file. Discord discards a reservation that is not used, so the call may be repeated.
 * Source: discord-userdoccers, cloud uploads.
 */
async function reserveUpload(
  client: RestClient,
  channelId: string,
  file: { filename: string; bytes: Uint8Array },
): Promise<{ url: URL; uploadFilename: string }> {
  const call: RestCall = {
    method: 'POST',
    path: `/channels/${encodeURIComponent(channelId)}/attachments`,
    body: { files: [{ filename: file.filename, file_size: file.bytes.byteLength, id: FILE_ID }] },
    isRepeatable: true,
  };
  const answer = await client.call(call);
  const reservations = isJsonObject(answer) && Array.isArray(answer['attachments']) ? answer['attachments'] : [];
  for (const reservation of reservations) {
    if (!isJsonObject(reservation)) continue;
    const { id, upload_url: uploadUrl, upload_filename: uploadFilename } = reservation;
    // The request sends the id as text; the answer has text or a number.
    if (id !== FILE_ID && id !== Number(FILE_ID)) continue;
    const url = typeof uploadUrl === 'string' ? URL.parse(uploadUrl) : null;
    if (url && /^https?:$/.test(url.protocol) && typeof uploadFilename === 'string') return { url, uploadFilename };
  }
  throw unexpected(call, answer);
}

/** Keeps the given URL where Discord returns no fresh one. The call only reads, so it may be repeated. */
async function refreshUrls(client: RestClient, urls: readonly string[]): Promise<string[]> {
  if (urls.length === 0) return [];
  if (urls.length > MAX_REFRESH_URLS) throw new RangeError(`at most ${MAX_REFRESH_URLS} URLs at once, got ${urls.length}`);
  const call: RestCall = {
    method: 'POST',
    path: '/attachments/refresh-urls',
    body: { attachment_urls: [...urls] },
    isRepeatable: true,
  };
  const answer = await client.call(call);
  const pairs = isJsonObject(answer) ? answer['refreshed_urls'] : undefined;
  if (!Array.isArray(pairs)) throw unexpected(call, answer);
  const fresh = new Map<JsonValue | undefined, JsonValue | undefined>();
  for (const pair of pairs) if (isJsonObject(pair)) fresh.set(pair['original'], pair['refreshed']);
  return urls.map((url) => {
    const refreshed = fresh.get(url);
    return typeof refreshed === 'string' ? refreshed : url;
  });
}

const messagesPath = (channelId: string): string => `/channels/${encodeURIComponent(channelId)}/messages`;

/** The error for a 2xx answer of an unexpected shape. */
function unexpected(call: RestCall, answer: unknown): DiscordRestError {
  const body = JSON.stringify(answer).slice(0, 1_024);
  const cause = new Error('the answer does not have the documented shape');
  return new DiscordRestError({ method: call.method, path: call.path, status: 200, code: 0, body, retryAfterMs: null, cause });
}

/** Checks the fields that all readers rely on; optional fields are not checked. */
function isMessage(value: unknown): value is APIMessage {
  return (
    isJsonObject(value) &&
    typeof value['id'] === 'string' &&
    typeof value['channel_id'] === 'string' &&
    typeof value['content'] === 'string' &&
    isJsonObject(value['author']) &&
    typeof value['author']['id'] === 'string'
  );
}

function isCommand(value: unknown): value is APIApplicationCommand {
  return isJsonObject(value) && ['id', 'application_id', 'name', 'version'].every((field) => typeof value[field] === 'string');
}
