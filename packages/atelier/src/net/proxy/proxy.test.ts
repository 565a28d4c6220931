import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeProxy, isExemptFromProxy, parseProxy, type Proxy } from './proxy.ts';

describe('the address of a proxy', () => {
  const plain = { credentials: null };
  const rows: [string, Proxy][] = [
    ['http://proxy.local:3128', { kind: 'http', host: 'proxy.local', port: 3128, ...plain }],
    ['http://proxy.local', { kind: 'http', host: 'proxy.local', port: 80, ...plain }],
    ['https://proxy.local/', { kind: 'https', host: 'proxy.local', port: 443, ...plain }],
    ['socks5://10.0.0.1', { kind: 'socks5', host: '10.0.0.1', port: 1080, ...plain }],
    ['socks5h://[2001:db8::1]:9050', { kind: 'socks5', host: '2001:db8::1', port: 9050, ...plain }],
    ['socks5://me:p%40ss@proxy:1', { kind: 'socks5', host: 'proxy', port: 1, credentials: { user: 'me', password: 'p@ss' } }],
    [' http://me@proxy:1\n', { kind: 'http', host: 'proxy', port: 1, credentials: { user: 'me', password: '' } }],
  ];
  for (const [text, proxy] of rows) test(text.trim(), () => assert.deepEqual(parseProxy(text), proxy));

  for (const text of [
    'proxy:3128',
    'ftp://u:hunter2@proxy',
    'http://u:hunter2@proxy/path',
    'http://u:hunter2@proxy?x',
    'socks5://',
    'http://u%E0:hunter2@p',
  ]) {
    test(`${text} is refused, and nothing of it repeated`, () => {
      assert.throws(
        () => parseProxy(text),
        (error) => error instanceof Error && error.message.startsWith('expected ') && !error.message.includes('hunter2'),
      );
    });
  }

  test('is described without user and password', () => {
    assert.equal(describeProxy(parseProxy('socks5://me:hunter2@[::1]:9050')), 'socks5://[::1]:9050');
  });
});

describe('NO_PROXY', () => {
  const rows: [string, string, number, boolean][] = [
    ['', 'discord.com', 443, false],
    ['*', 'discord.com', 443, true],
    ['localhost,127.0.0.1', '127.0.0.1', 3001, true],
    ['localhost 127.0.0.1', 'localhost', 80, true],
    ['discord.com', 'gateway.discord.com', 443, true],
    ['.discord.com', 'discord.com', 443, true],
    ['discord.com', 'notdiscord.com', 443, false],
    ['discord.com:8443', 'discord.com', 443, false],
    ['Discord.com:443', 'DISCORD.COM.', 443, true],
    ['::1', '::1', 80, true],
    ['[::1]:80', '::1', 80, true],
    ['[::1]:80', '::1', 81, false],
  ];
  for (const [list, host, port, isExempt] of rows) {
    test(`"${list}" and ${host}:${port}`, () => assert.equal(isExemptFromProxy(list, { host, port }), isExempt));
  }
});
