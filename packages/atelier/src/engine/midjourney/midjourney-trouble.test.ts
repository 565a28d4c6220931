import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DiscordFatalError } from '../../discord/discord.ts';
import type { JsonObject } from '@atelier/lib/json';
import { botMessage, gridMessage, startMessage, USER, uuidOf, CHANNEL } from './testing/bot-messages.ts';
import {
  createTestEngine,
  FIRST_ANSWER_MS,
  GRACE_MS,
  VANISHED_MS,
  nonceOf,
  type TestEngine,
  type FollowedJob,
} from './testing/test-engine.ts';
import { COMMANDS, restError } from './testing/fake-session.ts';

const IMAGINE = { verb: 'imagine', prompt: 'a red fox' } as const;
const ECHO = 'a red fox --v 7.0';

const refusal = (title: string, description: string, rest: JsonObject = {}): JsonObject => ({
  title,
  description,
  color: 16_711_680,
  footer: { text: '/imagine a red fox' },
  ...rest,
});

async function startRunning(harness: TestEngine): Promise<{ job: FollowedJob; start: string }> {
  const job = await harness.start(IMAGINE);
  const start = harness.id();
  await harness.send('MESSAGE_CREATE', startMessage({ id: start, prompt: ECHO, nonce: job.nonce }));
  return { job, start };
}

describe('refused by Midjourney', () => {
  test('at once, by an embed with the nonce of the job', async () => {
    const harness = createTestEngine();
    const job = await harness.start(IMAGINE);
    await harness.send(
      'MESSAGE_CREATE',
      botMessage({
        id: harness.id(),
        nonce: job.nonce,
        flags: 64,
        embeds: [refusal('Invalid parameter', 'Unrecognized parameter(s): `--foo`')],
      }),
    );
    const { failure, message } = job.last('failed');
    assert.deepEqual(failure, { code: 'prompt-invalid', title: 'Invalid parameter', details: 'Unrecognized parameter(s): `--foo`' });
    assert.equal(message?.flags, 64);
    assert.deepEqual(harness.troubles, []);
  });

  test('late, by a reply to the start message or by its edit', async () => {
    const harness = createTestEngine();
    const first = await startRunning(harness);
    await harness.send(
      'MESSAGE_CREATE',
      botMessage({
        id: harness.id(),
        referenceId: first.start,
        embeds: [refusal('Sorry, something went wrong', 'The job encountered an error.', { footer: { text: 'decline-revise-frolic' } })],
      }),
    );
    assert.equal(first.job.last('failed').failure.code, 'prompt-moderated');
    const second = await startRunning(harness);
    await harness.send('MESSAGE_UPDATE', {
      id: second.start,
      channel_id: CHANNEL,
      embeds: [refusal('Request cancelled due to output filters', 'No.')],
    });
    assert.equal(second.job.last('failed').failure.code, 'prompt-moderated');
    const third = await startRunning(harness);
    await harness.send(
      'MESSAGE_CREATE',
      botMessage({ id: harness.id(), referenceId: third.start, content: 'Failed to process your command :c' }),
    );
    assert.equal(third.job.last('failed').failure.code, 'upstream-failed');
  });

  test('Job queued: the job waits, its operation is written, and its start message is matched later', async () => {
    const harness = createTestEngine();
    const job = await harness.start(IMAGINE);
    await harness.send(
      'MESSAGE_CREATE',
      botMessage({ id: harness.id(), nonce: job.nonce, flags: 64, embeds: [refusal('Job queued', "Don't worry", { color: 16_776_960 })] }),
    );
    job.last('operation');
    assert.equal(job.operation.queued, true);
    assert.equal(job.operation.queuedAtMs, harness.clock.now());
    await harness.clock.advance(10 * 60_000);
    assert.ok(!job.done);
    assert.equal(harness.session.posted.length, 1, 'the request is never repeated');
    const start = harness.id();
    await harness.send('MESSAGE_CREATE', startMessage({ id: start, prompt: ECHO, nonce: '12345' }));
    assert.equal(job.last('started').message.id, start);
    assert.equal(job.operation.queued, false);
    await harness.send('MESSAGE_CREATE', gridMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(1) }));
    await harness.send('MESSAGE_DELETE', { id: start, channel_id: CHANNEL });
    job.last('completed');
  });

  test('Job queued may fill an empty answer, which then does not count as a start message', async () => {
    const harness = createTestEngine();
    const job = await harness.start(IMAGINE);
    const answer = harness.id();
    await harness.send('MESSAGE_CREATE', botMessage({ id: answer, nonce: job.nonce, flags: 64 | 128 }));
    await harness.send('MESSAGE_UPDATE', botMessage({ id: answer, flags: 64, embeds: [refusal('Job queued', 'x')] }));
    assert.deepEqual([job.operation.queued, job.operation.messageIds], [true, []]);
    await harness.send('MESSAGE_CREATE', startMessage({ id: harness.id(), prompt: ECHO }));
    job.last('started');
    await job.stop();
  });

  test('a warning changes nothing; if nothing follows, it is the reason of the failure', async () => {
    const harness = createTestEngine();
    const warn = async (nonce: string): Promise<void> =>
      await harness.send(
        'MESSAGE_CREATE',
        botMessage({ id: harness.id(), nonce, flags: 64, embeds: [refusal('Credits are low', 'Soon gone', { color: 16_776_960 })] }),
      );
    const lucky = await harness.start(IMAGINE);
    await warn(lucky.nonce);
    await harness.send('MESSAGE_CREATE', startMessage({ id: harness.id(), prompt: ECHO, nonce: lucky.nonce }));
    lucky.last('started');
    await lucky.stop();
    const unlucky = await harness.start(IMAGINE);
    await warn(unlucky.nonce);
    await harness.clock.advance(FIRST_ANSWER_MS + 1);
    assert.deepEqual(unlucky.last('failed').failure, { code: 'upstream-refused', title: 'Credits are low', details: 'Soon gone' });
  });

  test('a problem of the account is reported by any kind of job', async () => {
    const harness = createTestEngine();
    const job = await harness.start({ verb: 'info' });
    await harness.send(
      'MESSAGE_CREATE',
      botMessage({ id: harness.id(), nonce: job.nonce, flags: 64, embeds: [refusal('Pending mod message', 'Please acknowledge it')] }),
    );
    assert.equal(job.last('failed').failure.code, 'pending-moderation');
    const checked = await harness.start(IMAGINE);
    await harness.send('INTERACTION_IFRAME_MODAL_CREATE', {
      id: harness.id(),
      nonce: checked.nonce,
      title: 'Please complete the task',
      custom_id: 'MJ::iframe::x',
    });
    assert.equal(checked.last('failed').failure.code, 'captcha-required');
    assert.deepEqual(
      harness.troubles.map(({ accountId, trouble }) => [accountId, trouble.kind, trouble.failure.code]),
      [
        ['account', 'pause', 'pending-moderation'],
        ['account', 'pause', 'captcha-required'],
      ],
    );
    assert.equal(harness.session.posted.length, 2, 'the engine presses no button');
  });

  test('Discord reports that the bot did not answer: the bot has half a minute more', async () => {
    const harness = createTestEngine();
    const job = await harness.start(IMAGINE);
    await harness.send('INTERACTION_FAILURE', { id: harness.id(), nonce: job.nonce, reason_code: 2 });
    await harness.clock.advance(29_000);
    assert.ok(!job.done);
    await harness.clock.advance(2_000);
    assert.equal(job.last('failed').failure.code, 'upstream-silent');
  });
});

describe('refused by Discord', () => {
  const failing = async (fault: Error): Promise<{ harness: TestEngine; job: FollowedJob }> => {
    const harness = createTestEngine();
    harness.session.onInteract = () => {
      throw fault;
    };
    return { harness, job: await harness.start(IMAGINE) };
  };

  test('429: the job goes back to the queue, in the words of useapi, and the account is held', async () => {
    const body = '{"global":true,"message":"You are being rate limited.","retry_after":10}';
    const { harness, job } = await failing(restError(429, 0, body));
    const failure = { code: 'upstream-rate-limited', title: 'Discord /interactions failed with HTTP status 429', details: body } as const;
    assert.deepEqual(job.last('requeued').failure, failure);
    assert.deepEqual(harness.troubles, [{ accountId: 'account', trouble: { kind: 'hold', failure, forMs: null } }]);
  });

  test('slow mode: the job goes back to the queue', async () => {
    const { job } = await failing(restError(400, 20_016, '{}'));
    assert.equal(job.last('requeued').failure.code, 'upstream-rate-limited');
  });

  const CASES: readonly [string, Error, string, boolean][] = [
    ['401', restError(401), 'account-unauthorized', true],
    ['a captcha', restError(400, 0, '{"captcha_key":["captcha-required"],"captcha_service":"hcaptcha"}'), 'captcha-required', true],
    ['an abuse block', restError(403, 10_008, '{"code":10008}'), 'account-blocked', true],
    ['an unverified account', restError(403, 40_002, '{}'), 'account-unauthorized', true],
    ['missing access', restError(403, 50_001, '{}'), 'upstream-refused', false],
    ['a message that is gone', restError(404, 10_008, '{}'), 'upstream-refused', false],
    ['an expired interaction', restError(404, 10_062, '{}'), 'upstream-failed', false],
    ['a form fault', restError(400, 50_035, '{"code":50035}'), 'upstream-refused', false],
  ];
  for (const [name, error, code, isTrouble] of CASES) {
    test(`${name} → ${code}`, async () => {
      const { harness, job } = await failing(error);
      assert.equal(job.last('failed').failure.code, code);
      assert.equal(harness.troubles.length, isTrouble ? 1 : 0);
      assert.equal(harness.session.posted.length, 1);
    });
  }

  test('an outdated command: the engine reads the index again and sends the command with the same nonce', async () => {
    const harness = createTestEngine();
    const outdated =
      '{"code":50035,"errors":{"data":{"_errors":[{"code":"INTERACTION_APPLICATION_COMMAND_INVALID_VERSION","message":"Dieser Befehl ist veraltet"}]}}}';
    harness.session.onInteract = () => {
      if (harness.session.posted.length === 1) throw restError(400, 50_035, outdated);
    };
    const job = await harness.start(IMAGINE);
    assert.equal(harness.session.indexReads, 2);
    assert.deepEqual(harness.session.posted.map(nonceOf), [job.nonce, job.nonce]);
    assert.ok(!job.done);
    harness.session.onInteract = () => Promise.reject(restError(400, 50_035, outdated));
    const again = await harness.start(IMAGINE);
    assert.equal(again.last('failed').failure.code, 'upstream-refused');
    await job.stop();
  });

  test('the engine reads the index once, and again when Discord reports a change', async () => {
    const harness = createTestEngine();
    for (let n = 0; n < 3; n++) await (await harness.start(IMAGINE)).stop();
    assert.equal(harness.session.indexReads, 1);
    await harness.send('GUILD_APPLICATION_COMMAND_INDEX_UPDATE', { guild_id: 'g' });
    await (await harness.start(IMAGINE)).stop();
    assert.equal(harness.session.indexReads, 2);
  });

  test('a command that the Discord server does not have', async () => {
    const harness = createTestEngine();
    harness.session.commands = COMMANDS.filter((command) => command['name'] !== 'imagine' || command['application_id'] === '1');
    const job = await harness.start(IMAGINE);
    assert.equal(job.last('failed').failure.code, 'upstream-refused');
    assert.equal(harness.session.posted.length, 0);
  });

  test('Discord closes the session for good: every job fails, and the account is reported once', async () => {
    const harness = createTestEngine();
    const jobs = [await harness.start(IMAGINE), await harness.start({ verb: 'info' })];
    harness.session.emit({ type: 'fatal', error: new DiscordFatalError(4004, 'Authentication failed.') });
    await harness.runDue();
    for (const job of jobs) assert.equal(job.last('failed').failure.code, 'account-unauthorized');
    assert.equal(harness.troubles.length, 1);
    assert.equal(harness.session.closed, true);
  });

  test('a gateway that does not connect in time: nothing was sent, and the job goes back to the queue', async () => {
    const harness = createTestEngine();
    harness.session.ready = (signal) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
    const job = await harness.start(IMAGINE);
    await harness.clock.advance(FIRST_ANSWER_MS + 1);
    assert.equal(job.last('requeued').failure.code, 'upstream-unreachable');
    assert.deepEqual(
      harness.troubles.map(({ trouble }) => trouble.kind),
      ['hold'],
    );
  });

  test('an account that was removed; a bug of the engine', async () => {
    const harness = createTestEngine({ openAccount: () => Promise.resolve(undefined) });
    const gone = await harness.start(IMAGINE);
    assert.equal(gone.last('failed').failure.code, 'upstream-refused');
    const broken = createTestEngine({ fetchImage: () => Promise.reject(new TypeError('a bug')) });
    const job = await broken.start({ verb: 'describe', imageUrl: 'https://a.example/x.png' });
    assert.ok(job.error instanceof TypeError);
    assert.deepEqual(job.updates, []);
  });
});

describe('no answer, or an uncertain one', () => {
  test('204 without any event: the job fails as silent after the history was read', async () => {
    const harness = createTestEngine();
    const job = await harness.start(IMAGINE);
    await harness.clock.advance(FIRST_ANSWER_MS - 1);
    assert.ok(!job.done);
    await harness.clock.advance(2);
    assert.equal(job.last('failed').failure.code, 'upstream-silent');
    assert.equal(harness.session.historyReads, 1);
    assert.equal(harness.session.posted.length, 1);
  });

  test('a lost connection: the start message matches by its nonce', async () => {
    const harness = createTestEngine();
    harness.session.onInteract = () => Promise.reject(restError(0));
    const job = await harness.start(IMAGINE);
    await harness.clock.advance(GRACE_MS / 2);
    await harness.send('MESSAGE_CREATE', startMessage({ id: harness.id(), prompt: ECHO, nonce: job.nonce }));
    await harness.clock.advance(GRACE_MS);
    job.last('started');
    assert.equal(harness.session.posted.length, 1);
  });

  test('an error of the REST call after the answer of the bot is ignored', async () => {
    const harness = createTestEngine();
    harness.session.onInteract = async (payload) => {
      harness.session.dispatch('MESSAGE_CREATE', startMessage({ id: harness.id(), prompt: ECHO, nonce: nonceOf(payload) }));
      await Promise.resolve();
      throw restError(400);
    };
    const job = await harness.start(IMAGINE);
    job.last('started');
    assert.ok(!job.done);
    await job.stop();
  });

  test('a 502 without any message: the request is repeated once under a new nonce, written first; then the job fails as unreachable', async () => {
    const harness = createTestEngine();
    const seen: number[] = [];
    const job = await harness.start(IMAGINE);
    const first = job.nonce;
    await job.stop();
    harness.session.onInteract = () => {
      seen.push(harness.session.posted.length);
      return Promise.reject(restError(502, 0, '<html>'));
    };
    const second = await harness.start(IMAGINE);
    assert.notEqual(second.nonce, first);
    const nonce = second.nonce;
    await harness.clock.advance(GRACE_MS + 1);
    assert.equal(seen.length, 2);
    assert.equal(second.operation.attempts, 2);
    assert.notEqual(second.nonce, nonce);
    assert.equal(nonceOf(harness.session.posted.at(-1)), second.nonce);
    await harness.clock.advance(GRACE_MS + 1);
    assert.deepEqual(second.last('failed').failure, {
      code: 'upstream-unreachable',
      title: 'Discord /interactions failed with HTTP status 502',
      details: null,
    });
    assert.equal(seen.length, 2);
  });

  test('the engine decides nothing while the history cannot be read', async () => {
    const harness = createTestEngine();
    harness.session.onInteract = () => Promise.reject(restError(0));
    harness.session.historyFault = restError(503, 0, '', '/channels/c/messages');
    const job = await harness.start(IMAGINE);
    await harness.clock.advance(5 * GRACE_MS);
    assert.equal(harness.session.posted.length, 1);
    harness.session.historyFault = undefined;
    harness.session.onInteract = () => {};
    await harness.clock.advance(GRACE_MS);
    assert.equal(harness.session.posted.length, 2);
    assert.ok(!job.done);
    await job.stop();
  });

  test('a start message that is deleted without result: the job waits for minutes, asks for the result once, and is never ordered again', async () => {
    const harness = createTestEngine();
    const { job, start } = await startRunning(harness);
    await harness.send('MESSAGE_DELETE', { id: start, channel_id: CHANNEL });
    await harness.clock.advance(VANISHED_MS - 1);
    assert.equal(harness.session.posted.length, 1);
    assert.ok(!job.done);
    await harness.clock.advance(2);
    assert.equal(job.last('failed').failure.code, 'upstream-failed');
    assert.equal(harness.session.posted.length, 1);
  });

  test('the request of a switch is never repeated', async () => {
    const harness = createTestEngine();
    harness.session.onInteract = () => Promise.reject(restError(0));
    const job = await harness.start({ verb: 'remix' });
    await harness.clock.advance(GRACE_MS + 1);
    const { failure } = job.last('failed');
    assert.equal(failure.code, 'upstream-silent');
    assert.match(failure.details ?? '', /switch/);
    assert.equal(harness.session.posted.length, 1);
  });

  test('a running job without events is found in the history', async () => {
    const harness = createTestEngine();
    const { job } = await startRunning(harness);
    harness.session.history = [gridMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(1) })];
    await harness.clock.advance(61_000);
    assert.equal(job.last('completed').media.length, 1);
  });

  test("a message of another bot, another user's job or another channel never matches", async () => {
    const harness = createTestEngine();
    const job = await harness.start(IMAGINE);
    await harness.send(
      'MESSAGE_CREATE',
      botMessage({ id: harness.id(), nonce: job.nonce, authorId: '77', content: `**${ECHO}** - <@${USER}> (Waiting to start)` }),
    );
    await harness.send('MESSAGE_CREATE', gridMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(1), userId: '77' }));
    await harness.send('MESSAGE_CREATE', { ...gridMessage({ id: harness.id(), prompt: ECHO, uuid: uuidOf(1) }), channel_id: '5' });
    assert.deepEqual(job.updates, []);
    await job.stop();
  });
});
