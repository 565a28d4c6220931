import { spawn, type ChildProcess } from 'node:child_process';
import { constants, setPriority, tmpdir } from 'node:os';
import { delimiter, dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { systemClock, type Cancel, type Clock } from '@atelier/lib/clock';
import { withTemporaryFolder } from './temporary-folder.ts';

/** One ffmpeg process: what it is told, what it is fed, how long it may take, and what is wanted of the files it leaves. */
export interface FfmpegTask<Result> {
  /** The program. */
  path: string;
  /** Passed one by one, never through a shell. Relative file names lie in the task's own folder. */
  arguments: readonly string[];
  /** Written to the standard input piece by piece, each when the one before has been taken. Without it there is no input. */
  input?: AsyncIterable<Uint8Array>;
  /** Called with each piece of standard output; if it throws, the task fails with what it threw. */
  onOutput?: (chunk: Buffer) => void;
  /** The task as a whole takes no longer. */
  wallLimitMs: number;
  /** ffmpeg may not be waited for longer than this without taking input or giving output. Time spent waiting for `input` does not count. */
  stallLimitMs?: number;
  signal?: AbortSignal;
  /** A folder that several tasks share; it stays. Without it the task has one of its own, which is gone afterwards. */
  folder?: string;
  /** Called after exit code 0, the only success: a stopped ffmpeg leaves a playable, truncated file. */
  collect(folder: string): Promise<Result>;
}

/** ffmpeg itself gave up; most often it does not like its input. The message ends with what it said, which may name files. */
export class FfmpegFailure extends Error {
  override readonly name = 'FfmpegFailure';
}

/** Resolves with what `collect` returns. Rejects when ffmpeg fails (`FfmpegFailure`), outlives a limit, or with the signal's reason; nothing is left then. */
export type RunFfmpeg = <Result>(task: FfmpegTask<Result>) => Promise<Result>;

/** How long a process may ignore SIGTERM. Some filters of old builds do so for minutes. */
const TERM_GRACE_MS = 2_000;
/** The server stays responsive while a video is made. */
const NICENESS = Math.min(10, constants.priority.PRIORITY_LOW);
const LONGEST_COMPLAINT = 2_000;

/** Runs ffmpeg in a temporary folder of its own, with an environment that holds nothing but PATH and that folder. */
export function createRunFfmpeg({
  clock = systemClock,
  temporaryFolder = tmpdir(),
}: { clock?: Clock; temporaryFolder?: string } = {}): RunFfmpeg {
  return async (task) => {
    const runIn = async (folder: string): ReturnType<typeof task.collect> => {
      await runProcess(task, folder, clock);
      return task.collect(folder);
    };
    task.signal?.throwIfAborted();
    return task.folder === undefined ? withTemporaryFolder(temporaryFolder, runIn) : runIn(task.folder);
  };
}

/** Resolves after exit code 0; rejects, when the process is gone, with the first thing that went wrong. */
async function runProcess(task: FfmpegTask<unknown>, folder: string, clock: Clock): Promise<void> {
  task.signal?.throwIfAborted();
  const child = spawn(task.path, task.arguments, {
    cwd: folder,
    env: smallEnvironment(task.path, folder),
    stdio: [task.input ? 'pipe' : 'ignore', task.onOutput ? 'pipe' : 'ignore', 'pipe'],
    windowsHide: true,
  });
  const stop = createStop(child, clock);
  const ended = watchEnd(child, stop);
  lowerPriority(child);
  const complaint = readComplaint(child);
  const stall = createStallWatch(task.stallLimitMs, clock, stop.because);
  const cancelWall = clock.after(task.wallLimitMs, () => stop.because(new Error(`ffmpeg took longer than ${task.wallLimitMs} ms`)));
  const onAbort = (): void => stop.because(toError(task.signal?.reason));
  task.signal?.addEventListener('abort', onAbort, { once: true });
  // An abort that came while the process was being started fired before anyone listened.
  if (task.signal?.aborted) onAbort();
  child.stdout?.on('data', (chunk: Buffer) => {
    stall.progressed();
    try {
      task.onOutput?.(chunk);
    } catch (error) {
      stop.because(toError(error));
    }
  });
  try {
    stall.waiting();
    if (task.input && child.stdin)
      await feed(task.input, child.stdin, ended, stall).catch((error: unknown) => stop.because(toError(error)));
    const code = await ended;
    const reason = stop.reason();
    if (reason) throw reason;
    if (code !== 0)
      throw new FfmpegFailure(`ffmpeg ended with ${code === null ? 'a signal' : `code ${code}`}: ${complaint() || 'it said nothing'}`);
  } finally {
    cancelWall();
    stall.end();
    stop.end();
    task.signal?.removeEventListener('abort', onAbort);
  }
}

interface Stop {
  /** Starts the kill ladder; the first reason is the one that is reported. */
  because(error: Error): void;
  reason(): Error | undefined;
  end(): void;
}

/** Pipes destroyed, SIGTERM, and SIGKILL for a process that ignores it. */
function createStop(child: ChildProcess, clock: Clock): Stop {
  let reason: Error | undefined;
  let cancelKill: Cancel | undefined;
  return {
    because(error) {
      if (reason) return;
      reason = error;
      child.stdin?.destroy();
      // A descendant that inherited the pipes would keep them open after the process has gone.
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.kill('SIGTERM');
      cancelKill = clock.after(TERM_GRACE_MS, () => child.kill('SIGKILL'));
    },
    reason: () => reason,
    end: () => cancelKill?.(),
  };
}

/** Resolves with the exit code (`null` after a signal) when the process is gone and its pipes are closed. Never rejects. */
function watchEnd(child: ChildProcess, stop: Stop): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      stop.because(error);
      if (child.pid === undefined) resolve(null);
    });
    child.once('close', (code) => resolve(code));
  });
}

/**
 * Writes the pieces with back-pressure and closes the pipe. An ffmpeg that stops reading says why by its exit code, so a
 * broken pipe ends the writing and nothing else; an error of the input itself rejects.
 */
async function feed(input: AsyncIterable<Uint8Array>, pipe: Writable, ended: Promise<unknown>, stall: StallWatch): Promise<void> {
  pipe.on('error', () => undefined);
  const gone = ended.then(() => undefined);
  const pieces = input[Symbol.asyncIterator]();
  try {
    for (;;) {
      stall.idle();
      const next = await Promise.race([pieces.next(), gone]);
      stall.waiting();
      if (!next) return;
      if (next.done) {
        pipe.end();
        return;
      }
      const { value } = next;
      const broken = await Promise.race([new Promise<boolean>((resolve) => pipe.write(value, (error) => resolve(Boolean(error)))), gone]);
      if (broken !== false) return;
      stall.progressed();
    }
  } finally {
    // Not awaited: a source that is in the middle of a piece ends when that is done.
    void pieces.return?.().catch(() => undefined);
  }
}

interface StallWatch {
  /** It is the process's turn from now on. */
  waiting(): void;
  progressed(): void;
  /** It is the input's turn. */
  idle(): void;
  end(): void;
}

function createStallWatch(limitMs: number | undefined, clock: Clock, fail: (error: Error) => void): StallWatch {
  let cancel: Cancel | undefined;
  let over = false;
  const disarm = (): void => {
    cancel?.();
    cancel = undefined;
  };
  const arm = (): void => {
    disarm();
    if (limitMs === undefined || over) return;
    cancel = clock.after(limitMs, () => fail(new Error(`ffmpeg made no progress for ${limitMs} ms`)));
  };
  return {
    waiting: arm,
    progressed: () => {
      if (cancel) arm();
    },
    idle: disarm,
    end: () => {
      over = true;
      disarm();
    },
  };
}

/** The end of what the process wrote to standard error, on one line. */
function readComplaint(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (chunk: string) => (text = (text + chunk).slice(-LONGEST_COMPLAINT)));
  return () => text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
}

function lowerPriority({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, NICENESS);
  } catch {
    // Already gone, or not allowed here: it runs as it is.
  }
}

/** The program's own folder comes first, so that a wrapper script finds what lies beside it. */
function smallEnvironment(path: string, folder: string): Record<string, string> {
  return { PATH: [dirname(path), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter), HOME: folder, TMPDIR: folder };
}

const toError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
