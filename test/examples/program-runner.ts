import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { requireTool } from '../../scripts/system-tools.mjs';
import { systemClock } from '@atelier/lib/clock';

/** A text in a printed program and its replacement: a host, a port, a token or an id. */
export type Replacement = readonly [printed: string, real: string];

/** A running program that waits for requests. */
export interface RunningProgram {
  /** `http://127.0.0.1:port` */
  url: string;
  /** Resolves with the first match in the output, past or future. Rejects when the program ends first or after `TIMEOUT_MS`. */
  waitForOutput(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Runs vendors' example programs as processes in a new folder with the project's packages. */
export interface ProgramRunner {
  folder: string;
  /** Writes a program of `programs/` into the folder with these replacements. Fails when a text to replace is missing. Returns the path. */
  write(name: string, replacements?: readonly Replacement[]): Promise<string>;
  /** Runs a program to its end. Returns its output; rejects unless it exits with 0. */
  run(command: string, args: readonly string[], env?: Record<string, string>): Promise<string>;
  /** Starts a callback receiver of `programs/` at a free port and waits until it is ready. */
  startReceiver(name: string): Promise<RunningProgram>;
  /** Starts a server and waits until its output matches `ready`. */
  startServer(command: string, args: readonly string[], ready: RegExp, port: number, env?: Record<string, string>): Promise<RunningProgram>;
  close(): Promise<void>;
}

/** Longest time to wait for an output or for the end of a program. */
const TIMEOUT_MS = 60_000;

const ROOT = join(import.meta.dirname, '..', '..');

export async function createProgramRunner(): Promise<ProgramRunner> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-example-'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const children: ChildProcess[] = [];

  function open(command: string, args: readonly string[], env: Record<string, string> = {}): Output {
    const child = spawn(command, args, {
      cwd: folder,
      // A proxy of the environment must not receive requests to this machine.
      env: { ...process.env, PYTHONUNBUFFERED: '1', NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    return watchOutput(child, [command, ...args].join(' '));
  }

  const runner: ProgramRunner = {
    folder,
    async write(name, replacements = []) {
      let text = await readFile(join(import.meta.dirname, 'programs', name), 'utf8');
      for (const [printed, real] of replacements) {
        assert.ok(text.includes(printed), `${name} has no ${printed} to replace`);
        text = text.replaceAll(printed, real);
      }
      const path = join(folder, name);
      await writeFile(path, text);
      return path;
    },
    run: (command, args, env) => open(command, args, env).end(),
    async startServer(command, args, ready, port, env) {
      const output = open(command, args, env);
      await output.saw(ready);
      return { url: `http://127.0.0.1:${port}`, waitForOutput: output.saw };
    },
    async startReceiver(name) {
      const port = await findFreePort();
      const { replaces, command, args, ready } = receiverOf(name);
      const path = await runner.write(name, replaces ? [['3000', String(port)]] : []);
      return await runner.startServer(command(), args(path, port), ready, port);
    },
    async close() {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const closed = once(child, 'close');
        child.kill('SIGKILL');
        await closed;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
  return runner;
}

interface ReceiverKind {
  command(): string;
  args(path: string, port: number): string[];
  ready: RegExp;
  /** The program text contains the port. */
  replaces: boolean;
}

const RECEIVERS: Record<string, ReceiverKind> = {
  '.js': { command: () => process.execPath, args: (path) => [path], ready: /Callback server running/, replaces: true },
  '.py': { command: () => requireTool('python3'), args: (path) => [path], ready: /Running on http/, replaces: true },
  '.php': {
    command: () => requireTool('php'),
    args: (path, port) => ['-S', `127.0.0.1:${port}`, path],
    ready: /Development Server .* started/,
    replaces: false,
  },
};

function receiverOf(name: string): ReceiverKind {
  const kind = RECEIVERS[extname(name)];
  if (!kind) throw new Error(`no command runs ${name}`);
  return kind;
}

/** A port that was free a moment ago, for programs that cannot listen on port 0. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

interface Output {
  saw: RunningProgram['waitForOutput'];
  /** The standard output at the end of the program; rejects unless it exits with 0. */
  end(): Promise<string>;
}

function watchOutput(child: ChildProcess, name: string): Output {
  let everything = '';
  let standard = '';
  let ended: string | undefined;
  const watchers = new Set<() => void>();
  const notify = (): void => {
    for (const watcher of watchers) watcher();
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    everything += text;
    standard += text;
    notify();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    everything += text;
    notify();
  });
  child.once('error', (error) => {
    ended = error.message;
    notify();
  });
  child.once('close', (status, signal) => {
    ended ??= String(status ?? signal);
    notify();
  });

  /** Calls `find` after each output and at the end until it returns a value. */
  const until = <Found>(find: () => Found | Error | undefined): Promise<Found> =>
    new Promise((resolve, reject) => {
      const cancel = systemClock.after(TIMEOUT_MS, () => finish(new Error(`${name} was too late. It printed:\n${everything}`)));
      const finish = (found: Found | Error): void => {
        watchers.delete(watcher);
        cancel();
        if (found instanceof Error) reject(found);
        else resolve(found);
      };
      const watcher = (): void => {
        const found = find();
        if (found !== undefined) finish(found);
      };
      watchers.add(watcher);
      watcher();
    });
  const failure = (): Error | undefined =>
    ended === undefined ? undefined : new Error(`${name} ended with ${ended}. It printed:\n${everything}`);

  return {
    saw: (pattern) => until(() => pattern.exec(everything) ?? failure()),
    end: () => until(() => (ended === '0' ? standard : failure())),
  };
}
