import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { MIGRATIONS, type Migration } from '../migrations/migrations.ts';
import { migrateSqlite } from './open-sqlite.ts';

const ONE: Migration = { id: 1, name: 'one', sqlite: "create table one (id text); insert into one values ('kept')" };
const TWO: Migration = { id: 2, name: 'two', sqlite: 'create table two (id text)' };
const BROKEN: Migration = { id: 2, name: 'two', sqlite: 'create table two (id text); insert into nowhere values (1)' };

describe('migrations', () => {
  let db: DatabaseSync;
  beforeEach(() => {
    db = new DatabaseSync(':memory:');
  });
  afterEach(() => db.close());

  const tables = (): unknown[] =>
    db
      .prepare(`select name from sqlite_schema where type = 'table' order by name`)
      .all()
      .map(({ name }) => name);

  test('are numbered from 1 without a gap', () => {
    assert.deepEqual(
      MIGRATIONS.map(({ id }) => id),
      MIGRATIONS.map((_, index) => index + 1),
    );
  });

  test('run once, in order', () => {
    migrateSqlite(db, [ONE]);
    migrateSqlite(db, [ONE]);
    migrateSqlite(db, [ONE, TWO]);
    assert.deepEqual(tables(), ['one', 'schema_migration', 'two']);
    assert.equal(db.prepare('select count(*) as count from one').get()?.['count'], 1);
  });

  test('a failing migration leaves the database unchanged', () => {
    assert.throws(() => migrateSqlite(db, [ONE, BROKEN]), /Migration 2 \(two\) failed/);
    assert.deepEqual(tables(), ['one', 'schema_migration']);
    migrateSqlite(db, [ONE, TWO]);
    assert.deepEqual(tables(), ['one', 'schema_migration', 'two']);
  });

  test('a newer database and a database of another program are refused unchanged', () => {
    migrateSqlite(db, [ONE, TWO]);
    assert.throws(() => migrateSqlite(db, [ONE]), /schema 2 \(two\), which is newer than this program knows \(1\)/);
    assert.throws(() => migrateSqlite(db, [{ ...ONE, name: 'other' }, TWO]), /not a database of Atelier/);
    assert.deepEqual(tables(), ['one', 'schema_migration', 'two']);
  });
});
