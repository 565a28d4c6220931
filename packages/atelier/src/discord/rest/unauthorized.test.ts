import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DiscordFatalError } from '../discord.ts';
import { createInbox } from '../testing/inbox.ts';
import { accept, createTestRestSession, failureOf, list } from '../testing/rest-harness.ts';
import { sendJson, type Answer } from '../testing/scripted-rest.ts';

const unauthorized: Answer = (_request, response) => sendJson(response, 401, { message: '401: Unauthorized', code: 0 });
const user: Answer = (_request, response) => sendJson(response, 200, { id: '111111111111111111' });

describe('rest: a 401', () => {
  test('is confirmed, and the call is repeated where the token turns out to work', async (t) => {
    const { rest, session, events } = await createTestRestSession(t, [unauthorized, user, accept], { interactionIntervalMs: 0 });
    await session.interact({ n: 1 });
    assert.deepEqual(
      rest.seen.map(({ method, path }) => `${method} ${path}`),
      ['POST /api/v9/interactions', 'GET /api/v9/users/@me', 'POST /api/v9/interactions'],
    );
    assert.deepEqual(events, []);
  });

  test('a second time fails that call alone', async (t) => {
    const answers = [unauthorized, user, unauthorized, accept];
    const { session, events } = await createTestRestSession(t, answers, { interactionIntervalMs: 0 });
    const error = await failureOf(session.interact({ n: 1 }));
    assert.deepEqual([error.status, error.outcome, error.cause], [401, 'refused', undefined]);
    await session.interact({ n: 2 });
    assert.deepEqual(events, []);
  });

  for (const [what, answer] of Object.entries<Answer>({
    'a 403': (_request, response) => sendJson(response, 403, { message: 'internal network error', code: 40333 }),
    'a long 429': (_request, response) => sendJson(response, 429, { retry_after: 600, global: false }),
  })) {
    test(`that ${what} keeps from being confirmed fails the call alone`, async (t) => {
      const { session, events } = await createTestRestSession(t, [unauthorized, answer, accept], { interactionIntervalMs: 0 });
      const error = await failureOf(session.interact({ n: 1 }));
      assert.deepEqual([error.status, error.cause], [401, undefined]);
      await session.interact({ n: 2 });
      assert.deepEqual(events, []);
    });
  }

  test('that is confirmed ends the session for every waiting call, by one check', async (t) => {
    const asked = createInbox<() => void>();
    const { rest, session, events } = await createTestRestSession(t, [
      (request, response) => asked.put(() => unauthorized(request, response)),
    ]);
    const failures = ['2', '3'].map((channel) => failureOf(list(session, channel.repeat(18))));
    const both = [await asked.next(), await asked.next()];
    for (const answer of both) answer();
    (await asked.next())();
    for (const { status, cause } of await Promise.all(failures)) assert.ok(status === 401 && cause instanceof DiscordFatalError);
    assert.equal(rest.seen.filter(({ path }) => path.endsWith('/users/@me')).length, 1);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['fatal'],
    );
  });
});
