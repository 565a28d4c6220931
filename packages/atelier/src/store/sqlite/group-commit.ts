import type { SqlTemplate, Statement, StoreCommand } from '../sql/statement.ts';
import type { FromWriter, RunMessage, ToWriter, WireAnswer, WireError, WireStatement } from './writer-protocol.ts';

/** The part of a worker thread that this file uses. */
export interface WriterThread {
  postMessage(message: ToWriter, transfer: []): void;
  on(event: 'message', listener: (message: FromWriter) => void): unknown;
  on(event: 'error' | 'messageerror', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
}

export interface GroupCommit {
  /** Resolves after the commit, which the command shares with others. */
  run<Result>(command: StoreCommand<Result>): Promise<Result>;
  migrate(): Promise<void>;
  /** Lets the earlier calls finish, then ends the thread. */
  close(): Promise<void>;
  stats(): WriteStats;
}

export interface WriteStats {
  /** Transactions that reached the disk. */
  commits: number;
  /** Answered commands, refused ones included. */
  commands: number;
}

/** The life of the writer thread, as the main thread knows it. */
export type WriterLife =
  | { readonly phase: 'open' }
  /** Takes no more calls, and still answers the earlier ones. */
  | { readonly phase: 'closing' }
  | { readonly phase: 'stopped'; readonly reason: Error };

export type WriterLifeEvent =
  | { readonly type: 'close' }
  | { readonly type: 'exited' }
  | { readonly type: 'failed'; readonly reason: Error };

export interface WriterLifeStep {
  readonly life: WriterLife;
  readonly effects: readonly ('send-close' | 'reject-waiting')[];
}

/** The first reason for which the thread stopped stays. */
export function nextWriterLife(life: WriterLife, event: WriterLifeEvent): WriterLifeStep {
  if (life.phase === 'stopped') return { life, effects: [] };
  if (event.type === 'close') return { life: { phase: 'closing' }, effects: life.phase === 'open' ? ['send-close'] : [] };
  const reason = event.type === 'failed' ? event.reason : (refusal(life) ?? new Error('The database writer has stopped'));
  return { life: { phase: 'stopped', reason }, effects: ['reject-waiting'] };
}

/** Why a new call is refused; undefined when it is not. */
function refusal(life: WriterLife): Error | undefined {
  if (life.phase === 'open') return undefined;
  return life.phase === 'closing' ? new Error('The store is closed') : life.reason;
}

/**
 * Collects the commands of one turn into one message, so that they share one commit (also with all commands that arrive while
 * the thread is busy). The answers come in the order of the commands. When the thread dies, all waiting and all later calls are
 * rejected: a new thread could not know whether the last commit reached the disk.
 */
export function createGroupCommit(thread: WriterThread): GroupCommit {
  const calls = createWaitingCalls();
  const outbox = createOutbox(thread);
  const exited = Promise.withResolvers<void>();
  let life: WriterLife = { phase: 'open' };

  const handle = (event: WriterLifeEvent): void => {
    const step = nextWriterLife(life, event);
    life = step.life;
    for (const effect of step.effects) {
      if (effect === 'send-close') outbox.send({ type: 'close' });
      else calls.rejectAll(refusal(life));
    }
  };
  thread.on('message', calls.answer);
  thread.on('error', (cause) =>
    handle({ type: 'failed', reason: new Error(`The database writer has stopped: ${cause.message}`, { cause }) }),
  );
  thread.on('messageerror', (cause) =>
    handle({ type: 'failed', reason: new Error('A message of the database writer could not be read', { cause }) }),
  );
  thread.on('exit', () => {
    handle({ type: 'exited' });
    exited.resolve();
  });
  return {
    run(command) {
      const reason = refusal(life);
      if (reason) return Promise.reject(reason);
      outbox.add(command);
      return calls.addCommand(command);
    },
    migrate() {
      const reason = refusal(life);
      if (reason) return Promise.reject(reason);
      outbox.send({ type: 'migrate' });
      return calls.addMigration();
    },
    close() {
      handle({ type: 'close' });
      return exited.promise;
    },
    stats: calls.stats,
  };
}

/** The calls that wait for the thread's answer, in the order in which they were sent. */
function createWaitingCalls() {
  const commands: { onAnswer(answer: WireAnswer): void; reject(error: unknown): void }[] = [];
  const migrations: PromiseWithResolvers<void>[] = [];
  const stats: WriteStats = { commits: 0, commands: 0 };
  return {
    addCommand: <Result>(command: StoreCommand<Result>): Promise<Result> =>
      new Promise((resolve, reject) => {
        const onAnswer = (answer: WireAnswer): void => {
          if (answer !== null && 'message' in answer) reject(toStoreError(answer));
          else resolve(command.toResult(answer ?? { refusedAt: null, rows: [] }));
        };
        commands.push({ onAnswer, reject });
      }),
    addMigration(): Promise<void> {
      const migration = Promise.withResolvers<void>();
      migrations.push(migration);
      return migration.promise;
    },
    answer(message: FromWriter): void {
      if (message.type === 'migrated') {
        const migration = migrations.shift();
        if (message.error) migration?.reject(toStoreError(message.error));
        else migration?.resolve();
        return;
      }
      if (message.committed) stats.commits += 1;
      stats.commands += message.answers.length;
      for (const [index, { onAnswer, reject }] of commands.splice(0, message.answers.length).entries()) {
        try {
          onAnswer(message.answers[index] ?? null);
        } catch (error) {
          reject(error);
        }
      }
    },
    rejectAll(reason: unknown): void {
      for (const { reject } of [...commands.splice(0), ...migrations.splice(0)]) reject(reason);
    },
    stats: (): WriteStats => ({ ...stats }),
  };
}

/** Turns commands into one message a turn, and sends each SQL text once in the life of the thread. */
function createOutbox(thread: WriterThread): { add(command: StoreCommand<unknown>): void; send(message: ToWriter): void } {
  const numbers = new Map<SqlTemplate, number>();
  let templates: SqlTemplate[] = [];
  let commands: RunMessage['commands'][number][] = [];

  const toWire = ({ template, params }: Statement): WireStatement => {
    let number = numbers.get(template);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(template, number);
      templates.push(template);
    }
    return [number, params];
  };
  const flush = (): void => {
    if (commands.length === 0) return;
    const message: RunMessage = { type: 'run', templates, commands };
    templates = [];
    commands = [];
    thread.postMessage(message, []);
  };
  return {
    add({ statements, whenRefused = [] }) {
      if (commands.length === 0) setImmediate(flush);
      commands.push([statements.map(toWire), whenRefused.map(toWire)]);
    },
    send(message) {
      flush();
      thread.postMessage(message, []);
    },
  };
}

function toStoreError({ message, code }: WireError): Error {
  return new Error(code === undefined ? message : `The database refused: ${message} (SQLite ${code})`);
}
