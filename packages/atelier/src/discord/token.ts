/** The token of a session. */
export interface TokenState {
  readonly current: string;
  /** The token before `current`, until Discord has accepted `current` once. */
  readonly previous: string | null;
}

/**
 *   fresh     READY brought a token that replaces the current one
 *   accepted  Discord has accepted this token
 *   refused   Discord has refused this token for certain: 401 to GET /users/@me, or close code 4004
 */
export interface TokenEvent {
  readonly type: 'fresh' | 'accepted' | 'refused';
  readonly token: string;
}

/** `changed`: from now on another token counts. `ended`: no token is left. */
export type TokenEffect = 'none' | 'changed' | 'ended';

/**
 * A fresh token counts at once. If Discord refuses it before it has accepted it once, the token before it counts again: a token that never worked must not end a
 * working account. What is heard about a token that does not count any more changes nothing.
 * Source: discord-userdoccers, capabilities.
 */
export function updateToken(state: TokenState, { type, token }: TokenEvent): { state: TokenState; effect: TokenEffect } {
  if (type === 'fresh') {
    if (token === state.current) return { state, effect: 'none' };
    return { state: { current: token, previous: state.current }, effect: 'changed' };
  }
  if (token !== state.current) return { state, effect: 'none' };
  if (type === 'accepted') return { state: { ...state, previous: null }, effect: 'none' };
  if (state.previous === null) return { state, effect: 'ended' };
  return { state: { current: state.previous, previous: null }, effect: 'changed' };
}

/** The token that counts now, shared by REST and gateway. */
export interface SessionToken {
  current(): string;
  /** Returns the effect of the event, after `onChanged` has run. */
  update(event: TokenEvent): TokenEffect;
}

/** `onChanged` is called with each token that counts from then on. */
export function createSessionToken(deps: { token: string; onChanged: (token: string) => void }): SessionToken {
  let state: TokenState = { current: deps.token, previous: null };
  return {
    current: () => state.current,
    update(event) {
      const next = updateToken(state, event);
      state = next.state;
      if (next.effect === 'changed') deps.onChanged(state.current);
      return next.effect;
    },
  };
}
