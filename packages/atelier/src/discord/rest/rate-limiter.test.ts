import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { accept, empty, failureOf, limit, list, createTestRestSession } from '../testing/rest-harness.ts';
import type { Answer } from '../testing/scripted-rest.ts';

describe('rest: rate limits', () => {
  test('waits as long as told and sends again, an interaction too', async (t) => {
    const { rest, session, clock, log } = await createTestRestSession(t, [limit(1.337), accept]);
    const call = session.interact({});
    await log.nextWhere((line) => line.includes('rate limited'));
    await clock.advance(1_336);
    await rest.arrived();
    assert.equal(rest.seen.length, 1);
    await clock.advance(1);
    await call;
    assert.equal(rest.seen.length, 2);
  });

  const blocked =
    (headers: Record<string, string> = {}): Answer =>
    (_request, response) =>
      response.writeHead(429, { 'content-type': 'text/plain', ...headers }).end('error code: 1015');

  test('a block by Cloudflare without a time is not waited for', async (t) => {
    const { rest, session } = await createTestRestSession(t, [blocked()]);
    const error = await failureOf(session.interact({}));
    assert.deepEqual([error.status, error.retryAfterMs, error.outcome], [429, null, 'refused']);
    assert.equal(rest.seen.length, 1);
  });

  test('a 403 of Cloudflare passes its time on', async (t) => {
    const { session } = await createTestRestSession(t, [
      (_request, response) => response.writeHead(403, { 'retry-after': '60' }).end('error code: 1015'),
    ]);
    assert.equal((await failureOf(session.interact({}))).retryAfterMs, 60_000);
  });

  test('a block by Cloudflare with a time stops every call', async (t) => {
    const { rest, session } = await createTestRestSession(t, [blocked({ 'retry-after': '3600' })]);
    assert.equal((await failureOf(session.interact({}))).retryAfterMs, 3_600_000);
    assert.equal((await failureOf(list(session))).retryAfterMs, 3_600_000);
    assert.equal(rest.seen.length, 1);
  });

  test('a limit delays its route and no other route; scope shared likewise', async (t) => {
    const shared = { 'x-ratelimit-scope': 'shared', 'retry-after': '3' };
    const { session, clock, log } = await createTestRestSession(t, [limit(2.06, { headers: shared }), empty, accept]);
    const held = session.interact({});
    await log.nextWhere((line) => line.includes('"shared"'));
    await list(session);
    await clock.advance(3_000);
    await held;
  });

  test('the same route of another channel has a separate limit', async (t) => {
    const { session, clock, log } = await createTestRestSession(t, [limit(5), empty]);
    const held = list(session, '222222222222222222');
    await log.nextWhere((line) => line.includes('rate limited'));
    await list(session, '333333333333333333');
    await clock.advance(5_000);
    await held;
  });

  for (const [how, answer] of Object.entries({
    'in the body': limit(4, { global: true }),
    'in the header': limit(4, { headers: { 'x-ratelimit-global': 'true' } }),
  })) {
    test(`a global limit, stated ${how}, delays every call`, async (t) => {
      const { rest, session, clock, log } = await createTestRestSession(t, [
        answer,
        (request, response) => (request.method === 'GET' ? empty : accept)(request, response),
      ]);
      const first = session.interact({});
      await log.nextWhere((line) => line.includes('rate limited'));
      const second = list(session);
      await clock.advance(3_999);
      await rest.arrived();
      assert.equal(rest.seen.length, 1);
      await clock.advance(1);
      await Promise.all([first, second]);
    });
  }

  test('gives up after some waits, with the last answer of Discord', async (t) => {
    const { rest, session, clock, log } = await createTestRestSession(t, [limit(1)], { maxRateLimitWaits: 2 });
    const failure = failureOf(session.interact({}));
    for (let waits = 0; waits < 2; waits += 1) {
      await log.nextWhere((line) => line.includes('rate limited'));
      await clock.advance(1_000);
    }
    const error = await failure;
    assert.equal(error.status, 429);
    assert.equal(error.retryAfterMs, 1_000);
    assert.equal(rest.seen.length, 3);
  });

  test('does not wait longer than its limit, and sends nothing while the backoff runs', async (t) => {
    const { rest, session, clock } = await createTestRestSession(t, [limit(3_600), accept]);
    assert.equal((await failureOf(session.interact({}))).retryAfterMs, 3_600_000);
    await clock.advance(600_000);
    const error = await failureOf(session.interact({}));
    assert.equal(error.status, 429);
    assert.equal(error.retryAfterMs, 3_000_000);
    assert.equal(rest.seen.length, 1);
    await clock.advance(3_000_000);
    await session.interact({});
  });

  test('a global limit that lasts too long rejects other calls at once too', async (t) => {
    const { rest, session } = await createTestRestSession(t, [limit(3_600, { global: true }), empty]);
    await failureOf(session.interact({}));
    assert.equal((await failureOf(list(session))).status, 429);
    assert.equal(rest.seen.length, 1);
  });

  test('a limit without a time means one second', async (t) => {
    const { session, clock, log } = await createTestRestSession(t, [
      (_request, response) => response.writeHead(429).end('slow down'),
      accept,
    ]);
    const call = session.interact({});
    await log.nextWhere((line) => line.includes('"retryAfterMs":1000'));
    await clock.advance(1_000);
    await call;
  });
});
