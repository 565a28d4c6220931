import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { JsonObject } from '@atelier/lib/json';
import { plainScript } from './scripted/bot.ts';
import { startForwardProxy, type ForwardProxy } from './scripted/forward-proxy.ts';
import type { CommandPlace } from './scripted/rest.ts';
import { readRestAnswer } from './scripted/steps.ts';
import { listOf, textOf } from './scripted/wire.ts';
import { expectAccount, expectFailure, expectPicture } from './expect.ts';
import { AT_ONCE, MINUTES, type Row, testRow } from './row.ts';

/** A picture that the server may fetch: the scripted CDN keeps it. */
async function hostPicture(row: Row): Promise<string> {
  await row.playAll(plainScript());
  const scope = row.discord.interactions[0]?.scope;
  return scope?.named('cdn', 'picture') ?? '';
}

/** MJ-23: a picture that Discord does not take is the fault of its caller. */
describe('a picture that is too large for Discord', AT_ONCE, () => {
  const tooLarge = readRestAnswer('MJ-23');
  const answers: Record<string, { status: number; body: JsonObject | string }> = {
    'MJ-23: 413 with the code 40005': { status: Number(tooLarge['status']), body: tooLarge['body'] as JsonObject },
    'MJ-23, 400 with the code 40005': { status: 400, body: { message: 'Request entity too large', code: 40_005 } },
    'MJ-23, 413 as a page': { status: 413, body: '<html>413 Request Entity Too Large</html>' },
  };
  for (const [name, answer] of Object.entries(answers)) {
    testRow(name, { script: plainScript() }, async (row) => {
      const imageUrl = await hostPicture(row);
      row.discord.answerWith({ request: '/attachments', ...answer });
      const job = await row.ended(await row.submit({ verb: 'describe', imageUrl }));
      expectFailure(job, { status: ['failed', 'moderated'], code: 'media-invalid', words: [/too large/i] });
      assert.doesNotMatch(job.words, /[{<]/, 'no raw answer');
      assert.equal(row.asked('describe'), 0);
      await expectAccount(row, 'active');
    });
  }

  testRow('MJ-23, in the words of useapi', { script: plainScript() }, async (row) => {
    const describeUrl = await hostPicture(row);
    row.discord.answerWith({ request: '/attachments', status: 413, body: { message: 'Request entity too large', code: 40_005 } });
    const answer = await row.server.call('POST', '/v2/jobs/describe', { describeUrl });
    let { body } = answer;
    await row.until('the job has ended', async () => {
      body = (await row.server.call('GET', `/v2/jobs/?jobid=${textOf(answer.body['jobid'])}`)).body;
      return !['created', 'started', 'progress', ''].includes(textOf(body['status']));
    });
    assert.match(textOf(body['error']), /too large/i);
    assert.doesNotMatch(textOf(body['error']), /[{<]/, 'no raw answer');
    const problems = listOf((await row.server.call('GET', '/problems')).body['items']);
    assert.equal(Math.floor(Number(problems.find(({ code }) => code === 'media-invalid')?.['status']) / 100), 4, 'a fault of the caller');
  });
});

/** MJ-26: commands may be installed for the user alone. */
describe('the places of commands', AT_ONCE, () => {
  const indexes: readonly { commandsAt: CommandPlace; inPrivateChannel: boolean }[] = [
    { commandsAt: 'user', inPrivateChannel: false },
    { commandsAt: 'guild', inPrivateChannel: false },
    { commandsAt: 'user', inPrivateChannel: true },
    { commandsAt: 'channel', inPrivateChannel: true },
  ];
  for (const { commandsAt, inPrivateChannel } of indexes) {
    const place = inPrivateChannel ? 'a private channel' : 'a server';
    testRow(
      `MJ-26: ${place}, commands only in the index of the ${commandsAt}`,
      { script: plainScript(), behaviour: { commandsAt }, inPrivateChannel },
      async (row) => {
        const [job] = await row.playAll(plainScript());
        assert.ok(job);
        await expectPicture(row, job, 8);
      },
    );
  }
  testRow('MJ-26, the index of the server is refused', { script: plainScript(), behaviour: { commandsAt: 'user' } }, async (row) => {
    row.discord.answerWith({ request: 'GET /guilds/', status: 403, body: { message: 'Missing Access', code: 50_001 } });
    const [job] = await row.playAll(plainScript());
    assert.ok(job);
    await expectPicture(row, job, 8);
  });
});

/** MJ-27: the way out is the operator's choice. */
describe('a proxy of the operator', () => {
  for (const setting of ['DISCORD_PROXY', 'HTTPS_PROXY']) {
    let proxy: ForwardProxy;
    const settings = async (): Promise<Record<string, string>> => {
      proxy = await startForwardProxy();
      return { [setting]: proxy.url };
    };
    testRow(`MJ-27: ${setting}`, { script: plainScript(), settings }, async (row) => {
      const [job] = await row.playAll(plainScript());
      assert.ok(job);
      await expectPicture(row, job, 8);
      assert.ok(proxy.targets.length > 0, 'the proxy was used');
      for (const target of proxy.targets) assert.equal(target, row.discord.host);
      for (const port of row.discord.peers) assert.ok(proxy.ports.has(port), 'a connection went around the proxy');
      await proxy.close();
    });

    testRow(`MJ-27, ${setting}: the proxy is down`, { script: plainScript(), settings, speed: MINUTES }, async (row) => {
      await proxy.close();
      const id = await row.imagine('a fox');
      await row.pass(60_000);
      for (const port of row.discord.peers) assert.ok(proxy.ports.has(port), 'a connection went around the proxy');
      assert.equal(row.asked(), 0);
      assert.equal((await row.read(id))['isFinal'], false, 'the job waits');
      await row.until('the account is held', async () => (await row.account()).state === 'held');
    });
  }
});
