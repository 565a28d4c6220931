import { sql } from 'kysely';
import type { Account, AccountPause } from '../../core/account.ts';
import type { NewDelivery } from '../../core/delivery.ts';
import { ACCOUNT_COLUMNS, type AccountRow } from './rows.ts';
import type { AccountTable, SqlEngine } from './schema.ts';
import { type Command, define } from './statement.ts';
import { insertDeliveryStatement } from './deliveries.ts';

const toPause = (pause: AccountPause | null): string | null => (pause === null ? null : JSON.stringify(pause));

export function accountCommands(engine: SqlEngine): {
  put(account: Account): Command<void>;
  remove(id: string): Command<boolean>;
  setPause(id: string, pause: AccountPause | null, nowMs: number, deliveries?: readonly NewDelivery[]): Command<boolean>;
} {
  const { builder } = engine;
  const insertDelivery = insertDeliveryStatement(engine);
  const put = define<AccountTable>((param) =>
    builder
      .insertInto('account')
      .values({
        id: param('id'),
        channel_id: param('channel_id'),
        guild_id: param('guild_id'),
        sealed_token: param('sealed_token'),
        token_hash: param('token_hash'),
        masked_token: param('masked_token'),
        max_jobs: param('max_jobs'),
        listed: param('listed'),
        pause: param('pause'),
        created_at_ms: param('created_at_ms'),
        updated_at_ms: param('updated_at_ms'),
      })
      .onConflict((conflict) =>
        // Everything but the pause.
        conflict.column('id').doUpdateSet(({ ref }) => ({
          channel_id: ref('excluded.channel_id'),
          guild_id: ref('excluded.guild_id'),
          sealed_token: ref('excluded.sealed_token'),
          token_hash: ref('excluded.token_hash'),
          masked_token: ref('excluded.masked_token'),
          max_jobs: ref('excluded.max_jobs'),
          listed: ref('excluded.listed'),
          created_at_ms: ref('excluded.created_at_ms'),
          updated_at_ms: ref('excluded.updated_at_ms'),
        })),
      ),
  );
  const remove = define<{ id: string }>((param) => builder.deleteFrom('account').where('id', '=', param('id')), { mustChange: true });
  const setPause = define<{ id: string; pause: string | null; nowMs: number }>(
    (param) =>
      builder
        .updateTable('account')
        .set({ pause: param('pause'), updated_at_ms: param('nowMs') })
        .where('id', '=', param('id'))
        // A pause that is there stays as it is: two jobs often meet the same trouble, and one notice is enough.
        .where(({ or, eb }) => or([eb('pause', 'is', null), eb(param('pause'), 'is', null)])),
    { mustChange: true },
  );
  return {
    put: (account) => ({
      statements: [
        put({
          id: account.id,
          channel_id: account.channelId,
          guild_id: account.guildId,
          sealed_token: account.sealedToken,
          token_hash: account.tokenHash,
          masked_token: account.maskedToken,
          max_jobs: account.maxJobs,
          listed: account.listed ? 1 : 0,
          pause: toPause(account.pause),
          created_at_ms: account.createdAtMs,
          updated_at_ms: account.updatedAtMs,
        }),
      ],
      toResult: () => undefined,
    }),
    remove: (id) => ({ statements: [remove({ id })], toResult: ({ refusedAt }) => refusedAt === null }),
    setPause: (id, pause, nowMs, deliveries = []) => ({
      statements: [setPause({ id, pause: toPause(pause), nowMs }), ...deliveries.map(insertDelivery)],
      toResult: ({ refusedAt }) => refusedAt === null,
    }),
  };
}

export function accountReads({ builder }: SqlEngine) {
  return {
    byId: define<{ id: string }, AccountRow>((param) =>
      builder.selectFrom('account').select(ACCOUNT_COLUMNS).where('id', '=', param('id')),
    ),
    list: define<{ leastListed: number }, AccountRow>((param) =>
      builder
        .selectFrom('account')
        .select(ACCOUNT_COLUMNS)
        .where(sql<number>`listed`, '>=', param('leastListed'))
        .orderBy('id'),
    ),
  };
}
