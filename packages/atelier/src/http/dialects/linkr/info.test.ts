import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { EMPTY_OUTPUT, type Job } from '../../../core/job.ts';
import { fakeAccount, type Harness, createTestApp, createTestHarness } from '../testing/harness.ts';
import { createLinkrDialect } from './linkr.ts';

/** Midjourney's answer. */
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

/** The vendor's form of that answer. */
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

/** The dialect in a harness; the test completes its `/info` jobs by hand. */
async function openInfo(context: TestContext, harness: Harness, adjusted: Partial<Harness['deps']> = {}) {
  const infoJobs = new Map<string, Job>();
  const asked = new EventTarget();
  const unsubscribe = harness.deps.watch.subscribe((job) => {
    infoJobs.set(job.id, job);
    asked.dispatchEvent(new Event('change'));
  });
  const app = await createTestApp(createLinkrDialect({ ...harness.deps, ...adjusted, options: { infoCacheMs: 60_000 } }));
  context.after(async () => {
    unsubscribe();
    await app.close();
  });

  /** The `/info` job that waits for its answer, once it is submitted and all other pending work is done. */
  const nextInfoJob = async (): Promise<string> => {
    for (;;) {
      const open = [...infoJobs.values()].find(({ status }) => status === 'queued');
      if (!open) {
        await new Promise((resolve) => asked.addEventListener('change', resolve, { once: true }));
        continue;
      }
      for (let turn = 0; turn < 5; turn += 1) await harness.clock.advance(0);
      return open.id;
    }
  };
  return {
    infoJobs,
    nextInfoJob,
    ask: (key = 'ann', path = '/v1/info') => app.inject({ url: path, headers: { authorization: `Bearer ${key}` } }),
    answer: async (data: Record<string, string | number> = ANSWER) => harness.complete(await nextInfoJob(), { ...EMPTY_OUTPUT, data }),
  };
}

describe('linkr info', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
  });
  after(() => harness.close());

  test('asks Midjourney once and repeats the answer until it expires', async (context) => {
    const { infoJobs, ask, answer } = await openInfo(context, harness);
    const first = ask();
    await answer();
    assert.equal((await first).statusCode, 200);
    assert.deepEqual((await first).json(), { status: 'SUCCESS', data: INFO });
    const [job] = infoJobs.values();
    assert.deepEqual(job?.input, { verb: 'info' });
    assert.equal(job.usesSlot, false);
    assert.equal(job.callbackUrl, null);
    assert.equal((await ask('ann', `/v1/fetch/${job.id}`)).statusCode, 404, 'it is no task of the caller');

    await harness.clock.advance(59_999);
    assert.deepEqual((await ask('ann', '/api/v1/info')).json().data, INFO);
    assert.equal(infoJobs.size, 1);
    await harness.clock.advance(1);
    const later = ask();
    await answer({ ...ANSWER, running_jobs: 2 });
    assert.deepEqual((await later).json().data, { ...INFO, running_jobs: '2' });
  });

  test('requests of one key share an `/info` job; another key has its own', async (context) => {
    const { infoJobs, ask, answer, nextInfoJob } = await openInfo(context, harness);
    const anns = [ask(), ask()];
    await nextInfoJob();
    assert.equal(infoJobs.size, 1);
    await answer();
    for (const reply of await Promise.all(anns)) assert.deepEqual(reply.json().data, INFO);
    const bobs = ask('bob');
    await answer({ user_id: '2' });
    const { data } = (await bobs).json();
    assert.equal(data.user_id, '2');
    assert.equal(data.subscription, null, 'what Midjourney did not say');
    assert.deepEqual(Object.keys(data), Object.keys(INFO));
  });

  test('502 after 15 s; a later answer is kept for the next request', async (context) => {
    const { infoJobs, ask, answer, nextInfoJob } = await openInfo(context, harness);
    const early = ask();
    await nextInfoJob();
    await harness.clock.advance(15_000);
    assert.equal((await early).statusCode, 502);
    assert.match((await early).json().detail, /did not answer in time/);
    await answer();
    assert.deepEqual((await ask()).json().data, INFO);
    assert.equal(infoJobs.size, 1);
  });

  test('a failed `/info` job is answered with its reason; the next request asks again', async (context) => {
    const { infoJobs, ask, nextInfoJob } = await openInfo(context, harness);
    for (const [code, status] of [
      ['upstream-silent', 502],
      ['pending-moderation', 403],
      ['cancelled', 502],
    ] as const) {
      const reply = ask();
      await harness.fail(await nextInfoJob(), { code, title: 'No answer', details: null });
      assert.equal((await reply).statusCode, status);
      assert.deepEqual((await reply).json(), { detail: 'No answer' });
    }
    assert.equal(infoJobs.size, 3);
  });

  test('after an `/info` job that could not be submitted, the next request asks again', async (context) => {
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

  test('403 when the account is suspended, without an `/info` job', async (context) => {
    const { infoJobs, ask } = await openInfo(context, harness);
    const usual = harness.accounts.splice(0, 1, fakeAccount('1001', { code: 'account-blocked', title: 'Blocked', details: null, atMs: 0 }));
    assert.equal((await ask()).statusCode, 403);
    assert.equal(infoJobs.size, 0);
    harness.accounts.splice(0, 1, ...usual);
  });
});
