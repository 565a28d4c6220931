import type { APIApplicationCommand, APIMessage } from 'discord-api-types/v10';
import { isJsonObject, type JsonValue } from '@atelier/lib/json';
import { DiscordRestError, type DiscordSession } from '../discord.ts';
import type { Pace } from '../limits.ts';
import type { RestCall, RestClient } from './client.ts';

/** The most URLs that one `refresh-urls` takes. Source: discord-userdoccers, refresh URLs. */
const MAX_REFRESH_URLS = 50;
/** Any value will do as long as the answer echoes it; we send one file a request. */
const FILE_ID = '0';

type Routes = Pick<
  DiscordSession,
  'interact' | 'commandIndex' | 'listMessages' | 'uploadAttachment' | 'sendMessage' | 'openPrivateChannel' | 'addReaction' | 'refreshUrls'
> & {
  /** The gateway's address. Source: discord-api-docs, get gateway. */
  gatewayUrl(): Promise<string>;
};

/** Discord's routes as functions: each builds one call and checks the shape of its answer. */
export function createRoutes(deps: { client: RestClient; interactionPace: Pace }): Routes {
  const { client } = deps;

  return {
    async interact(payload) {
      await client.call({ method: 'POST', path: '/interactions', body: payload, pace: deps.interactionPace });
    },

    async commandIndex(place) {
      const path =
        'guildId' in place
          ? `/guilds/${encodeURIComponent(place.guildId)}/application-command-index`
          : `/channels/${encodeURIComponent(place.channelId)}/application-command-index`;
      const call: RestCall = { method: 'GET', path };
      const answer = await client.call(call);
      const commands: unknown = isJsonObject(answer) ? answer['application_commands'] : undefined;
      if (!Array.isArray(commands)) throw unexpected(call, answer);
      return { commands: commands.filter(isCommand) };
    },

    async listMessages(channelId, query) {
      const { limit, ...bounds } = query;
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

    async sendMessage(channelId, message) {
      const attachments = message.attachments.map(({ filename, uploadFilename }, index) => {
        return { id: String(index), filename, uploaded_filename: uploadFilename };
      });
      const body = { content: message.content, nonce: message.nonce, channel_id: channelId, type: 0, sticker_ids: [], attachments };
      const call: RestCall = { method: 'POST', path: messagesPath(channelId), body };
      const answer: unknown = await client.call(call);
      if (!isMessage(answer)) throw unexpected(call, answer);
      return answer;
    },

    async openPrivateChannel(userId) {
      const call: RestCall = { method: 'POST', path: '/users/@me/channels', body: { recipients: [userId] }, repeatable: true };
      const answer = await client.call(call);
      const id = isJsonObject(answer) ? answer['id'] : undefined;
      if (typeof id !== 'string') throw unexpected(call, answer);
      return id;
    },

    async addReaction(channelId, messageId, emoji) {
      const path = `${messagesPath(channelId)}/${encodeURIComponent(messageId)}/reactions/${encodeURIComponent(emoji)}/@me`;
      await client.call({ method: 'PUT', path });
    },

    refreshUrls: (urls) => refreshUrls(client, urls),

    async gatewayUrl() {
      const call: RestCall = { method: 'GET', path: '/gateway' };
      const answer = await client.call(call);
      const url = isJsonObject(answer) ? answer['url'] : undefined;
      if (typeof url !== 'string') throw unexpected(call, answer);
      return url;
    },
  };
}

/**
 * Asks where to put a file. Each call reserves a new place and an unused one lapses, so it may be repeated.
 * Source: discord-userdoccers, refresh URLs.
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
    repeatable: true,
  };
  const answer = await client.call(call);
  const places = isJsonObject(answer) && Array.isArray(answer['attachments']) ? answer['attachments'] : [];
  for (const place of places) {
    if (!isJsonObject(place)) continue;
    const { id, upload_url: uploadUrl, upload_filename: uploadFilename } = place;
    // Sent as text; comes back as text or as a number.
    if (id !== FILE_ID && id !== Number(FILE_ID)) continue;
    const url = typeof uploadUrl === 'string' ? URL.parse(uploadUrl) : null;
    if (url && /^https?:$/.test(url.protocol) && typeof uploadFilename === 'string') return { url, uploadFilename };
  }
  throw unexpected(call, answer);
}

/** A link that Discord has no fresh one for stays as it was given. Reads only, so it may be repeated. */
async function refreshUrls(client: RestClient, urls: readonly string[]): Promise<string[]> {
  if (urls.length === 0) return [];
  if (urls.length > MAX_REFRESH_URLS) throw new RangeError(`at most ${MAX_REFRESH_URLS} URLs at once, got ${urls.length}`);
  const call: RestCall = {
    method: 'POST',
    path: '/attachments/refresh-urls',
    body: { attachment_urls: [...urls] },
    repeatable: true,
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

/** Discord said yes, in words that we do not understand. */
function unexpected(call: RestCall, answer: unknown): DiscordRestError {
  const body = JSON.stringify(answer).slice(0, 1_024);
  const cause = new Error('the answer has not the shape that Discord documents');
  return new DiscordRestError({ method: call.method, path: call.path, status: 200, code: 0, body, retryAfterMs: null, cause });
}

/** Checks what everyone reads without asking; the rest is Discord's word. */
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
