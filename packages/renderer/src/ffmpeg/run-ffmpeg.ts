import { spawn, type ChildProcess } from 'node:child_process';
import { constants, setPriority, tmpdir } from 'node:os';
import { delimiter, dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { systemClock, type Cancel, type Clock } from '@atelier/lib/clock';
import { withTemporaryFolder } from './temporary-folder.ts';

/** One ffmpeg process: arguments, input, limits, and the reading of its result. */
export interface FfmpegRun<Result> {
  /** The path of the program. */
  path: string;
  /** Passed one by one, never through a shell. Relative file names lie in the run's folder. */
  arguments: readonly string[];
  /** Written to the standard input piece by piece, each after ffmpeg has read the piece before. Left out: the standard input is closed. */
  input?: AsyncIterable<Uint8Array>;
  /** Called with each piece of the standard output. When it throws, the run fails with that error. */
  onOutput?: (chunk: Buffer) => void;
  /** The limit of the whole run. */
  wallLimitMs: number;
  /** The limit of the time in which ffmpeg neither reads input nor writes output. Time spent waiting for `input` does not count. */
  stallLimitMs?: number;
  signal?: AbortSignal;
  /** A folder that several runs share; it is not removed. Left out: the run has a temporary folder, which is removed at its end. */
  folder?: string;
  /** Reads the result from the run's folder. Called after exit code 0 alone: a stopped ffmpeg leaves a truncated file that plays. */
  collect(folder: string): Promise<Result>;
}

/** ffmpeg ended with an error, most often because of its input. The message ends with ffmpeg's own words, which may name files. */
export class FfmpegFailure extends Error {
  override readonly name = 'FfmpegFailure';
}

/**
 * Resolves with the result of `collect`. Rejects when ffmpeg fails (`FfmpegFailure`), when a limit is passed, or with the signal's reason.
 * The process and its temporary folder are gone then.
 */
export type RunFfmpeg = <Result>(task: FfmpegRun<Result>) => Promise<Result>;

/** Time between SIGTERM and SIGKILL. Some filters of old builds ignore SIGTERM for minutes. */
const TERM_GRACE_MS = 2_000;
/** ffmpeg gives way to the server. */
const NICENESS = Math.min(10, constants.priority.PRIORITY_LOW);
const MAX_ERROR_CHARACTERS = 2_000;

/** Runs ffmpeg in a temporary folder, with an environment of PATH, HOME and TMPDIR alone. */
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

/** Resolves after exit code 0. Rejects with the first error, after the process has ended. */
async function runProcess(task: FfmpegRun<unknown>, folder: string, clock: Clock): Promise<void> {
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
  const errorOutput = readErrorOutput(child);
  const stall = createStallWatch(task.stallLimitMs, clock, stop.because);
  const cancelWall = clock.after(task.wallLimitMs, () => stop.because(new Error(`ffmpeg took longer than ${task.wallLimitMs} ms`)));
  const onAbort = (): void => stop.because(toError(task.signal?.reason));
  task.signal?.addEventListener('abort', onAbort, { once: true });
  // The signal may have aborted between the check above and `addEventListener`.
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
      throw new FfmpegFailure(
        `ffmpeg ended with ${code === null ? 'a signal' : `code ${code}`}: ${errorOutput() || 'it printed no error'}`,
      );
  } finally {
    cancelWall();
    stall.end();
    stop.end();
    task.signal?.removeEventListener('abort', onAbort);
  }
}

interface Stop {
  /** Stops the process: pipes, SIGTERM, SIGKILL. Only the first reason is reported. */
  because(error: Error): void;
  reason(): Error | undefined;
  end(): void;
}

/** Destroys the pipes, sends SIGTERM, and SIGKILL to a process that ignores it. */
function createStop(child: ChildProcess, clock: Clock): Stop {
  let reason: Error | undefined;
  let cancelKill: Cancel | undefined;
  return {
    because(error) {
      if (reason) return;
      reason = error;
      child.stdin?.destroy();
      // A child of ffmpeg that inherited the pipes would keep them open after ffmpeg has ended.
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
 * Writes the pieces with back-pressure and closes the pipe. A broken pipe only ends the writing, because ffmpeg's exit code tells the
 * reason; an error of `input` rejects.
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
    // Not awaited: a source that is producing a piece ends after that piece.
    void pieces.return?.().catch(() => undefined);
  }
}

interface StallWatch {
  /** From now on ffmpeg has to make progress. */
  waiting(): void;
  progressed(): void;
  /** From now on the input has to deliver; the limit does not run. */
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

/** Collects the standard error; returns its end on one line. */
function readErrorOutput(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (chunk: string) => (text = (text + chunk).slice(-MAX_ERROR_CHARACTERS)));
  return () => text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
}

function lowerPriority({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, NICENESS);
  } catch {
    // The process has ended, or the system refuses: it keeps its priority.
  }
}

/** The program's folder comes first in PATH, so that a wrapper script finds the programs beside it. */
function smallEnvironment(path: string, folder: string): Record<string, string> {
  return { PATH: [dirname(path), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter), HOME: folder, TMPDIR: folder };
}

const toError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
