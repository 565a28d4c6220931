import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { SIMULATOR_ACCOUNT, startSimulator, type Simulator } from '../simulator.ts';
import { createTestPainter } from '../testing/painter.ts';

const STANDING_PATH = `/control/accounts/${SIMULATOR_ACCOUNT.userId}`;

const start = (options: { hasControlRoutes?: boolean; host?: string } = {}): Promise<Simulator> =>
  startSimulator({
    host: '127.0.0.1',
    port: 0,
    pace: 0,
    clock: systemClock,
    log: silentLog,
    painter: createTestPainter(),
    tilePixels: 8,
    seed: 1,
    ...options,
  });

/** `fetch` sets some of these headers itself, so the request is written by hand. */
function post(simulator: Simulator, headers: Record<string, string>, path = STANDING_PATH): Promise<{ status: number; text: string }> {
  const body = '{"pendingModeration":true}';
  const { port } = new URL(simulator.url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { host: '127.0.0.1', port, path, method: 'POST', headers: { 'content-length': body.length, ...headers } },
      (answer) => {
        let text = '';
        answer.on('data', (chunk) => (text += String(chunk)));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('the guard of the control', () => {
  let simulator: Simulator;
  before(async () => {
    simulator = await start();
  });
  after(() => simulator.close());
  const good = (): Record<string, string> => ({
    host: new URL(simulator.url).host,
    authorization: `Bearer ${simulator.controlToken}`,
    'content-type': 'application/json',
  });
  const isPaused = (): boolean | undefined => simulator.control.accounts()[0]?.pendingModeration;

  for (const [name, headers, status] of [
    ['a page of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain' }, 403],
    ['a foreign Origin', { origin: 'https://evil.example' }, 403],
    ['an opaque Origin', { origin: 'null' }, 403],
    ['the Origin of another port', { origin: 'http://127.0.0.1:1' }, 403],
    ['a page of the same site on another port', { 'sec-fetch-site': 'same-site' }, 403],
    ['a name that points at loopback', { host: 'rebound.example' }, 403],
    ['the right address with another port', { host: '127.0.0.1:1' }, 403],
    ['no token', { authorization: '' }, 401],
    ['a wrong token', { authorization: 'Bearer 0123456789abcdef0123456789abcdef' }, 401],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ] satisfies [string, Record<string, string>, number][]) {
    test(`refuses ${name} with ${status}, and does nothing`, async () => {
      assert.equal((await post(simulator, { ...good(), ...headers })).status, status);
      assert.equal(isPaused(), false);
      assert.equal((await post(simulator, { ...good(), ...headers }, '/control/nothing')).status, status);
    });
  }

  test('lets the token pass, by every name of loopback', async () => {
    const { port } = new URL(simulator.url);
    for (const host of [`localhost:${port}`, `[::1]:${port}`, `127.0.0.1:${port}`])
      assert.equal((await post(simulator, { ...good(), host })).status, 200);
    assert.equal((await post(simulator, { ...good(), origin: simulator.url, 'sec-fetch-site': 'same-origin' })).status, 200);
    assert.equal(isPaused(), true);
  });

  test('gives each simulator another token', async () => {
    const other = await start();
    assert.equal((await post(other, good())).status, 403);
    assert.equal((await post(other, { ...good(), host: new URL(other.url).host })).status, 401);
    await other.close();
  });

  test('on all interfaces answers to addresses, and to no other name', async () => {
    const open = await start({ host: '0.0.0.0' });
    const authorization = `Bearer ${open.controlToken}`;
    assert.equal((await post(open, { ...good(), authorization, host: '192.0.2.7:3001' })).status, 200);
    assert.equal((await post(open, { ...good(), authorization, host: 'rebound.example:3001' })).status, 403);
    await open.close();
  });

  test('is not needed where the simulator has no control routes', async () => {
    const without = await start({ hasControlRoutes: false });
    const headers = { ...good(), authorization: `Bearer ${without.controlToken}`, host: new URL(without.url).host };
    assert.equal((await post(without, headers)).status, 404);
    await without.close();
  });
});
