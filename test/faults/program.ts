import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '..', '..');

/** A program of ours as a process of its own; `line` resolves with the first line of its output that matches. */
export function startProgram(
  command: string,
  settings: Record<string, string>,
): { child: ChildProcess; line(pattern: RegExp): Promise<string> } {
  const child = spawn(process.execPath, ['src/cli.ts', command], {
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
