import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import { DiscordRestError, type DiscordSession, type SessionEvent } from '../discord.ts';
import type { SessionLimits } from '../limits.ts';
import { createDiscordSession } from '../session.ts';
import type { Inbox } from './inbox.ts';
import { createLogTap } from './log-tap.ts';
import { sendJson, startScriptedRest, type Answer, type ScriptedRest } from './scripted-rest.ts';

export const TOKEN = 'user-token-that-must-not-leak';
const CHANNEL = '222222222222222222';

interface RestHarness {
  rest: ScriptedRest;
  clock: FakeClock;
  session: DiscordSession;
  events: SessionEvent[];
  log: Inbox<string>;
}

/** A session over a server that gives `answers` in turn and repeats the last one; `restUrl` leads it elsewhere. After the test it checks for leaks. */
export async function createTestRestSession(
  t: TestContext,
  answers: Answer[],
  limits: Partial<SessionLimits> = {},
  restUrl?: string,
): Promise<RestHarness> {
  let count = 0;
  const rest = await startScriptedRest((request, response) => answers[Math.min(count++, answers.length - 1)]?.(request, response));
  const clock = createFakeClock();
  const { log, lines, inbox } = createLogTap();
  const session = createDiscordSession({
    token: TOKEN,
    endpoints: { restUrl: restUrl ?? rest.url, gatewayUrl: 'ws://127.0.0.1:1' },
    clock,
    log,
    random: () => 0.5,
    limits,
  });
  const events: SessionEvent[] = [];
  session.subscribe((event) => events.push(event));
  t.after(async () => {
    await session.close();
    await rest.close();
    assert.equal(clock.pending(), 0, 'timers are left');
    assert.ok(!lines.join('').includes(TOKEN), 'the token is in the log');
  });
  return { rest, clock, session, events, log: inbox };
}

export const accept: Answer = (_request, response) => response.writeHead(204).end();
export const empty: Answer = (_request, response) => sendJson(response, 200, []);
export const fail: Answer = (_request, response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>502</h1>');
export const drop: Answer = (_request, response) => response.destroy();
export const limit =
  (seconds: number, facts: { global?: boolean; headers?: Record<string, string> } = {}): Answer =>
  (_request, response) => {
    const body = { message: 'You are being rate limited.', retry_after: seconds, global: facts.global ?? false };
    sendJson(response, 429, body, facts.headers ?? {});
  };

/** The error of a failed call. */
export async function failureOf(call: Promise<unknown>): Promise<DiscordRestError> {
  const error = await call.then(
    () => assert.fail('the call did not fail'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DiscordRestError, String(error));
  assert.ok(!JSON.stringify([error, error.message, error.body, String(error.cause)]).includes(TOKEN));
  return error;
}

export const list = (session: DiscordSession, channelId = CHANNEL): Promise<unknown> => session.listMessages(channelId, { limit: 1 });
