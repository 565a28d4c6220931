import { sql } from 'kysely';
import type { Account, AccountPause } from '../../core/account.ts';
import type { NewDelivery } from '../../core/delivery.ts';
import { insertDeliveryStatement } from './deliveries.ts';
import { type StoreCommand, define } from './statement.ts';
import { paramsFor, takenOver, toNullableJson } from './tables/columns.ts';
import { ACCOUNT } from './tables/record-tables.ts';
import type { AccountTable, SqlEngine } from './tables/schema.ts';

/** Inserts an account, or replaces everything but its pause. */
export function putAccountCommand({ builder }: SqlEngine): (account: Account) => StoreCommand<void> {
  const replaced = ACCOUNT.columns.filter((column) => column !== 'id' && column !== 'pause');
  const put = define<AccountTable>((param) =>
    builder
      .insertInto('account')
      .values(paramsFor(ACCOUNT.columns, param))
      .onConflict((conflict) => conflict.column('id').doUpdateSet(takenOver(replaced))),
  );
  return (account) => ({ statements: [put(ACCOUNT.toRow(account))], toResult: () => undefined });
}

export function deleteAccountCommand({ builder }: SqlEngine): (id: string) => StoreCommand<boolean> {
  const remove = define<{ id: string }>((param) => builder.deleteFrom('account').where('id', '=', param('id')), { mustChange: true });
  return (id) => ({ statements: [remove({ id })], toResult: ({ refusedAt }) => refusedAt === null });
}

interface PauseChange {
  id: string;
  pause: AccountPause | null;
  nowMs: number;
  deliveries: readonly NewDelivery[];
}

export function setPauseCommand(engine: SqlEngine): (change: PauseChange) => StoreCommand<boolean> {
  const insertDelivery = insertDeliveryStatement(engine);
  const setPause = define<{ id: string; pause: string | null; nowMs: number }>(
    (param) =>
      engine.builder
        .updateTable('account')
        .set({ pause: param('pause'), updated_at_ms: param('nowMs') })
        .where('id', '=', param('id'))
        // An existing pause stays as it is: two jobs often meet the same trouble, and one notice is enough.
        .where(({ or, eb }) => or([eb('pause', 'is', null), eb(param('pause'), 'is', null)])),
    { mustChange: true },
  );
  return ({ id, pause, nowMs, deliveries }) => ({
    statements: [setPause({ id, pause: toNullableJson(pause), nowMs }), ...deliveries.map(insertDelivery)],
    toResult: ({ refusedAt }) => refusedAt === null,
  });
}

export function accountReads({ builder }: SqlEngine) {
  const accounts = builder.selectFrom('account').select(ACCOUNT.columns);
  return {
    byId: define<{ id: string }>((param) => accounts.where('id', '=', param('id'))),
    list: define<{ leastListed: number }>((param) => accounts.where(sql<number>`listed`, '>=', param('leastListed')).orderBy('id')),
  };
}
