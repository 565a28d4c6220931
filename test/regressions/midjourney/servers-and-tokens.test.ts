import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { created, gone, plainScript, progress, result, scriptOf, start, startedThen, succeeded } from './scripted/bot.ts';
import { readRestAnswer } from './scripted/steps.ts';
import { fieldsOf } from './scripted/wire.ts';
import { expectAccount, expectFailure, expectPicture } from './expect.ts';
import { AT_ONCE, MINUTES, type Row, testRow } from './row.ts';

/** Kind I: a server that others use as well. */
describe('a server above the limit of members', AT_ONCE, () => {
  const needsSubscription = { needsSubscription: true };
  const script = startedThen('a fox', progress('46%', {}, 2_000), result(), gone());
  testRow('MJ-16: messages come only after a subscription', { script, behaviour: needsSubscription }, async (row) => {
    const [job] = await row.playAll(script);
    assert.ok(job);
    await expectPicture(row, job, 8);
    assert.ok(
      job.trail.some(({ percent }) => percent === 46),
      'progress as it comes',
    );
    assert.ok(job.tookMs < 30_000, `as it comes, not after ${job.tookMs} ms`);
  });

  testRow('MJ-16, after a resumed session', { behaviour: needsSubscription }, async (row) => {
    const resumed = startedThen('a fox', { afterMs: 500, do: 'cut' }, progress('46%', {}, 8_000), result({}, 2_000), gone());
    row.discord.respondWith(({ name }) => (name === 'imagine' ? resumed.steps : []));
    const [job] = await row.playAll(resumed);
    assert.ok(job);
    await expectPicture(row, job, 8);
    assert.ok(
      job.trail.some(({ percent }) => percent === 46),
      'progress as it comes',
    );
  });

  testRow('MJ-16, after a new session', { behaviour: needsSubscription }, async (row) => {
    const renewed = startedThen('a fox', { afterMs: 500, do: 'lose-session' }, progress('46%', {}, 25_000), result({}, 2_000), gone());
    row.discord.respondWith(({ name }) => (name === 'imagine' ? renewed.steps : []));
    const [job] = await row.playAll(renewed);
    assert.ok(job);
    await expectPicture(row, job, 8);
    assert.ok(
      job.trail.some(({ percent }) => percent === 46),
      'progress as it comes',
    );
    assert.equal(row.asked(), 1);
  });

  testRow('MJ-16, thousands of messages of strangers', { script }, async (row) => {
    const strangers = Array.from({ length: 1_500 }, (_, count) => [
      result({ id: `{id:result${count}}`, content: `**a fox --v 7.0** - <@9${String(count).padStart(17, '0')}> (fast)` }, 0),
      start({ id: `{id:start${count}}`, nonce: undefined, interaction_metadata: { id: '1', type: 2, user: { id: '99' } } }),
    ]);
    await row.discord.play(strangers.slice(0, 500).flat());
    void row.discord.play(strangers.slice(500).flat());
    const [job] = await row.playAll(script);
    assert.ok(job);
    await expectPicture(row, job, 8);
    assert.equal(row.asked(), 1);
  });

  testRow('held today: READY of 20 MB', { script: plainScript(), behaviour: { readyBytes: 20_000_000 } }, async (row) => {
    const [job] = await row.playAll(plainScript());
    assert.ok(job);
    await expectPicture(row, job, 8);
  });
});

const UNAUTHORIZED = { status: 401, body: { message: '401: Unauthorized', code: 0 } } as const;

/** One job at work, for two minutes. */
const slow = startedThen('a slow fox', progress('46%', {}, 20_000), result({}, 20_000), gone());

async function submitDuringAnother(row: Row, times: number): Promise<{ working: string; other: string }> {
  row.discord.respondWith(({ name, prompt }) => (name === 'imagine' ? (prompt === slow.prompt ? slow : plainScript()).steps : []));
  const working = await row.imagine(slow.prompt);
  await row.until('the first job has started', async () => (await row.read(working))['status'] === 'started');
  const { status, body } = readRestAnswer('MJ-18');
  row.discord.answerWith({ request: 'POST /interactions', times, status: Number(status), body: fieldsOf(body) });
  return { working, other: await row.imagine('a fox') };
}

/** Kind J: tokens change, and fail for a moment. */
describe('tokens', AT_ONCE, () => {
  testRow(
    'MJ-17: READY brings a fresh token',
    { script: plainScript(), behaviour: { freshToken: 'new-token-bbbb' }, speed: MINUTES },
    async (row) => {
      const { tokens } = row.discord.behaviour;
      const [before] = await row.playAll(plainScript());
      assert.ok(before);
      await expectPicture(row, before, 8);
      // Only a client that asked for the fresh token has to use it.
      if (tokens.has('new-token-bbbb')) tokens.delete('old-token-aaaa');
      await row.pass(60_000);
      row.discord.gateway.cut({ forget: true });
      const [later] = await row.playAll(plainScript());
      assert.ok(later);
      await expectPicture(row, later, 8);
      await row.server.restart();
      const [afterRestart] = await row.playAll(plainScript());
      assert.ok(afterRestart);
      await expectPicture(row, afterRestart, 8);
      await expectAccount(row, 'active');
      const stored = JSON.stringify(await row.server.atelier.store.listAccounts());
      assert.ok(!stored.includes('new-token') && !stored.includes('old-token'), 'tokens are sealed');
    },
  );

  testRow('MJ-18: one 401 while another job is at work', {}, async (row) => {
    const { working, other } = await submitDuringAnother(row, 1);
    const [first, second] = await Promise.all([row.ended(working), row.ended(other)]);
    await expectPicture(row, first, 8);
    if (second.status === 'completed') await expectPicture(row, second, 8);
    await expectAccount(row, 'active');
  });

  testRow('MJ-18, the 401 comes twice', {}, async (row) => {
    const { working, other } = await submitDuringAnother(row, 2);
    const [first] = await Promise.all([row.ended(working), row.ended(other)]);
    await expectPicture(row, first, 8);
    await expectAccount(row, 'active');
  });

  for (const request of ['GET /guilds/', 'GET /channels/', 'GET /users/@me/application-command-index', 'GET /gateway']) {
    const lost = scriptOf('a fox', created(), start(), succeeded(), { do: 'lose-session' }, progress('46%', {}, 20_000), result(), gone());
    testRow(`MJ-18, one 401 for ${request}`, { script: lost }, async (row) => {
      row.discord.answerWith({ request, times: 1, ...UNAUTHORIZED });
      const [job] = await row.playAll(lost);
      assert.ok(job);
      await expectPicture(row, job, 8);
      await expectAccount(row, 'active');
    });
  }

  testRow(
    'MJ-18, a token that has really ended: the pause ends with a new token',
    { script: plainScript(), speed: MINUTES },
    async (row) => {
      const { behaviour, account } = row.discord;
      const [well] = await row.playAll(plainScript());
      assert.ok(well);
      behaviour.tokens.clear();
      row.discord.gateway.cut({ forget: true });
      const refused = await row.imagine('a fox');
      await row.until('the account is paused', async () => (await row.account()).state === 'paused');
      await expectAccount(row, 'paused', 'account-unauthorized');
      behaviour.tokens.add('another-token');
      const body = { token: 'another-token', guildId: account.guildId, maxJobs: 3 };
      assert.equal((await row.server.call('PUT', `/accounts/${account.channelId}`, body)).status, 200);
      await expectAccount(row, 'active');
      const [job] = await row.playAll(plainScript());
      assert.ok(job);
      await expectPicture(row, job, 8);
      const first = await row.ended(refused);
      if (first.status !== 'completed') expectFailure(first, { code: 'account-unauthorized' });
    },
  );
});
