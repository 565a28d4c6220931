import assert from 'node:assert/strict';
import diagnostics from 'node:diagnostics_channel';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { systemClock } from '@atelier/lib/clock';
import { textAt } from '@atelier/lib/json';
import { silentLog } from '@atelier/lib/log';
import { readConfig } from 'atelier/config/config';
import { createLogTap } from 'atelier/discord/testing/log-tap';
import { startTestProxy, type TestProxy } from 'atelier/net/proxy/testing/test-proxy';
import { startAtelier } from 'atelier/server/start';
import { attachmentsOf, imagine, runJob } from '../run-jobs.ts';
import { callApi, createTestServer, waitFor, type TestServer } from '../test-server.ts';

const SECRET = { user: 'me', password: 'hunter2' };

/** The sockets that were opened to a port from now on. */
function watchConnections(t: TestContext): (port: number) => Socket[] {
  const sockets: Socket[] = [];
  const note = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket);
  diagnostics.subscribe('net.client.socket', note);
  t.after(() => diagnostics.unsubscribe('net.client.socket', note));
  return (port) => sockets.filter((socket) => socket.remotePort === port || portAskedFor(socket) === port);
}

/** The port of a socket that has not connected, from the address that it tried. */
function portAskedFor(socket: Socket): number | undefined {
  const [address] = (socket as Socket & { autoSelectFamilyAttemptedAddresses?: string[] }).autoSelectFamilyAttemptedAddresses ?? [];
  return address === undefined ? undefined : Number(address.slice(address.lastIndexOf(':') + 1));
}

async function setUp(t: TestContext, kind: 'http' | 'socks5', settings: (proxy: TestProxy) => Record<string, string>) {
  const proxy = await startTestProxy({ kind, credentials: SECRET });
  t.after(() => proxy.close());
  const connectionsTo = watchConnections(t);
  const { log, lines, inbox } = createLogTap();
  const server = await createTestServer({ DISCORD_INTERACTION_INTERVAL: '0ms', ...settings(proxy) }, { log });
  t.after(async () => {
    await server.close();
    assert.ok(!lines.join('').includes(SECRET.password), 'the password of the proxy is in the log');
  });
  const simulatorPort = Number(new URL(server.simulator.url).port);
  return { proxy, server, inbox, connections: () => connectionsTo(simulatorPort) };
}

/** A picture, and the description of that picture, which is uploaded. */
async function runBoth(server: TestServer): Promise<void> {
  const made = await imagine(server, 'a fox');
  await runJob(server, 'describe', { describeUrl: textAt(attachmentsOf(made.body)[0] ?? {}, 'url') });
}

for (const kind of ['http', 'socks5'] as const) {
  describe(`DISCORD_PROXY with ${kind}`, () => {
    test('REST, gateway, uploads and downloads go through it, and no connection goes around it', async (t) => {
      const { proxy, server, connections, inbox } = await setUp(t, kind, ({ url }) => ({ DISCORD_PROXY: url }));
      const line = await inbox.nextWhere((text) => text.includes('Discord is reached through a proxy'));
      assert.ok(line.includes(`${kind}://127.0.0.1:${proxy.port}`) && line.includes('DISCORD_PROXY'));
      assert.deepEqual(server.atelier.discordProxy, { address: `${kind}://127.0.0.1:${proxy.port}`, setting: 'DISCORD_PROXY' });
      await runBoth(server);
      for (const wanted of [
        /^GET \/api\/v9\/gateway$/,
        /^GET \/\?v=9/,
        /^POST \/api\/v9\/interactions$/,
        /^PUT /,
        /^GET \/attachments\//,
      ]) {
        assert.ok(
          proxy.requests.some((request) => wanted.test(request)),
          `${String(wanted)} in ${proxy.requests.join(', ')}`,
        );
      }
      assert.ok(connections().length >= 3);
      assert.ok(connections().every((socket) => proxy.opened(socket)));
      assert.equal(proxy.refused(), 0);
    });

    test('nothing is reached while it is down', async (t) => {
      const { proxy, server, connections, inbox } = await setUp(t, kind, ({ url }) => ({ DISCORD_PROXY: url }));
      await proxy.close();
      const before = connections().length;
      const sent = server.simulator.control.requests().length;
      const reply = await server.call('POST', '/jobs', { verb: 'imagine', prompt: 'a fox' });
      assert.ok(reply.status < 300, reply.text);
      await inbox.nextWhere((text) => text.includes('gave no connection: ECONNREFUSED'));
      assert.equal(connections().length, before);
      assert.equal(server.simulator.control.requests().length, sent);
    });
  });
}

test('HTTPS_PROXY is not used for the embedded simulator', async (t) => {
  const { proxy, server } = await setUp(t, 'http', ({ url }) => ({ HTTPS_PROXY: url }));
  await imagine(server, 'a fox');
  assert.deepEqual(proxy.targets, []);
  assert.equal(server.atelier.discordProxy, null);
});

describe('the proxy of the machine', () => {
  const elsewhere = async (t: TestContext, settings: (proxy: TestProxy) => Record<string, string>) => {
    const upstream = await createTestServer();
    t.after(() => upstream.close());
    const proxy = await startTestProxy({ kind: 'http', credentials: SECRET });
    t.after(() => proxy.close());
    const dataFolder = await mkdtemp(join(tmpdir(), 'atelier-test-'));
    t.after(() => rm(dataFolder, { recursive: true, force: true }));
    const restUrl = upstream.simulator.restUrl;
    const config = readConfig({ PORT: '0', ATELIER_DATA: dataFolder, DISCORD_REST_URL: restUrl, ...settings(proxy) });
    const atelier = await startAtelier(config, { clock: systemClock, log: silentLog });
    t.after(() => atelier.close());
    const { body } = await callApi(atelier, 'POST', '/jobs', { verb: 'imagine', prompt: 'a fox' });
    await waitFor(async () => ((await atelier.store.getJob(textAt(body, 'id')))?.status === 'completed' ? true : undefined));
    return { proxy, atelier };
  };

  test('is used for a Discord elsewhere', async (t) => {
    const { proxy, atelier } = await elsewhere(t, ({ url }) => ({ HTTPS_PROXY: url }));
    assert.equal(atelier.discordProxy?.setting, 'HTTPS_PROXY');
    assert.ok(proxy.requests.includes('POST /api/v9/interactions'));
  });

  test('is not used for hosts of NO_PROXY', async (t) => {
    const { proxy } = await elsewhere(t, ({ url }) => ({ ALL_PROXY: url, NO_PROXY: 'localhost,127.0.0.1' }));
    assert.deepEqual(proxy.targets, []);
  });

  test('is not used where DISCORD_PROXY says none', async (t) => {
    const { proxy } = await elsewhere(t, ({ url }) => ({ HTTPS_PROXY: url, DISCORD_PROXY: 'none' }));
    assert.deepEqual(proxy.targets, []);
  });
});
