import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countFailures, toGatewayUrl, toResumeUrl } from './reconnect.ts';

const base = toGatewayUrl('wss://gateway.discord.gg');

test('resumes at the address from READY, with the query of this client in place of its own', () => {
  const url = toResumeUrl('wss://gateway-us-east1-b.discord.gg/?v=6&encoding=etf', base, 0);
  assert.equal(url.href, 'wss://gateway-us-east1-b.discord.gg/?v=9&encoding=json&compress=zlib-stream');
});

test('resumes at the main address when the resume address is unusable', () => {
  assert.equal(base.href, 'wss://gateway.discord.gg/?v=9&encoding=json&compress=zlib-stream');
  for (const unusable of [null, '', 'gateway', 'https://discord.com', 'ws://gateway.discord.gg']) {
    assert.equal(toResumeUrl(unusable, base, 0), base, String(unusable));
  }
});

test('does not send the token unencrypted after an encrypted connection, but goes from plain to plain', () => {
  const plain = toGatewayUrl('ws://127.0.0.1:3001');
  assert.equal(toResumeUrl('ws://127.0.0.1:3002', plain, 0).port, '3002');
});

test('every third try without an answer goes to the main address', () => {
  const hosts = [0, 1, 2, 3, 4, 5].map((unanswered) => toResumeUrl('wss://other.discord.gg', base, unanswered).host);
  assert.deepEqual(
    hosts.map((host) => host === base.host),
    [false, false, true, false, false, true],
  );
});

test('failures are counted until a connection was live for five seconds; a short live connection counts two at most', () => {
  const nowMs = 100_000;
  const refused = { liveSinceMs: null, heardHello: false };
  const table = [
    { before: { inSuccession: 0, unanswered: 0 }, end: refused, after: { inSuccession: 1, unanswered: 1 } },
    { before: { inSuccession: 6, unanswered: 6 }, end: refused, after: { inSuccession: 7, unanswered: 7 } },
    { before: { inSuccession: 1, unanswered: 1 }, end: { liveSinceMs: null, heardHello: true }, after: { inSuccession: 2, unanswered: 0 } },
    {
      before: { inSuccession: 6, unanswered: 2 },
      end: { liveSinceMs: 95_001, heardHello: true },
      after: { inSuccession: 2, unanswered: 0 },
    },
    {
      before: { inSuccession: 6, unanswered: 2 },
      end: { liveSinceMs: 95_000, heardHello: true },
      after: { inSuccession: 0, unanswered: 0 },
    },
  ];
  for (const { before, end, after } of table) assert.deepEqual(countFailures(before, end, nowMs), after);
});
