import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { type Simulator, SIMULATOR_ACCOUNT, startSimulator } from '@atelier/simulator';
import { createTestPainter, REFUSALS } from '@atelier/simulator/testing';

const PROGRAM = fileURLToPath(new URL('./midjourney-program.ts', import.meta.url));
const MENTION = `<@${SIMULATOR_ACCOUNT.userId}>`;
const ECHO = '**a red fox --ar 3:2 --v 7.0**';
const HASH = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;
const GRID_LABELS = ['U1', 'U2', 'U3', 'U4', '🔄', 'V1', 'V2', 'V3', 'V4'];

type Seen = Record<string, unknown>;
interface SeenPicture {
  content: string;
  hash: string;
  labels: string[];
}

const openSimulator = (pace: number): Promise<Simulator> =>
  startSimulator({
    host: '127.0.0.1',
    port: 0,
    pace,
    clock: systemClock,
    log: silentLog,
    painter: createTestPainter(),
    tilePixels: 8,
    seed: 1,
  });

/** Runs one script of the program. Returns its results. */
async function runScript(script: string, simulator: Simulator): Promise<Seen> {
  const { token, guildId, channelId } = simulator.account;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [PROGRAM, script, simulator.url, token, guildId, channelId, simulator.controlToken],
    {
      timeout: 30_000,
    },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Seen;
}

const starts = (text: unknown, head: string): void =>
  assert.ok(String(text).startsWith(head), `${String(text)} does not start with ${head}`);

describe('the npm package midjourney against the simulator', () => {
  let simulator: Simulator;
  before(async () => {
    simulator = await openSimulator(0);
  });
  after(() => simulator.close());

  test('imagines with progress, chooses, varies, rolls again, zooms by button and by form, and tells equal prompts apart', async () => {
    const seen = await runScript('verbs', simulator);
    const grid = seen['grid'] as SeenPicture;
    starts(grid.content, `${ECHO} - ${MENTION} (fast)`);
    assert.match(grid.hash, HASH);
    assert.deepEqual(grid.labels, GRID_LABELS);
    assert.deepEqual(seen['progress'], ['15%', '31%', '46%', '62%', '78%', '93%']);
    starts(seen['chosen'], `${ECHO} - Image #1 ${MENTION}`);
    starts(seen['varied'], `${ECHO} - Variations (Strong) by ${MENTION}`);
    starts(seen['rerolled'], `${ECHO} - ${MENTION} (fast)`);
    starts(seen['widened'], `${ECHO} - Zoom Out by ${MENTION}`);
    starts(seen['variedStrongly'], `${ECHO} - Variations (Strong) by ${MENTION}`);
    starts(seen['zoomed'], `**a red fox --zoom 1.8 --v 7.0** - Zoom Out by ${MENTION}`);
    assert.equal(seen['twins'], 2);
  });

  test('describes by link and by upload, shortens, reads and resets settings, remixes, changes the mode', async () => {
    const seen = await runScript('commands', simulator);
    const prompts = seen['prompts'] as string[];
    assert.equal(prompts.length, 4);
    starts(prompts[0], '1️⃣ ');
    assert.deepEqual(seen['descriptions'], [4, 4]);
    assert.deepEqual(seen['offers'], ['1️⃣', '2️⃣', '3️⃣', '4️⃣', '🔄', 'Imagine all']);
    const info = seen['info'] as Record<string, string>;
    assert.deepEqual([info['visibilityMode'], info['runningJobs']], ['Public', 'None']);
    for (const label of ['Remix mode', 'Fast mode', 'Relax mode', 'Turbo mode', 'Reset Settings'])
      assert.ok((seen['settings'] as string[]).includes(label), label);
    starts(seen['remix'], 'Remix mode turned on!');
    starts(seen['remixed'], `**a blue fox --v 7.0** - Remix (Strong) by ${MENTION}`);
    starts(seen['relaxed'], `**a slow fox --v 7.0** - ${MENTION} (relaxed)`);
    starts(seen['fast'], `**a quick fox --v 7.0** - ${MENTION} (fast)`);
    const [account] = seen['accounts'] as { remix: boolean }[];
    assert.equal(account?.remix, false);
  });

  test('finds its picture with and without a final nonce, a footer, a start message of U, and a deletion', async () => {
    const seen = (await runScript('finals', simulator))['seen'] as { content: number; hash: string; chosen: string }[];
    simulator.control.reset();
    assert.deepEqual(
      seen.map(({ content }) => content),
      [2, 1, 2, 1],
    );
    for (const [index, { hash, chosen }] of seen.entries()) {
      assert.match(hash, HASH);
      starts(chosen, `**a fox number ${index} --v 7.0** - Image #2 ${MENTION}`);
    }
  });

  test('gets refusals as errors, and presses a button by itself that only a person should press', async () => {
    const seen = await runScript('refusals', simulator);
    simulator.control.reset();
    assert.deepEqual(seen['refusals'], [
      REFUSALS.banned.text,
      'Unrecognized parameter(s): `size`',
      REFUSALS['queue-full'].text,
      REFUSALS.fail.text,
      'ImagineApi failed with status 500',
    ]);
    assert.equal(seen['presses'], 1);
  });

  test('finds its picture by polling the channel, without a gateway', async (t) => {
    // At this pace one of its polls, two seconds apart, finds the unfinished picture.
    const slower = await openSimulator(1);
    t.after(() => slower.close());
    slower.control.setSwitches({ previewName: 'grid_0.webp' });
    const seen = await runScript('polling', slower);
    assert.equal(slower.control.connections(), 0);
    assert.match((seen['progress'] as string[]).join(), /^\d+%/);
    const grid = seen['grid'] as SeenPicture;
    assert.match(grid.content, /^\[\d{10}\] a red fox --v 7\.0$/);
    assert.match(grid.hash, HASH);
    assert.deepEqual(grid.labels, GRID_LABELS);
  });
});
