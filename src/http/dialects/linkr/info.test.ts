import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EMPTY_OUTPUT, type Job } from '../../../job/job.ts';
import { createFakeHouse, fakeAccount, openApp, type FakeHouse } from '../testing/fake-house.ts';
import { createLinkrDialect } from './linkr.ts';

const INFO = {
  user_id: '1',
  subscription: 'Mega',
  job_mode: 'fast',
  visibility_mode: 'public',
  fast_time_remaining: '60:00:00',
  lifetime_usage: '100 images',
  fast_usage: '1.2 hours',
  turbo_usage: '0',
  relaxed_usage: '0',
  queued_jobs_fast: '0',
  queued_jobs_relax: '0',
  running_jobs: 'None',
};

/** A house whose `/info` jobs a test answers by hand. */
async function openInfo(infoCacheMs: number) {
  const house = createFakeHouse();
  const app = await openApp(createLinkrDialect({ ...house.deps, options: { policy: null, infoCacheMs } }));
  const ask = (key = 'ann', path = '/v1/info') => app.inject({ url: path, headers: { authorization: `Bearer ${key}` } });
  return { house, app, ask };
}

const infoJobs = (house: FakeHouse): Job[] => [...house.jobs.values()].filter((job) => job.verb === 'info');

/** A question that waits for its answer; and whatever else is under way has come as far as it can. */
async function nextQuestion(house: FakeHouse): Promise<string> {
  const open = Promise.withResolvers<string>();
  const look = (job: Job): void => {
    if (job.verb === 'info' && job.status === 'queued') open.resolve(job.id);
  };
  const unsubscribe = house.deps.watch.subscribe(look);
  infoJobs(house).forEach(look);
  const jobId = await open.promise;
  unsubscribe();
  for (let turn = 0; turn < 5; turn += 1) await house.clock.advance(0);
  return jobId;
}

async function answer(house: FakeHouse, data: Record<string, string | number> = INFO): Promise<void> {
  house.complete(await nextQuestion(house), { ...EMPTY_OUTPUT, data });
}

describe('linkr info', () => {
  test('asks Midjourney once, and repeats the answer until it is old', async () => {
    const { house, app, ask } = await openInfo(60_000);
    const first = ask();
    await answer(house);
    assert.equal((await first).statusCode, 200);
    assert.deepEqual((await first).json(), { status: 'SUCCESS', data: INFO });
    const [job] = infoJobs(house);
    assert.deepEqual(job?.input, { verb: 'info' });
    assert.equal(job.usesSlot, false);
    assert.equal(job.callbackUrl, null);
    assert.equal((await ask('ann', `/v1/fetch/${job.id}`)).statusCode, 404, 'it is no task of the caller');

    await house.clock.advance(59_999);
    assert.deepEqual((await ask('ann', '/api/v1/info')).json().data, INFO);
    assert.equal(infoJobs(house).length, 1);
    await house.clock.advance(1);
    const later = ask();
    await answer(house, { ...INFO, running_jobs: 2 });
    assert.deepEqual((await later).json().data, { ...INFO, running_jobs: '2' });
    await app.close();
  });

  test('callers with one key share a question; another key asks its own', async () => {
    const { house, app, ask } = await openInfo(60_000);
    const anns = [ask(), ask()];
    await nextQuestion(house);
    assert.equal(infoJobs(house).length, 1);
    await answer(house);
    for (const reply of await Promise.all(anns)) assert.deepEqual(reply.json().data, INFO);
    const bobs = ask('bob');
    await answer(house, { user_id: '2' });
    const { data } = (await bobs).json();
    assert.equal(data.user_id, '2');
    assert.equal(data.subscription, null, 'what Midjourney did not say');
    assert.deepEqual(Object.keys(data), Object.keys(INFO));
    await app.close();
  });

  test('502 after 15 s, and the answer that comes later is not lost', async () => {
    const { house, app, ask } = await openInfo(60_000);
    const early = ask();
    await nextQuestion(house);
    await house.clock.advance(15_000);
    assert.equal((await early).statusCode, 502);
    assert.match((await early).json().detail, /did not answer in time/);
    await answer(house);
    assert.deepEqual((await ask()).json().data, INFO);
    assert.equal(infoJobs(house).length, 1);
    await app.close();
  });

  test('a failed question is answered with its reason and asked anew the next time', async () => {
    const { house, app, ask } = await openInfo(60_000);
    for (const [code, status] of [
      ['upstream-silent', 502],
      ['pending-moderation', 403],
    ] as const) {
      const reply = ask();
      house.fail(await nextQuestion(house), { code, title: 'No answer', details: null });
      assert.equal((await reply).statusCode, status);
      assert.deepEqual((await reply).json(), { detail: 'No answer' });
    }
    assert.equal(infoJobs(house).length, 2);
    await app.close();
  });

  test('a question that could not be asked is asked anew the next time; 403 when the account is suspended', async () => {
    const house = createFakeHouse();
    let isBroken = true;
    const app = await openApp(
      createLinkrDialect({
        ...house.deps,
        submit: async (request) => (isBroken ? Promise.reject(new Error('disk full')) : house.deps.submit(request)),
        options: { policy: null },
      }),
    );
    const ask = () => app.inject({ url: '/v1/info', headers: { authorization: 'Bearer ann' } });
    assert.equal((await ask()).statusCode, 500);
    isBroken = false;
    const again = ask();
    await answer(house);
    assert.equal((await again).statusCode, 200);
    house.accounts.splice(0, 1, fakeAccount('1001', { code: 'account-blocked', title: 'Blocked', details: null, atMs: 0 }));
    assert.equal((await ask()).statusCode, 403);
    await app.close();
  });
});
