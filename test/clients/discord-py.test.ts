import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { type Simulator, startSimulator } from '@atelier/simulator';
import { createTestPainter } from '@atelier/simulator/testing';
import { requireTool } from '../../scripts/system-tools.mjs';

const PROGRAM = fileURLToPath(new URL('./discord-py-program.py', import.meta.url));

interface Line {
  event: 'ready' | 'start' | 'progress' | 'result';
  content?: string;
  files?: string[];
  buttons?: string[];
  bytes?: number;
  inHistory?: boolean;
}

/** A client in another language reads every object whole: a missing field or a content type with parameters stops it. */
describe("Python's discord.py against the simulator", () => {
  let simulator: Simulator;
  before(async () => {
    simulator = await startSimulator({
      host: '127.0.0.1',
      port: 0,
      pace: 0.1,
      clock: systemClock,
      log: silentLog,
      painter: createTestPainter(),
      tilePixels: 8,
      seed: 1,
    });
  });
  after(() => simulator.close());

  test('connects, imagines by an interaction, and sees progress and result', { timeout: 60_000 }, async () => {
    const { token, guildId, channelId } = simulator.account;
    const python = requireTool('discord.py');
    const args = [PROGRAM, simulator.url, token, guildId, channelId, 'a red fox'];
    const { stdout, stderr } = await promisify(execFile)(python, args, { timeout: 45_000 });
    assert.equal(stderr, '', 'the library logs an object that it cannot read');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    assert.deepEqual(lines[0], {
      event: 'ready',
      user: 'atelier',
      guild: 'Atelier',
      channels: ['pictures'],
      members: 1,
      application: 'atelier',
    });
    assert.match(lines[1]?.content ?? '', /^\*\*a red fox.*\(Waiting to start\)$/);
    const progress = lines.filter(({ event }) => event === 'progress');
    assert.ok(
      progress.some(({ content }) => /\(\d+%\)/.test(content ?? '')),
      stdout,
    );
    const result = lines.at(-1);
    assert.equal(result?.event, 'result');
    assert.deepEqual(result?.buttons, ['U1', 'U2', 'U3', 'U4', '🔄', 'V1', 'V2', 'V3', 'V4']);
    assert.match(result?.files?.[0] ?? '', /^atelier_a_red_fox_[0-9a-f-]{36}\.png$/);
    assert.ok((result?.bytes ?? 0) > 100);
    assert.equal(result?.inHistory, true);
  });
});
