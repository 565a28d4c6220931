import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createAtelierClient, must, type AtelierClient } from 'atelier-client';
import { objectAt, textAt } from '@atelier/lib/json';
import sharp from 'sharp';
import { fetchPicture, isPictureOf } from '../marked-picture.ts';
import { createTestServer, type TestServer } from '../test-server.ts';

/** Requests that the native API alone takes, through the client package: the real server and the simulator. */
describe('requests for several jobs, and with pictures', () => {
  let server: TestServer;
  let client: AtelierClient;
  before(async () => {
    server = await createTestServer({ DISCORD_INTERACTION_INTERVAL: '0ms' });
    client = createAtelierClient({ url: server.atelier.url, key: server.atelier.apiKey });
  });
  after(() => server.close());

  test('a permutation: each prompt gets its own picture, its callback and its event; the bot gets single prompts', async () => {
    const callbackUrl = `${server.sink.url}/batch`;
    const parent = await must(
      client.api.POST('/jobs', { body: { verb: 'imagine', prompt: 'a {red, green} heron --ar {3:2, 1:1}', callbackUrl } }),
    );
    assert.equal(parent.children.length, 4);
    const seen = new Map<string, string>();
    for await (const job of client.events(parent.id)) seen.set(job.id, job.status);
    assert.deepEqual(seen, new Map(parent.children.map((child) => [child.id, 'completed'])));
    assert.equal((await client.waitForJob(parent.id)).status, 'completed');
    for (const { id, prompt } of parent.children) {
      const child = await client.waitForJob(id);
      const picture = await fetchPicture(child.assets[0]?.url);
      assert.ok(JSON.stringify(picture.mark).includes(prompt.slice(0, 10)), prompt);
      const callback = await server.waitForCallback('/batch', (body) => textAt(objectAt(body, 'data'), 'id') === id);
      assert.equal(callback.body['type'], 'job.completed');
    }
  });

  test('an uploaded picture is posted first, its link stands in the prompt, and the copy is deleted afterwards', async () => {
    const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#0af' } })
      .png()
      .toBuffer();
    const form = new FormData();
    for (const [name, value] of Object.entries({ verb: 'imagine', prompt: 'an otter' })) form.set(name, value);
    form.set('images', new Blob([bytes], { type: 'image/png' }), 'otter.png');
    const headers = { authorization: `Bearer ${server.atelier.apiKey}` };
    const reply = await fetch(`${server.atelier.url}/jobs`, { method: 'POST', body: form, headers });
    assert.equal(reply.status, 202);
    const { id } = (await reply.json()) as { id: string };
    const job = await client.waitForJob(id);
    assert.equal(job.status, 'completed', JSON.stringify(job.error));
    assert.match(job.message?.content ?? '', /https:\/\/s\.mj\.run\/\S+ an otter/);
    const [source = ''] = JSON.stringify(job.input).match(/upload:[0-9a-f-]{36}/) ?? [];
    // The job is published first, its pictures are deleted after that.
    const isKept = async (): Promise<boolean> =>
      (await fetch(`${server.atelier.url}/assets/${source.slice(7)}`, { headers })).status === 200;
    while (await isKept());
  });

  test('/show adopts a picture that another program made, with its buttons', async () => {
    const { id } = await must(client.api.POST('/jobs', { body: { verb: 'imagine', prompt: 'a lynx' } }));
    const made = await client.waitForJob(id);
    const [uuid = ''] = made.buttons[0]?.customId.match(/[0-9a-f]{8}-[0-9a-f-]{27}/) ?? [];
    const { id: shown } = await must(client.api.POST('/jobs', { body: { verb: 'show', job: `https://www.midjourney.com/jobs/${uuid}` } }));
    const job = await client.waitForJob(shown);
    assert.equal(job.status, 'completed', JSON.stringify(job.error));
    assert.deepEqual(job.buttons, made.buttons);
    const { id: pressed } = await must(client.api.POST('/jobs', { body: { verb: 'button', jobId: shown, button: 'U3' } }));
    assert.equal((await client.waitForJob(pressed)).status, 'completed');
    const unknown = await must(client.api.POST('/jobs', { body: { verb: 'show', job: '00000000-1111-4222-8333-444444444444' } }));
    const refused = await client.waitForJob(unknown.id);
    assert.notEqual(refused.status, 'completed');
    assert.match(refused.error?.detail ?? '', /no job of that id/i);
  });
});

describe('a picture that comes after the time limit', () => {
  test('is kept with its job: an event, a callback, buttons that can be pressed; the failure stays', async () => {
    const server = await createTestServer({ SIMULATOR_PACE: '0.1', JOB_TIME_LIMIT: '1s', DISCORD_INTERACTION_INTERVAL: '0ms' });
    const client = createAtelierClient({ url: server.atelier.url, key: server.atelier.apiKey });
    const body = { verb: 'imagine', prompt: 'a slow snail', callbackUrl: `${server.sink.url}/late` } as const;
    server.simulator.control.setSwitches({ resultDelayMs: 20_000 });
    const { id } = await must(client.api.POST('/jobs', { body }));
    const failed = await client.waitForJob(id);
    assert.deepEqual([failed.status, failed.error?.code, failed.lateResult], ['failed', 'timeout', null]);
    const callback = await server.waitForCallback('/late', ({ type }) => type === 'job.late-result');
    assert.equal(textAt(objectAt(callback.body, 'data'), 'id'), id);
    const late = await client.waitForJob(id);
    assert.deepEqual([late.status, late.error, late.finishedAt], ['failed', failed.error, failed.finishedAt]);
    assert.equal(late.lateResult?.assets.length, 5);
    const picture = await fetchPicture(late.lateResult?.assets[0]?.url);
    assert.ok(isPictureOf(await server.waitForJob(id, () => true), picture.mark));
    server.simulator.control.setSwitches({ resultDelayMs: 0 });
    const press = await must(client.api.POST('/jobs', { body: { verb: 'button', jobId: id, button: 'U1' } }));
    assert.equal((await client.waitForJob(press.id)).status, 'completed');
    await server.close();
  });
});
