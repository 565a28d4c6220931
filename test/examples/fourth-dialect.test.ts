import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { request } from 'undici';
import { systemClock } from '@atelier/lib/clock';
import { isJsonObject, objectAt, parseJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import { type CallbackSink, startCallbackSink } from '@atelier/simulator';
import { waitFor, TIMEOUT_MS } from '../test-server.ts';
import { applyGuide, type GuideCopy } from './guide.ts';
import { createProgramRunner, findFreePort, type ProgramRunner } from './program-runner.ts';

const KEY = 'atl_acme';
describe('the fourth dialect of CONTRIBUTING.md', { timeout: 120_000 }, () => {
  let copy: GuideCopy;
  let runner: ProgramRunner;
  let sink: CallbackSink;
  before(async () => {
    copy = await applyGuide('Adding a dialect');
    runner = await createProgramRunner();
    sink = await startCallbackSink({ host: '127.0.0.1', port: 0, clock: systemClock });
  });
  after(async () => {
    await runner.close();
    await sink.close();
    await copy.remove();
  });

  test('compiles', () => copy.compile());

  test('accepts a job, calls back, is polled, refuses in its format, and is documented', async () => {
    const port = await findFreePort();
    const server = await runner.startServer(process.execPath, [copy.cli, 'serve'], /Atelier serves/, port, {
      PORT: `${port}`,
      SIMULATOR_PORT: '0',
      SIMULATOR_PACE: '0',
      SIMULATOR_TILE: '16',
      ATELIER_DATA: join(copy.folder, 'data'),
      ATELIER_API_KEY: KEY,
      CALLBACK_ALLOW: '127.0.0.0/8',
    });
    const ask = async (path: string, body?: JsonObject, key = KEY) => {
      const reply = await request(server.url + path, {
        method: body ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': 'once' },
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: reply.statusCode, body: parseJsonObject(await reply.body.text()) };
    };
    const wanted = { text: 'a red fox', notify: `${sink.url}/acme` };
    const accepted = await ask('/acme/pictures', wanted);
    const picture = textAt(accepted.body, 'picture');
    assert.deepEqual(accepted, { status: 201, body: { picture, state: 'waiting', url: null, reason: null } });
    assert.equal((await ask('/acme/pictures', wanted)).body['picture'], picture);
    const called = await sink.next(({ path }) => path === '/acme', { timeoutMs: TIMEOUT_MS });
    const polled = await waitFor(async () => {
      const { body } = await ask(`/acme/pictures/${picture}`);
      return body['state'] === 'waiting' ? undefined : body;
    });
    assert.equal(polled['state'], 'ready');
    assert.deepEqual(parseJsonObject(called.body), polled);
    assert.equal((await request(textAt(polled, 'url'))).headers['content-type'], 'image/png');

    assert.deepEqual(await ask('/acme/pictures', {}), { status: 400, body: { complaint: 'text is missing' } });
    assert.deepEqual(await ask('/acme/pictures', wanted, 'wrong'), { status: 401, body: { complaint: 'Unauthorized' } });
    assert.equal((await ask('/acme/photos')).status, 404);
    const document = (await ask('/openapi/acme.json')).body;
    assert.deepEqual(Object.keys(objectAt(document, 'paths')), ['/acme/pictures', '/acme/pictures/{picture}']);
    assert.ok(isJsonObject(document['info']));
  });
});
