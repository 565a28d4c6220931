import { parseJson } from '@atelier/lib/json';

/** Discord's own word for a request that Cloudflare blocked. Source: discord-userdoccers, errors. */
const BLOCKED_REQUEST = 40_333;
/** `error code: 1015`, or `Error 1015` of a page. Source: cloudflare, 1xxx errors. */
const CLOUDFLARE_ERROR = /\berror(?:\s+code)?:?(?:\s|<[^>]*>)*(1\d{3})\b/i;

/** The number of Cloudflare's error in an answer that Cloudflare gave in place of Discord; null for an answer of Discord. */
export function cloudflareErrorOf(text: string): number | null {
  if (parseJson(text).ok) return null;
  const found = CLOUDFLARE_ERROR.exec(text);
  return found ? Number(found[1]) : null;
}

/**
 * Why Cloudflare keeps this server's address from Discord, as a clause for an operator; null if the answer says nothing of that kind. Such a block passes; it concerns
 * all accounts of the server.
 */
export function addressBlockOf(answer: { status: number; code: number; body: string }): string | null {
  if (answer.status === 403 && answer.code === BLOCKED_REQUEST) return `HTTP status 403, code ${BLOCKED_REQUEST}`;
  if (answer.status < 400 || answer.status > 499) return null;
  const number = cloudflareErrorOf(answer.body);
  return number === null ? null : `HTTP status ${answer.status}, Cloudflare error ${number}`;
}
