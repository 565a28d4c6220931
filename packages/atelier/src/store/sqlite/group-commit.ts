import type { StoreCommand, CommandOutcome, Statement, SqlTemplate } from '../sql/statement.ts';
import type { FromWriter, RunMessage, ToWriter, WireAnswer, WireError, WireStatement } from './writer-protocol.ts';

/** The thread that writes, as this file needs it. */
export interface WriterThread {
  postMessage(message: ToWriter, transfer: []): void;
  on(event: 'message', listener: (message: FromWriter) => void): unknown;
  on(event: 'error' | 'messageerror', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
}

export interface GroupCommit {
  /** Resolves after the commit that the command shared with others. */
  run<Result>(command: StoreCommand<Result>): Promise<Result>;
  migrate(): Promise<void>;
  /** Lets everything run that was asked for, then ends the thread. */
  close(): Promise<void>;
  stats(): WriteStats;
}

export interface WriteStats {
  /** Transactions that reached the disk. */
  commits: number;
  /** Commands that were answered, refusals included. */
  commands: number;
}

interface Waiting {
  applied(answer: WireAnswer): void;
  failed(error: Error): void;
}

/**
 * Collects the commands of one turn into one message, so that they share one commit (and with all that arrives while the
 * thread is busy). Answers come in the order of the commands. When the thread dies, everything that waits and everything
 * after it is rejected: a new thread could not know what became of the last commit.
 */
export function createGroupCommit(thread: WriterThread): GroupCommit {
  const waiting: Waiting[] = [];
  const migrations: PromiseWithResolvers<void>[] = [];
  const exited = Promise.withResolvers<void>();
  const outbox = createOutbox(thread);
  const stats: WriteStats = { commits: 0, commands: 0 };
  let gone: Error | undefined;
  let isClosing = false;

  const stop = (reason: Error): void => {
    gone ??= reason;
    for (const one of waiting.splice(0)) one.failed(gone);
    for (const one of migrations.splice(0)) one.reject(gone);
  };
  const onMessage = (message: FromWriter): void => {
    if (message.type === 'migrated') {
      const asked = migrations.shift();
      if (message.error) asked?.reject(toStoreError(message.error));
      else asked?.resolve();
      return;
    }
    if (message.committed) stats.commits += 1;
    stats.commands += message.answers.length;
    const answered = waiting.splice(0, message.answers.length);
    for (const [index, answer] of message.answers.entries()) answered[index]?.applied(answer);
  };
  thread.on('message', onMessage);
  thread.on('error', (cause) => stop(new Error(`The database writer has stopped: ${cause.message}`, { cause })));
  thread.on('messageerror', (cause) => stop(new Error('The database writer could not be understood', { cause })));
  thread.on('exit', () => {
    stop(new Error(isClosing ? 'The store is closed' : 'The database writer has stopped'));
    exited.resolve();
  });

  const refuse = (): Error | undefined => gone ?? (isClosing ? new Error('The store is closed') : undefined);

  return {
    run: (command) =>
      new Promise((resolve, reject) => {
        const reason = refuse();
        if (reason) {
          reject(reason);
          return;
        }
        outbox.add(command);
        waiting.push({ applied: (answer) => settle(command, answer, resolve, reject), failed: reject });
      }),
    migrate() {
      const reason = refuse();
      if (reason) return Promise.reject(reason);
      const asked = Promise.withResolvers<void>();
      migrations.push(asked);
      outbox.send({ type: 'migrate' });
      return asked.promise;
    },
    close() {
      if (!isClosing && !gone) outbox.send({ type: 'close' });
      isClosing = true;
      return exited.promise;
    },
    stats: () => ({ ...stats }),
  };
}

/** Turns commands into one message a turn, in which each SQL text is sent once in the life of the thread. */
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

function settle<Result>(
  command: StoreCommand<Result>,
  answer: WireAnswer,
  resolve: (result: Result) => void,
  reject: (error: unknown) => void,
): void {
  if (answer !== null && 'message' in answer) {
    reject(toStoreError(answer));
    return;
  }
  const outcome: CommandOutcome = answer ?? { refusedAt: null, rows: [] };
  try {
    resolve(command.toResult(outcome));
  } catch (error) {
    reject(error);
  }
}

function toStoreError({ message, code }: WireError): Error {
  return new Error(code === undefined ? message : `The database refused: ${message} (SQLite ${code})`);
}
