import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { readConfig } from 'atelier/config/config';
import { systemClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { startAtelier } from 'atelier/server/start';
import { callApi, waitFor, createTestServer, type TestServer } from '../test-server.ts';

const LINKR_DETAIL = "Your prompt contains a term that violates Midjourney's content policy. Please rephrase and try again.";
const OWN_WORDS = 'The prompt holds a term that the content policy of this server does not allow';

describe('the content policy', () => {
  let server: TestServer;
  before(async () => {
    server = await createTestServer({ CONTENT_POLICY: 'useapi,kie,linkr' });
  });
  after(() => server.close());

  test('refuses in the shape of each dialect where it is on, without a job', async () => {
    const prompt = 'a göre scene';
    assert.deepEqual((await server.call('POST', '/v1/imagine', { prompt })).body, { detail: LINKR_DETAIL });
    assert.deepEqual((await server.call('POST', '/api/v1/mj/generate', { prompt })).body, { code: 422, msg: OWN_WORDS, data: null });
    const useapi = await server.call('POST', '/v2/jobs/imagine', { prompt });
    assert.equal(useapi.status, 400);
    assert.equal(useapi.body['error'], OWN_WORDS);
    assert.deepEqual(await server.atelier.store.listJobs({ limit: 10 }), []);
  });

  test('is off in dialects that the setting does not name', async () => {
    const quiet = await createTestServer({ CONTENT_POLICY: 'none' });
    assert.equal((await quiet.call('POST', '/v1/imagine', { prompt: 'lots of gore' })).status, 200);
    await quiet.close();
    assert.deepEqual(server.atelier.policy.check('native', 'gore'), { allowed: true });
  });

  test('a server with an unreadable list does not start, and names the setting', async () => {
    const config = readConfig({ CONTENT_POLICY_FILE: '/nowhere/terms.txt', PORT: '0', SIMULATOR_PORT: '0' });
    await assert.rejects(startAtelier(config, { clock: systemClock, log: silentLog }), /^ConfigError: CONTENT_POLICY_FILE: /);
  });
});

describe('SIGHUP', () => {
  let folder: string;
  let child: ChildProcess | undefined;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atelier-hup-'));
  });
  after(async () => {
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true });
  });

  test('reads the list of the content policy again, and a broken list leaves the old list in force', async () => {
    const list = join(folder, 'terms.txt');
    await writeFile(list, 'windmill\n');
    const server = spawn(process.execPath, ['packages/atelier/src/cli/cli.ts', 'serve'], {
      cwd: join(import.meta.dirname, '..', '..'),
      env: {
        PATH: process.env['PATH'],
        PORT: '0',
        SIMULATOR_PORT: '0',
        SIMULATOR_PACE: '0',
        SIMULATOR_TILE: '16',
        ATELIER_DATA: join(folder, 'data'),
        ATELIER_API_KEY: 'hup',
        CONTENT_POLICY_FILE: list,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = server;
    const lines: string[] = [];
    for (const input of [server.stdout, server.stderr]) createInterface({ input }).on('line', (line) => lines.push(line));
    const lineWith = (pattern: RegExp) =>
      waitFor(async () => lines.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined));
    const url = await lineWith(/serves (http\S+)$/);
    const statusFor = async (prompt: string): Promise<number> =>
      (await callApi({ url, apiKey: 'hup' }, 'POST', '/v1/imagine', { prompt })).status;
    assert.equal(await statusFor('a windmill'), 400);
    assert.equal(await statusFor('a lighthouse'), 200);

    await writeFile(list, 'lighthouse\n');
    server.kill('SIGHUP');
    await waitFor(async () => ((await statusFor('a lighthouse')) === 400 ? true : undefined));
    assert.equal(await statusFor('a windmill'), 200);

    await rm(list);
    server.kill('SIGHUP');
    await lineWith(/(content policy: the list cannot be used)/);
    assert.equal(await statusFor('a lighthouse'), 400);
  });
});
