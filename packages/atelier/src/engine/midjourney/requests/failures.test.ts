import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DiscordFatalError, DiscordRestError } from '../../../discord/discord.ts';
import { failureOf, toAskFailure } from './failures.ts';

type Facts = Partial<ConstructorParameters<typeof DiscordRestError>[0]>;
const answer = (facts: Facts): DiscordRestError =>
  new DiscordRestError({ method: 'POST', path: '/interactions', status: 0, code: 0, body: '', retryAfterMs: null, ...facts });
const UPLOAD = '/channels/1/attachments';

describe('the failure of a REST call', () => {
  const rows: [string, Facts, { code: string; title: RegExp; details: string | null }][] = [
    [
      'a picture beyond the limit',
      { path: UPLOAD, status: 413, code: 40_005, body: '{"message":"Request entity too large","code":40005}' },
      { code: 'media-invalid', title: /^The picture is too large/, details: null },
    ],
    [
      'a picture that the storage refuses',
      { method: 'PUT', path: '/bucket/x.png', status: 413, body: '<Error/>' },
      { code: 'media-invalid', title: /^The picture is too large/, details: null },
    ],
    [
      'a request that is too large and has no picture',
      { status: 413, code: 40_005, body: '{}' },
      { code: 'upstream-refused', title: /413/, details: '{}' },
    ],
    [
      'a block of the address by Cloudflare',
      { path: UPLOAD, status: 403, code: 40_333, body: '{"message":"internal network error","code":40333}' },
      { code: 'upstream-rate-limited', title: /Cloudflare blocks .*\(HTTP status 403, code 40333\)/, details: null },
    ],
    [
      "Cloudflare's 1015",
      { status: 429, body: 'error code: 1015' },
      { code: 'upstream-rate-limited', title: /Cloudflare blocks .*error 1015/, details: null },
    ],
    [
      'a token that is refused for certain',
      { status: 401, cause: new DiscordFatalError(4004, 'REST answered 401') },
      { code: 'account-unauthorized', title: /401/, details: null },
    ],
    ['a 401 with a token that works', { status: 401 }, { code: 'upstream-failed', title: /although the token works/, details: null }],
  ];
  for (const [what, facts, expected] of rows) {
    test(what, () => {
      const failure = failureOf(answer(facts));
      assert.deepEqual([failure?.code, failure?.details], [expected.code, expected.details]);
      assert.match(failure?.title ?? '', expected.title);
    });
  }
});

test('a request may have arrived only if it was an interaction without a refusal', () => {
  const outcomeOf = (facts: Facts): string | undefined => toAskFailure(answer(facts))?.outcome;
  assert.equal(outcomeOf({ outcome: 'unknown' }), 'unknown');
  assert.equal(outcomeOf({ status: 502 }), 'unknown');
  assert.equal(outcomeOf({ outcome: 'not-sent' }), 'not-sent');
  assert.equal(outcomeOf({ status: 400 }), 'refused');
  assert.equal(outcomeOf({ status: 502, path: UPLOAD }), 'not-sent');
});

test('a request that was taken back while it waited was not sent, and the job goes back to the queue', () => {
  const failed = toAskFailure(new DOMException('This operation was aborted', 'AbortError'));
  assert.deepEqual([failed?.outcome, failed?.failure.code], ['not-sent', 'upstream-unreachable']);
  assert.equal(toAskFailure(new TypeError('a bug')), undefined);
});
