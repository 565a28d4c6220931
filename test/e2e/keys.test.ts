import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { request } from 'undici';
import type { KeyLimits } from 'atelier/core/key';
import { createAtelierClient, must, type AtelierClient } from 'atelier-client';
import { parseJsonObject, type JsonObject } from '@atelier/lib/json';
import { createTestServer, type TestServer } from '../test-server.ts';
import { DIALECTS, type TestDialect } from '../dialects.ts';

/** Keys made by the command line, and their rights and limits in each API. */
describe('API keys', () => {
  let server: TestServer;
  let client: AtelierClient;
  before(async () => {
    server = await createTestServer();
    client = createAtelierClient({ url: server.atelier.url, key: server.atelier.apiKey });
  });
  after(() => server.close());

  const run = promisify(execFile);
  const cli = join(import.meta.dirname, '..', '..', 'packages', 'atelier', 'src', 'cli', 'cli.ts');
  const atelier = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [cli, ...args, '--url', server.atelier.url, '--key', server.atelier.apiKey], { timeout: 20_000 })).stdout;

  async function createByCommand(name: string, ...limits: string[]): Promise<{ id: string; secret: string }> {
    const [, id = '', secret = ''] = /^Key (\S+) .*\n(\S+)$/m.exec(await atelier('keys', 'create', name, ...limits)) ?? [];
    assert.ok(id !== '' && secret !== '');
    return { id, secret };
  }
  const createKey = (name: string, limits: Partial<KeyLimits> = {}) => must(client.api.POST('/keys', { body: { name, limits } }));

  async function ask(wire: TestDialect, secret: string, path: string, body?: JsonObject) {
    const reply = await request(`${server.atelier.url}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = parseJsonObject(await reply.body.text());
    return { code: wire.codeOf(reply.statusCode, answer), body: answer, retryAfter: reply.headers['retry-after'] };
  }
  const submit = (wire: TestDialect, secret: string) => ask(wire, secret, wire.submit.path, wire.submit.body);
  const read = (wire: TestDialect, secret: string, id: string) => ask(wire, secret, wire.read + encodeURIComponent(id));

  test('are created, listed and revoked by the command line; every API refuses a revoked key', async () => {
    const { id, secret } = await createByCommand('shop', '--jobs-per-day', '500', '--requests-per-minute', '600');
    const listed = (await atelier('keys')).split('\n').find((line) => line.startsWith(id));
    assert.match(listed ?? '', /^\S+ +shop +active +600 requests\/min, 500 jobs\/day +\d/);
    assert.equal((await atelier('keys')).includes(secret), false);
    for (const wire of DIALECTS) assert.notEqual((await submit(wire, secret)).code, 401, wire.name);
    assert.equal(await atelier('keys', 'revoke', id), `Key ${id} (shop) is revoked.\n`);
    assert.match((await atelier('keys')).split('\n').find((line) => line.startsWith(id)) ?? '', /revoked/);
    for (const wire of DIALECTS) assert.equal((await submit(wire, secret)).code, 401, wire.name);
    await assert.rejects(atelier('keys', 'create', 'x', '--running-jobs', '0'), {
      stderr: '"0" is not a limit: give a whole number from 1.\n',
    });
    await assert.rejects(atelier('keys', 'revoke', 'nobody'), { stderr: /^Key not found: nobody\.\n$/ });
  });

  test('an expired key gets 402 in every API, and a suspended key 403', async () => {
    const { id, secret } = await createByCommand('late', '--expires', '2020-01-31');
    for (const wire of DIALECTS) {
      assert.equal((await submit(wire, secret)).code, 402, wire.name);
      assert.equal((await read(wire, secret, 'x')).code, 402, wire.name);
    }
    const params = { path: { keyId: id } };
    await must(client.api.PATCH('/keys/{keyId}', { params, body: { expiresAt: null, suspended: true } }));
    for (const wire of DIALECTS) {
      assert.equal((await submit(wire, secret)).code, 403, wire.name);
      assert.equal((await read(wire, secret, 'x')).code, 403, wire.name);
    }
  });

  test('a key above a limit gets 429 in every API, with Retry-After', async () => {
    for (const wire of DIALECTS) {
      const daily = await createKey('daily', { jobsPerDay: 1 });
      assert.ok([200, 202].includes((await submit(wire, daily.secret)).code), wire.name);
      const capped = await submit(wire, daily.secret);
      assert.equal(capped.code, 429, wire.name);
      assert.ok(Number(capped.retryAfter) > 86_000 && Number(capped.retryAfter) <= 86_400, `${wire.name}: ${String(capped.retryAfter)}`);
      const hasty = await createKey('hasty', { requestsPerMinute: 1 });
      await read(wire, hasty.secret, 'x');
      const limited = await read(wire, hasty.secret, 'x');
      assert.equal(limited.code, 429, wire.name);
      assert.ok(Number(limited.retryAfter) > 0 && Number(limited.retryAfter) <= 60, `${wire.name}: ${String(limited.retryAfter)}`);
    }
  });

  test('a key sees only its jobs in every API; the admin key sees all', async () => {
    const own = await createKey('own');
    const other = await createKey('other');
    for (const wire of DIALECTS) {
      const id = wire.idOf((await submit(wire, own.secret)).body);
      const shown = JSON.stringify((await read(wire, own.secret, id)).body);
      assert.ok(shown.includes(id), wire.name);
      assert.ok(JSON.stringify((await read(wire, server.atelier.apiKey, id)).body).includes(id), wire.name);
      const hidden = await read(wire, other.secret, id);
      // kie has no 404: an unknown task is a success without data.
      assert.equal(hidden.code, wire.name === 'kie' ? 200 : 404, wire.name);
      if (wire.name === 'kie') assert.equal(hidden.body['data'], null);
    }
    const countOf = async (key: string): Promise<number> => {
      const { api } = createAtelierClient({ url: server.atelier.url, key });
      return (await must(api.GET('/jobs', { params: { query: { limit: 100 } } }))).items.length;
    };
    assert.deepEqual([await countOf(own.secret), await countOf(other.secret)], [DIALECTS.length, 0]);
    assert.ok((await countOf(server.atelier.apiKey)) > DIALECTS.length);
  });
});
