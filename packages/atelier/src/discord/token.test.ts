import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { updateToken, type TokenEffect, type TokenEvent, type TokenState } from './token.ts';

describe('the token of a session', () => {
  const only: TokenState = { current: 'A', previous: null };
  const renewed: TokenState = { current: 'B', previous: 'A' };
  const proven: TokenState = { current: 'B', previous: null };
  const rows: [string, TokenState, TokenEvent, TokenState, TokenEffect][] = [
    ['a fresh token counts at once', only, { type: 'fresh', token: 'B' }, renewed, 'changed'],
    ['the same token is not fresh', only, { type: 'fresh', token: 'A' }, only, 'none'],
    ['acceptance makes it the only one', renewed, { type: 'accepted', token: 'B' }, proven, 'none'],
    ['acceptance of the old token says nothing of the new one', renewed, { type: 'accepted', token: 'A' }, renewed, 'none'],
    ['a refusal before acceptance falls back', renewed, { type: 'refused', token: 'B' }, only, 'changed'],
    ['a refusal of the only token ends', only, { type: 'refused', token: 'A' }, only, 'ended'],
    ['a refusal after acceptance ends', proven, { type: 'refused', token: 'B' }, proven, 'ended'],
    ['a refusal of a token that does not count changes nothing', proven, { type: 'refused', token: 'A' }, proven, 'none'],
  ];
  for (const [what, state, event, after, effect] of rows) {
    test(what, () => assert.deepEqual(updateToken(state, event), { state: after, effect }));
  }
});
