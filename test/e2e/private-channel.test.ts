import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isFinal, type Job } from 'atelier/core/job';
import { listAt, textAt, type JsonObject } from '@atelier/lib/json';
import { SIMULATOR_ACCOUNT } from '@atelier/simulator';
import { createTestServer, type TestServer } from '../test-server.ts';

const TOKEN = SIMULATOR_ACCOUNT.token;

describe('an account with a token alone uses the private channel with the bot', () => {
  let server: TestServer;
  let channel: string;
  before(async () => {
    server = await createTestServer({ ATELIER_NO_PRESET: '1', SIMULATOR_PACE: '0', SIMULATOR_TILE: '16' });
    const { status, body } = await server.call('POST', '/v2/account/midjourney', { discord: TOKEN });
    assert.equal(status, 201, JSON.stringify(body));
    channel = textAt(body, 'channel');
    assert.notEqual(channel, SIMULATOR_ACCOUNT.channelId);
  });
  after(() => server.close());

  const run = async (path: string, body: JsonObject): Promise<Job> => {
    const reply = await server.call('POST', path, body);
    assert.ok([200, 201].includes(reply.status), reply.text);
    assert.equal('server' in reply.body, false);
    return await server.waitForJob(textAt(reply.body, 'jobid'), (job) => isFinal(job.status));
  };

  test('pictures, buttons, forms, commands, and a seed in the same channel', async () => {
    const grid = await run('/v2/jobs/imagine', { prompt: 'a red fox' });
    assert.deepEqual([grid.status, grid.accountId, grid.output.assets.length], ['completed', channel, 5]);
    const single = await run('/v2/jobs/button', { jobid: grid.id, button: 'U2' });
    assert.equal(single.status, 'completed', JSON.stringify(single.failure));
    const zoomed = await run('/v2/jobs/button', { jobid: single.id, button: 'Custom Zoom', prompt: 'a red fox --zoom 1.5' });
    assert.equal(zoomed.status, 'completed', JSON.stringify(zoomed.failure));
    const info = await run('/v2/jobs/info', {});
    assert.equal(info.output.data['user_id'], SIMULATOR_ACCOUNT.userId);
    const seed = await run('/v2/jobs/seed', { jobid: grid.id });
    assert.equal(typeof seed.output.data['seed'], 'number', JSON.stringify(seed.failure));
  });

  test('the same token keeps its channel, and a wrong token is refused', async () => {
    const again = await server.call('POST', '/v2/account/midjourney', { discord: TOKEN, maxJobs: 2 });
    assert.deepEqual([again.status, again.body['channel'], again.body['maxJobs']], [200, channel, 2]);
    const wrong = await server.call('POST', '/v2/account/midjourney', { discord: 'no.such.token' });
    assert.deepEqual([wrong.status, wrong.body], [400, { error: 'Discord does not accept this token', code: 400 }]);
    assert.deepEqual(listAt({ list: Object.keys((await server.call('GET', '/v2/account/midjourney')).body) }, 'list'), [channel]);
  });
});
