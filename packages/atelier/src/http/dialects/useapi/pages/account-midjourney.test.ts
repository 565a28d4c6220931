import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { JsonObject } from '@atelier/lib/json';
import {
  CHANNEL,
  DISCORD,
  MASKED,
  PRIVATE_CHANNEL,
  SERVER,
  configureAccount,
  createTestHarness,
  start,
  type Harness,
} from '../harness.fixture.ts';

const WHOLE = { discord: DISCORD, server: SERVER, channel: CHANNEL, maxJobs: 3 };
const PATH = `/v2/account/midjourney/${CHANNEL}`;

describe('useapi: account/midjourney', { timeout: 20_000 }, () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await createTestHarness();
  });
  afterEach(() => harness.close());

  test('a channel: configured, read, listed, flagged, reset, removed', async () => {
    const entry = { channel: CHANNEL, discord: MASKED, server: SERVER, maxJobs: 3 };
    const none = { error: `Configuration not found for channel ${CHANNEL}`, code: 404 };
    assert.equal((await harness.call('GET', '/v2/account/midjourney')).status, 404);
    for (const [method, path] of [
      ['GET', PATH],
      ['DELETE', PATH],
      ['POST', `${PATH}/reset`],
    ] as const) {
      const { status, body } = await harness.call(method, path);
      assert.deepEqual([status, body], [404, none], `${method} ${path}`);
    }
    const made = await harness.call('POST', PATH, WHOLE);
    assert.deepEqual([made.status, made.raw], [204, '']);
    assert.deepEqual((await harness.call('GET', PATH)).body, entry);
    assert.deepEqual((await harness.call('GET', '/v2/account/midjourney')).body, { [CHANNEL]: entry });
    await harness.pause(CHANNEL, 'pending-moderation');
    const flagged = await harness.call('GET', PATH);
    assert.equal(
      flagged.body['pendingModMessage'],
      'You have a pending moderation message. Please acknowledge it before using the bot further.',
    );
    const headers = { 'content-type': 'application/json' };
    assert.equal((await harness.inject({ method: 'POST', url: `${PATH}/reset`, headers })).status, 204);
    assert.deepEqual((await harness.call('GET', PATH)).body, entry);
    assert.equal((await harness.inject({ method: 'DELETE', url: PATH, headers })).status, 204);
    assert.equal((await harness.call('GET', PATH)).status, 404);
  });

  const invalid: [JsonObject, string][] = [
    [{ ...WHOLE, discord: '' }, 'Required param discord is missing or empty'],
    [{ ...WHOLE, server: null }, 'Required param server is missing or empty'],
    [{ ...WHOLE, channel: '' }, 'Required param channel is missing or empty'],
    [{ ...WHOLE, maxJobs: 0 }, 'Required param maxJobs is missing or empty'],
    [{ ...WHOLE, maxJobs: 16 }, "Required param maxJobs 16 can't be more that 15"],
    [{ ...WHOLE, server: 'home' }, 'Required param server (home) is not valid Discord server id'],
    [{ ...WHOLE, channel: 'x1' }, 'Required param channel (x1) is not valid Discord channel id'],
    [
      { ...WHOLE, channel: '1316232391072944999' },
      `Required param channel (1316232391072944999) not matching to /midjourney/channel (/midjourney/${CHANNEL})`,
    ],
  ];
  test('a channel that is described wrongly: 400', async () => {
    for (const [body, error] of invalid) {
      const answer = await harness.call('POST', PATH, body);
      assert.deepEqual([answer.status, answer.body], [400, { error, code: 400 }]);
    }
  });

  test('one token belongs to one channel', async () => {
    await configureAccount(harness, '1316232391072944999');
    const { status, body } = await harness.call('POST', PATH, WHOLE);
    assert.equal(status, 400);
    assert.match(JSON.stringify(body['error']), /^"Channel \d+ configuration has same discord value"$/);
  });

  test('one server belongs to one channel', async () => {
    await configureAccount(harness, '1316232391072944999', 'another-token-of-length');
    const { status, body } = await harness.call('POST', PATH, WHOLE);
    const error = 'Channel 1316232391072944999 configuration has same server value';
    assert.deepEqual([status, body], [400, { error, code: 400 }]);
  });

  test('by token: the channel that is given or known, else the private one with the bot', async () => {
    const path = '/v2/account/midjourney';
    const empty = await harness.call('POST', path, { maxJobs: 3 });
    assert.deepEqual([empty.status, empty.body], [400, { error: 'Required param discord is missing or empty', code: 400 }]);
    const half = await harness.call('POST', path, { discord: DISCORD, channel: CHANNEL });
    assert.deepEqual([half.status, half.body], [400, { error: 'Midjourney bot not configured', code: 400 }]);
    const found = await harness.call('POST', path, { discord: 'a-token-of-its-own' });
    assert.deepEqual([found.status, found.body], [201, { discord: 'a-t…secured…own', channel: PRIVATE_CHANNEL, maxJobs: 3 }]);
    const entry = await harness.call('GET', `${path}/${PRIVATE_CHANNEL}`);
    assert.deepEqual([entry.status, Object.keys(entry.body)], [200, ['channel', 'discord', 'maxJobs']]);
    const created = await harness.call('POST', path, { discord: DISCORD, channel: CHANNEL, server: SERVER });
    assert.deepEqual([created.status, created.body], [201, { discord: MASKED, channel: CHANNEL, maxJobs: 3 }]);
    const updated = await harness.call('POST', path, { discord: DISCORD, maxJobs: 12 });
    assert.deepEqual([updated.status, updated.body], [200, { discord: MASKED, channel: CHANNEL, maxJobs: 12 }]);
  });

  test('a key that is no admin looks, but changes nothing', async () => {
    await configureAccount(harness);
    assert.equal((await harness.call('GET', PATH, undefined, { as: 'guest' })).status, 200);
    for (const [method, path] of [
      ['POST', PATH],
      ['DELETE', PATH],
      ['POST', `${PATH}/reset`],
      ['POST', '/v2/account/midjourney'],
    ] as const) {
      const { status, body } = await harness.call(method, path, method === 'POST' ? WHOLE : undefined, { as: 'guest' });
      assert.deepEqual([status, body['code']], [403, 403], `${method} ${path}`);
    }
  });

  test('what a caller brought along, that caller may reset, and an admin key; to others it is not there', async () => {
    const reset = async (as?: 'guest') => (await harness.call('POST', `${PATH}/reset`, undefined, as && { as })).status;
    const bring = (token: string) => harness.accounts.bring({ channelId: CHANNEL, guildId: SERVER, token, maxJobs: 3 });
    const brought = await bring('brought-along');
    const isPaused = async (id: string) => (await harness.accounts.get(id))?.pause !== null;
    await harness.pause(brought.id, 'pending-moderation');
    assert.deepEqual([await reset('guest'), await isPaused(brought.id)], [404, true]);
    assert.deepEqual([await reset(), await isPaused(brought.id)], [204, false]);

    const next = harness.nextJob();
    const whole = { prompt: 'x', discord: 'brought-along', server: SERVER, channel: CHANNEL };
    const answer = harness.call('POST', '/v2/jobs/imagine', whole, { as: 'guest' });
    await start(harness, await next);
    await answer;
    const other = await bring('brought-by-another');
    await configureAccount(harness);
    for (const id of [brought.id, other.id, CHANNEL]) await harness.pause(id, 'pending-moderation');
    assert.equal(await reset('guest'), 204);
    assert.deepEqual(await Promise.all([brought.id, other.id, CHANNEL].map(isPaused)), [false, true, true]);
  });

  test('no answer shows a token', async () => {
    await harness.call('POST', PATH, WHOLE);
    for (const url of ['/v2/account', '/v2/account/midjourney', PATH]) {
      assert.equal((await harness.call('GET', url)).raw.includes(DISCORD), false, url);
    }
  });
});
