import type { DatabaseSync } from 'node:sqlite';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { MIGRATIONS } from '../migrations/migrations.ts';
import type { FromWriter, ToWriter, WireCommand } from './writer-protocol.ts';
import { migrateSqlite, openWriter } from './open-sqlite.ts';
import { createWriter, toWireError } from './writer.ts';

/**
 * The writer thread. The commands that have arrived share one transaction; the commands that arrive while it is written to the
 * disk share the next one.
 */

/** In a flood of commands, the first does not wait for the last. */
const MAX_COMMANDS_PER_COMMIT = 1_000;

if (parentPort) serve(parentPort, String(workerData.path));

function serve(port: MessagePort, path: string): void {
  const db = open(path);
  const writer = createWriter(db);
  const send = (message: FromWriter): void => port.postMessage(message);
  let batch: WireCommand[] = [];

  const runBatch = (): void => {
    for (let start = 0; start < batch.length; start += MAX_COMMANDS_PER_COMMIT) {
      send({ type: 'ran', ...writer.runBatch(batch.slice(start, start + MAX_COMMANDS_PER_COMMIT)) });
    }
    batch = [];
  };

  const receive = (message: ToWriter): void => {
    if (message.type === 'run') {
      for (const template of message.templates) writer.learn(template);
      batch = batch.length === 0 ? [...message.commands] : batch.concat(message.commands);
      return;
    }
    runBatch();
    if (message.type === 'migrate') {
      send({ type: 'migrated', error: migrate() });
    } else {
      db.close();
      port.close();
    }
  };

  const migrate = () => {
    try {
      migrateSqlite(db, MIGRATIONS);
      return null;
    } catch (error) {
      return toWireError(error);
    }
  };

  port.on('message', (first: ToWriter) => {
    receive(first);
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) receive(next.message);
    runBatch();
  });
}

function open(path: string): DatabaseSync {
  try {
    return openWriter(path);
  } catch (error) {
    throw new Error(`The database ${path} cannot be opened: ${toWireError(error).message}`, { cause: error });
  }
}
