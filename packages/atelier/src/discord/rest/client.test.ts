import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { createFakeClock } from '@atelier/lib/clock';
import { DiscordFatalError } from '../discord.ts';
import { createDiscordSession } from '../session.ts';
import { createInbox } from '../testing/inbox.ts';
import { createLogTap } from '../testing/log-tap.ts';
import { accept, drop, empty, fail, failureOf, list, createTestRestSession, TOKEN } from '../testing/rest-harness.ts';
import { sendJson } from '../testing/scripted-rest.ts';

describe('rest: calls', () => {
  test('sends the raw token, its own client name and JSON', async (t) => {
    const { rest, session } = await createTestRestSession(t, [accept]);
    await session.interact({ type: 2, nonce: '1' });
    const [request] = rest.seen;
    assert.equal(request?.method, 'POST');
    assert.equal(request?.path, '/api/v9/interactions');
    assert.equal(request?.headers['authorization'], TOKEN);
    assert.match(request?.headers['user-agent'] ?? '', /^Atelier\/\d+\.\d+\.\d+ \(\+https:\/\/[^ )]+\)$/);
    assert.equal(request?.headers['content-type'], 'application/json');
    assert.equal(request?.body.toString(), '{"type":2,"nonce":"1"}');
  });

  test("rejects with Discord's status, code and body", async (t) => {
    const body = { captcha_key: ['captcha-required'], captcha_service: 'hcaptcha', captcha_sitekey: 'x' };
    const outdated = { message: 'Invalid Form Body', code: 50035, errors: { data: { _errors: [] } } };
    const { rest, session } = await createTestRestSession(
      t,
      [(_request, response) => sendJson(response, 400, body), (_request, response) => sendJson(response, 400, outdated)],
      { interactionIntervalMs: 0 },
    );
    const captcha = await failureOf(session.interact({}));
    assert.equal(captcha.status, 400);
    assert.equal(captcha.code, 0);
    assert.deepEqual(JSON.parse(captcha.body), body);
    assert.equal(captcha.retryAfterMs, null);
    assert.equal((await failureOf(session.interact({}))).code, 50035);
    assert.equal(rest.seen.length, 2);
  });

  test('keeps 4 KiB of an error, and cuts the token out of it', async (t) => {
    const { session } = await createTestRestSession(t, [
      (request, response) => response.writeHead(403).end(`${request.headers['authorization']}${'é'.repeat(10_000)}`),
    ]);
    const error = await failureOf(list(session));
    assert.equal(error.status, 403);
    assert.ok(Buffer.byteLength(error.body) <= 4_100);
    assert.ok(error.body.startsWith('éé'));
  });

  test('an answer that is not JSON, has another shape or is too large is an error', async (t) => {
    const { session } = await createTestRestSession(t, [
      (_request, response) => response.end('<html>'),
      (_request, response) => sendJson(response, 200, { not: 'a list' }),
      (_request, response) => response.end(Buffer.alloc(17 * 1024 * 1024, 0x20)),
    ]);
    assert.equal((await failureOf(list(session))).body, '<html>');
    assert.equal((await failureOf(list(session))).status, 200);
    assert.match(String((await failureOf(list(session))).cause), /larger/);
  });

  test('spaces out interactions and no other routes', async (t) => {
    const { rest, session, clock } = await createTestRestSession(t, [accept, accept, empty], { interactionIntervalMs: 350 });
    await session.interact({ n: 1 });
    const second = session.interact({ n: 2 });
    await clock.advance(349);
    await rest.arrived();
    assert.equal(rest.seen.length, 1);
    await clock.advance(1);
    await second;
    await list(session);
  });

  test('sends the calls of one route one at a time, in order', async (t) => {
    const asked = createInbox<() => void>();
    const { rest, session } = await createTestRestSession(t, [(request, response) => asked.put(() => accept(request, response))], {
      interactionIntervalMs: 0,
    });
    const calls = [1, 2, 3].map((n) => session.interact({ n }));
    for (let n = 1; n <= 3; n += 1) {
      const answer = await asked.next();
      await rest.arrived();
      assert.deepEqual(rest.seen.map((request) => String(request.body)).at(-1), `{"n":${n}}`);
      assert.equal(rest.seen.length, n);
      answer();
    }
    await Promise.all(calls);
  });
});

describe('rest: failures', () => {
  for (const [what, answer] of Object.entries({ 'a 502': fail, 'a lost connection': drop })) {
    test(`${what} is retried when the call only reads`, async (t) => {
      const { rest, session, clock, log } = await createTestRestSession(t, [answer, answer, empty]);
      const call = list(session);
      for (let tries = 0; tries < 2; tries += 1) {
        await log.nextWhere((line) => line.includes('trying again'));
        await clock.advance(1_000);
      }
      assert.deepEqual(await call, []);
      assert.equal(rest.seen.length, 3);
    });

    test(`${what} on an interaction is not retried: it may have arrived`, async (t) => {
      const { rest, session, clock } = await createTestRestSession(t, [answer, accept]);
      const error = await failureOf(session.interact({}));
      assert.equal(error.status, what === 'a 502' ? 502 : 0);
      await clock.advance(60_000);
      await rest.arrived();
      assert.equal(rest.seen.length, 1);
    });
  }

  test('a reading call gives up after some retries', async (t) => {
    const { rest, session, clock, log } = await createTestRestSession(t, [fail]);
    const failure = failureOf(list(session));
    for (let tries = 0; tries < 2; tries += 1) {
      await log.nextWhere((line) => line.includes('trying again'));
      await clock.advance(1_000);
    }
    assert.equal((await failure).status, 502);
    assert.equal(rest.seen.length, 3);
  });

  test('one deadline covers an answer that comes byte by byte', async (t) => {
    const started = createInbox<string>();
    const { session, clock } = await createTestRestSession(t, [
      (_request, response) => {
        response.writeHead(200).write('[');
        started.put('dripping');
      },
    ]);
    const failure = failureOf(session.interact({}));
    await started.next();
    await clock.advance(15_000);
    assert.equal((await failure).status, 0);
  });

  test('a refused connection is an error without status', async (t) => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const session = createDiscordSession({
      token: TOKEN,
      endpoints: { restUrl: `http://127.0.0.1:${port}`, gatewayUrl: null },
      clock: createFakeClock(),
      log: createLogTap().log,
    });
    t.after(() => session.close());
    assert.equal((await failureOf(session.interact({}))).status, 0);
  });

  test('a 401 that /users/@me confirms ends the session, and no call is sent with that token any more', async (t) => {
    const { rest, session, events } = await createTestRestSession(t, [
      (_request, response) => sendJson(response, 401, { message: '401: Unauthorized', code: 0 }),
    ]);
    assert.equal((await failureOf(list(session))).status, 401);
    assert.deepEqual(
      events.map((event) => event.type),
      ['fatal'],
    );
    await assert.rejects(session.ready(), (error) => error instanceof DiscordFatalError && error.closeCode === 4004);
    const second = await failureOf(session.interact({}));
    assert.equal(second.status, 401);
    assert.ok(second.cause instanceof DiscordFatalError);
    assert.deepEqual(
      rest.seen.map(({ path }) => path.slice(-9)),
      ['s?limit=1', '/users/@me'.slice(-9)],
    );
  });

  test('close ends running and waiting calls, and refuses new calls', async (t) => {
    const asked = createInbox<string>();
    const { session } = await createTestRestSession(t, [() => asked.put('never answered')]);
    const running = failureOf(session.interact({}));
    const waiting = failureOf(session.interact({}));
    await asked.next();
    await session.close();
    assert.equal((await running).status, 0);
    assert.equal((await waiting).status, 0);
    assert.equal((await failureOf(list(session))).status, 0);
  });
});
