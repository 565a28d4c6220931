import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSecretBox, maskToken } from './secret-box.ts';

test('opens what it sealed, and never seals alike twice', () => {
  const box = createSecretBox('the server’s secret');
  const sealed = box.seal('a token');
  assert.equal(box.open(sealed), 'a token');
  assert.notEqual(box.seal('a token'), sealed);
  assert.ok(!sealed.includes('token'));
});

test('refuses another secret and a changed text', () => {
  const sealed = createSecretBox('one').seal('a token');
  assert.throws(() => createSecretBox('two').open(sealed), /ATELIER_SECRET/);
  const [version, nonce, body, tag] = sealed.split('.');
  const changed = [version, nonce, `${body?.slice(0, -1)}A`, tag].join('.');
  assert.throws(() => createSecretBox('one').open(changed === sealed ? `${sealed}x` : changed));
  assert.throws(() => createSecretBox('one').open('plain text'), /not a sealed text/);
});

test('masks as the vendor did: first 3 and last 3, short ones whole', () => {
  assert.equal(maskToken('ABCdefghixyz'), 'ABC…secured…xyz');
  assert.equal(maskToken('ABCxyz'), '…secured…');
});
