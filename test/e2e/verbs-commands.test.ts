import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { isJsonObject, listAt, objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import { waitFor, type TestServer } from '../test-server.ts';
import { fetchPicture } from '../marked-picture.ts';
import { attachmentsOf, imagine, pictureOf, press, runJob, runEngineJob, createFastTestServer } from '../run-jobs.ts';

/** Slash commands beside /imagine, the seed, and cancelling. */
describe('commands over real sockets', () => {
  let server: TestServer;
  before(async () => {
    server = await createFastTestServer();
  });
  after(() => server.close());
  beforeEach(() => void server.simulator.control.setAccount(server.simulator.account.userId, { remix: false, mode: 'fast' }));

  const account = () => server.simulator.control.accounts()[0];
  const command = async (page: string): Promise<JsonObject> => {
    const reply = await server.call('POST', `/v2/jobs/${page}`, {});
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.body['status'], 'completed');
    return reply.body;
  };
  /** A link to a picture of the server, in place of a picture on the web. */
  const linkOf = async (prompt: string): Promise<string> => textAt(attachmentsOf((await imagine(server, prompt)).body)[0] ?? {}, 'url');

  test('blend: two pictures become a grid in the shape asked for', async () => {
    const blendUrls = [await linkOf('a cat'), await linkOf('a dog')];
    const blended = await runJob(server, 'blend', { blendUrls, blendDimensions: 'Portrait' });
    assert.match(blended.content, /^\*\*<https:\/\/s\.mj\.run\/\w+> <https:\/\/s\.mj\.run\/\w+> --ar 2:3 --v 7\.0\*\* - <@/);
    assert.deepEqual([blended.body['blendUrls'], blended.body['blendDimensions']], [blendUrls, 'Portrait']);
    const picture = await pictureOf(blended);
    assert.ok(picture.height > picture.width);
    assert.equal((await press(server, blended, 'U1')).body['parentJobId'], blended.jobid);
  });

  test('describe: four prompts in content and embeds', async () => {
    const described = await runJob(server, 'describe', { describeUrl: await linkOf('a cat --ar 2:1') });
    const [embed] = listAt(described.body, 'embeds');
    assert.equal(described.content, isJsonObject(embed) ? embed['description'] : undefined);
    assert.equal(described.content.match(/[1-4]️⃣ .+ --ar 2:1/gu)?.length, 4);
  });

  test('shorten, and one of its prompts imagined', async () => {
    const shortened = await runEngineJob(server, { verb: 'shorten', prompt: 'a very very long prompt about a small red boat' });
    assert.equal(shortened.status, 'completed');
    const prompts = listAt(shortened.output.data, 'prompts').map(String);
    assert.ok(prompts.length > 1);
    const [button] = shortened.output.buttons;
    const { message } = shortened.output;
    assert.ok(button && message);
    const made = await runEngineJob(server, {
      verb: 'button',
      label: button.label,
      customId: button.customId,
      messageId: message.id,
      messageFlags: message.flags,
      prompt: null,
      mask: null,
    });
    assert.ok(made.output.message?.content.startsWith(`**${prompts[0]} --v 7.0** - `));
  });

  test('settings: active buttons are green, and a press toggles them', async () => {
    const shown = await runEngineJob(server, { verb: 'settings' });
    const style = (buttons: typeof shown.output.buttons, label: string): number | undefined =>
      buttons.find((button) => button.label === label)?.style;
    assert.deepEqual([style(shown.output.buttons, 'Fast mode'), style(shown.output.buttons, 'Relax mode')], [3, 2]);
    const relax = shown.output.buttons.find(({ label }) => label === 'Relax mode');
    const { message } = shown.output;
    assert.ok(relax && message);
    const pressed = await runEngineJob(server, {
      verb: 'button',
      ...relax,
      messageId: message.id,
      messageFlags: message.flags,
      prompt: null,
      mask: null,
    });
    assert.equal(pressed.status, 'completed');
    assert.deepEqual([style(pressed.output.buttons, 'Fast mode'), style(pressed.output.buttons, 'Relax mode')], [2, 3]);
    assert.equal(account()?.mode, 'relax');
  });

  test('relax, fast, turbo: the next picture shows the mode', async () => {
    for (const [page, tag] of [
      ['relax', 'relaxed'],
      ['turbo', 'turbo'],
      ['fast', 'fast'],
    ] as const) {
      assert.match(textAt(await command(page), 'content'), /^Done! /);
      assert.ok((await imagine(server, 'a cat')).content.includes(`(${tag})`));
    }
  });

  test('variability and remix: each call toggles them and answers the new state', async () => {
    const grid = await imagine(server, 'a cat');
    assert.match(textAt(await command('variability'), 'content'), /^High variability mode turned off!/);
    assert.match((await press(server, grid, 'V1')).content, /- Variations \(Subtle\) by/);
    assert.match(textAt(await command('variability'), 'content'), /^High variability mode turned on!/);
    assert.match((await press(server, grid, 'V1')).content, /- Variations \(Strong\) by/);
    assert.match(textAt(await command('remix'), 'content'), /^Remix mode turned on!/);
    assert.match((await press(server, grid, 'V1')).content, /- Remix \(Strong\) by/);
    assert.match(textAt(await command('remix'), 'content'), /^Remix mode turned off!/);
  });

  test('info: Midjourney’s text for useapi, some of its fields for linkr', async () => {
    const told = await command('info');
    assert.match(textAt(told, 'content'), /^\*\*User ID\*\*: \d+\n\*\*Subscription\*\*: Mega/);
    const linkr = await server.call('GET', '/v1/info');
    assert.equal(linkr.status, 200, linkr.text);
    const data = objectAt(linkr.body, 'data');
    assert.deepEqual([data['user_id'], data['subscription'], data['running_jobs']], [server.simulator.account.userId, 'Mega', '0']);
  });

  test('seed and seed_async: the number, Midjourney’s message around it, and the single pictures', async () => {
    const grid = await imagine(server, 'a cat --seed 1234');
    const later = await runJob(server, 'seed_async', { jobid: grid.jobid });
    const seed = objectAt(later.body, 'seed');
    assert.equal(seed['value'], 1234);
    assert.match(textAt(seed, 'content'), /^\*\*a cat --seed 1234 --v 7\.0\*\*\n\*\*Job ID\*\*: [0-9a-f-]{36}\n\*\*seed\*\* 1234$/);
    assert.deepEqual([later.body['verb'], later.body['parentJobId']], ['seed_async', grid.jobid]);
    const marks = await Promise.all(attachmentsOf(later.body).map(async ({ url }) => (await fetchPicture(url)).mark['index']));
    assert.deepEqual(marks, [1, 2, 3, 4]);
    const now = await server.call('POST', '/v2/jobs/seed', { jobid: grid.jobid });
    assert.deepEqual([now.status, now.body['status'], objectAt(now.body, 'seed')['value']], [200, 'completed', 1234]);
  });

  test('cancel: the job ends at Midjourney too, and calls back as cancelled', async () => {
    const replyUrl = `${server.sink.url}/cancelled`;
    const reply = await server.call('POST', '/v2/jobs/imagine', { prompt: 'a slow tree sim:stall', replyUrl });
    const jobid = textAt(reply.body, 'jobid');
    await server.waitForJob(jobid, ({ progressPercent }) => progressPercent > 0);
    const cancelled = await server.call('GET', `/v2/jobs/cancel/?jobid=${jobid}`);
    assert.deepEqual(cancelled.body, { jobid, status: 'cancelled', code: 200 });
    await server.waitForCallback('/cancelled', (body) => body['jobid'] === jobid && body['status'] === 'cancelled');
    await waitFor(async () => server.simulator.control.jobs().length === 0 || undefined);
    assert.equal((await server.call('GET', '/v2/jobs')).text, '[]');
  });
});
