import { sql } from 'kysely';
import type { ApiKey } from '../../core/key.ts';
import type { Store } from '../../core/store.ts';
import { type StoreCommand, define, memoize } from './statement.ts';
import { paramsFor } from './tables/columns.ts';
import { KEY, toKey } from './tables/record-tables.ts';
import type { ApiKeyTable, SqlEngine } from './tables/schema.ts';

/** The statement finds the next number and uses it. Keys are revoked, never removed, so that no number is given twice. */
export function createKeyCommand({ builder }: SqlEngine): (key: Omit<ApiKey, 'number'>) => StoreCommand<ApiKey> {
  const columns = KEY.columns.filter((column) => column !== 'number');
  const create = define<Omit<ApiKeyTable, 'number'>>((param) =>
    builder
      .insertInto('api_key')
      .columns(['number', ...columns])
      .expression(
        builder
          .selectFrom('api_key')
          .select([sql<number>`coalesce(max(number), 0) + 1`.as('number'), ...columns.map((name) => param(name).as(name))]),
      )
      .returning(KEY.columns),
  );
  return ({ limits, ...key }) => ({
    statements: [create(KEY.toRow({ ...key, ...limits, number: 0 }))],
    locks: ['key numbers'],
    toResult(outcome) {
      const [row] = create.rowsOf(outcome, 0);
      if (!row) throw new Error(`Key ${key.id} was not written`);
      return toKey(row);
    },
  });
}

const columnsIn = (shape: string): (keyof ApiKeyTable)[] => (shape === '' ? [] : (shape.split(' ') as (keyof ApiKeyTable)[]));

type KeyChange = Parameters<Store['updateKey']>[1];

export function updateKeyCommand({ builder }: SqlEngine): (id: string, set: KeyChange) => StoreCommand<ApiKey | undefined> {
  const updateFor = memoize((shape) =>
    define<ApiKeyTable>((param) =>
      builder
        .updateTable('api_key')
        .set({ ...paramsFor(columnsIn(shape), param), id: param('id') })
        .where('id', '=', param('id'))
        .returning(KEY.columns),
    ),
  );
  return (id, { limits, ...fields }) => {
    const changes = KEY.toChanges({ ...fields, ...limits });
    const update = updateFor(Object.keys(changes).join(' '));
    return {
      // The statement of this shape needs only the columns that it changes.
      statements: [update({ ...changes, id } as ApiKeyTable)],
      toResult: (outcome) => update.rowsOf(outcome, 0).map(toKey)[0],
    };
  };
}

export function keyReads({ builder }: SqlEngine) {
  const keys = builder.selectFrom('api_key').select(KEY.columns);
  return {
    byId: define<{ id: string }>((param) => keys.where('id', '=', param('id'))),
    bySecretHash: define<{ secretHash: string }>((param) => keys.where('secret_hash', '=', param('secretHash'))),
    all: define<object>(() => keys.orderBy('number')),
  };
}
