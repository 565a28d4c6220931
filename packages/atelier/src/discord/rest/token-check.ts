import type { SessionToken } from '../token.ts';

/**
 *   good     the token works, or another token counts now: the call may be repeated
 *   ended    the token does not work and no other is left
 *   unclear  Discord gave no clear answer
 */
export type TokenVerdict = 'good' | 'ended' | 'unclear';

/**
 * Finds out whether a token that got a 401 works. A single 401 proves nothing: GET /users/@me with the same token decides. Calls for one token share one request.
 * Never rejects. Source: discord-userdoccers, unauthorized answers.
 */
export function createTokenCheck(deps: {
  tokens: SessionToken;
  /** The HTTP status of GET /users/@me with this token. Rejects when no answer came. */
  askUser: (token: string) => Promise<number>;
}): (token: string) => Promise<TokenVerdict> {
  const running = new Map<string, Promise<TokenVerdict>>();

  async function check(token: string): Promise<TokenVerdict> {
    const status = await deps.askUser(token).catch(() => 0);
    if (status >= 200 && status < 300) {
      deps.tokens.update({ type: 'accepted', token });
      return 'good';
    }
    if (status !== 401) return 'unclear';
    return deps.tokens.update({ type: 'refused', token }) === 'ended' ? 'ended' : 'good';
  }

  return (token) => {
    if (token !== deps.tokens.current()) return Promise.resolve('good');
    const verdict = running.get(token) ?? check(token).finally(() => running.delete(token));
    running.set(token, verdict);
    return verdict;
  };
}
