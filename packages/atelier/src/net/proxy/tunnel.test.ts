import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { Agent, request } from 'undici';
import { WebSocket, WebSocketServer } from 'ws';
import { createFakeClock } from '@atelier/lib/clock';
import { parseProxy } from './proxy.ts';
import { LOOPBACK_CERTIFICATE } from './testing/loopback-certificate.ts';
import { startTestProxy, type TestProxy } from './testing/test-proxy.ts';
import { createTunnel, ProxyError, type Tunnel } from './tunnel.ts';

const SECRET = { user: 'some one', password: 'p@ss:wörd' };

/** A server for HTTP and WebSocket that no name leads to: only a proxy of the test does. Returns the port. */
async function startTarget(t: TestContext, isSecure: boolean): Promise<number> {
  const server = isSecure ? createTlsServer(LOOPBACK_CERTIFICATE) : createServer();
  server.on('request', (incoming, response) => response.end(`${incoming.headers.host} ${incoming.url}`));
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => socket.send('hello'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

const tunnelTo = (url: string, clock = createFakeClock()): Tunnel =>
  createTunnel({ proxy: parseProxy(url), clock, ca: LOOPBACK_CERTIFICATE.cert });

async function get(t: TestContext, tunnel: Tunnel, url: string): Promise<string> {
  const dispatcher = new Agent({ connect: tunnel.connector() });
  t.after(() => dispatcher.destroy());
  const answer = await request(url, { dispatcher });
  return answer.body.text();
}

async function greet(tunnel: Tunnel, url: string): Promise<string> {
  const socket = new WebSocket(url, { createConnection: tunnel.webSocketConnector(new URL(url)) });
  const [message] = (await once(socket, 'message')) as [Buffer];
  socket.terminate();
  return message.toString();
}

async function setUp(t: TestContext, options: Parameters<typeof startTestProxy>[0]): Promise<TestProxy> {
  const proxy = await startTestProxy(options);
  t.after(() => proxy.close());
  return proxy;
}

for (const kind of ['http', 'https', 'socks5'] as const) {
  describe(`a tunnel through a ${kind} proxy`, () => {
    for (const credentials of [undefined, SECRET]) {
      for (const isSecure of [false, true]) {
        const what = `${isSecure ? 'with' : 'without'} TLS to the target, ${credentials ? 'with' : 'without'} user and password`;
        test(`carries HTTP and WebSocket ${what}; the proxy resolves the name`, async (t) => {
          const port = await startTarget(t, isSecure);
          const proxy = await setUp(t, { kind, ...(credentials && { credentials }) });
          const tunnel = tunnelTo(proxy.url);
          const target = `target.test:${port}`;
          assert.equal(await get(t, tunnel, `http${isSecure ? 's' : ''}://${target}/path`), `${target} /path`);
          assert.equal(await greet(tunnel, `ws${isSecure ? 's' : ''}://${target}/`), 'hello');
          assert.deepEqual(proxy.targets, [target, target]);
        });
      }
    }

    test('fails for a wrong password, without naming it', async (t) => {
      const proxy = await setUp(t, { kind, credentials: SECRET });
      const tunnel = tunnelTo(proxy.url.replace(/p%40ss/, 'hunter2'));
      await assert.rejects(get(t, tunnel, 'http://target.test:1/'), (error) => {
        assert.ok(error instanceof ProxyError);
        assert.match(error.message, new RegExp(`^the proxy ${kind}://127.0.0.1:${proxy.port} gave no connection: it `));
        return !JSON.stringify([error.message, String(error.cause)]).includes('hunter2');
      });
      assert.equal(proxy.refused(), 1);
    });

    test('fails where the proxy wants a password and has none', async (t) => {
      const proxy = await setUp(t, { kind, credentials: SECRET });
      await assert.rejects(get(t, tunnelTo(proxy.url.replace(/\/\/.*@/, '//')), 'http://target.test:1/'), ProxyError);
    });

    test('fails where the proxy refuses the target', async (t) => {
      const proxy = await setUp(t, { kind, answer: 'refusal' });
      await assert.rejects(get(t, tunnelTo(proxy.url), 'http://target.test:1/'), /gave no connection: it (?:answered 403|refused .*rules)/);
    });

    test('fails where nobody listens at the target', async (t) => {
      const proxy = await setUp(t, { kind });
      await assert.rejects(get(t, tunnelTo(proxy.url), 'http://target.test:1/'), ProxyError);
    });

    test('reaches nothing when the proxy is down', async (t) => {
      const port = await startTarget(t, false);
      const proxy = await setUp(t, { kind });
      await proxy.close();
      const tunnel = tunnelTo(proxy.url);
      await assert.rejects(get(t, tunnel, `http://127.0.0.1:${port}/`), /gave no connection: ECONNREFUSED/);
      await assert.rejects(greet(tunnel, `ws://127.0.0.1:${port}/`), /gave no connection: ECONNREFUSED/);
    });

    test('is given up after ten seconds of silence', async (t) => {
      const proxy = await setUp(t, { kind, answer: 'silence' });
      const clock = createFakeClock();
      const failure = assert.rejects(get(t, tunnelTo(proxy.url, clock), 'http://target.test:1/'), /it did not answer in time/);
      while (proxy.targets.length === 0) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(10_000);
      await failure;
      assert.equal(clock.pending(), 0);
    });

    test('an abort destroys the socket long after it was opened', async (t) => {
      const port = await startTarget(t, false);
      const proxy = await setUp(t, { kind });
      const lifetime = new AbortController();
      const connector = tunnelTo(proxy.url).connector(lifetime.signal);
      const socket = await new Promise<NodeJS.EventEmitter>((resolve, reject) => {
        connector({ protocol: 'http:', host: 'x', hostname: 'target.test', port: String(port) }, (error, opened) =>
          opened ? resolve(opened) : reject(error ?? new Error('no socket')),
        );
      });
      socket.on('error', () => {});
      const closed = new Promise((resolve) => socket.once('close', resolve));
      lifetime.abort(new Error('over'));
      await closed;
    });
  });
}

test('a program that does not speak SOCKS is no proxy', async (t) => {
  const server: Server = createTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const tunnel = tunnelTo(`socks5://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await assert.rejects(get(t, tunnel, 'http://target.test:1/'), /it does not speak SOCKS5/);
});

test('SOCKS5 passes addresses on as addresses', async (t) => {
  const port = await startTarget(t, false);
  const proxy = await setUp(t, { kind: 'socks5' });
  const tunnel = tunnelTo(proxy.url);
  await get(t, tunnel, `http://127.0.0.1:${port}/`);
  await get(t, tunnel, `http://[2001:db8::7:1]:${port}/`);
  assert.deepEqual(proxy.targets, [`127.0.0.1:${port}`, `[20010db8000000000000000000070001]:${port}`]);
});
