import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Client } from 'undici';
import { OK_ANSWER, startReceiver } from './testing/receiver.ts';
import { JobError } from '../core/errors.ts';
import { createFakeClock } from '@atelier/lib/clock';
import { AddressBlockedError } from './addresses.ts';
import type { Resolve } from './resolve.ts';
import { PUBLIC_ADDRESSES, REFUSED_ADDRESSES } from './testing/address-matrix.ts';
import { createUrlGuard } from './url-guard.ts';

const noResolve: Resolve = () => Promise.reject(new Error('no name may be asked for here'));

const guardWith = (allow: string[] = [], resolve: Resolve = noResolve) => {
  const clock = createFakeClock();
  return { clock, guard: createUrlGuard({ allow, clock, resolve }) };
};

const toUrlHost = (address: string): string => (address.includes(':') ? `[${address}]` : address);

function assertRefused(check: () => string, message?: RegExp): void {
  assert.throws(check, (error) => {
    assert.ok(error instanceof JobError);
    assert.equal(error.code, 'url-refused');
    if (message) assert.match(error.message, message);
    return true;
  });
}

describe('url guard: form', () => {
  const { guard } = guardWith();

  test('refuses every address of the matrix as a literal, and names the setting that allows it', () => {
    for (const [, address] of REFUSED_ADDRESSES) {
      assertRefused(() => guard.check(`http://${toUrlHost(address)}/hook`), /CALLBACK_ALLOW/);
      assertRefused(() => guard.check(`https://${toUrlHost(address)}:8443/hook`), /CALLBACK_ALLOW/);
    }
  });
  test('refuses the spellings that WHATWG parsing turns into such addresses', () => {
    const hosts = [
      '0x7f.1',
      '2130706433',
      '0177.0.0.1',
      '127.1',
      '017700000001',
      '①②⑦.⓪.⓪.①',
      '127。0。0。1',
      '①⑥⑨.②⑤④.①⑥⑨.②⑤④',
      '0',
      '127.0.0.1.',
    ];
    for (const host of hosts) assertRefused(() => guard.check(`http://${host}/`), /CALLBACK_ALLOW/);
    for (const url of ['http:/127.0.0.1', 'http:\\\\127.0.0.1', 'http://127.0\t.0.1/', 'http://127.0.\n0.1/'])
      assertRefused(() => guard.check(url), /CALLBACK_ALLOW/);
    for (const host of ['localhost', 'ⓛocalhost', 'LOCALHOST', 'localhost.', 'x.localhost'])
      assertRefused(() => guard.check(`http://${host}/`), /CALLBACK_ALLOW/);
  });
  test('refuses other schemes, user-info, ports of other protocols, and text that is not a URL', () => {
    for (const url of [
      'file:///etc/passwd',
      'gopher://example.com/',
      'data:,x',
      'unix:/run/x.sock',
      'javascript:0',
      'ftp://example.com/',
      'ws://example.com/',
    ]) {
      assertRefused(() => guard.check(url), /Only http and https/);
    }
    for (const url of ['http://user@example.com/', 'http://user:pw@example.com/', 'http://:pw@example.com/'])
      assertRefused(() => guard.check(url), /user name/);
    for (const port of [0, 22, 25, 6379, 11211, 5432, 6667]) assertRefused(() => guard.check(`http://example.com:${port}/`), /Port/);
    for (const url of [
      '',
      'x',
      '/path',
      'http://',
      'http://[fe80::1%25eth0]/',
      'http://exa mple.com/',
      'http://.',
      `http://example.com:99999/`,
    ])
      assertRefused(() => guard.check(url));
  });
  test('refuses more than 2 048 characters', () => {
    const url = (length: number): string => 'http://example.com/'.padEnd(length, 'a');
    assert.equal(guard.check(url(2_048)).length, 2_048);
    assertRefused(() => guard.check(url(2_049)), /2048/);
  });
  test('returns the normal form of an allowed URL', () => {
    assert.equal(guard.check('HTTPS://Example.COM.:443/a/../b?q=1'), 'https://example.com/b?q=1');
    assert.equal(guard.check('http://bücher.example/ü'), 'http://xn--bcher-kva.example/%C3%BC');
    for (const address of PUBLIC_ADDRESSES) guard.check(`http://${toUrlHost(address)}/`);
  });
  test('allows the addresses that the operator opened, and no others', () => {
    const { guard: opened } = guardWith(['127.0.0.0/8', '10.0.0.5:6379', 'hooks.localhost']);
    assert.equal(opened.check('http://127.0.0.1:3001/'), 'http://127.0.0.1:3001/');
    assert.equal(opened.check('http://localhost:3001/'), 'http://localhost:3001/');
    assert.equal(opened.check('http://10.0.0.5:6379/'), 'http://10.0.0.5:6379/');
    assertRefused(() => opened.check('http://10.0.0.5/'));
    assertRefused(() => opened.check('http://127.0.0.1:6379/'), /Port/);
    assert.throws(() => guardWith(['10.0.0.0/99']), /10\.0\.0\.0\/99/);
  });
});

describe('url guard: names', () => {
  const addressesFor = (answers: string[], url = 'http://name.example/', allow: string[] = []) =>
    guardWith(allow, async () => answers).guard.addressesOf(new URL(url));

  test('refuses a name that leads to any address of the matrix', async () => {
    for (const [, address] of REFUSED_ADDRESSES) await assert.rejects(addressesFor([address]), AddressBlockedError);
    await assert.rejects(addressesFor(['fe80::1%eth0']), AddressBlockedError);
  });
  test('leaves out a refused address beside a public one', async () => {
    for (const [, address] of REFUSED_ADDRESSES) {
      assert.deepEqual(await addressesFor(['8.8.8.8', address]), ['8.8.8.8']);
      assert.deepEqual(await addressesFor([address, '2606:4700:4700::1111']), ['2606:4700:4700::1111']);
    }
  });
  test('allows the hosts that the operator opened: by address, by name, by name and port', async () => {
    assert.deepEqual(await addressesFor(['10.0.0.1'], 'http://name.example/', ['10.0.0.0/8']), ['10.0.0.1']);
    assert.deepEqual(await addressesFor(['10.0.0.1', '8.8.8.8'], 'http://name.example/', ['name.example']), ['10.0.0.1', '8.8.8.8']);
    assert.deepEqual(await addressesFor(['10.0.0.1'], 'http://name.example:8080/', ['name.example:8080']), ['10.0.0.1']);
    await assert.rejects(addressesFor(['10.0.0.1'], 'http://name.example/', ['name.example:8080']), AddressBlockedError);
    await assert.rejects(addressesFor(['8.8.8.8'], 'http://name.example:25/'), AddressBlockedError);
  });
  test('resolves a name once a second, and passes failures on', async () => {
    let asked = 0;
    const { guard, clock } = guardWith([], async () => {
      asked += 1;
      if (asked === 2) throw new Error('no such name');
      return ['8.8.8.8'];
    });
    const ask = () => guard.addressesOf(new URL('http://name.example/'));
    await Promise.all([ask(), ask(), ask()]);
    assert.equal(asked, 1);
    await clock.advance(1_000);
    await assert.rejects(ask(), /no such name/);
    assert.equal(asked, 2);
  });
});

describe('url guard: connections', () => {
  /** Sends one GET through the guard's connector; the status, or the error. */
  async function get(guard: ReturnType<typeof guardWith>['guard'], origin: string): Promise<number | Error> {
    const life = new AbortController();
    const client = new Client(origin, { connect: guard.connector(life.signal), headersTimeout: 0, bodyTimeout: 0 });
    try {
      const { statusCode, body } = await client.request({ method: 'GET', path: '/' });
      await body.dump();
      return statusCode;
    } catch (error) {
      return error as Error;
    } finally {
      await client.destroy();
      life.abort();
    }
  }

  test('checks literals, which no lookup hook sees', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.end(OK_ANSWER) });
    assert.ok((await get(guardWith().guard, receiver.origin)) instanceof AddressBlockedError);
    assert.equal(receiver.connectionCount(), 0);
    assert.equal(await get(guardWith(['127.0.0.1']).guard, receiver.origin), 200);
  });
  test('connects to the checked address and keeps the name in the Host header', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.end(OK_ANSWER) });
    const { guard } = guardWith(['127.0.0.1'], async () => ['127.0.0.1']);
    assert.equal(await get(guard, `http://name.example:${receiver.port}`), 200);
    assert.equal(receiver.requests[0]?.headers['host'], `name.example:${receiver.port}`);
  });
  test('never connects to a refused address of a name, even if the other addresses do not answer', async () => {
    await using inner = await startReceiver({ host: '127.0.0.1', onRequest: (socket) => socket.end(OK_ANSWER) });
    const { guard } = guardWith(['127.0.0.2'], async () => ['127.0.0.2', '127.0.0.1']);
    const result = await get(guard, `http://name.example:${inner.port}`);
    assert.ok(result instanceof Error && 'code' in result && result.code === 'ECONNREFUSED');
    assert.equal(inner.connectionCount(), 0);
  });
  test('tries the next allowed address when one does not answer', async () => {
    await using receiver = await startReceiver({ host: '127.0.0.3', onRequest: (socket) => socket.end(OK_ANSWER) });
    const { guard } = guardWith(['127.0.0.2', '127.0.0.3'], async () => ['127.0.0.2', '127.0.0.3']);
    assert.equal(await get(guard, `http://name.example:${receiver.port}`), 200);
  });
  test('checks every connection again: a name that moves to a refused address is refused, and works when it is back', async () => {
    await using outer = await startReceiver({ host: '127.0.0.2', onRequest: (socket) => socket.end(OK_ANSWER) });
    await using inner = await startReceiver({ host: '127.0.0.1', port: outer.port, onRequest: (socket) => socket.end(OK_ANSWER) });
    let answer = '127.0.0.1';
    const { guard, clock } = guardWith(['127.0.0.2'], async () => [answer]);
    const origin = `http://name.example:${outer.port}`;
    assert.ok((await get(guard, origin)) instanceof AddressBlockedError);
    answer = '127.0.0.2';
    await clock.advance(1_000);
    assert.equal(await get(guard, origin), 200);
    assert.equal(inner.connectionCount(), 0);
  });
  test('sends the name as SNI', async () => {
    let hello = Buffer.alloc(0);
    await using receiver = await startReceiver({
      onConnect: (socket) =>
        socket.once('data', (chunk) => {
          hello = chunk;
          socket.destroy();
        }),
    });
    const { guard } = guardWith(['127.0.0.1'], async () => ['127.0.0.1']);
    assert.ok((await get(guard, `https://name.example:${receiver.port}`)) instanceof Error);
    assert.ok(hello.includes('name.example'));
  });
});
