import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createFakeClock, systemClock, type Clock } from '@atelier/lib/clock';
import { createFfmpegFinder } from './ffmpeg-finder.ts';
import { createRunFfmpeg, type FfmpegRun } from './run-ffmpeg.ts';

/** Node itself stands in for an ffmpeg that misbehaves. */
const program = (source: string): Pick<FfmpegRun<void>, 'path' | 'arguments'> => ({ path: process.execPath, arguments: ['-e', source] });

const STUBBORN = `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000); console.log(process.pid);`;

async function* pieces(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('createRunFfmpeg', () => {
  let temporaryFolder = '';
  before(async () => {
    temporaryFolder = await mkdtemp(join(tmpdir(), 'run-ffmpeg-test-'));
  });
  after(async () => {
    assert.deepEqual(await readdir(temporaryFolder), [], 'every task took its folder away');
    await rm(temporaryFolder, { recursive: true });
  });

  /** Runs with defaults for the fields that a test does not set. */
  const run = (task: Partial<FfmpegRun<void>> & Pick<FfmpegRun<void>, 'path' | 'arguments'>, clock: Clock = systemClock): Promise<void> =>
    createRunFfmpeg({ clock, temporaryFolder })({ wallLimitMs: 30_000, collect: async () => undefined, ...task });

  /** The output of a program. */
  const outputOf = async (task: Pick<FfmpegRun<void>, 'path' | 'arguments' | 'input'>): Promise<string> => {
    let text = '';
    await run({ ...task, onOutput: (chunk) => void (text += chunk.toString()) });
    return text;
  };

  test('encodes the frames it is fed', async () => {
    const path = await createFfmpegFinder({}).path();
    const bytes = await createRunFfmpeg({ temporaryFolder })({
      path,
      arguments: [
        '-v',
        'error',
        '-f',
        'rawvideo',
        '-pix_fmt',
        'gray',
        '-s',
        '16x16',
        '-i',
        'pipe:0',
        '-c:v',
        'libx264',
        '-f',
        'mp4',
        'out.mp4',
      ],
      input: pieces(Buffer.alloc(512, 10), Buffer.alloc(512, 200)),
      wallLimitMs: 30_000,
      collect: (folder) => readFile(join(folder, 'out.mp4')),
    });
    assert.equal(bytes.subarray(4, 8).toString(), 'ftyp');
  });

  test('runs that share a folder find each other’s files, and the folder stays', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'run-ffmpeg-shared-'));
    const path = await createFfmpegFinder({}).path();
    const encode = (...args: string[]): Promise<void> => run({ path, arguments: ['-v', 'error', ...args], folder });
    await encode('-f', 'lavfi', '-i', 'sine', '-t', '0.2', 'one.wav');
    await encode('-i', 'one.wav', '-c:a', 'aac', 'two.m4a');
    assert.deepEqual((await readdir(folder)).toSorted(), ['one.wav', 'two.m4a']);
    await rm(folder, { recursive: true });
  });

  test('the error holds the text of ffmpeg’s standard error', async () => {
    const path = await createFfmpegFinder({}).path();
    await assert.rejects(run({ path, arguments: ['-v', 'error', '-i', 'absent.wav', '-f', 'null', '-'] }), /code 1: .*absent\.wav/);
  });

  test('a program that is not there rejects', () => assert.rejects(run({ path: '/absent/ffmpeg', arguments: [] }), /ENOENT/));

  test('the program sees neither our environment nor a shell', async () => {
    const hostile = ['$(id)', '`id`', '"; id', "'", '*', '-x', '\n'];
    const source =
      'console.log(JSON.stringify([Object.keys(process.env).sort(), process.cwd() === process.env.HOME, process.argv.slice(1)]))';
    const [names, isHome, received] = JSON.parse(
      await outputOf({ path: process.execPath, arguments: ['-e', source, '--', ...hostile] }),
    ) as unknown[];
    assert.deepEqual(names, ['HOME', 'PATH', 'TMPDIR']);
    assert.equal(isHome, true);
    assert.deepEqual(received, hostile);
  });

  test('the program is nice', async () => {
    // The priority is lowered just after the start. If it never is, the test runs into its time limit.
    const whenNice = 'const look = setInterval(() => os.getPriority() >= 10 && (console.log(os.getPriority()), clearInterval(look)), 1)';
    assert.ok(Number(await outputOf(program(whenNice))) >= 10);
  });

  test('only exit code 0 is success, and only then is anything collected', async () => {
    let collected = false;
    const collect = async (): Promise<void> => void (collected = true);
    await assert.rejects(run({ ...program('process.exit(3)'), collect }), /code 3: it printed no error/);
    await assert.rejects(run({ ...program("process.kill(process.pid, 'SIGTERM')"), collect }), /ended with a signal/);
    assert.equal(collected, false);
    await run({ ...program(''), collect });
    assert.equal(collected, true);
  });

  test('a long complaint is cut to its end', async () => {
    await assert.rejects(run(program("console.error('x'.repeat(1e6) + '\\n\\u0007last words'); process.exitCode = 1")), (error: Error) => {
      assert.ok(error.message.length < 2_100);
      assert.match(error.message, /x last words$/);
      return true;
    });
  });

  test('a program that outlives its time is asked, then killed', async () => {
    const clock = createFakeClock();
    const up = Promise.withResolvers<number>();
    const running = run({ ...program(STUBBORN), wallLimitMs: 5_000, onOutput: (chunk) => up.resolve(Number(chunk)) }, clock);
    const rejected = assert.rejects(running, /longer than 5000 ms/);
    const pid = await up.promise;
    await clock.advance(5_000);
    assert.ok(isAlive(pid), 'it ignores SIGTERM');
    await clock.advance(1_999);
    assert.ok(isAlive(pid), 'it has two seconds');
    await clock.advance(1);
    await rejected;
    assert.equal(isAlive(pid), false);
    assert.equal(clock.pending(), 0);
  });

  test('a program that takes no input is stopped, and is sent no more meanwhile', async () => {
    const clock = createFakeClock();
    let sent = 0;
    let returned = false;
    const taking = Promise.withResolvers<void>();
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        await taking.promise;
        for (;;) {
          sent++;
          yield Buffer.alloc(1 << 20);
        }
      } finally {
        returned = true;
      }
    }
    const task = { ...program("console.log('up'); setInterval(() => undefined, 1000)"), onOutput: () => taking.resolve() };
    const rejected = assert.rejects(run({ ...task, input: endless(), stallLimitMs: 20_000 }, clock), /no progress for 20000 ms/);
    await taking.promise;
    await clock.advance(19_999);
    assert.equal(sent, 1);
    await clock.advance(1);
    await rejected;
    assert.equal(returned, true);
  });

  test('slow input is not held against the program', async () => {
    const clock = createFakeClock();
    async function* slow(): AsyncGenerator<Uint8Array> {
      await clock.advance(29_000);
      yield Buffer.from('late');
    }
    await run({ ...program('process.stdin.resume()'), input: slow(), stallLimitMs: 1_000 }, clock);
  });

  test('a program that ends early says why itself', async () => {
    let returned = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.alloc(1 << 16);
      } finally {
        returned = true;
      }
    }
    await assert.rejects(
      run({ ...program("console.error('no such codec'); process.exitCode = 4"), input: endless() }),
      /code 4: no such codec/,
    );
    assert.equal(returned, true);
  });

  test('input that fails, or never comes, leaves nothing running', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(10);
      throw new RangeError('out of paint');
    }
    await assert.rejects(run({ ...program('process.stdin.resume()'), input: failing() }), { name: 'RangeError', message: 'out of paint' });
    const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
    const controller = new AbortController();
    const rejected = assert.rejects(
      run({ ...program(STUBBORN), input: never, signal: controller.signal, onOutput: () => controller.abort() }, killSoon),
      {
        name: 'AbortError',
      },
    );
    await rejected;
  });

  test('output that is refused stops the program', async () => {
    const onOutput = (): void => {
      throw new RangeError('too much');
    };
    await assert.rejects(run({ ...program("console.log('x'); setInterval(() => undefined, 1000)"), onOutput }), { message: 'too much' });
  });

  test('an abort stops it, with its own reason', async () => {
    const controller = new AbortController();
    const up = Promise.withResolvers<number>();
    const running = run({
      ...program('console.log(process.pid); setInterval(() => undefined, 1000)'),
      signal: controller.signal,
      onOutput: (chunk) => up.resolve(Number(chunk)),
    });
    const rejected = assert.rejects(running, { message: 'no longer wanted' });
    const pid = await up.promise;
    controller.abort(new Error('no longer wanted'));
    await rejected;
    assert.equal(isAlive(pid), false);
    await assert.rejects(run({ ...program(''), signal: controller.signal }), { message: 'no longer wanted' });
  });
});

/** A clock on which every delay has passed, except the test's wall limit. */
const killSoon: Clock = { now: () => 0, after: (delayMs, task) => systemClock.after(delayMs > 2_000 ? delayMs : 1, task) };
