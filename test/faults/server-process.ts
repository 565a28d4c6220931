import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '..', '..');

/** Runs a command of the CLI as a process; `line` resolves with the first group of the first matching line of its output. */
export function startProcess(
  command: string,
  settings: Record<string, string>,
): { child: ChildProcess; line(pattern: RegExp): Promise<string> } {
  const child = spawn(process.execPath, ['packages/atelier/src/cli/cli.ts', command], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'error', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  return {
    child,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        lines.on('line', (line) => {
          const found = pattern.exec(line)?.[1];
          if (found !== undefined) resolve(found);
        });
        child.once('exit', (status, signal) => reject(new Error(`${command} ended with ${status ?? signal} before it was up`)));
      }),
  };
}

/** A server process that can be killed and started again on one folder, each time on a free port. */
export function createKillableServer(settings: Record<string, string>) {
  const apiKey = 'kill-test-key';
  let running: { child: ChildProcess; url: string; apiKey: string } | undefined;
  return {
    /** The last started process. */
    current() {
      if (!running) throw new Error('no server was started');
      return running;
    },
    async start(): Promise<void> {
      const { child, line } = startProcess('serve', {
        PORT: '0',
        ATELIER_API_KEY: apiKey,
        CALLBACK_ALLOW: '127.0.0.0/8',
        CALLBACK_RETRY_DELAYS: '100ms,200ms,500ms',
        ...settings,
      });
      running = { child, url: await line(/serves (\S+)/), apiKey };
    },
    /** Sends SIGKILL and resolves when the process has ended. */
    async kill(): Promise<void> {
      const child = running?.child;
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export type KillableServer = ReturnType<typeof createKillableServer>;
