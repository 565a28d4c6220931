import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { plainScript } from './scripted/bot.ts';
import { readScript, type Script } from './scripted/steps.ts';
import type { Fields } from './scripted/wire.ts';
import { expectAccount, expectFailure } from './expect.ts';
import { AT_ONCE, type Row, testRow } from './row.ts';

/** Kind K, states that only a person ends. */
describe('notices and checks that concern the account', AT_ONCE, () => {
  const settings = { OPERATOR_URL: 'sink:/operator' };
  const noticed = readScript('mj-notice-of-no-job');
  const addressed: Record<string, Fields> = {
    'MJ-24: a notice without a job': {},
    'MJ-24, a private message': { flags: 64 },
    'MJ-24, with a mention': { content: '<@{user}>' },
  };
  const expectPaused = async (row: Row, code: string): Promise<void> => {
    await row.until('the account is paused', async () => (await row.account()).state === 'paused');
    await expectAccount(row, 'paused', code);
    await row.server.waitForCallback('/operator', (body) => body['type'] === 'account.paused');
  };
  for (const [name, fields] of Object.entries(addressed)) {
    testRow(name, { script: plainScript(), settings }, async (row) => {
      await row.playAll(plainScript());
      assert.equal(row.asked(), 1);
      await row.discord.play(noticed.steps.map((step) => ({ ...step, data: { ...step.data, ...fields } })));
      await expectPaused(row, 'pending-moderation');
    });
  }

  testRow(
    'MJ-24, in the private channel',
    { script: plainScript(), settings, inPrivateChannel: true, behaviour: { commandsAt: 'channel' } },
    async (row) => {
      await row.playAll(plainScript());
      assert.equal(row.asked(), 1);
      const scope = row.discord.interactions[0]?.scope;
      await row.discord.play(noticed.steps, scope);
      await expectPaused(row, 'pending-moderation');
    },
  );

  testRow('MJ-24, a notice to a stranger', { script: plainScript(), settings }, async (row) => {
    await row.playAll(plainScript());
    assert.equal(row.asked(), 1);
    await row.discord.play(
      noticed.steps.map((step) => ({
        ...step,
        data: {
          ...step.data,
          content: '<@990000000000000001>',
          interaction_metadata: { id: '1', type: 2, user: { id: '990000000000000001' } },
        },
      })),
    );
    const [job] = await row.playAll(plainScript());
    assert.equal(job?.status, 'completed');
    await expectAccount(row, 'active');
  });

  testRow('MJ-24, a page with these words', { script: plainScript(), settings }, async (row) => {
    await row.playAll(plainScript());
    assert.equal(row.asked(), 1);
    const embeds = [{ type: 'link', url: 'https://shop.example', title: 'Pending mod message', description: 'Please acknowledge.' }];
    await row.discord.play(
      noticed.steps.map((step) => ({ ...step, data: { ...step.data, embeds, components: [], content: '<@{user}> https://shop.example' } })),
    );
    const [job] = await row.playAll(plainScript());
    assert.equal(job?.status, 'completed');
    await expectAccount(row, 'active');
  });

  const check = readScript('mj-human-check');
  const asking: Record<string, Fields> = {
    'MJ-25: a human check without a nonce': {},
    'MJ-25, with an empty nonce': { nonce: null },
    'MJ-25, with our nonce': { nonce: '{nonce}' },
    'MJ-25, without a channel': { channel_id: null },
    'MJ-25, with an application id alone': { application: undefined, application_id: '{bot}' },
  };
  for (const [name, fields] of Object.entries(asking)) {
    const script: Script = {
      ...check,
      steps: check.steps.map((step) => (step.event === 'INTERACTION_CREATE' ? step : { ...step, data: { ...step.data, ...fields } })),
    };
    testRow(name, { script, settings }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      expectFailure(job, { code: 'captcha-required' });
      assert.equal(row.asked(), 1);
      await expectPaused(row, 'captcha-required');
    });
  }
});
