import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type GroupCommit,
  type WriterLife,
  type WriterLifeEvent,
  type WriterLifeStep,
  createGroupCommit,
  nextWriterLife,
} from './group-commit.ts';
import type { CommandOutcome, SqlTemplate, StoreCommand } from '../sql/statement.ts';
import type { FromWriter, ToWriter } from './writer-protocol.ts';

const FIRST: SqlTemplate = { sql: 'select 1', returnsRows: true, mustChange: false };
const SECOND: SqlTemplate = { sql: 'select 2', returnsRows: true, mustChange: false };

const commandOf = (template: SqlTemplate, ...params: number[]): StoreCommand<CommandOutcome> => ({
  statements: [{ template, params }],
  toResult: (outcome) => outcome,
});

/** A thread that only records the messages that it gets; the test answers. */
function createFakeThread() {
  const events = new EventEmitter();
  const received: ToWriter[] = [];
  return Object.assign(events, {
    received,
    postMessage: (message: ToWriter): void => void received.push(message),
    send: (message: FromWriter): boolean => events.emit('message', message),
  });
}

function setUp(): { thread: ReturnType<typeof createFakeThread>; group: GroupCommit } {
  const thread = createFakeThread();
  return { thread, group: createGroupCommit(thread) };
}

describe('the life of the writer thread', () => {
  const [first, second] = [new Error('first'), new Error('second')];
  const open: WriterLife = { phase: 'open' };
  const closing: WriterLife = { phase: 'closing' };
  const stopped = (reason: Error): WriterLife => ({ phase: 'stopped', reason });
  const rejecting = (reason: Error): WriterLifeStep => ({ life: stopped(reason), effects: ['reject-waiting'] });
  const cases: [life: WriterLife, event: WriterLifeEvent, step: WriterLifeStep][] = [
    [open, { type: 'close' }, { life: closing, effects: ['send-close'] }],
    [open, { type: 'failed', reason: first }, rejecting(first)],
    [open, { type: 'exited' }, rejecting(new Error('The database writer has stopped'))],
    [closing, { type: 'close' }, { life: closing, effects: [] }],
    [closing, { type: 'failed', reason: first }, rejecting(first)],
    [closing, { type: 'exited' }, rejecting(new Error('The store is closed'))],
    [stopped(first), { type: 'close' }, { life: stopped(first), effects: [] }],
    [stopped(first), { type: 'failed', reason: second }, { life: stopped(first), effects: [] }],
    [stopped(first), { type: 'exited' }, { life: stopped(first), effects: [] }],
  ];
  for (const [life, event, step] of cases) {
    test(`${life.phase}, then ${event.type}`, () => assert.deepEqual(nextWriterLife(life, event), step));
  }
});

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
    assert.deepEqual(thread.received, [
      { type: 'run', templates: [FIRST, SECOND], commands: [wire(0, 1), wire(1, 2), wire(0, 3)] },
      { type: 'run', templates: [], commands: [wire(1, 4)] },
    ]);
  });

  test('gives each command its own answer, also when other commands fail', async () => {
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
    thread.send({ type: 'ran', committed: true, answers: [{ refusedAt: null, rows }, { message: 'disk I/O error', code: 10 }, null] });
    thread.send({ type: 'ran', committed: false, answers: [{ message: 'no commit', code: undefined }] });
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
    ['sends an unreadable message', (thread: EventEmitter) => thread.emit('messageerror', new Error('bad clone'))],
  ] as const) {
    test(`when the thread ${how}, all waiting and all later calls are rejected`, async () => {
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

  test('closing lets the earlier calls finish, and refuses later calls', async () => {
    const { thread, group } = setUp();
    const last = group.run(commandOf(FIRST));
    const closed = group.close();
    await assert.rejects(group.run(commandOf(FIRST)), /closed/);
    assert.deepEqual(
      thread.received.map(({ type }) => type),
      ['run', 'close'],
    );
    thread.send({ type: 'ran', committed: true, answers: [null] });
    assert.deepEqual(await last, { refusedAt: null, rows: [] });
    thread.emit('exit');
    await closed;
    await group.close();
  });

  test('a migration waits for its answer and rejects with its failure', async () => {
    const { thread, group } = setUp();
    const [good, bad] = [group.migrate(), group.migrate()];
    thread.send({ type: 'migrated', error: null });
    thread.send({ type: 'migrated', error: { message: 'newer schema', code: undefined } });
    await good;
    await assert.rejects(bad, { message: 'newer schema' });
  });
});
