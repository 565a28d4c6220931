import type { Asset } from '../../core/asset.ts';
import { ASSET_COLUMNS, type AssetRow } from './rows.ts';
import type { AssetTable, SqlEngine } from './schema.ts';
import { type Command, type Statement, define } from './statement.ts';

/** Writes the record of an asset; the same id again replaces it. */
export function insertAssetStatement({ builder }: SqlEngine): (asset: Asset) => Statement {
  const insert = define<AssetTable>((param) =>
    builder
      .insertInto('asset')
      .values({
        id: param('id'),
        job_id: param('job_id'),
        key_id: param('key_id'),
        content_type: param('content_type'),
        filename: param('filename'),
        bytes: param('bytes'),
        width: param('width'),
        height: param('height'),
        created_at_ms: param('created_at_ms'),
        expires_at_ms: param('expires_at_ms'),
      })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet(({ ref }) => ({
          job_id: ref('excluded.job_id'),
          key_id: ref('excluded.key_id'),
          content_type: ref('excluded.content_type'),
          filename: ref('excluded.filename'),
          bytes: ref('excluded.bytes'),
          width: ref('excluded.width'),
          height: ref('excluded.height'),
          created_at_ms: ref('excluded.created_at_ms'),
          expires_at_ms: ref('excluded.expires_at_ms'),
        })),
      ),
  );
  return (asset) =>
    insert({
      id: asset.id,
      job_id: asset.jobId,
      key_id: asset.keyId,
      content_type: asset.contentType,
      filename: JSON.stringify(asset.filename),
      bytes: asset.bytes,
      width: asset.width,
      height: asset.height,
      created_at_ms: asset.createdAtMs,
      expires_at_ms: asset.expiresAtMs,
    });
}

export function assetCommands(engine: SqlEngine): {
  put(asset: Asset): Command<void>;
  remove(ids: readonly string[]): Command<void>;
} {
  const { builder, textsOf } = engine;
  const insert = insertAssetStatement(engine);
  const remove = define<{ ids: string }>((param) => builder.deleteFrom('asset').where('id', 'in', textsOf(param('ids'))));
  return {
    put: (asset) => ({ statements: [insert(asset)], toResult: () => undefined }),
    remove: (ids) => ({ statements: [remove({ ids: JSON.stringify(ids) })], toResult: () => undefined }),
  };
}

export function assetReads({ builder }: SqlEngine) {
  return {
    byId: define<{ id: string }, AssetRow>((param) => builder.selectFrom('asset').select(ASSET_COLUMNS).where('id', '=', param('id'))),
    expired: define<{ nowMs: number; limit: number }, AssetRow>((param) =>
      builder
        .selectFrom('asset')
        .select(ASSET_COLUMNS)
        .where('expires_at_ms', '<=', param('nowMs'))
        .orderBy('expires_at_ms')
        .limit(param('limit')),
    ),
  };
}
