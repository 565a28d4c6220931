import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { created, notice, plainScript, PRIVATE_ANSWER, scriptOf, succeeded } from './scripted/bot.ts';
import { playFor } from './scripted/scripted-discord.ts';
import { readRestAnswer, readScript, type Script } from './scripted/steps.ts';
import { fieldsOf, textOf, type Fields } from './scripted/wire.ts';
import { expectAccount, expectPicture } from './expect.ts';
import { AT_ONCE, MINUTES, type Row, testRow } from './row.ts';

const MINUTE_MS = 60_000;

const submitMany = (row: Row, count: number): Promise<string[]> => Promise.all(Array.from({ length: count }, () => row.imagine('a fox')));

/** All jobs end with their pictures, and one was asked for each. */
async function expectAll(row: Row, ids: readonly string[]): Promise<void> {
  const jobs = await Promise.all(ids.map(row.ended));
  for (const job of jobs) await expectPicture(row, job, 8);
  assert.equal(row.asked(), ids.length, 'asked once a job');
  await expectAccount(row, 'active');
}

/** No job has ended; the account shows why it waits. */
async function expectWaiting(row: Row, ids: readonly string[]): Promise<void> {
  for (const id of ids) assert.equal((await row.read(id))['isFinal'], false, 'the job waits');
  await row.until('the account is held', async () => (await row.account()).state === 'held');
}

const RATE_LIMITED = 'You are being rate limited.';
const CLOUDFLARE =
  '<html><head><title>Access denied | discord.com used Cloudflare to restrict access</title></head><body>Error 1015 You are being rate limited</body></html>';

/** Kind K: a state that passes must not burn the queue. */
describe('Discord refuses for a while', AT_ONCE, () => {
  const answers: Record<string, { status: number; body: Fields | string; headers?: Record<string, string>; seconds: number }> = {
    'MJ-19: a 429 of 45 s': { status: 429, headers: { 'retry-after': '45' }, body: fieldsOf(readRestAnswer('MJ-19')['body']), seconds: 45 },
    'MJ-19, the length in the body alone': { status: 429, body: { message: RATE_LIMITED, retry_after: 45.5, global: false }, seconds: 45 },
    'MJ-19, the length in the header alone': { status: 429, headers: { 'retry-after': '45' }, body: '', seconds: 45 },
    'MJ-19, a global limit of 90 s': {
      status: 429,
      headers: { 'retry-after': '90', 'x-ratelimit-global': 'true', 'x-ratelimit-scope': 'global' },
      body: { message: RATE_LIMITED, retry_after: 90, global: true },
      seconds: 90,
    },
    'MJ-19, a shared limit of ten minutes': {
      status: 429,
      headers: { 'retry-after': '600', 'x-ratelimit-scope': 'shared' },
      body: { message: 'The resource is being rate limited.', retry_after: 600, global: false },
      seconds: 600,
    },
    'MJ-19, Cloudflare’s 1015 with a length': { status: 429, headers: { 'retry-after': '120' }, body: CLOUDFLARE, seconds: 120 },
  };
  for (const [name, { seconds, ...answer }] of Object.entries(answers)) {
    testRow(name, { speed: MINUTES }, async (row) => {
      row.discord.respondWith(playFor(plainScript()));
      const limit = row.discord.answerWith({ request: 'POST /interactions', forMs: seconds * 1_000, ...answer });
      const ids = await submitMany(row, 6);
      await row.until('a request was refused', () => limit.sinceMs !== undefined);
      const startedMs = limit.sinceMs ?? 0;
      await row.pass(seconds * 500);
      await expectWaiting(row, ids);
      assert.ok(row.sentSince(startedMs) <= 2, `${row.sentSince(startedMs)} requests into a known limit`);
      const { untilMs } = await row.account();
      assert.ok(Math.abs((untilMs ?? 0) - startedMs - seconds * 1_000) < 40_000, `the account shows the end of the limit: ${untilMs}`);
      await expectAll(row, ids);
    });
  }

  const block = readRestAnswer('MJ-20');
  const blocks: Record<string, { request: string; status: number; body: Fields | string; seconds: number }> = {
    'MJ-20: 40333 for a minute': { request: '', status: Number(block['status']), body: fieldsOf(block['body']), seconds: 60 },
    'MJ-20, for commands alone': { request: 'POST /interactions', status: 403, body: fieldsOf(block['body']), seconds: 60 },
    'MJ-20, Cloudflare’s page with 403': { request: '', status: 403, body: CLOUDFLARE, seconds: 60 },
    'MJ-20, a 429 page without a length': { request: 'POST /interactions', status: 429, body: CLOUDFLARE, seconds: 60 },
    'MJ-20, the gateway alone refuses': { request: 'UPGRADE', status: 403, body: fieldsOf(block['body']), seconds: 60 },
    'MJ-20, 503 from everywhere': { request: '', status: 503, body: 'upstream connect error', seconds: 60 },
    'MJ-20, 521 at the address of the gateway': {
      request: 'GET /gateway',
      status: 521,
      body: '<html>web server is down</html>',
      seconds: 90,
    },
  };
  for (const [name, { seconds, ...answer }] of Object.entries(blocks)) {
    testRow(name, { speed: MINUTES }, async (row) => {
      row.discord.respondWith(playFor(plainScript()));
      row.discord.answerWith({ ...answer, forMs: seconds * 1_000 });
      await expectAll(row, await submitMany(row, 3));
    });
  }

  testRow(
    'MJ-20, for longer than a job may wait: the failure names the block',
    { settings: { QUEUE_TIME_LIMIT: '5m' }, speed: MINUTES },
    async (row) => {
      row.discord.answerWith({ request: '', status: 403, body: fieldsOf(block['body']) });
      const job = await row.ended(await row.imagine('a fox'));
      assert.equal(job.status, 'failed');
      assert.equal(fieldsOf(job.body['error'])['retryable'], true, job.words);
      await expectAccount(row, 'held');
      const { title } = await row.account();
      assert.match(`${title} ${job.words}`, /block|refus|Cloudflare|40333/i);
    },
  );

  for (const [name, isOpen] of Object.entries({
    'MJ-21: Discord refuses connections for 90 s': true,
    'MJ-21, since the start of the account': false,
  })) {
    testRow(name, { speed: MINUTES }, async (row) => {
      row.discord.respondWith(playFor(plainScript()));
      if (isOpen) await expectAll(row, await submitMany(row, 1));
      const askedBefore = row.asked();
      await row.discord.goDown();
      const ids = await submitMany(row, 3);
      await row.pass(90_000);
      for (const id of ids) assert.equal((await row.read(id))['isFinal'], false, 'the job waits');
      await row.discord.comeBack();
      const jobs = await Promise.all(ids.map(row.ended));
      for (const job of jobs) await expectPicture(row, job, 8);
      assert.equal(row.asked(), askedBefore + 3);
      await expectAccount(row, 'active');
    });
  }

  testRow('MJ-21, the connection ends while jobs are at work', { speed: MINUTES }, async (row) => {
    const slow = scriptOf(
      'a fox',
      created(),
      ...plainScript()
        .steps.slice(1)
        .map((step) => ({ ...step, afterMs: 5_000 })),
    );
    row.discord.respondWith(playFor(slow));
    const ids = await submitMany(row, 3);
    await row.until('three were asked for', () => row.asked() === 3);
    await row.discord.goDown();
    await row.pass(90_000);
    await row.discord.comeBack();
    await expectAll(row, ids);
  });
});

describe('the bot refuses for a while', AT_ONCE, () => {
  const refuse = (title: string, description: string): Script =>
    scriptOf('a fox', created(), notice(title, description, PRIVATE_ANSWER), succeeded());
  const states: Record<string, Script> = {
    'MJ-22: the fast hours are used up': readScript('mj-credits'),
    'MJ-22, the queue is full': refuse(
      'Queue full',
      'Your job queue is full. Please wait for a job to finish first, then resubmit this one.',
    ),
    'MJ-22, slow down': refuse('Slow Down!', 'You are submitting jobs too quickly. Please wait.'),
    'MJ-22, a block of ten minutes': refuse(
      'Blocked',
      'You have been temporarily blocked from accessing Midjourney. The block ends in 10 minutes.',
    ),
    'MJ-22, no credits left': refuse('Credits exhausted', 'You have run out of hours. You may wait for the next month.'),
  };
  for (const [name, script] of Object.entries(states)) {
    testRow(name, { script, speed: MINUTES }, async (row) => {
      const ids = await submitMany(row, 6);
      await row.until('the account is held', async () => (await row.account()).state === 'held');
      await row.pass(10_000);
      assert.ok(row.asked() <= 3, `at most one a slot: ${row.asked()}`);
      const states = await Promise.all(ids.map(async (id) => textOf((await row.read(id))['status'])));
      assert.ok(states.filter((state) => state === 'queued').length >= 3, states.join());
      row.discord.respondWith(playFor(plainScript()));
      const jobs = await Promise.all(ids.map(row.ended));
      assert.ok(jobs.filter(({ status }) => status === 'completed').length >= 3, jobs.map(({ status }) => status).join());
      for (const job of jobs) if (job.status === 'completed') await expectPicture(row, job, 8);
    });
  }
});

describe('the bot refuses for long', AT_ONCE, () => {
  testRow(
    'MJ-22, the fast hours stay used up: the pauses between requests grow',
    { script: readScript('mj-credits'), speed: MINUTES },
    async (row) => {
      const ids = await submitMany(row, 6);
      await row.until('a request was sent', () => row.asked() > 0);
      await row.pass(10 * MINUTE_MS);
      assert.ok(row.asked() <= 3 + 6, `${row.asked()} requests in ten minutes`);
      assert.ok((await Promise.all(ids.map(row.read))).filter(({ status }) => status === 'queued').length >= 3);
    },
  );
});

/** "It must show" 4: six jobs, one passing state; no job fails, and at most two requests are sent into the state. */
describe('six jobs and a state that passes', AT_ONCE, () => {
  type Begin = (row: Row) => Promise<() => Promise<void>>;
  const answering =
    (answer: { request: string; status: number; body: Fields | string; headers?: Record<string, string> }, forMs: number): Begin =>
    async (row) => {
      row.discord.respondWith(playFor(plainScript()));
      const limit = row.discord.answerWith({ ...answer, forMs });
      return async () => {
        await row.until('a request was refused', () => limit.sinceMs !== undefined);
        await row.pass(forMs);
      };
    };
  const refusing =
    (script: Script, forMs: number): Begin =>
    async (row) => {
      row.discord.respondWith(playFor(script));
      return async () => {
        await row.pass(forMs);
        row.discord.respondWith(playFor(plainScript()));
      };
    };
  const begins: Record<string, Begin> = {
    'a 429 of 45 s': answering(
      {
        request: 'POST /interactions',
        status: 429,
        headers: { 'retry-after': '45' },
        body: { message: RATE_LIMITED, retry_after: 45, global: false },
      },
      45_000,
    ),
    '40333 for a minute': answering({ request: '', status: 403, body: fieldsOf(readRestAnswer('MJ-20')['body']) }, MINUTE_MS),
    'Discord is down for 90 s': async (row) => {
      row.discord.respondWith(playFor(plainScript()));
      await row.discord.goDown();
      return async () => {
        await row.pass(90_000);
        await row.discord.comeBack();
      };
    },
    'the credits are used up': refusing(readScript('mj-credits'), 30_000),
    'the queue is full': refusing(
      scriptOf(
        'a fox',
        created(),
        notice('Queue full', 'Your job queue is full. Please wait for a job to finish first.', PRIVATE_ANSWER),
        succeeded(),
      ),
      30_000,
    ),
  };
  for (const [name, begin] of Object.entries(begins)) {
    testRow(`must show 4: ${name}`, { speed: 30 }, async (row) => {
      const startedMs = row.clock.now();
      const passes = await begin(row);
      const ids = await submitMany(row, 6);
      await passes();
      assert.ok(row.sentSince(startedMs) <= 2, `${row.sentSince(startedMs)} requests into the state`);
      const jobs = await Promise.all(ids.map(row.ended));
      for (const job of jobs) await expectPicture(row, job, 8);
    });
  }
});
