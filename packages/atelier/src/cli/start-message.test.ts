import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toStartMessage, type StartedServer } from './start-message.ts';

const REAL: StartedServer = {
  url: 'http://127.0.0.1:3000',
  apiKey: 'atl_key',
  apiKeyIsNew: false,
  simulator: undefined,
  summary: { upstream: 'https://discord.com/api/v9', accounts: { active: 0, held: 0, paused: 0 }, isReachable: null },
};
const PLACES = { dataFolder: './data', isMidjourneySimulated: false, isSunoSimulated: false };
const withAccounts = (active: number, held: number, paused: number): StartedServer => ({
  ...REAL,
  summary: { ...REAL.summary, accounts: { active, held, paused } },
});

describe('the start message', () => {
  test('names the upstream, the accounts and the next step, one line each', () => {
    assert.deepEqual(toStartMessage(REAL, PLACES), [
      'Atelier serves http://127.0.0.1:3000',
      'Midjourney runs on Discord: https://discord.com/api/v9',
      'Midjourney accounts: 0 active, 0 held, 0 paused',
      'Next: add an account with PUT http://127.0.0.1:3000/accounts/<channel id>, its server and its Discord token',
    ]);
  });

  for (const [name, server, next] of [
    ['all active', withAccounts(2, 0, 0), /atelier imagine/],
    ['some held', withAccounts(1, 1, 0), /atelier imagine/],
    ['all held', withAccounts(0, 2, 0), /jobs wait until/],
    ['one paused', withAccounts(1, 1, 1), /atelier accounts reset/],
  ] as const) {
    test(`the next step: ${name}`, () => assert.match(toStartMessage(server, PLACES).at(-1) ?? '', next));
  }

  test('names the simulator and a new key', () => {
    const simulator = {
      url: 'http://127.0.0.1:3001',
      sunoUrl: 'http://127.0.0.1:3001/suno',
      controlToken: 'control',
      account: { guildId: '1', channelId: '2' },
    };
    const server = { ...withAccounts(1, 0, 0), simulator, apiKeyIsNew: true };
    const lines = toStartMessage(server, { ...PLACES, isMidjourneySimulated: true, isSunoSimulated: true });
    assert.match(lines[1] ?? '', /^API key: atl_key /);
    assert.match(lines[2] ?? '', /^Midjourney is simulated at http:\/\/127\.0\.0\.1:3001 \(server 1, channel 2\)/);
    assert.match(lines[3] ?? '', /\/control with the header "authorization: Bearer control"$/);
    assert.match(lines.at(-1) ?? '', /^Suno is simulated at/);
  });
});
