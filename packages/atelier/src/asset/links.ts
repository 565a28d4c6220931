import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { AssetLinks } from '../core/asset.ts';

export interface SignedLinks extends AssetLinks {
  /** Checks the parts of a link: `valid`, `expired` (the signature is right), or `forged` (the signature is wrong). */
  verify(assetId: string, expires: string, signature: string, nowMs: number): 'valid' | 'expired' | 'forged';
}

/** Links to assets that carry an expiry and a signature: they need no key and cannot be guessed. */
export function createLinks(options: { secret: string; publicUrl: () => string; retentionMs: number }): SignedLinks {
  const key = Buffer.from(hkdfSync('sha256', options.secret, '', 'atelier asset links', 32));
  const sign = (assetId: string, expires: string): string =>
    createHmac('sha256', key).update(`${assetId}.${expires}`).digest('base64url').slice(0, 32);

  return {
    url(asset, job) {
      const expires = String(Math.floor(((job.finishedAtMs ?? job.updatedAtMs) + options.retentionMs) / 1_000));
      const name = encodeURIComponent(asset.filename);
      return `${options.publicUrl()}/assets/${asset.assetId}/${name}?expires=${expires}&signature=${sign(asset.assetId, expires)}`;
    },
    verify(assetId, expires, signature, nowMs) {
      const expected = Buffer.from(sign(assetId, expires));
      const given = Buffer.from(signature);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'forged';
      return Number(expires) * 1_000 > nowMs ? 'valid' : 'expired';
    },
  };
}
