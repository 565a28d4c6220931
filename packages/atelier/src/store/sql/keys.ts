import { sql } from 'kysely';
import { NO_LIMITS, type ApiKey, type KeyLimits } from '../../core/key.ts';
import type { Store } from '../../core/store.ts';
import { KEY_COLUMNS, type KeyRow, toKey } from './rows.ts';
import type { ApiKeyTable, SqlEngine } from './schema.ts';
import { type Command, define, memoize } from './statement.ts';

type LimitColumn = 'requests_per_minute' | 'jobs_per_day' | 'running_jobs';

const toLimitColumns = ({ requestsPerMinute, jobsPerDay, runningJobs }: KeyLimits): Pick<ApiKeyTable, LimitColumn> => ({
  requests_per_minute: requestsPerMinute,
  jobs_per_day: jobsPerDay,
  running_jobs: runningJobs,
});

type KeyChange = Parameters<Store['updateKey']>[1];

export function keyCommands(engine: SqlEngine): {
  create(key: Omit<ApiKey, 'number'>): Command<ApiKey>;
  update(id: string, set: KeyChange): Command<ApiKey | undefined>;
} {
  return { create: createKeyCommand(engine), update: updateKeyCommand(engine) };
}

/** The next number is found and used in one statement; keys are revoked, never removed, so no number comes twice. */
function createKeyCommand({ builder }: SqlEngine): (key: Omit<ApiKey, 'number'>) => Command<ApiKey> {
  const columns = KEY_COLUMNS.filter((column) => column !== 'number');
  const create = define<Omit<ApiKeyTable, 'number'>, KeyRow>((param) =>
    builder
      .insertInto('api_key')
      .columns(['number', ...columns])
      .expression(
        builder
          .selectFrom('api_key')
          .select([sql<number>`coalesce(max(number), 0) + 1`.as('number'), ...columns.map((name) => param(name).as(name))]),
      )
      .returning(KEY_COLUMNS),
  );
  return (key) => ({
    statements: [
      create({
        id: key.id,
        name: JSON.stringify(key.name),
        secret_hash: key.secretHash,
        admin: key.admin ? 1 : 0,
        reply_url: key.replyUrl,
        created_at_ms: key.createdAtMs,
        expires_at_ms: key.expiresAtMs,
        suspended_at_ms: key.suspendedAtMs,
        revoked_at_ms: key.revokedAtMs,
        ...toLimitColumns(key.limits),
      }),
    ],
    locks: ['key numbers'],
    toResult(outcome) {
      const [row] = create.rowsOf(outcome, 0);
      if (!row) throw new Error(`Key ${key.id} was not written`);
      return toKey(row);
    },
  });
}

function updateKeyCommand({ builder }: SqlEngine): (id: string, set: KeyChange) => Command<ApiKey | undefined> {
  type Values = Pick<ApiKeyTable, 'id' | 'name' | 'reply_url' | 'expires_at_ms' | 'suspended_at_ms' | 'revoked_at_ms' | LimitColumn>;
  const updateFor = memoize((shape) => {
    const has = (word: string): boolean => shape.split(' ').includes(word);
    return define<Values, KeyRow>((param) =>
      builder
        .updateTable('api_key')
        .set({
          id: param('id'),
          ...(has('name') ? { name: param('name') } : {}),
          ...(has('replyUrl') ? { reply_url: param('reply_url') } : {}),
          ...(has('expiresAtMs') ? { expires_at_ms: param('expires_at_ms') } : {}),
          ...(has('suspendedAtMs') ? { suspended_at_ms: param('suspended_at_ms') } : {}),
          ...(has('revokedAtMs') ? { revoked_at_ms: param('revoked_at_ms') } : {}),
          ...(has('limits')
            ? {
                requests_per_minute: param('requests_per_minute'),
                jobs_per_day: param('jobs_per_day'),
                running_jobs: param('running_jobs'),
              }
            : {}),
        })
        .where('id', '=', param('id'))
        .returning(KEY_COLUMNS),
    );
  });
  return (id, set) => {
    const shape = Object.entries(set).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    const update = updateFor(shape.toSorted().join(' '));
    return {
      statements: [
        update({
          id,
          name: JSON.stringify(set.name ?? ''),
          reply_url: set.replyUrl ?? null,
          expires_at_ms: set.expiresAtMs ?? null,
          suspended_at_ms: set.suspendedAtMs ?? null,
          revoked_at_ms: set.revokedAtMs ?? null,
          ...toLimitColumns(set.limits ?? NO_LIMITS),
        }),
      ],
      toResult: (outcome) => update.rowsOf(outcome, 0).map(toKey)[0],
    };
  };
}

export function keyReads({ builder }: SqlEngine) {
  const keys = builder.selectFrom('api_key').select(KEY_COLUMNS);
  return {
    byId: define<{ id: string }, KeyRow>((param) => keys.where('id', '=', param('id'))),
    bySecretHash: define<{ secretHash: string }, KeyRow>((param) => keys.where('secret_hash', '=', param('secretHash'))),
    all: define<object, KeyRow>(() => keys.orderBy('number')),
  };
}
