import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLinks } from './links.ts';

const links = createLinks({ secret: 's', publicUrl: () => 'http://media.test', retentionMs: 14 * 86_400_000 });
const job = { finishedAtMs: 1_700_000_000_000, updatedAtMs: 1_700_000_000_000 };

function partsOf(url: string): { expires: string; signature: string } {
  const { searchParams } = new URL(url);
  return { expires: searchParams.get('expires') ?? '', signature: searchParams.get('signature') ?? '' };
}

test('a link is the same text each time and good for 14 days', () => {
  const url = links.url({ assetId: 'a1', filename: 'fox & hound.png' }, job);
  assert.equal(url, links.url({ assetId: 'a1', filename: 'fox & hound.png' }, job));
  assert.ok(url.startsWith('http://media.test/assets/a1/fox%20%26%20hound.png?'));
  const { expires, signature } = partsOf(url);
  assert.equal(links.verify('a1', expires, signature, job.finishedAtMs + 14 * 86_400_000 - 1_000), 'valid');
  assert.equal(links.verify('a1', expires, signature, job.finishedAtMs + 14 * 86_400_000 + 1_000), 'expired');
});

test('another file, another expiry or another secret is forged', () => {
  const { expires, signature } = partsOf(links.url({ assetId: 'a1', filename: 'f.png' }, job));
  assert.equal(links.verify('a2', expires, signature, 0), 'forged');
  assert.equal(links.verify('a1', String(Number(expires) + 1), signature, 0), 'forged');
  assert.equal(links.verify('a1', expires, '', 0), 'forged');
  const others = createLinks({ secret: 't', publicUrl: () => '', retentionMs: 1 });
  assert.equal(others.verify('a1', expires, signature, 0), 'forged');
});
