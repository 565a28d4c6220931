import type { Asset } from '../../core/asset.ts';
import { type Statement, type StoreCommand, define } from './statement.ts';
import { paramsFor, takenOver } from './tables/columns.ts';
import { ASSET } from './tables/record-tables.ts';
import type { AssetTable, SqlEngine } from './tables/schema.ts';

/** Writes the record of an asset; the same id again replaces it. */
export function insertAssetStatement({ builder }: SqlEngine): (asset: Asset) => Statement {
  const replaced = ASSET.columns.filter((column) => column !== 'id');
  const insert = define<AssetTable>((param) =>
    builder
      .insertInto('asset')
      .values(paramsFor(ASSET.columns, param))
      .onConflict((conflict) => conflict.column('id').doUpdateSet(takenOver(replaced))),
  );
  return (asset) => insert(ASSET.toRow(asset));
}

export function assetCommands(engine: SqlEngine): {
  put(asset: Asset): StoreCommand<void>;
  remove(ids: readonly string[]): StoreCommand<void>;
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
  const assets = builder.selectFrom('asset').select(ASSET.columns);
  return {
    byId: define<{ id: string }>((param) => assets.where('id', '=', param('id'))),
    expired: define<{ nowMs: number; limit: number }>((param) =>
      assets.where('expires_at_ms', '<=', param('nowMs')).orderBy('expires_at_ms').limit(param('limit')),
    ),
  };
}
