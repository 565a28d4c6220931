import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createInbox } from '../testing/inbox.ts';
import { accept, createTestRestSession, drop, empty, fail, failureOf, limit, list } from '../testing/rest-harness.ts';
import { sendJson, type Answer } from '../testing/scripted-rest.ts';

const refuse =
  (status: number): Answer =>
  (_request, response) =>
    sendJson(response, status, { message: 'no', code: 0 });

describe('rest: whether a failed call may have been carried out', () => {
  for (const [what, answer, outcome] of [
    ['a lost connection', drop, 'unknown'],
    ['a 502', fail, 'unknown'],
    ['a 400', refuse(400), 'refused'],
    ['a 403', refuse(403), 'refused'],
    ['an answer that cannot be read', (_request, response) => response.end('<html>'), 'unknown'],
  ] as const satisfies [string, Answer, string][]) {
    test(`${what}: ${outcome}`, async (t) => {
      const { session } = await createTestRestSession(t, [answer]);
      assert.equal((await failureOf(session.interact({}))).outcome, outcome);
    });
  }

  test('a connection that is refused: not sent', async (t) => {
    const { rest, session } = await createTestRestSession(t, [accept]);
    await rest.close();
    const error = await failureOf(session.interact({}));
    assert.deepEqual([error.status, error.outcome], [0, 'not-sent']);
  });

  test('a connection that is never established, until the time is over: not sent', async (t) => {
    const { session, clock } = await createTestRestSession(t, [accept], {}, 'http://192.0.2.1/api/v9');
    const failure = failureOf(session.interact({}));
    await clock.advance(15_000);
    assert.equal((await failure).outcome, 'not-sent');
  });

  test('no answer in time: unknown', async (t) => {
    const asked = createInbox<string>();
    const { session, clock } = await createTestRestSession(t, [() => asked.put('no answer')]);
    const failure = failureOf(session.interact({}));
    await asked.next();
    await clock.advance(15_000);
    assert.equal((await failure).outcome, 'unknown');
  });

  test('a 429 that takes too long to wait for: refused', async (t) => {
    const { session } = await createTestRestSession(t, [limit(45)]);
    const error = await failureOf(session.interact({}));
    assert.deepEqual([error.outcome, error.retryAfterMs], ['refused', 45_000]);
    const next = await failureOf(session.interact({}));
    assert.equal(next.outcome, 'refused');
  });
});

describe('rest: taking an interaction back', () => {
  test('in the wait for the interval', async (t) => {
    const { rest, session, clock } = await createTestRestSession(t, [accept], { interactionIntervalMs: 350 });
    await session.interact({ n: 1 });
    const stop = new AbortController();
    const second = failureOf(session.interact({ n: 2 }, { signal: stop.signal }));
    await clock.advance(100);
    stop.abort(new Error('cancelled'));
    assert.equal((await second).outcome, 'not-sent');
    await clock.advance(1_000);
    await rest.arrived();
    assert.equal(rest.seen.length, 1);
  });

  test('in the wait for a rate limit, and behind another interaction', async (t) => {
    const { rest, session, clock, log } = await createTestRestSession(t, [limit(5), accept], { interactionIntervalMs: 0 });
    const stop = new AbortController();
    const first = failureOf(session.interact({ n: 1 }, { signal: stop.signal }));
    const second = failureOf(session.interact({ n: 2 }, { signal: stop.signal }));
    const third = session.interact({ n: 3 });
    await log.nextWhere((line) => line.includes('rate limited'));
    stop.abort(new Error('cancelled'));
    assert.equal((await first).outcome, 'not-sent');
    assert.equal((await second).outcome, 'not-sent');
    await clock.advance(5_000);
    await third;
    assert.deepEqual(
      rest.seen.map(({ body }) => String(body)),
      ['{"n":1}', '{"n":3}'],
    );
  });

  test('before it is asked for', async (t) => {
    const { rest, session } = await createTestRestSession(t, [accept]);
    assert.equal((await failureOf(session.interact({}, { signal: AbortSignal.abort() }))).outcome, 'not-sent');
    await rest.arrived();
    assert.equal(rest.seen.length, 0);
  });

  test('while it connects', async (t) => {
    const { session } = await createTestRestSession(t, [accept], {}, 'http://192.0.2.1/api/v9');
    const stop = new AbortController();
    const failure = failureOf(session.interact({}, { signal: stop.signal }));
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    assert.equal((await failure).outcome, 'not-sent');
  });

  test('is too late once it was sent', async (t) => {
    const asked = createInbox<() => void>();
    const { session } = await createTestRestSession(t, [(request, response) => asked.put(() => accept(request, response))]);
    const stop = new AbortController();
    const call = session.interact({}, { signal: stop.signal });
    const answer = await asked.next();
    stop.abort();
    answer();
    await call;
  });
});

describe("rest: Discord's clock", () => {
  test('is read from the last answer, a refusal too', async (t) => {
    const dates = [-120_000, 5_000].map((skewMs) => new Date(1_700_000_000_000 + skewMs).toUTCString());
    let count = 0;
    const { session } = await createTestRestSession(t, [
      (_request, response) => sendJson(response, 403, [], { date: dates[count++] ?? '' }),
      (_request, response) => sendJson(response, 200, [], { date: dates[count++] ?? '' }),
    ]);
    assert.equal(session.clockSkewMs(), null);
    await failureOf(list(session));
    assert.equal(session.clockSkewMs(), -119_500);
    await list(session);
    assert.equal(session.clockSkewMs(), 5_500);
  });

  test('an answer without a date changes nothing', async (t) => {
    const { session } = await createTestRestSession(t, [
      (request, response) => {
        response.sendDate = false;
        empty(request, response);
      },
    ]);
    await list(session);
    assert.equal(session.clockSkewMs(), null);
  });
});
