import { sql } from 'kysely';
import type { Account, AccountHold, AccountPause } from '../../core/account.ts';
import type { NewDelivery } from '../../core/delivery.ts';
import { insertDeliveryStatement } from './deliveries.ts';
import { type StoreCommand, define } from './statement.ts';
import { paramsFor, takenOver, toNullableJson } from './tables/columns.ts';
import { ACCOUNT } from './tables/record-tables.ts';
import type { AccountTable, SqlEngine } from './tables/schema.ts';

/** Inserts an account, or replaces everything but its pause and its hold. */
export function putAccountCommand({ builder }: SqlEngine): (account: Account) => StoreCommand<void> {
  const replaced = ACCOUNT.columns.filter((column) => column !== 'id' && column !== 'pause' && column !== 'hold');
  const put = define<AccountTable>((param) =>
    builder
      .insertInto('account')
      .values({ ...paramsFor(ACCOUNT.columns, param), held_until_ms: param('held_until_ms') })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(takenOver(replaced))),
  );
  return (account) => ({
    statements: [put({ ...ACCOUNT.toRow(account), held_until_ms: account.hold?.untilMs ?? null })],
    toResult: () => undefined,
  });
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
        .set({
          pause: param('pause'),
          updated_at_ms: param('nowMs'),
          hold: sql<string | null>`case when ${param('pause')} is null then hold end`,
          held_until_ms: sql<number | null>`case when ${param('pause')} is null then held_until_ms end`,
        })
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

interface HoldChange {
  id: string;
  hold: AccountHold | null;
  nowMs: number;
  deliveries: readonly NewDelivery[];
}

export function setHoldCommand(engine: SqlEngine): (change: HoldChange) => StoreCommand<boolean> {
  const insertDelivery = insertDeliveryStatement(engine);
  const setHold = define<{ id: string; hold: string | null; untilMs: number | null; nowMs: number }>(
    (param) =>
      engine.builder
        .updateTable('account')
        .set({ hold: param('hold'), held_until_ms: param('untilMs'), updated_at_ms: param('nowMs') })
        .where('id', '=', param('id'))
        // A hold never shortens a longer one, and a pause wins over it.
        .where(({ or, and, eb }) =>
          or([
            eb(param('hold'), 'is', null),
            and([eb('pause', 'is', null), or([eb('held_until_ms', 'is', null), eb('held_until_ms', '<', param('untilMs'))])]),
          ]),
        ),
    { mustChange: true },
  );
  return ({ id, hold, nowMs, deliveries }) => ({
    statements: [setHold({ id, hold: toNullableJson(hold), untilMs: hold?.untilMs ?? null, nowMs }), ...deliveries.map(insertDelivery)],
    toResult: ({ refusedAt }) => refusedAt === null,
  });
}

interface TokenChange {
  id: string;
  token: Pick<Account, 'sealedToken' | 'tokenHash' | 'maskedToken'>;
  nowMs: number;
}

export function setTokenCommand({ builder }: SqlEngine): (change: TokenChange) => StoreCommand<boolean> {
  const setToken = define<{ id: string; sealedToken: string; tokenHash: string; maskedToken: string; nowMs: number }>(
    (param) =>
      builder
        .updateTable('account')
        .set({
          sealed_token: param('sealedToken'),
          token_hash: param('tokenHash'),
          masked_token: param('maskedToken'),
          updated_at_ms: param('nowMs'),
        })
        .where('id', '=', param('id')),
    { mustChange: true },
  );
  return ({ id, token: { sealedToken, tokenHash, maskedToken }, nowMs }) => ({
    statements: [setToken({ id, sealedToken, tokenHash, maskedToken, nowMs })],
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
