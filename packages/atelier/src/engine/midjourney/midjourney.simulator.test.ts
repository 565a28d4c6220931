import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { parseOperation } from './requests/operation.ts';
import {
  assertOnePictureEach,
  assertOwnPictures,
  markOf,
  createTestSimulatorEngine,
  press,
  type SimulatedJob,
  type TestSimulatorEngine,
} from './testing/test-simulator-engine.ts';

const FOX = { verb: 'imagine', prompt: 'a red fox' } as const;
const isProgress = (percent: number) => (update: { type: string; percent?: number }) =>
  update.type === 'progress' && (update.percent ?? 0) >= percent;

describe('over real sockets, against the simulator', { timeout: 120_000 }, () => {
  let harness: TestSimulatorEngine;
  before(async () => {
    harness = await createTestSimulatorEngine();
  });
  afterEach(() => {
    harness.simulator.control.reset();
    harness.troubles.length = 0;
  });
  after(() => harness.close());

  const startMany = async (count: number): Promise<SimulatedJob[]> => {
    const jobs: SimulatedJob[] = [];
    for (let n = 0; n < count; n++) jobs.push(await harness.start(FOX));
    return jobs;
  };

  test('imagine, U2 and V3 of it, and Custom Zoom of U2', async () => {
    const imagine = await harness.start({ verb: 'imagine', prompt: '  a   red fox —ar 3:2' });
    const grid = await imagine.completed();
    assert.deepEqual(
      imagine.updates
        .filter(({ type }) => type !== 'operation')
        .map(({ type }) => type)
        .slice(0, 2),
      ['started', 'progress'],
    );
    assert.deepEqual(
      grid.buttons.map(({ label }) => label),
      ['U1', 'U2', 'U3', 'U4', '🔄', 'V1', 'V2', 'V3', 'V4'],
    );
    assert.equal(grid.media[0]?.role, 'grid');

    const [u2, v3] = [await harness.start(press(grid, 'U2')), await harness.start(press(grid, 'V3'))];
    const single = await u2.completed();
    assert.equal(single.media[0]?.role, 'image');
    assert.equal((await markOf(single))['index'], 2);
    assert.equal((await v3.completed()).media[0]?.role, 'grid');

    const zoom = await harness.start(press(single, 'Custom Zoom', 'a red fox --ar 3:2 --zoom 1.8'));
    assert.equal((await zoom.completed()).media[0]?.role, 'grid');
    await assertOwnPictures([imagine, u2, v3, zoom]);
  });

  test('all U and V buttons of one grid at once', async () => {
    const [first] = await startMany(1);
    const grid = await first?.completed();
    assert.ok(grid);
    const jobs = await Promise.all(['U1', 'U2', 'U3', 'U4', 'V1', 'V2'].map((label) => harness.start(press(grid, label))));
    await assertOwnPictures(jobs);
    for (const [n, job] of jobs.slice(0, 4).entries()) assert.equal((await markOf(await job.completed()))['index'], n + 1);
  });

  test('small commands', async () => {
    const info = await (await harness.start({ verb: 'info' })).completed();
    assert.match(JSON.stringify(info.data['subscription']), /\w/);
    assert.match(JSON.stringify(info.data['fast_time_remaining']), /hours/);
    for (const verb of ['fast', 'relax', 'turbo', 'remix', 'variability'] as const) {
      const { message } = await (await harness.start({ verb })).completed();
      assert.notEqual(message?.content, '');
    }
    const settings = await (await harness.start({ verb: 'settings' })).completed();
    assert.ok(settings.buttons.some(({ label }) => label === 'Remix mode'));
    const shorten = await (await harness.start({ verb: 'shorten', prompt: 'a very very long prompt about a red fox' })).completed();
    assert.ok(Array.isArray(shorten.data['prompts']) && shorten.data['prompts'].length > 0);
  });

  test('describe, blend, seed', async () => {
    const describing = await (await harness.start({ verb: 'describe', imageUrl: 'https://a.example/cat.png' })).completed();
    assert.equal(Array.isArray(describing.data['prompts']) && describing.data['prompts'].length, 4);
    const blend = await harness.start({
      verb: 'blend',
      imageUrls: ['https://a.example/1.png', 'https://a.example/2.png'],
      dimensions: 'portrait',
    });
    await assertOwnPictures([blend]);
    const { message } = await blend.completed();
    const seed = await (await harness.start({ verb: 'seed', messageId: message?.id ?? '' })).completed();
    assert.equal(typeof seed.data['seed'], 'number');
    assert.match(JSON.stringify(seed.data['content']), /\*\*seed\*\*/);
  });

  const REFUSALS: readonly [string, string][] = [
    ['--size 3', 'prompt-invalid'],
    ['sim:moderated', 'prompt-moderated'],
    ['sim:banned', 'prompt-moderated'],
    ['sim:output-filter', 'prompt-moderated'],
    ['sim:decline', 'prompt-moderated'],
    ['sim:invalid-parameter-content', 'prompt-invalid'],
    ['sim:fail', 'upstream-failed'],
    ['sim:failed-content', 'upstream-failed'],
    ['sim:subscription', 'subscription-required'],
    ['sim:blocked', 'account-blocked'],
    ['sim:captcha', 'captcha-required'],
    ['sim:captcha-page', 'captcha-required'],
    ['sim:pending-mod', 'pending-moderation'],
  ];
  for (const [words, code] of REFUSALS) {
    test(`${words} → ${code}`, async () => {
      const ended = await (await harness.start({ verb: 'imagine', prompt: `a red fox ${words}` })).ended();
      assert.equal(ended.type === 'failed' && ended.failure.code, code);
      const concernsAccount = ['subscription-required', 'account-blocked', 'captcha-required', 'pending-moderation'].includes(code);
      assert.equal(harness.troubles.length, concernsAccount ? 1 : 0);
    });
  }

  test('sim:hang fails as silent, sim:queued completes', async () => {
    const [hangs, waits] = [
      await harness.start({ verb: 'imagine', prompt: 'a sim:hang' }),
      await harness.start({ verb: 'imagine', prompt: 'a sim:queued' }),
    ];
    await waits.until((update) => update.type === 'operation' && update.operation !== null && parseOperation(update.operation).queued);
    await assertOwnPictures([waits]);
    const ended = await hangs.ended();
    assert.equal(ended.type === 'failed' && ended.failure.code, 'upstream-silent');
  });

  test('commands that are outdated', async () => {
    await (await harness.start({ verb: 'info' })).completed();
    harness.simulator.control.bumpCommands();
    await (await harness.start({ verb: 'info' })).completed();
  });

  for (const [words, code] of [
    ['sim:queue-full', 'queue-full'],
    ['sim:credits', 'credits-exhausted'],
  ] as const) {
    test(`${words}: the job goes back to the queue, and the account is held`, async () => {
      const job = await harness.start({ verb: 'imagine', prompt: `a red fox ${words}` });
      await job.until((update) => update.type === 'requeued' && update.failure.code === code);
      assert.deepEqual(
        harness.troubles.map((failure) => failure.code),
        [code],
      );
    });
  }

  const SWITCHES: readonly [string, Parameters<TestSimulatorEngine['simulator']['control']['setSwitches']>[0]][] = [
    ['as it is', {}],
    ['in reverse, deleted late', { reverseEqualPrompts: true, startDeletion: 'late' }],
    ['deleted before the result, events before the 204', { startDeletion: 'before', eventOrder: 'before-204' }],
    ['never deleted, empty starts, no previews', { startDeletion: 'never', startEmpty: true, previews: false }],
  ];
  for (const [name, switches] of SWITCHES) {
    test(`ten equal prompts at once, ${name}`, async () => {
      harness.simulator.control.setSwitches(switches);
      harness.simulator.control.setAccount(harness.userId, { slots: 10 });
      await assertOwnPictures(await startMany(10));
    });
  }

  test('ten equal prompts on a plan with three slots', async () => {
    await assertOwnPictures(await startMany(10));
  });

  test('a restart during jobs: running jobs continue, and no request is repeated', async () => {
    harness.simulator.control.setAccount(harness.userId, { slots: 5 });
    const jobs = await startMany(4);
    for (const job of jobs) await job.until(isProgress(15));
    const late = await harness.start(FOX);
    const resumed = await harness.restart([...jobs, late]);
    await assertOwnPictures(resumed);
    const nonces = resumed.flatMap((job) => parseOperation(job.operation()).nonces);
    const asked = harness.simulator.control.requests().filter(({ nonce }) => nonce !== null && nonces.includes(nonce));
    assert.equal(asked.length, resumed.length);
  });

  test('Discord answers a request with 502, or drops the connection', async () => {
    harness.simulator.control.addFault({ kind: 'status', status: 502 });
    await assertOwnPictures(await startMany(1));
    harness.simulator.control.addFault({ kind: 'drop' });
    await assertOwnPictures(await startMany(1));
  });
});

/** Each test has its own connection, because a connection that is lost repeatedly waits longer before each attempt. */
describe('the gateway connection is lost, and every job gets its own picture', { timeout: 60_000, concurrency: 8 }, () => {
  const LOSSES: readonly [string, (control: TestSimulatorEngine['simulator']['control']) => void][] = [
    ['the socket breaks', (control) => control.dropConnections()],
    ['Discord closes it with 4000', (control) => control.closeConnections(4000)],
    ['Discord asks to reconnect', (control) => control.askToReconnect()],
    ['op 9, resumable', (control) => control.invalidateSessions(true)],
    ['op 9, not resumable', (control) => control.invalidateSessions(false)],
    ['the session timed out (4009)', (control) => control.closeConnections(4009)],
    [
      'the socket breaks and the session is forgotten',
      (control) => {
        control.forgetSessions();
        control.dropConnections();
      },
    ],
    [
      'the socket breaks, and the missed events arrive twice and shuffled',
      (control) => {
        control.setSwitches({ duplicateAfterResume: true, shuffleAfterResume: true });
        control.dropConnections();
      },
    ],
  ];
  for (const [name, lose] of LOSSES) {
    test(`during jobs: ${name}`, () =>
      inHarness(async (harness) => {
        const jobs = [await harness.start(FOX), await harness.start(FOX), await harness.start(FOX)];
        for (const job of jobs) await job.until(isProgress(31));
        lose(harness.simulator.control);
        await assertOwnPictures(jobs);
      }));

    test(`just after the request: ${name}`, () =>
      inHarness(async (harness) => {
        const foxes = [await harness.start(FOX), await harness.start(FOX)];
        const owl = await harness.start({ verb: 'imagine', prompt: 'a white owl' });
        await foxes[0]?.until((update) => update.type === 'started' || update.type === 'operation');
        lose(harness.simulator.control);
        await assertOnePictureEach(foxes);
        await assertOwnPictures([owl]);
      }));
  }
});

async function inHarness(use: (harness: TestSimulatorEngine) => Promise<void>): Promise<void> {
  const harness = await createTestSimulatorEngine();
  try {
    await use(harness);
  } finally {
    await harness.close();
  }
}
