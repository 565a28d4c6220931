import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { request } from 'undici';
import { listAt, objectAt, parseJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import { waitFor } from '../test-server.ts';
import { applyGuide, type GuideCopy } from './guide.ts';
import { createProgramRunner, findFreePort, type ProgramRunner } from './program-runner.ts';

const KEY = 'atl_guide';

type Ask = (path: string, body?: JsonObject) => Promise<JsonObject>;

/** Serves the copy on loopback; `ask` posts a body, or gets without one. */
async function serve(runner: ProgramRunner, { cli, folder }: GuideCopy): Promise<Ask> {
  const port = await findFreePort();
  const settings = { PORT: `${port}`, SIMULATOR_PORT: '0', SIMULATOR_PACE: '0', SIMULATOR_TILE: '16', ATELIER_API_KEY: KEY };
  const env = { ...settings, ATELIER_DATA: join(folder, 'data') };
  const { url } = await runner.startServer(process.execPath, [cli, 'serve'], /Atelier serves/, port, env);
  return async (path, body) => {
    const reply = await request(url + path, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return parseJsonObject(await reply.body.text());
  };
}

describe('worked examples of CONTRIBUTING.md', { timeout: 240_000 }, () => {
  const cleanUp: (() => Promise<void>)[] = [];
  after(async () => {
    for (const task of cleanUp.toReversed()) await task();
  });

  async function open(heading: string): Promise<{ copy: GuideCopy; ask: Ask }> {
    const copy = await applyGuide(heading);
    cleanUp.push(copy.remove);
    const runner = await createProgramRunner();
    cleanUp.push(runner.close);
    await copy.compile();
    return { copy, ask: await serve(runner, copy) };
  }

  test('a new engine compiles, runs a job, and is documented', async () => {
    const { ask } = await open('Adding an engine');
    const id = textAt(await ask('/jobs', { verb: 'haiku', subject: 'a frog' }), 'id');
    const job = await ask(`/jobs/${id}?wait=30`);
    assert.deepEqual([job['engine'], job['status']], ['haiku', 'completed'], JSON.stringify(job));
    assert.equal(listAt(objectAt(job, 'data'), 'lines')[1], 'a frog jumps in');
    const schemas = objectAt(objectAt(await ask('/openapi/native.json'), 'components'), 'schemas');
    assert.ok('HaikuRequest' in schemas, Object.keys(schemas).join(' '));
  });

  test('a new Midjourney button compiles, is offered, and is pressed', async () => {
    const { ask } = await open('Adding a Midjourney button');
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
});
