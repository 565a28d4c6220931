import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { EMPTY_OUTPUT, type Job } from '../../../core/job.ts';
import { fakeAccount, type Harness, openApp, createTestHarness } from '../testing/harness.ts';
import { createLinkrDialect } from './linkr.ts';

/** As Midjourney says it. */
const ANSWER = {
  user_id: '1',
  subscription: 'Mega (Active monthly, renews next on <t:1767225600>)',
  job_mode: 'Fast',
  visibility_mode: 'Public',
  fast_time_remaining: '2.75/60.0 hours (5%)',
  lifetime_usage: '1,234 images (20.50 hours)',
  fast_usage: '567 images (9.45 hours)',
  turbo_usage: '12',
  relaxed_usage: '890 images (14.83 hours)',
  queued_jobs_fast: '0',
  queued_jobs_relax: '3',
  running_jobs: 'None',
};

/** As the vendor does. */
const INFO = {
  user_id: '1',
  subscription: 'Mega',
  job_mode: 'fast',
  visibility_mode: 'public',
  fast_time_remaining: '2:45:00',
  lifetime_usage: '1234',
  fast_usage: '567',
  turbo_usage: '12',
  relaxed_usage: '890',
  queued_jobs_fast: '0',
  queued_jobs_relax: '3',
  running_jobs: '0',
};

/** The dialect, and the questions that it puts to Midjourney: a test answers them by hand. */
async function openInfo(context: TestContext, harness: Harness, adjusted: Partial<Harness['deps']> = {}) {
  const questions = new Map<string, Job>();
  const asked = new EventTarget();
  const unsubscribe = harness.deps.watch.subscribe((job) => {
    questions.set(job.id, job);
    asked.dispatchEvent(new Event('change'));
  });
  const app = await openApp(createLinkrDialect({ ...harness.deps, ...adjusted, options: { infoCacheMs: 60_000 } }));
  context.after(async () => {
    unsubscribe();
    await app.close();
  });

  /** The question that waits for its answer, once it is asked and whatever else is under way has come as far as it can. */
  const nextQuestion = async (): Promise<string> => {
    for (;;) {
      const open = [...questions.values()].find(({ status }) => status === 'queued');
      if (!open) {
        await new Promise((resolve) => asked.addEventListener('change', resolve, { once: true }));
        continue;
      }
      for (let turn = 0; turn < 5; turn += 1) await harness.clock.advance(0);
      return open.id;
    }
  };
  return {
    questions,
    nextQuestion,
    ask: (key = 'ann', path = '/v1/info') => app.inject({ url: path, headers: { authorization: `Bearer ${key}` } }),
    answer: async (data: Record<string, string | number> = ANSWER) => harness.complete(await nextQuestion(), { ...EMPTY_OUTPUT, data }),
  };
}

describe('linkr info', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
  });
  after(() => harness.close());

  test('asks Midjourney once, and repeats the answer until it is old', async (context) => {
    const { questions, ask, answer } = await openInfo(context, harness);
    const first = ask();
    await answer();
    assert.equal((await first).statusCode, 200);
    assert.deepEqual((await first).json(), { status: 'SUCCESS', data: INFO });
    const [job] = questions.values();
    assert.deepEqual(job?.input, { verb: 'info' });
    assert.equal(job.usesSlot, false);
    assert.equal(job.callbackUrl, null);
    assert.equal((await ask('ann', `/v1/fetch/${job.id}`)).statusCode, 404, 'it is no task of the caller');

    await harness.clock.advance(59_999);
    assert.deepEqual((await ask('ann', '/api/v1/info')).json().data, INFO);
    assert.equal(questions.size, 1);
    await harness.clock.advance(1);
    const later = ask();
    await answer({ ...ANSWER, running_jobs: 2 });
    assert.deepEqual((await later).json().data, { ...INFO, running_jobs: '2' });
  });

  test('callers with one key share a question; another key asks its own', async (context) => {
    const { questions, ask, answer, nextQuestion } = await openInfo(context, harness);
    const anns = [ask(), ask()];
    await nextQuestion();
    assert.equal(questions.size, 1);
    await answer();
    for (const reply of await Promise.all(anns)) assert.deepEqual(reply.json().data, INFO);
    const bobs = ask('bob');
    await answer({ user_id: '2' });
    const { data } = (await bobs).json();
    assert.equal(data.user_id, '2');
    assert.equal(data.subscription, null, 'what Midjourney did not say');
    assert.deepEqual(Object.keys(data), Object.keys(INFO));
  });

  test('502 after 15 s, and the answer that comes later is not lost', async (context) => {
    const { questions, ask, answer, nextQuestion } = await openInfo(context, harness);
    const early = ask();
    await nextQuestion();
    await harness.clock.advance(15_000);
    assert.equal((await early).statusCode, 502);
    assert.match((await early).json().detail, /did not answer in time/);
    await answer();
    assert.deepEqual((await ask()).json().data, INFO);
    assert.equal(questions.size, 1);
  });

  test('a failed question is answered with its reason and asked anew the next time', async (context) => {
    const { questions, ask, nextQuestion } = await openInfo(context, harness);
    for (const [code, status] of [
      ['upstream-silent', 502],
      ['pending-moderation', 403],
      ['cancelled', 502],
    ] as const) {
      const reply = ask();
      await harness.fail(await nextQuestion(), { code, title: 'No answer', details: null });
      assert.equal((await reply).statusCode, status);
      assert.deepEqual((await reply).json(), { detail: 'No answer' });
    }
    assert.equal(questions.size, 3);
  });

  test('a question that could not be asked is asked anew the next time', async (context) => {
    let isBroken = true;
    const { ask, answer } = await openInfo(context, harness, {
      submit: async (request) => (isBroken ? Promise.reject(new Error('disk full')) : harness.deps.submit(request)),
    });
    assert.equal((await ask()).statusCode, 500);
    isBroken = false;
    const again = ask();
    await answer();
    assert.equal((await again).statusCode, 200);
  });

  test('403 when the account is suspended, without a question', async (context) => {
    const { questions, ask } = await openInfo(context, harness);
    const usual = harness.accounts.splice(0, 1, fakeAccount('1001', { code: 'account-blocked', title: 'Blocked', details: null, atMs: 0 }));
    assert.equal((await ask()).statusCode, 403);
    assert.equal(questions.size, 0);
    harness.accounts.splice(0, 1, ...usual);
  });
});
