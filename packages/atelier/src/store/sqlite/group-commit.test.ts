import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type GroupCommit, createGroupCommit } from './group-commit.ts';
import type { StoreCommand, CommandOutcome, SqlTemplate } from '../sql/statement.ts';
import type { FromWriter, ToWriter } from './writer-protocol.ts';

const FIRST: SqlTemplate = { sql: 'select 1', returnsRows: true, mustChange: false };
const SECOND: SqlTemplate = { sql: 'select 2', returnsRows: true, mustChange: false };

const commandOf = (template: SqlTemplate, ...params: number[]): StoreCommand<CommandOutcome> => ({
  statements: [{ template, params }],
  toResult: (outcome) => outcome,
});

/** A thread that only keeps what it is told; the test answers. */
function createFakeThread() {
  const events = new EventEmitter();
  const told: ToWriter[] = [];
  return Object.assign(events, {
    told,
    postMessage: (message: ToWriter): void => void told.push(message),
    say: (message: FromWriter): boolean => events.emit('message', message),
  });
}

function setUp(): { thread: ReturnType<typeof createFakeThread>; group: GroupCommit } {
  const thread = createFakeThread();
  return { thread, group: createGroupCommit(thread) };
}

describe('group commit', () => {
  test('sends the commands of one turn in one message, and each SQL text once', async () => {
    const { thread, group } = setUp();
    void group.run(commandOf(FIRST, 1));
    void group.run(commandOf(SECOND, 2));
    await Promise.resolve();
    void group.run(commandOf(FIRST, 3));
    await nextTurn();
    void group.run(commandOf(SECOND, 4));
    await nextTurn();
    const wire = (template: number, param: number) => [[[template, [param]]], []];
    assert.deepEqual(thread.told, [
      { type: 'run', templates: [FIRST, SECOND], commands: [wire(0, 1), wire(1, 2), wire(0, 3)] },
      { type: 'run', templates: [], commands: [wire(1, 4)] },
    ]);
  });

  test('gives each command its own answer, whatever becomes of its neighbours', async () => {
    const { thread, group } = setUp();
    const failing = { ...commandOf(FIRST), toResult: () => assert.fail('unreadable') };
    const all = Promise.allSettled([
      group.run(commandOf(FIRST)),
      group.run(commandOf(FIRST)),
      group.run(failing),
      group.run(commandOf(FIRST)),
    ]);
    await nextTurn();
    const rows = [[[1]]];
    thread.say({ type: 'ran', committed: true, answers: [{ refusedAt: null, rows }, { message: 'disk I/O error', code: 10 }, null] });
    thread.say({ type: 'ran', committed: false, answers: [{ message: 'no commit', code: undefined }] });
    const [first, second, third, fourth] = await all;
    assert.deepEqual(first, { status: 'fulfilled', value: { refusedAt: null, rows } });
    assert.match(String(second?.status === 'rejected' && second.reason), /The database refused: disk I\/O error \(SQLite 10\)/);
    assert.match(String(third?.status === 'rejected' && third.reason), /unreadable/);
    assert.match(String(fourth?.status === 'rejected' && fourth.reason), /no commit/);
    assert.deepEqual(group.stats(), { commits: 1, commands: 4 });
  });

  for (const [how, die] of [
    ['fails', (thread: EventEmitter) => thread.emit('error', new Error('out of memory'))],
    ['exits', (thread: EventEmitter) => thread.emit('exit')],
    ['cannot be understood', (thread: EventEmitter) => thread.emit('messageerror', new Error('bad clone'))],
  ] as const) {
    test(`when the thread ${how}, everything that waits and everything after is rejected`, async () => {
      const { thread, group } = setUp();
      const sent = assert.rejects(group.run(commandOf(FIRST)), /database writer/);
      const migrating = assert.rejects(group.migrate(), /database writer/);
      await nextTurn();
      const unsent = assert.rejects(group.run(commandOf(FIRST)), /database writer/);
      die(thread);
      await Promise.all([sent, migrating, unsent]);
      await assert.rejects(group.run(commandOf(FIRST)), /database writer/);
      await assert.rejects(group.migrate(), /database writer/);
      thread.emit('exit');
      await group.close();
    });
  }

  test('closing lets everything run that was asked for, and takes no more', async () => {
    const { thread, group } = setUp();
    const last = group.run(commandOf(FIRST));
    const closed = group.close();
    await assert.rejects(group.run(commandOf(FIRST)), /closed/);
    assert.deepEqual(
      thread.told.map(({ type }) => type),
      ['run', 'close'],
    );
    thread.say({ type: 'ran', committed: true, answers: [null] });
    assert.deepEqual(await last, { refusedAt: null, rows: [] });
    thread.emit('exit');
    await closed;
    await group.close();
  });

  test('a migration waits for its answer and tells its failure', async () => {
    const { thread, group } = setUp();
    const [good, bad] = [group.migrate(), group.migrate()];
    thread.say({ type: 'migrated', error: null });
    thread.say({ type: 'migrated', error: { message: 'newer schema', code: undefined } });
    await good;
    await assert.rejects(bad, { message: 'newer schema' });
  });
});
