import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { accept, empty, failureOf, limit, list, setUpRest } from '../testing/rest-scene.ts';

describe('rest: rate limits', () => {
  test('waits as long as told and sends again, an interaction too', async (t) => {
    const { rest, session, clock, log } = await setUpRest(t, [limit(1.337), accept]);
    const call = session.interact({});
    await log.nextWhere((line) => line.includes('rate limit reached'));
    await clock.advance(1_336);
    await rest.settled();
    assert.equal(rest.seen.length, 1);
    await clock.advance(1);
    await call;
    assert.equal(rest.seen.length, 2);
  });

  test('a limit holds back its route and no other; scope shared likewise', async (t) => {
    const shared = { 'x-ratelimit-scope': 'shared', 'retry-after': '3' };
    const { session, clock, log } = await setUpRest(t, [limit(2.06, { headers: shared }), empty, accept]);
    const held = session.interact({});
    await log.nextWhere((line) => line.includes('"shared"'));
    await list(session);
    await clock.advance(3_000);
    await held;
  });

  test('the same route of another channel has a limit of its own', async (t) => {
    const { session, clock, log } = await setUpRest(t, [limit(5), empty]);
    const held = list(session, '222222222222222222');
    await log.nextWhere((line) => line.includes('rate limit reached'));
    await list(session, '333333333333333333');
    await clock.advance(5_000);
    await held;
  });

  for (const [how, answer] of Object.entries({
    'in the body': limit(4, { global: true }),
    'in the header': limit(4, { headers: { 'x-ratelimit-global': 'true' } }),
  })) {
    test(`a global limit, said ${how}, holds back everything`, async (t) => {
      const { rest, session, clock, log } = await setUpRest(t, [
        answer,
        (request, response) => (request.method === 'GET' ? empty : accept)(request, response),
      ]);
      const first = session.interact({});
      await log.nextWhere((line) => line.includes('rate limit reached'));
      const second = list(session);
      await clock.advance(3_999);
      await rest.settled();
      assert.equal(rest.seen.length, 1);
      await clock.advance(1);
      await Promise.all([first, second]);
    });
  }

  test('gives up after some waits, with what Discord said', async (t) => {
    const { rest, session, clock, log } = await setUpRest(t, [limit(1)], { maxRateLimitWaits: 2 });
    const failure = failureOf(session.interact({}));
    for (let waits = 0; waits < 2; waits += 1) {
      await log.nextWhere((line) => line.includes('rate limit reached'));
      await clock.advance(1_000);
    }
    const error = await failure;
    assert.equal(error.status, 429);
    assert.equal(error.retryAfterMs, 1_000);
    assert.equal(rest.seen.length, 3);
  });

  test('does not wait for ever, and asks nothing while the time runs', async (t) => {
    const { rest, session, clock } = await setUpRest(t, [limit(3_600), accept]);
    assert.equal((await failureOf(session.interact({}))).retryAfterMs, 3_600_000);
    await clock.advance(600_000);
    const error = await failureOf(session.interact({}));
    assert.equal(error.status, 429);
    assert.equal(error.retryAfterMs, 3_000_000);
    assert.equal(rest.seen.length, 1);
    await clock.advance(3_000_000);
    await session.interact({});
  });

  test('a global limit that lasts too long ends other calls at once too', async (t) => {
    const { rest, session } = await setUpRest(t, [limit(3_600, { global: true }), empty]);
    await failureOf(session.interact({}));
    assert.equal((await failureOf(list(session))).status, 429);
    assert.equal(rest.seen.length, 1);
  });

  test('a limit without a time is a second', async (t) => {
    const { session, clock, log } = await setUpRest(t, [(_request, response) => response.writeHead(429).end('slow down'), accept]);
    const call = session.interact({});
    await log.nextWhere((line) => line.includes('"retryAfterMs":1000'));
    await clock.advance(1_000);
    await call;
  });
});
