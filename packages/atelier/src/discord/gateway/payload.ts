import { isJsonObject, parseJson, type JsonObject, type JsonValue } from '@atelier/lib/json';
import type { Presence } from '../discord.ts';
import { CLIENT_NAME } from '../user-agent.ts';

/** Operations of the gateway. Source: discord-api-docs, opcodes; discord-userdoccers, guild subscriptions. */
export const OP = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  resume: 6,
  reconnect: 7,
  invalidSession: 9,
  hello: 10,
  heartbeatAck: 11,
  guildSubscriptions: 37,
} as const;

/** One message from the gateway. Dispatches have `sequence` and `name`. */
export interface GatewayPayload {
  op: number;
  data: JsonValue;
  sequence: number | null;
  name: string | null;
}

/** Null if the text is not a gateway payload. */
export function parsePayload(text: string): GatewayPayload | null {
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) return null;
  const { op, d, s, t } = parsed.value;
  if (typeof op !== 'number') return null;
  return { op, data: d ?? null, sequence: typeof s === 'number' ? s : null, name: typeof t === 'string' ? t : null };
}

/**
 * Capability bits of a user session that asks for READY in two parts, for client state v2, and for a fresh token in READY (bit 8), which the session takes over.
 * Source: discord-userdoccers, capabilities, the value that novicezk/midjourney-proxy and Mutiny-SDK send.
 */
const CAPABILITIES = 16_381;

/** Opens a new session for a user token. The properties name this client honestly. Source: discord-userdoccers, identify; discord-userdoccers, presence. */
export function toIdentify(token: string, presence: Presence): JsonObject {
  const data: JsonObject = {
    token,
    capabilities: CAPABILITIES,
    properties: { os: process.platform, browser: CLIENT_NAME, device: CLIENT_NAME },
    presence: { status: presence, since: 0, activities: [], afk: false },
    // The whole stream is compressed, which excludes per-message compression.
    compress: false,
    // The client has no cached state, so Discord sends everything in full.
    client_state: {
      guild_versions: {},
      highest_last_message_id: '0',
      read_state_version: 0,
      user_guild_settings_version: -1,
      user_settings_version: -1,
      private_channels_version: '0',
      api_code_version: 0,
    },
  };
  return { op: OP.identify, d: data };
}

/** The token that replaces the one of this session, from READY's data; null if there is none. Source: discord-userdoccers, capabilities. */
export function readFreshToken(ready: JsonValue): string | null {
  const token = isJsonObject(ready) ? ready['auth_token'] : null;
  return typeof token === 'string' && token !== '' ? token : null;
}

/** Resumes a session after the dispatch `sequence`. */
export function toResume(token: string, sessionId: string, sequence: number | null): JsonObject {
  return { op: OP.resume, d: { token, session_id: sessionId, seq: sequence } };
}

export function toHeartbeat(sequence: number | null): JsonObject {
  return { op: OP.heartbeat, d: sequence };
}
