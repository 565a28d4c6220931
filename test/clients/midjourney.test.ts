import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { REFUSALS } from '../../src/simulator/midjourney-bot/refusals.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { createTestPainter } from '../../src/simulator/testing/painter.ts';

const PROGRAM = fileURLToPath(new URL('./midjourney-program.ts', import.meta.url));

describe('the npm package midjourney against the simulator', () => {
  let simulator: Simulator;
  before(async () => {
    simulator = await startSimulator({
      host: '127.0.0.1',
      port: 0,
      pace: 0,
      clock: systemClock,
      log: silentLog,
      painter: createTestPainter(),
      tilePixels: 8,
      seed: 1,
    });
  });
  after(() => simulator.close());

  test('imagines, chooses, varies, zooms, remixes, describes, shortens, reads settings, and hears refusals', async () => {
    const { token, guildId, channelId, userId } = simulator.account;
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, simulator.url, token, guildId, channelId], {
      timeout: 30_000,
    });
    const seen = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    const mention = `<@${userId}>`;
    const echo = '**a red fox --ar 3:2 --v 7.0**';
    const starts = (text: unknown, head: string): void =>
      assert.ok(String(text).startsWith(head), `${String(text)} does not start with ${head}`);

    const grid = seen['grid'] as { content: string; hash: string; labels: string[] };
    starts(grid.content, `${echo} - ${mention} (fast)`);
    assert.match(grid.hash, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    assert.deepEqual(grid.labels, ['U1', 'U2', 'U3', 'U4', '🔄', 'V1', 'V2', 'V3', 'V4']);
    assert.deepEqual(seen['progress'], ['15%', '31%', '46%', '62%', '78%', '93%']);
    starts(seen['chosen'], `${echo} - Image #1 ${mention}`);
    starts(seen['varied'], `${echo} - Variations (Strong) by ${mention}`);
    starts(seen['zoomed'], `**a red fox --zoom 1.8 --v 7.0** - Zoom Out by ${mention}`);
    starts(seen['remixed'], `**a blue fox --v 7.0** - Remix (Strong) by ${mention}`);
    assert.deepEqual([seen['prompts'], seen['descriptions'], seen['twins']], [4, 4, 2]);
    assert.equal((seen['info'] as { runningJobs: string }).runningJobs, 'None');
    assert.ok((seen['settings'] as string[]).includes('Remix mode'));
    starts(seen['remix'], 'Remix mode turned on!');
    assert.deepEqual(seen['refusals'], [REFUSALS.banned.text, 'Unrecognized parameter(s): `size`']);
  });
});
