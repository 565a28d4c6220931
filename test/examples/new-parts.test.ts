import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { request } from 'undici';
import { isJsonObject, listAt, objectAt, parseJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import { waitFor } from '../test-server.ts';
import { applyGuide, type GuideCopy } from './guide.ts';
import { createProgramRunner, findFreePort, type ProgramRunner } from './program-runner.ts';

const KEY = 'atl_guide';

/** A running server of a copy. */
interface RunningGuide {
  url: string;
  /** Posts a body, or gets without one; resolves with the answer's body. */
  ask(path: string, body?: JsonObject): Promise<JsonObject>;
}

/** Serves the copy on loopback, with more settings if needed. */
async function serve(runner: ProgramRunner, { cli, folder }: GuideCopy, more: Record<string, string> = {}): Promise<RunningGuide> {
  const port = await findFreePort();
  const settings = { PORT: `${port}`, SIMULATOR_PORT: '0', SIMULATOR_PACE: '0', SIMULATOR_TILE: '16', ATELIER_API_KEY: KEY };
  const env = { ...settings, ATELIER_DATA: join(folder, 'data'), ...more };
  const { url } = await runner.startServer(process.execPath, [cli, 'serve'], /Atelier serves/, port, env);
  const ask = async (path: string, body?: JsonObject): Promise<JsonObject> => {
    const reply = await request(url + path, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return parseJsonObject(await reply.body.text());
  };
  return { url, ask };
}

describe('worked examples of CONTRIBUTING.md', { timeout: 240_000 }, () => {
  const cleanUp: (() => Promise<void>)[] = [];
  after(async () => {
    for (const task of cleanUp.toReversed()) await task();
  });

  async function open(headings: readonly string[], settings?: Record<string, string>): Promise<RunningGuide & { copy: GuideCopy }> {
    const copy = await applyGuide(...headings);
    cleanUp.push(copy.remove);
    const runner = await createProgramRunner();
    cleanUp.push(runner.close);
    await copy.compile();
    return { copy, ...(await serve(runner, copy, settings)) };
  }

  test('a new engine compiles, runs a job, and is documented', async () => {
    const { ask } = await open(['Adding an engine']);
    const id = textAt(await ask('/jobs', { verb: 'haiku', subject: 'a frog' }), 'id');
    const job = await ask(`/jobs/${id}?wait=30`);
    assert.deepEqual([job['engine'], job['status']], ['haiku', 'completed'], JSON.stringify(job));
    assert.equal(listAt(objectAt(job, 'data'), 'lines')[1], 'a frog jumps in');
    const schemas = objectAt(objectAt(await ask('/openapi/native.json'), 'components'), 'schemas');
    assert.ok('HaikuRequest' in schemas, Object.keys(schemas).join(' '));
  });

  test('a new Midjourney button compiles, is offered, and is pressed', async () => {
    const { ask } = await open(['Adding a Midjourney button']);
    const ended = async (jobid: string): Promise<JsonObject> =>
      waitFor(async () => {
        const job = await ask(`/v2/jobs/?jobid=${encodeURIComponent(jobid)}`);
        return ['completed', 'failed', 'moderated'].includes(textAt(job, 'status')) ? job : undefined;
      });
    const press = async (jobid: string, button: string): Promise<JsonObject> =>
      ended(textAt(await ask('/v2/jobs/button', { jobid, button }), 'jobid'));

    const grid = await ended(textAt(await ask('/v2/jobs/imagine', { prompt: 'a frog --v 5.2' }), 'jobid'));
    const single = await press(textAt(grid, 'jobid'), 'U1');
    assert.ok(listAt(single, 'buttons').includes('Upscale (Sharp)'), JSON.stringify(single['buttons']));
    const upscaled = await press(textAt(single, 'jobid'), 'Upscale (Sharp)');
    assert.equal(upscaled['status'], 'completed', JSON.stringify(upscaled));
    assert.match(textAt(upscaled, 'content'), /Upscaled \(Sharp\)/);
  });

  test('a new video template, blob store, metric and setting compile and work together', async () => {
    const headings = ['Adding a video template', 'Adding a blob store', 'Adding a metric', 'Adding a setting'];
    const { copy, url, ask } = await open(headings, { ASSET_STORE: 'memory', WARM_START: 'off' });
    const conformance = join(copy.folder, 'packages/atelier/src/asset/blobs/memory-blobs.test.ts');
    const { stdout } = await promisify(execFile)(process.execPath, ['--test', '--test-isolation=none', conformance]);
    assert.match(stdout, /pass [1-9]/);

    const id = textAt(await ask('/jobs', { verb: 'imagine', prompt: 'a frog' }), 'id');
    const job = await ask(`/jobs/${id}?wait=30`);
    assert.equal(job['status'], 'completed', JSON.stringify(job));
    const picture = textAt(listAt(job, 'assets').filter(isJsonObject)[0] ?? {}, 'url');
    assert.equal((await request(picture)).statusCode, 200);
    assert.match(await (await request(`${url}/metrics`)).body.text(), /^atelier_jobs_accepted_total\{dialect="native"\} 1$/m);
    assert.match(JSON.stringify(await ask('/openapi/native.json')), /"ribbon"/);
  });
});
