import type { FastifyInstance } from 'fastify';
import sharp from 'sharp';
import type { JsonObject } from '@atelier/lib/json';
import { invalidForm, REST_ERRORS } from './errors.ts';
import { visibleChannel } from './general-routes.ts';
import type { Message, StoredFile } from '../model.ts';
import { authenticate, bodyOf, parameterOf, queryOf, readMultipart, RestRefusal, type RestDependencies } from './rest-support.ts';
import { idText, isSnowflake, objectsIn } from '../ids.ts';

/** Time for which `enforce_nonce` remembers the nonce of a posted message. Source: discord-api-docs, messages, `enforce_nonce`. */
const NONCE_MEMORY_MS = 300_000;
const MAX_REMEMBERED_NONCES = 1_000;

/** Channel history, posting and reactions. */
export function registerMessageRoutes(api: FastifyInstance, dependencies: RestDependencies): void {
  const { hub, files, clock, application, switches } = dependencies;
  const posted = new Map<string, Message>();

  api.get('/channels/:channel/messages', async (request) => {
    const channel = visibleChannel(dependencies, authenticate(request, hub), parameterOf(request, 'channel'));
    return pageOf(hub.history(channel.id), queryOf(request)).map(hub.toWire);
  });

  api.post('/channels/:channel/messages', async (request) => {
    const account = authenticate(request, hub);
    const channel = visibleChannel(dependencies, account, parameterOf(request, 'channel'));
    const form = request.isMultipart() ? await readMultipart(request) : { payload: bodyOf(request), files: [] };
    const { content, nonce: givenNonce, enforce_nonce: enforce } = form.payload;
    const nonce = idText(givenNonce);
    if (nonce !== null && nonce.length > 25)
      throw new RestRefusal(invalidForm(['nonce'], 'BASE_TYPE_MAX_LENGTH', 'Must be 25 or fewer in length.'));
    const key = `${account.user.id}:${nonce}`;
    const earlier = nonce !== null && enforce === true ? posted.get(key) : undefined;
    if (earlier && clock.now() - earlier.createdAtMs < NONCE_MEMORY_MS) return withNonce(hub.toWire(earlier), nonce);
    const text = typeof content === 'string' ? content : '';
    if (text.length > 4_000) throw new RestRefusal(invalidForm(['content'], 'BASE_TYPE_MAX_LENGTH', 'Must be 4000 or fewer in length.'));
    if (form.files.some(({ bytes }) => bytes.byteLength > switches.maxUploadBytes)) throw new RestRefusal(REST_ERRORS.tooLarge);
    const attachments = [
      ...(await Promise.all(form.files.map((file) => keep(file, file.filename, channel.id)))),
      ...(await Promise.all(uploadsOf(form.payload).map(({ upload, filename }) => keep(upload, filename, channel.id)))),
    ];
    if (text === '' && attachments.length === 0) throw new RestRefusal(REST_ERRORS.emptyMessage);
    const message = hub.post(channel.id, account.user, { content: text, nonce, attachments });
    posted.set(key, message);
    for (const oldest of posted.keys()) {
      if (posted.size <= MAX_REMEMBERED_NONCES) break;
      posted.delete(oldest);
    }
    return withNonce(hub.toWire(message), nonce);
  });

  const uploadsOf = (payload: JsonObject): { upload: { bytes: Uint8Array; contentType: string }; filename: string }[] =>
    objectsIn(payload['attachments'])
      .filter((entry) => entry['uploaded_filename'] !== undefined)
      .map((entry, index) => {
        const upload = files.takeUpload(idText(entry['uploaded_filename']) ?? '');
        if (!upload)
          throw new RestRefusal(
            invalidForm(['attachments', String(index), 'uploaded_filename'], 'ATTACHMENT_NOT_UPLOADED', 'The file was not uploaded'),
          );
        return { upload, filename: idText(entry['filename']) ?? 'file' };
      });
  const keep = async (file: { bytes: Uint8Array; contentType: string }, filename: string, channelId: string): Promise<StoredFile> =>
    hub.storeFile(channelId, {
      bytes: file.bytes,
      contentType: file.contentType,
      filename: safeFilename(filename),
      ...(await dimensionsOf(file.bytes)),
    });

  api.post('/channels/:channel/messages/:message/ack', async (request) => {
    visibleChannel(dependencies, authenticate(request, hub), parameterOf(request, 'channel'));
    return { token: null };
  });
  api.put('/channels/:channel/messages/:message/reactions/:emoji/@me', async (request, reply) => {
    const account = authenticate(request, hub);
    const channel = visibleChannel(dependencies, account, parameterOf(request, 'channel'));
    const message = hub.find(channel.id, parameterOf(request, 'message'));
    if (!message) throw new RestRefusal(REST_ERRORS.unknownMessage);
    const emoji = parameterOf(request, 'emoji');
    hub.tell(account.user.id, 'MESSAGE_REACTION_ADD', {
      user_id: account.user.id,
      channel_id: channel.id,
      message_id: message.id,
      emoji: { id: null, name: emoji },
      burst: false,
      type: 0,
      ...(channel.guildId === null ? {} : { guild_id: channel.guildId }),
    });
    reply.raw.once('close', () => application.reacted(account, channel.id, message.id, emoji));
    return reply.code(204).send();
  });
}

const withNonce = (message: object, nonce: string | null): object => (nonce === null ? message : { ...message, nonce });

/** One page of a history that is newest first. `around` puts the message in the middle. */
function pageOf(history: Message[], query: URLSearchParams): Message[] {
  const limit = Number(query.get('limit') ?? 50);
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 100)
    throw new RestRefusal(invalidForm(['limit'], 'NUMBER_TYPE_MAX', 'int value should be between 1 and 100.'));
  const cursor = (name: string): bigint | null => {
    const value = query.get(name);
    if (value === null) return null;
    if (!isSnowflake(value))
      throw new RestRefusal(invalidForm([name], 'NUMBER_TYPE_COERCE', `Value "${value.slice(0, 30)}" is not snowflake.`));
    return BigInt(value);
  };
  const [before, after, around] = [cursor('before'), cursor('after'), cursor('around')];
  if (around !== null) {
    const half = Math.floor(limit / 2);
    const newer = half === 0 ? [] : history.filter((message) => BigInt(message.id) > around).slice(-half);
    const rest = history.filter((message) => BigInt(message.id) <= around);
    return [...newer, ...rest.slice(0, limit - newer.length)];
  }
  if (before !== null) return history.filter((message) => BigInt(message.id) < before).slice(0, limit);
  if (after !== null) return history.filter((message) => BigInt(message.id) > after).slice(-limit);
  return history.slice(0, limit);
}

/** Discord keeps letters, digits, dots, dashes and underscores of a file name. */
export const safeFilename = (name: string): string => name.replaceAll(/[^A-Za-z0-9._-]+/g, '_').slice(-100) || 'file';

/** The size in pixels of a picture; nulls for anything else. */
export async function dimensionsOf(bytes: Uint8Array): Promise<{ width: number | null; height: number | null }> {
  try {
    const { width, height } = await sharp(bytes).metadata();
    return { width, height };
  } catch {
    return { width: null, height: null };
  }
}
