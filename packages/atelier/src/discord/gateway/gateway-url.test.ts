import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toGatewayUrl, toResumeUrl } from './gateway-url.ts';

const base = toGatewayUrl('wss://gateway.discord.gg');

test('resumes where READY said, with our query and never with the query of the address', () => {
  const url = toResumeUrl('wss://gateway-us-east1-b.discord.gg/?v=6&encoding=etf', base, 0);
  assert.equal(url.href, 'wss://gateway-us-east1-b.discord.gg/?v=9&encoding=json&compress=zlib-stream');
});

test('resumes at the main address when the other one is unusable', () => {
  assert.equal(base.href, 'wss://gateway.discord.gg/?v=9&encoding=json&compress=zlib-stream');
  for (const unusable of [null, '', 'gateway', 'https://discord.com', 'ws://gateway.discord.gg']) {
    assert.equal(toResumeUrl(unusable, base, 0), base, String(unusable));
  }
});

test('does not take the token from an encrypted connection to a plain one, but follows plain to plain', () => {
  const plain = toGatewayUrl('ws://127.0.0.1:3001');
  assert.equal(toResumeUrl('ws://127.0.0.1:3002', plain, 0).port, '3002');
});

test('every third try that nobody answered goes to the main address', () => {
  const hosts = [0, 1, 2, 3, 4, 5].map((unanswered) => toResumeUrl('wss://other.discord.gg', base, unanswered).host);
  assert.deepEqual(
    hosts.map((host) => host === base.host),
    [false, false, true, false, false, true],
  );
});
