import type { Clock } from '@atelier/lib/clock';
import type { Switches } from '../../switches.ts';

/**
 * The tokens that open each account. READY may bring a fresh one; then the token before it is good for `oldTokenLifetimeMs` more.
 * Source: discord-userdoccers, capabilities.
 */
export interface TokenTable {
  add(userId: string, token: string): void;
  /** The user behind a token that is good now. */
  userOf(token: string): string | undefined;
  /** The newest token; empty for an unknown user. */
  currentOf(userId: string): string;
  /** Makes a new token and lets the others of this user end. */
  renew(userId: string): string;
  /** Every account has its first token again, and no other. */
  reset(): void;
}

interface IssuedToken {
  token: string;
  userId: string;
  /** Null: until a newer one is made. */
  endsAtMs: number | null;
}

export function createTokens({ clock, switches }: { clock: Clock; switches: Switches }): TokenTable {
  const first = new Map<string, string>();
  let issued: IssuedToken[] = [];
  return {
    add(userId, token) {
      first.set(userId, token);
      issued.push({ token, userId, endsAtMs: null });
    },
    userOf: (token) => issued.find((one) => one.token === token && (one.endsAtMs ?? Infinity) > clock.now())?.userId,
    currentOf: (userId) => issued.findLast((one) => one.userId === userId)?.token ?? '',
    renew(userId) {
      const endsAtMs = clock.now() + switches.oldTokenLifetimeMs;
      for (const old of issued) if (old.userId === userId) old.endsAtMs ??= endsAtMs;
      issued = issued.filter((one) => (one.endsAtMs ?? Infinity) > clock.now());
      const fresh = { token: `${first.get(userId) ?? userId}.fresh-${issued.length}-${clock.now().toString(36)}`, userId, endsAtMs: null };
      issued.push(fresh);
      return fresh.token;
    },
    reset() {
      issued = [...first].map(([userId, token]) => ({ token, userId, endsAtMs: null }));
    },
  };
}
