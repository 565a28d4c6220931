import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { requireTool } from '../../scripts/system-tools.mjs';
import { isJsonObject, listAt, parseJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import { SIMULATOR_ACCOUNT } from '@atelier/simulator';
import { createTestServer, type TestServer } from '../test-server.ts';
import { fetchPicture } from '../marked-picture.ts';
import { createProgramRunner, type Replacement, type ProgramRunner } from './program-runner.ts';

describe('the vendors’ printed clients', () => {
  let server: TestServer;
  let runner: ProgramRunner;
  before(async () => {
    server = await createTestServer();
    runner = await createProgramRunner();
  });
  after(async () => {
    await runner.close();
    await server.close();
  });

  const host = (): Replacement => ['https://api.useapi.net', server.atelier.url];
  const token = (): Replacement => ['"API token"', `"${server.atelier.apiKey}"`];
  const bearer = (): Replacement => ['Bearer …', `Bearer ${server.atelier.apiKey}`];

  const finished = (jobId: string) => server.waitForJob(jobId, (job) => job.finishedAtMs !== null);
  /** The useapi.net job that a reply names, as the server shows it when it has ended. */
  const ended = async (jobId: string): Promise<JsonObject> => {
    await finished(jobId);
    return (await server.call('GET', `/v2/jobs/?jobid=${encodeURIComponent(jobId)}`)).body;
  };

  /** Runs a program as its kind of file is run. */
  async function run(name: string, replacements: readonly Replacement[]): Promise<string> {
    const path = await runner.write(name, replacements);
    if (name.endsWith('.mjs')) return runner.run(process.execPath, [path]);
    if (name.endsWith('.py')) return runner.run(requireTool('python3'), [path]);
    requireTool('curl');
    return runner.run('sh', [path]);
  }

  describe('useapi.net jobs/info', () => {
    const { token: discord, guildId, channelId } = SIMULATOR_ACCOUNT;
    const ids: Replacement[] = [
      ['"Discord token"', `"${discord}"`],
      ['"Discord server id"', `"${guildId}"`],
      ['"Discord channel id"', `"${channelId}"`],
    ];

    async function answered(jobId: string | undefined): Promise<void> {
      const job = await ended(jobId ?? '');
      assert.deepEqual([job['verb'], job['status'], job['channel'], job['server']], ['info', 'completed', channelId, guildId]);
      assert.match(textAt(job, 'content'), /^\*\*User ID\*\*: .*\n\*\*Subscription\*\*: /);
    }

    test('curl', async () => {
      const printed = parseJsonObject(
        await run('002-info.sh', [
          host(),
          bearer(),
          ['"discord": "…"', `"discord": "${discord}"`],
          ['"server": "…"', `"server": "${guildId}"`],
          ['"channel": "…"', `"channel": "${channelId}"`],
        ]),
      );
      assert.deepEqual([printed['verb'], printed['status'], printed['code']], ['info', 'completed', 200]);
      await answered(textAt(printed, 'jobid'));
    });

    test('JavaScript', async () => {
      const printed = await run('002-info.mjs', [host(), token(), ...ids]);
      assert.match(printed, /response: Response \{\s+status: 200,[^]*verb: 'info',\s+status: 'completed'/);
      await answered(/jobid: '([^']+)'/.exec(printed)?.[1]);
    });

    test('Python', async () => {
      const printed = await run('002-info.py', [host(), token(), ...ids]);
      assert.match(printed, /^<Response \[200\]> \{.*'verb': 'info', 'status': 'completed'/);
      await answered(/'jobid': '([^']+)'/.exec(printed)?.[1]);
    });
  });

  describe('useapi.net jobs/button', () => {
    let parent: string;
    before(async () => {
      parent = textAt((await server.call('POST', '/v2/jobs/imagine', { prompt: 'a red fox in the snow' })).body, 'jobid');
      await finished(parent);
    });

    const ids = (button: string): Replacement[] => [
      ['"Completed jobs/imagine, jobs/button or jobs/blend jobid"', `"${parent}"`],
      ['"Button from buttons array of above jobid"', `"${button}"`],
    ];

    async function pressed(jobId: string | undefined, button: string): Promise<void> {
      const job = await ended(jobId ?? '');
      assert.deepEqual([job['verb'], job['button'], job['parentJobId'], job['status']], ['button', button, parent, 'completed']);
      const [attachment] = listAt(job, 'attachments');
      assert.ok(isJsonObject(attachment));
      assert.ok((await fetchPicture(attachment['url'])).width > 0);
    }

    test('curl', async () => {
      const printed = parseJsonObject(
        await run('003-button.sh', [host(), bearer(), ['"jobid": "…"', `"jobid": "${parent}"`], ['"button": "…"', '"button": "U1"']]),
      );
      assert.deepEqual([printed['status'], printed['button'], printed['parentJobId'], printed['code']], ['started', 'U1', parent, 200]);
      await pressed(textAt(printed, 'jobid'), 'U1');
    });

    test('JavaScript', async () => {
      const printed = await run('003-button.mjs', [host(), token(), ...ids('V2')]);
      assert.match(printed, /response: Response \{\s+status: 200,[^]*verb: 'button',\s+status: 'started'/);
      await pressed(/jobid: '([^']+)'/.exec(printed)?.[1], 'V2');
    });

    test('Python', async () => {
      const printed = await run('003-button.py', [host(), token(), ...ids('🔄')]);
      assert.match(printed, /^<Response \[200\]> \{.*'verb': 'button', 'status': 'started'/);
      await pressed(/'jobid': '([^']+)'/.exec(printed)?.[1], '🔄');
    });

    test('curl without a valid token gets 401', async () => {
      const printed = await run('003-button.sh', [host(), ['"jobid": "…"', `"jobid": "${parent}"`]]);
      assert.deepEqual(parseJsonObject(printed), { error: 'Unauthorized', code: 401 });
    });
  });

  test('LinkrAPI’s typical workflow: imagine with the printed image prompt, fetch, action', async () => {
    const curl = requireTool('curl');
    const body = await runner.write('004-imagine.json');
    const ask = async (path: string, ...data: string[]): Promise<JsonObject> => {
      const headers = ['-H', `Authorization: Bearer ${server.atelier.apiKey}`, '-H', 'Content-Type: application/json'];
      return parseJsonObject(await runner.run(curl, ['-s', ...headers, ...data, `${server.atelier.url}/api/v1/${path}`]));
    };
    const submitted = await ask('imagine', '-d', `@${body}`);
    assert.deepEqual([submitted['status'], submitted['message']], ['SUCCESS', 'Task submitted successfully']);
    const taskId = textAt(submitted, 'task_id');
    await finished(taskId);
    const fetched = await ask(`fetch/${taskId}`);
    assert.deepEqual([fetched['status'], fetched['progress'], fetched['error']], ['completed', 100, null]);
    assert.equal(fetched['prompt'], 'https://example.com/photo.jpg a cyberpunk city, neon lights --ar 16:9');
    const grid = await fetchPicture(fetched['image_url']);
    assert.ok(grid.width > grid.height, 'the ratio was kept');

    const action = await ask('action', '-d', JSON.stringify({ task_id: taskId, action: 'upsample2' }));
    assert.equal(action['status'], 'SUCCESS');
    await finished(textAt(action, 'task_id'));
    assert.equal((await ask(`fetch/${textAt(action, 'task_id')}`))['action'], 'upsample2');
  });
});
