import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createTestServer, type TestServer } from '../test-server.ts';

/** The requests of the manual's examples. */
describe('the examples of the useapi manual', () => {
  let server: TestServer;
  before(async () => {
    server = await createTestServer();
  });
  after(() => server.close());

  const send = async (page: string, body: Record<string, string>): Promise<{ status: number; job: Record<string, unknown> }> => {
    const response = await fetch(`${server.atelier.url}/v2/jobs/${page}`, {
      method: 'POST',
      headers: { Accept: 'application/json', 'Content-Type': 'application/json', Authorization: `Bearer ${server.atelier.apiKey}` },
      body: JSON.stringify(body),
    });
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    return { status: response.status, job: Object(await response.json()) };
  };

  test('info with discord, server and channel: the lines of Midjourney’s text, each in its place', async () => {
    const { token, guildId, channelId } = server.simulator.account;
    const { status, job } = await send('info', { discord: token, server: guildId, channel: channelId });
    assert.deepEqual([status, job['verb'], job['status'], job['code']], [200, 'info', 'completed', 200]);
    const lines = String(job['content']).split('\n');
    assert.deepEqual(
      lines.map((line) => /^\*\*(.+?)\*\*: ./.exec(line)?.[1] ?? line),
      [
        'User ID',
        'Subscription',
        'Visibility Mode',
        'Fast Time Remaining',
        'Lifetime Usage',
        'Relaxed Usage',
        '',
        'Queued Jobs (fast)',
        'Queued Jobs (relax)',
        'Running Jobs',
      ],
    );
    assert.match(lines[1] ?? '', /renews next on <t:\d+>/);
  });

  test('button with jobid and button alone', async () => {
    const made = await send('imagine', { prompt: 'a cat' });
    const jobid = String(made.job['jobid']);
    await server.waitForJob(jobid, ({ status }) => status === 'completed');
    const { status, job } = await send('button', { jobid, button: 'V1' });
    assert.deepEqual([status, job['button'], job['parentJobId'], job['status']], [200, 'V1', jobid, 'started']);
  });
});
