import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { request } from 'undici';
import { AtelierProblem, createAtelierClient, must, type AtelierClient } from 'atelier-client';
import { isJsonObject, objectAt, textAt } from '@atelier/lib/json';
import { createTestServer, type TestServer } from '../test-server.ts';

/** The native API through the client package: the real server, the simulator, a receiver of callbacks. */
describe('the native API', () => {
  let server: TestServer;
  let client: AtelierClient;
  before(async () => {
    server = await createTestServer({ CALLBACK_RETRY_DELAYS: '' });
    client = createAtelierClient({ url: server.atelier.url, key: server.atelier.apiKey });
  });
  after(() => server.close());

  test('a picture with its events, its callback and its U2', async () => {
    const body = { verb: 'imagine', prompt: 'a fox in the snow', callbackUrl: `${server.sink.url}/native`, reference: 'poster 7' } as const;
    const { id } = await must(client.api.POST('/jobs', { body }));
    const statuses: string[] = [];
    for await (const { status } of client.events(id)) statuses.push(status);
    assert.equal(statuses.at(-1), 'completed');
    const job = await client.waitForJob(id);
    assert.deepEqual(job.assets.map(({ role }) => role).toSorted(), ['grid', 'image', 'image', 'image', 'image']);
    const picture = await request(job.assets[0]?.url ?? '');
    assert.equal(picture.headers['content-type'], 'image/png');
    await picture.body.dump();

    const callback = await server.waitForCallback('/native', (seen) => textAt(objectAt(seen, 'data'), 'id') === id);
    assert.equal(callback.body['type'], 'job.completed');
    assert.equal(objectAt(callback.body, 'data')['reference'], 'poster 7');
    assert.deepEqual(callback.body['data'], job);
    assert.match(String(callback.received.headers['webhook-signature']), /^v1,/);

    const upscale = await must(client.api.POST('/jobs', { body: { verb: 'button', jobId: id, button: 'U2' } }));
    const single = await client.waitForJob(upscale.id);
    assert.equal(single.status, 'completed');
    assert.equal(single.parentId, id);
    const children = await must(client.api.GET('/jobs', { params: { query: { parentId: id, status: ['completed', 'failed'] } } }));
    assert.deepEqual(children.items, [single]);
  });

  test('commands, and a refusal of Midjourney', async () => {
    const info = await must(client.api.POST('/jobs', { body: { verb: 'info' } }));
    const answered = await client.waitForJob(info.id);
    assert.equal(answered.status, 'completed');
    assert.ok(Object.keys(answered.data).length > 3);
    const refused = await must(client.api.POST('/jobs', { body: { verb: 'imagine', prompt: 'sim:banned' } }));
    const moderated = await client.waitForJob(refused.id);
    assert.equal(moderated.status, 'moderated');
    assert.equal(moderated.error?.code, 'prompt-moderated');
  });

  test('a delivery is on record with its attempts, and is sent again', async () => {
    const body = { verb: 'shorten', prompt: 'a fox', callbackUrl: `${server.sink.url}/again` } as const;
    const { id } = await must(client.api.POST('/jobs', { body }));
    const delivery = await server.waitForDelivery(id);
    const params = { path: { deliveryId: delivery.id } };
    const read = await must(client.api.GET('/deliveries/{deliveryId}', { params }));
    assert.deepEqual(
      read.attempts.map(({ outcome }) => outcome),
      ['delivered'],
    );
    await must(client.api.POST('/deliveries/{deliveryId}/replay', { params }));
    const isThis = (seen: { path: string }): boolean => seen.path === '/again';
    await server.waitForDelivery(id);
    assert.equal(server.sink.received().filter(isThis).length, 2);
  });

  test('the client throws a refusal as a problem', async () => {
    const params = { path: { jobId: 'job_none' } };
    await assert.rejects(
      must(client.api.GET('/jobs/{jobId}', { params })),
      (error) => error instanceof AtelierProblem && error.problem.code === 'job-not-found',
    );
    const withWrongKey = createAtelierClient({ url: server.atelier.url, key: 'wrong' });
    await assert.rejects(withWrongKey.events().next(), (error) => error instanceof AtelierProblem && error.problem.status === 401);
  });

  test('every dialect has an OpenAPI 3.1 document', async () => {
    for (const name of ['native', 'useapi', 'kie', 'linkr']) {
      const { body } = await server.call('GET', `/openapi/${name}.json`);
      assert.equal(body['openapi'], '3.1.0', name);
      assert.ok(isJsonObject(body['paths']));
    }
  });

  test('the command line lists, shows and replays, and its errors are sentences', async () => {
    const [newest] = (await must(client.api.GET('/jobs'))).items;
    assert.ok(newest);
    const { stdout: list } = await atelier(server, 'jobs');
    assert.match(list, /^id +dialect +verb/);
    assert.ok(list.includes(newest.id));
    const { stdout: shown } = await atelier(server, 'jobs', 'show', newest.id);
    assert.match(shown, new RegExp(`^job +${newest.id}`));
    assert.match((await atelier(server, 'accounts')).stdout, /active/);
    assert.match((await atelier(server, 'callbacks', 'replay', '--state', 'exhausted')).stdout, /^0 callbacks are sent again\.\n$/);
    await assert.rejects(atelier(server, 'jobs', 'cancel', 'job_none'), { stderr: 'Job not found: job_none.\n' });
  });
});

const run = promisify(execFile);
const cli = join(import.meta.dirname, '..', '..', 'packages', 'atelier', 'src', 'cli', 'cli.ts');

const atelier = (server: TestServer, ...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  run(process.execPath, [cli, ...args, '--url', server.atelier.url, '--key', server.atelier.apiKey], { timeout: 20_000 });
