import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { SqlRow, SqlTemplate } from '../sql/statement.ts';
import type { WireAnswer, WireCommand, WireError } from './writer-protocol.ts';
import { type Writer, createWriter } from './writer.ts';

const TEMPLATES = {
  insert: { sql: 'insert into item (id, note) values (?, ?)', returnsRows: false, mustChange: false },
  update: { sql: 'update item set note = ? where id = ?', returnsRows: false, mustChange: true },
  take: { sql: 'update item set note = ? where id = ? returning id, note', returnsRows: true, mustChange: true },
  read: { sql: 'select id, note from item order by id', returnsRows: true, mustChange: false },
  broken: { sql: 'select note from nowhere', returnsRows: true, mustChange: false },
  /** Ends the whole transaction when it fails, as SQLite itself does after some I/O errors. */
  fatal: { sql: 'insert or rollback into item (id, note) values (?, ?)', returnsRows: false, mustChange: false },
  /** Allowed until the commit, which then fails. */
  orphan: { sql: 'insert into child (parent) values (?)', returnsRows: false, mustChange: false },
} satisfies Record<string, SqlTemplate>;

type Step = readonly [name: keyof typeof TEMPLATES, ...params: SqlRow];

describe('a batch of commands', () => {
  let db: DatabaseSync;
  let writer: Writer;

  beforeEach(() => {
    db = new DatabaseSync(':memory:', { enableForeignKeyConstraints: true });
    db.exec(`create table item (id integer primary key, note text);
      create table child (parent integer references item (id) deferrable initially deferred)`);
    writer = createWriter(db);
    for (const template of Object.values(TEMPLATES)) writer.learn(template);
  });
  afterEach(() => db.close());

  const names = Object.keys(TEMPLATES);
  const toWire = (steps: readonly Step[]): WireCommand[0] => steps.map(([name, ...params]) => [names.indexOf(name), params]);
  const command = (...steps: Step[]): WireCommand => [toWire(steps), []];
  const run = (...commands: WireCommand[]): WireAnswer[] => writer.runBatch(commands).answers;
  const items = (): unknown[] =>
    db
      .prepare('select id, note from item order by id')
      .all()
      .map(({ id, note }) => [id, note]);
  const errorOf = (answer: WireAnswer | undefined): WireError => {
    assert.ok(answer && 'message' in answer, 'an error was expected');
    return answer;
  };

  test('is answered in order, with the rows of each statement', () => {
    const answers = run(command(['insert', 1, 'a']), command(['insert', 2, 'b'], ['read']), command(['take', 'c', 1]));
    const all = [
      [],
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ];
    assert.deepEqual(answers, [null, { refusedAt: null, rows: all }, { refusedAt: null, rows: [[[1, 'c']]] }]);
  });

  test('undoes a refused command alone, and reads the reason in the same transaction', () => {
    const refused: WireCommand = [
      toWire([
        ['insert', 2, 'lost'],
        ['update', 'x', 9],
        ['insert', 3, 'never'],
      ]),
      toWire([['read']]),
    ];
    const answers = run(command(['insert', 1, 'a']), refused, command(['insert', 4, 'd']));
    assert.deepEqual(answers, [null, { refusedAt: 1, rows: [[[1, 'a']]] }, null]);
    assert.deepEqual(items(), [
      [1, 'a'],
      [4, 'd'],
    ]);
  });

  test('undoes a failed command alone', () => {
    const answers = run(
      command(['insert', 1, 'a']),
      command(['insert', 2, 'b'], ['insert', 1, 'twice']),
      command(['broken']),
      command(['insert', 3, 'c']),
    );
    assert.match(errorOf(answers[1]).message, /UNIQUE constraint failed/);
    assert.equal(errorOf(answers[1]).code, 1555);
    assert.match(errorOf(answers[2]).message, /no such table/);
    assert.deepEqual([answers[0], answers[3]], [null, null]);
    assert.deepEqual(items(), [
      [1, 'a'],
      [3, 'c'],
    ]);
  });

  test('fails as a whole when the commit fails, and the next batch works', () => {
    const { committed, answers } = writer.runBatch([command(['insert', 1, 'a']), command(['orphan', 7])]);
    assert.equal(committed, false);
    for (const answer of answers) assert.match(errorOf(answer).message, /FOREIGN KEY/);
    assert.deepEqual(items(), []);
    assert.deepEqual(run(command(['insert', 2, 'b'])), [null]);
    assert.deepEqual(items(), [[2, 'b']]);
  });

  test('fails as a whole when the database ends the transaction, and the next batch works', () => {
    run(command(['insert', 1, 'a']));
    const answers = run(command(['insert', 2, 'b']), command(['insert', 3, 'c'], ['fatal', 1, 'twice']), command(['insert', 4, 'd']));
    assert.equal(answers.length, 3);
    for (const answer of answers) assert.match(errorOf(answer).message, /UNIQUE/);
    assert.deepEqual(items(), [[1, 'a']]);
    assert.deepEqual(run(command(['insert', 5, 'e'])), [null]);
  });

  test('fails while the disk is full, and works again when there is room', () => {
    const { page_count: pages } = db.prepare('pragma page_count').get() ?? {};
    db.exec(`pragma max_page_count = ${Number(pages) + 2}`);
    const [small, large] = run(command(['insert', 1, 'a']), command(['insert', 2, 'x'.repeat(100_000)]));
    assert.match(errorOf(large).message, /full/);
    if (small !== null) assert.match(errorOf(small ?? null).message, /full/);
    db.exec('pragma max_page_count = 100000');
    assert.deepEqual(run(command(['insert', 3, 'x'.repeat(100_000)])), [null]);
  });
});
