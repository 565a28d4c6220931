/**
 * The next step after a connection has ended.
 *   resume    go on with the same session: no event is lost
 *   identify  the session has ended: open a new one
 *   fatal     Discord refuses the client: do not connect again
 */
export type Recovery = 'resume' | 'identify' | 'fatal';

/** Ends the session at Discord as well. Source: discord-api-docs, initiating a disconnect, 1000 and 1001 sent by a client. */
export const CLOSE_FOR_GOOD = 1000;
/** Any code but 1000 and 1001 keeps the session for a resume. */
export const CLOSE_TO_RESUME = 4000;
/** Reported by `ws` for a connection that broke without a close frame. */
export const CLOSE_DROPPED = 1006;
/** Authentication failed: the token is wrong. */
export const CLOSE_AUTHENTICATION_FAILED = 4004;

/**
 * Close codes that Discord sends. Source: discord-api-docs, close codes; discord-userdoccers, close codes. Codes for which both texts allow both steps resume: if that fails, Discord
 * answers Invalid Session, which costs a second, while a new session loses the events in between.
 */
const RECOVERIES: Readonly<Record<number, Recovery>> = {
  1000: 'resume',
  1001: 'resume',
  1006: 'resume',
  4000: 'resume', // unknown error
  4001: 'resume', // unknown opcode
  4002: 'resume', // decode error
  4003: 'identify', // not authenticated, session invalidated
  [CLOSE_AUTHENTICATION_FAILED]: 'fatal',
  4005: 'identify', // already authenticated
  4007: 'identify', // invalid sequence number
  4008: 'resume', // rate limited
  4009: 'identify', // session timed out
  4010: 'fatal', // invalid shard
  4011: 'fatal', // sharding required
  4012: 'fatal', // invalid API version
  4013: 'fatal', // invalid intents
  4014: 'fatal', // disallowed intents
  4015: 'fatal', // too many sessions of this user
  4016: 'fatal', // connection request cancelled
};

/** Codes outside the table (1011, 1012, new codes) are temporary failures: resume. */
export function toRecovery(code: number): Recovery {
  return RECOVERIES[code] ?? 'resume';
}
